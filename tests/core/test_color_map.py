from __future__ import annotations

import json

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from scipy.interpolate import RegularGridInterpolator

from iph_core.color_map import ColorMap, kernel
from iph_core.errors import InputError
from iph_core.pixel_map import apply_inside


def some_map(seed: int = 0, size: float = 0.1) -> ColorMap:
    change = np.random.default_rng(seed).normal(0, size, (11, 3))
    return ColorMap(ColorMap.identity().coefficients + change)


def warm(rgb: np.ndarray) -> np.ndarray:
    """A change by hand: brighter, warmer, with a product of channels."""
    r, g, b = rgb[:, 0], rgb[:, 1], rgb[:, 2]
    return np.stack([0.05 + 0.9 * r, 0.8 * g + 0.1 * r * b, 0.7 * b + 0.1 * g * g], axis=1)


@pytest.fixture
def samples() -> np.ndarray:
    return np.random.default_rng(5).random((4000, 3))


def test_a_row_of_the_kernel_by_hand():
    row = kernel(np.array([[0.5, 0.2, 0.1]]))[0]
    assert np.allclose(row, [0.5, 0.2, 0.1, 0.1, 0.05, 0.02, 0.25, 0.04, 0.01, 0.01, 1])


def test_a_polynomial_is_found_again(samples):
    found = ColorMap.fit(samples, warm(samples), ridge=1e-12).coefficients
    expected = np.zeros((11, 3))
    expected[0, 0], expected[10, 0] = 0.9, 0.05
    expected[1, 1], expected[4, 1] = 0.8, 0.1
    expected[2, 2], expected[7, 2] = 0.7, 0.1
    assert np.abs(found - expected).max() < 1e-6


def test_the_fit_agrees_with_a_reference_solver(samples):
    target = np.clip(samples**0.8 * [1.1, 1, 0.9], 0, 1)
    ridge = 1e-3
    root = np.sqrt(1 / len(samples))
    identity = np.eye(11, 3)
    rows = np.vstack([root * kernel(samples), np.sqrt(ridge) * np.eye(11)])
    values = np.vstack([root * target, np.sqrt(ridge) * identity])
    expected = np.linalg.lstsq(rows, values, rcond=None)[0]
    found = ColorMap.fit(samples, target, ridge=ridge).coefficients
    assert np.abs(found - expected).max() < 1e-8


def test_the_default_ridge_costs_less_than_a_level(samples):
    error = ColorMap.fit(samples, warm(samples)).apply(samples) - warm(samples)
    assert np.abs(error).max() < 1 / 255


def test_the_fit_in_parts_is_the_fit_in_one(samples, monkeypatch):
    whole = ColorMap.fit(samples, warm(samples)).coefficients
    monkeypatch.setattr("iph_core.pixel_map.CHUNK_PIXELS", 7)
    assert np.allclose(ColorMap.fit(samples, warm(samples)).coefficients, whole, atol=1e-9)


def test_one_constant_color_gives_a_tame_map():
    color, wanted = np.array([0.6, 0.45, 0.4]), np.array([0.7, 0.5, 0.35])
    for count in (1, 500):
        fitted = ColorMap.fit(np.tile(color, (count, 1)), np.tile(wanted, (count, 1)))
        assert np.abs(fitted.apply(color) - wanted).max() < 1 / 255
        everything = np.random.default_rng(0).random((1000, 3))
        assert np.abs(fitted.apply(everything) - everything).max() < 0.2


def test_no_change_is_the_identity(samples):
    assert np.array_equal(ColorMap.fit(samples, samples).coefficients, np.eye(11, 3))


def test_samples_that_cannot_be_fitted(samples):
    with pytest.raises(InputError, match="larger region"):
        ColorMap.fit(np.zeros((0, 3)), np.zeros((0, 3)))
    with pytest.raises(ValueError, match="N, 3"):
        ColorMap.fit(samples, samples[:5])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_integers_are_the_rounded_polynomial(dtype):
    top = np.iinfo(dtype).max
    pixels = np.random.default_rng(1).integers(0, top + 1, (40, 50, 3), dtype=dtype)
    color_map = some_map()
    exact = kernel(pixels.reshape(-1, 3) / top) @ color_map.coefficients
    exact = np.clip(exact, 0, 1).reshape(pixels.shape) * top
    mapped = color_map.apply(pixels)
    assert mapped.dtype == dtype
    assert np.abs(mapped - exact).max() < 0.55
    assert np.array_equal(ColorMap.identity().apply(pixels), pixels)


def test_floats_keep_shape_and_dtype_and_are_clipped(samples):
    for dtype in (np.float32, np.float64):
        mapped = some_map(size=1).apply(samples.astype(dtype).reshape(40, 100, 3))
        assert mapped.shape == (40, 100, 3)
        assert mapped.dtype == dtype
        assert mapped.min() == 0
        assert mapped.max() == 1


def test_strength_is_linear():
    full = some_map()
    assert np.array_equal(full.at_strength(0).coefficients, np.eye(11, 3))
    assert np.allclose(full.at_strength(1).coefficients, full.coefficients)
    half = (np.eye(11, 3) + full.coefficients) / 2
    assert np.allclose(full.at_strength(0.5).coefficients, half)
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match="Strength must lie between 0 and 1, got"):
            full.at_strength(wrong)


def test_through_json():
    saved = json.loads(json.dumps(some_map().to_dict()))
    assert np.array_equal(saved["coefficients"], some_map().coefficients)
    assert saved["terms"][3] == "RG"


