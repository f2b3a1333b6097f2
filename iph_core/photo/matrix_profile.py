"""Write the ICC profile of an RGB space (ICC.1:2022): LittleCMS in Pillow makes sRGB's only."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import lru_cache

from iph_core.photo.space import Curve, RGBSpace

HEADER = 128
VERSION = 0x04300000
MADE = (2026, 1, 1, 0, 0, 0)  # fixed, so that one space has one profile
D50 = (0.9642, 1.0, 0.8249)

# From D65, the white of every space that we write, to D50 (Bradford).
D65_TO_D50 = (
    *(1.047886, 0.022919, -0.050216),
    *(0.029582, 0.990484, -0.017079),
    *(-0.009252, 0.015073, 0.751678),
)


@lru_cache(maxsize=4)
def matrix_profile(name: str, space: RGBSpace) -> bytes:
    """A display profile (8.3.3) of a space whose white is D65 and whose curves are formulas."""
    tags = {
        b"desc": _text(name),
        b"cprt": _text("No copyright, use freely"),
        b"wtpt": _xyz(D50),
        b"chad": b"sf32\0\0\0\0" + _fixed(D65_TO_D50),
    }
    for channel, column, curve in zip("rgb", space.matrix.T, space.curves, strict=True):
        tags[f"{channel}XYZ".encode()] = _xyz(column)
        tags[f"{channel}TRC".encode()] = _curve(curve)
    table, body = struct.pack(">L", len(tags)), b""
    start = HEADER + len(table) + 12 * len(tags)
    for tag, data in tags.items():
        table += struct.pack(">4sLL", tag, start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    return _header(start + len(body)) + table + body


def _header(size: int) -> bytes:
    kind = struct.pack(">L4xL4s4s4s", size, VERSION, b"mntr", b"RGB ", b"XYZ ")
    made = struct.pack(">6H4s", *MADE, b"acsp")
    return (kind + made + b"\0" * 28 + _fixed(D50)).ljust(HEADER, b"\0")


def _text(text: str) -> bytes:
    """multiLocalizedUnicodeType (10.15) in one language."""
    encoded = text.encode("utf-16-be")
    return struct.pack(">4s4xLL4sLL", b"mluc", 1, 12, b"enUS", len(encoded), 28) + encoded


def _xyz(values: Iterable[float]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _curve(curve: Curve) -> bytes:
    """parametricCurveType (10.18): a power alone, or one that begins with a straight line."""
    if curve == Curve(curve.g):
        return struct.pack(">4s4xH2x", b"para", 0) + _fixed([curve.g])
    numbers = (curve.g, curve.a, curve.b, curve.c, curve.d)
    return struct.pack(">4s4xH2x", b"para", 3) + _fixed(numbers)


def _fixed(values: Iterable[float]) -> bytes:
    """s15Fixed16 numbers."""
    return b"".join(struct.pack(">l", round(float(value) * 65536)) for value in values)
