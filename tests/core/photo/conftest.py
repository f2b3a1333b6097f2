"""Profiles and pictures made by hand, so that the truth does not come from the code under test."""

from __future__ import annotations

import struct

import numpy as np
import pytest

GAMMA_8_8 = 563  # 2.19921875 as u8Fixed8Number
GAMMA = GAMMA_8_8 / 256

# Display P3's primaries adapted to D50 (columns X, Y, Z of red, green, blue), as Apple's profile
# holds them.
P3_TO_XYZ_D50 = np.array(
    [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)
# The same of sRGB (IEC 61966-2-1, Bradford-adapted; Lindbloom).
SRGB_TO_XYZ_D50 = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)


def _fixed(values) -> bytes:
    return b"".join(struct.pack(">i", round(float(v) * 65536)) for v in values)


def _xyz(values) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _icc(
    space: bytes, tags: dict[bytes, bytes], kind: bytes = b"mntr", between: bytes = b"XYZ "
) -> bytes:
    """A version 2 profile (ICC.1:2001-04, 6.1 and 6.2)."""
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += name + struct.pack(">LL", start + len(body), len(data))
        body += data
    rest = struct.pack(">L", len(tags)) + table + body
    header = struct.pack(">L", 128 + len(rest)) + b"\0\0\0\0" + bytes([2, 0x10, 0, 0])
    header += kind + space + between + b"\0" * 12 + b"acsp" + b"\0" * 28
    header += _fixed([0.9642, 1.0, 0.8249])
    return header.ljust(128, b"\0") + rest


def _text_tags() -> dict[bytes, bytes]:
    name = b"test\0"
    description = b"desc\0\0\0\0" + struct.pack(">L", len(name)) + name + b"\0" * 78
    return {b"desc": description, b"cprt": b"text\0\0\0\0none\0"}


def _curve() -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">LH", 1, GAMMA_8_8)


@pytest.fixture(scope="session")
def p3_profile() -> bytes:
    """Display P3's primaries with a plain gamma of 2.199."""
    red, green, blue = P3_TO_XYZ_D50.T
    tags = _text_tags() | {
        b"wtpt": _xyz([0.9642, 1.0, 0.8249]),
        b"rXYZ": _xyz(red),
        b"gXYZ": _xyz(green),
        b"bXYZ": _xyz(blue),
        b"rTRC": _curve(),
        b"gTRC": _curve(),
        b"bTRC": _curve(),
    }
    return _icc(b"RGB ", tags)


@pytest.fixture(scope="session")
def gray_profile() -> bytes:
    """Gray with a gamma of 1.0: far from sRGB, so that a profile left out shows."""
    linear = b"curv\0\0\0\0" + struct.pack(">L", 0)
    tags = _text_tags() | {b"wtpt": _xyz([0.9642, 1.0, 0.8249]), b"kTRC": linear}
    return _icc(b"GRAY", tags)


@pytest.fixture(scope="session")
def ink_profile() -> bytes:
    """CMYK in which only black prints: L* = 100 (1 - K), neutral (lut8Type, 6.5.7)."""
    straight = bytes(range(256))
    corners = bytes(v for i in range(16) for v in (0 if i & 1 else 255, 128, 128))  # K fastest
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + _fixed([1, 0, 0, 0, 1, 0, 0, 0, 1])
    lut += straight * 4 + corners + straight * 3
    tags = _text_tags() | {b"wtpt": _xyz([0.9642, 1.0, 0.8249]), b"A2B0": lut}
    return _icc(b"CMYK", tags, b"prtr", b"Lab ")


def srgb_encoded(linear: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1, from linear light to the encoded value."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.fixture(scope="session")
def p3_in_srgb():
    """uint8 pixels in `p3_profile` -> float sRGB levels (0 to 255) by the book's formulas."""

    def convert(pixels: np.ndarray) -> np.ndarray:
        linear = (pixels / 255.0) ** GAMMA
        xyz = linear @ P3_TO_XYZ_D50.T
        return srgb_encoded(xyz @ np.linalg.inv(SRGB_TO_XYZ_D50).T) * 255

    return convert


@pytest.fixture(scope="session")
def linear_in_srgb():
    """Linear light in [0, 1] -> sRGB-encoded in [0, 1]."""
    return srgb_encoded


@pytest.fixture(scope="session")
def colors() -> np.ndarray:
    """uint8 (24, 32, 3): moderate colors that both sRGB and Display P3 hold."""
    return np.random.default_rng(1).integers(70, 190, (24, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="session")
def deep_colors() -> np.ndarray:
    """uint16 (24, 32, 3), every bit in use."""
    return np.random.default_rng(2).integers(0, 65536, (24, 32, 3), dtype=np.uint16)
