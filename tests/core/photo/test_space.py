from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import ImageCms

from iph_core.photo.space import SRGB, RGBSpace, space_of
from tests.core.photo.conftest import GAMMA, P3_TO_XYZ_D50, srgb_encoded

RAMP = np.linspace(0, 1, 200)[:, None].repeat(3, axis=1)


def curve_tag(profile: bytes, tag: bytes) -> bytes:
    """The profile with another tone curve in its three channels."""
    changed = bytearray(profile)
    for entry in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        if bytes(changed[entry : entry + 4]) in (b"rTRC", b"gTRC", b"bTRC"):
            changed[entry + 4 : entry + 12] = struct.pack(">LL", len(profile), len(tag))
    return bytes(changed) + tag


def parametric(kind: int, *numbers: float) -> bytes:
    """A parametricCurveType (ICC.1:2022, 10.18)."""
    fixed = [round(value * 65536) for value in numbers]
    return struct.pack(f">4s4xHxx{len(fixed)}l", b"para", kind, *fixed)


def test_no_profile_is_srgb():
    assert space_of(None) is SRGB
    linear = SRGB.to_linear(RAMP)
    assert np.abs(srgb_encoded(linear) - RAMP).max() < 1e-6
    assert np.abs(SRGB.from_linear(linear) - RAMP).max() < 1e-9


def test_the_profile_of_littlecms_is_srgb():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    space = space_of(profile)
    assert np.abs(space.to_linear(RAMP) - SRGB.to_linear(RAMP)).max() < 1e-4
    assert np.abs(space.matrix - SRGB.matrix).max() < 2e-3


def test_a_gamma_and_wide_primaries(p3_profile):
    space = space_of(p3_profile)
    assert np.abs(space.to_linear(RAMP) - RAMP**GAMMA).max() < 1e-9
    assert np.abs(space.matrix - P3_TO_XYZ_D50).max() < 1e-4


def test_conversion_agrees_with_the_books_formulas(p3_profile, p3_in_srgb, colors):
    converted = space_of(p3_profile).converted(colors.reshape(-1, 3) / 255, SRGB)
    expected = p3_in_srgb(colors).reshape(-1, 3) / 255
    inside = ((expected > 0) & (expected < 1)).all(axis=1)
    assert np.abs(converted - expected)[inside].max() < 1e-3


PARAMETERS = {
    0: [2.2],
    1: [2.0, 0.9, 0.1],
    2: [2.0, 0.8, 0.1, 0.19],
    3: [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045],
    4: [2.0, 0.95, 0.0, 0.4, 0.4, 0.1156, 0.1],
}


def by_the_book(kind: int, x: float) -> float:
    """ICC.1:2022, table 68."""
    p = PARAMETERS[kind]
    g = p[0]
    if kind == 0:
        return x**g
    a, b = p[1:3]
    if kind == 1:
        return (a * x + b) ** g if x >= -b / a else 0
    if kind == 2:
        return (a * x + b) ** g + p[3] if x >= -b / a else p[3]
    c, d = p[3:5]
    e, f = p[5:] if kind == 4 else (0, 0)
    return (a * x + b) ** g + e if x >= d else c * x + f


@pytest.mark.parametrize("kind", PARAMETERS)
def test_parametric_curves(p3_profile, kind):
    space = space_of(curve_tag(p3_profile, parametric(kind, *PARAMETERS[kind])))
    expected = np.array([by_the_book(kind, x) for x in RAMP[:, 0]])
    linear = space.to_linear(RAMP)
    assert np.abs(linear[:, 1] - expected).max() < 1e-4
    assert np.abs(space.from_linear(linear) - RAMP).max() < 1e-3


def test_a_table_is_interpolated(p3_profile):
    levels = np.rint(np.linspace(0, 1, 64) ** 1.8 * 65535).astype(int)
    tag = struct.pack(">4s4xL64H", b"curv", 64, *levels)
    space = space_of(curve_tag(p3_profile, tag))
    assert np.abs(space.to_linear(RAMP) - RAMP**1.8).max() < 1e-3
    assert np.abs(space.from_linear(space.to_linear(RAMP)) - RAMP).max() < 1e-6


def test_colors_beyond_the_cube_survive_the_way_there_and_back():
    beyond = np.array([[-0.2, 0.5, 1.3], [1.01, -0.001, 0.0]])
    assert np.abs(SRGB.from_linear(SRGB.to_linear(beyond)) - beyond).max() < 1e-9


def test_a_profile_of_tables_is_taken_as_srgb(gray_profile, caplog):
    assert isinstance(space_of(gray_profile), RGBSpace)
    assert space_of(gray_profile) is SRGB
    assert "sRGB" in caplog.text


DAMAGED = {
    "gamma 0": struct.pack(">4s4xLH", b"curv", 1, 0),
    "power 0": parametric(0, 0),
    "power below 0": parametric(0, -1),
    "power beyond all numbers": parametric(0, 30_000),
    "no slope above a constant": parametric(1, 2.4, 0, 0.5),
    "no slope above a line": parametric(3, 2.4, 0, 0.5, 0.07, 0.04),
    "too few numbers": parametric(4, 2.4, 1, 0),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("tag", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_curve_is_taken_as_srgb(p3_profile, tag, caplog):
    assert space_of(curve_tag(p3_profile, tag)) is SRGB
    assert "sRGB" in caplog.text