@pytest.mark.parametrize("wrong", [[[1, 2, 3]], [[float("nan")] * 3] * 11])
def test_coefficients_that_make_no_map(wrong):
    with pytest.raises(InputError, match="11 rows of 3 finite"):
        ColorMap(wrong)


def test_a_map_cannot_be_changed_from_outside():
    own = np.eye(11, 3)
    color_map = ColorMap(own)
    own[0, 0] = 5
    assert color_map.coefficients[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        color_map.coefficients[0, 0] = 5


def test_the_cube_text_read_by_another_reader(samples):
    color_map = some_map()
    lines = color_map.to_cube('A "look"\n').splitlines()
    assert lines[0] == 'TITLE "A look"'
    assert lines[1] == "LUT_3D_SIZE 33"
    rows = np.array([line.split() for line in lines if line[0] in "-0123456789"], float)
    assert rows.shape == (33**3, 3)
    # Red fastest (Adobe Cube LUT Specification 1.0): the last axis of a C-ordered array.
    table = rows.reshape(33, 33, 33, 3)
    axis = np.linspace(0, 1, 33)
    read = RegularGridInterpolator((axis, axis, axis), table)(samples[:, ::-1])
    assert np.abs(np.clip(read, 0, 1) - color_map.apply(samples)).max() < 1 / 255


def test_pillow_looks_up_the_same_colors():
    color_map = some_map()
    lut = ImageFilter.Color3DLUT(33, color_map.to_lut().ravel().tolist())
    photo = skimage.data.astronaut()
    looked_up = np.asarray(Image.fromarray(photo).filter(lut))
    assert np.abs(looked_up.astype(int) - color_map.apply(photo)).max() <= 1


# --- inside a mask -----------------------------------------------------------------------------


def soft_mask(height: int, width: int) -> np.ndarray:
    mask = np.zeros((height, width), np.float32)
    mask[100:300, 150:350] = np.linspace(0, 1, 200, dtype=np.float32)
    mask[180:200, 180:200] = 0  # a hole in the box
    mask[120:160, 300:340] = 1
    return mask


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_outside_nothing_changes_and_inside_blends(dtype):
    photo = skimage.data.astronaut().astype(dtype)
    photo *= dtype(np.iinfo(dtype).max // 255)
    before = photo.copy()
    mask = soft_mask(512, 512)
    color_map = some_map()
    result = apply_inside(photo, mask, color_map)
    assert np.array_equal(photo, before)
    assert not np.shares_memory(result, photo)
    assert result.dtype == dtype
    assert np.array_equal(result[mask == 0], photo[mask == 0])
    mapped = color_map.apply(photo)
    assert np.array_equal(result[mask == 1], mapped[mask == 1])
    exact = photo + mask[..., None].astype(float) * (mapped.astype(float) - photo)
    assert np.abs(result - exact).max() < 0.51
    assert np.abs(result.astype(int) - photo).max() > 10


def test_strips_leave_no_seam(monkeypatch):
    photo, mask = skimage.data.astronaut(), soft_mask(512, 512)
    whole = apply_inside(photo, mask, some_map())
    monkeypatch.setattr("iph_core.pixel_map.CHUNK_PIXELS", 1000)
    assert np.array_equal(apply_inside(photo, mask, some_map()), whole)


def test_a_bool_mask_and_an_empty_one():
    photo = skimage.data.astronaut()
    mask = soft_mask(512, 512)
    hard = apply_inside(photo, mask > 0.5, some_map())
    assert np.array_equal(hard[mask > 0.5], some_map().apply(photo)[mask > 0.5])
    assert np.array_equal(hard[mask <= 0.5], photo[mask <= 0.5])
    assert np.array_equal(apply_inside(photo, np.zeros((512, 512)), some_map()), photo)


def test_strength_zero_changes_nothing():
    photo = skimage.data.astronaut()
    unchanged = apply_inside(photo, np.ones((512, 512), np.float32), some_map().at_strength(0))
    assert np.array_equal(unchanged, photo)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_mask_beyond_its_range_by_a_rounding_wraps_nothing(dtype):
    """What `Region` allows: white stays white and black black."""
    top = np.iinfo(dtype).max
    inverted = ColorMap([[-1, 0, 0], [0, -1, 0], [0, 0, -1], *[[0, 0, 0]] * 7, [1, 1, 1]])
    pixels = np.array([[[0, 0, 0], [top, top, top]]], dtype)
    result = apply_inside(pixels, np.full((1, 2), 1.001, np.float32), inverted)
    assert np.array_equal(result, pixels[:, ::-1])


def test_a_mask_of_another_size():
    with pytest.raises(ValueError, match="mask"):
        apply_inside(np.zeros((4, 5, 3), np.uint8), np.zeros((5, 4)), ColorMap.identity())


@settings(max_examples=60, deadline=None)
@given(
    box=st.tuples(*[st.integers(0, 12)] * 4),
    value=st.floats(2**-10, 1, width=32),
    seed=st.integers(0, 10_000),
)
def test_any_box_of_any_mask(box, value, seed):
    x0, x1 = sorted(box[:2])
    y0, y1 = sorted(box[2:])
    mask = np.zeros((12, 12), np.float32)
    mask[y0:y1, x0:x1] = value
    pixels = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    color_map = some_map(seed, 0.5)
    result = apply_inside(pixels, mask, color_map)
    mapped = color_map.apply(pixels)
    exact = pixels + mask[..., None].astype(float) * (mapped.astype(float) - pixels)
    assert np.abs(result - exact).max() < 0.51
    assert np.array_equal(result[mask == 0], pixels[mask == 0])
