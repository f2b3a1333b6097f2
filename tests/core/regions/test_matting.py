from __future__ import annotations

import cv2
import numpy as np
import pymatting
import pytest

from iph_core.regions.color_lines import RADIUS, ColorLines
from iph_core.regions.foreground import foreground
from iph_core.regions.mask import full_size_mask, obeying, unknown_band
from iph_core.regions.matting import banded, cut_out, is_soft, refine

FRONT, BACK = np.array([40, 60, 190]), np.array([230, 200, 60])


@pytest.fixture(scope="module")
def disc():
    return disc_with_edge(8)


def disc_with_edge(width):
    """A disc with an edge so many pixels wide on another color: (pixels, alpha)."""
    y, x = np.mgrid[:240, :320]
    alpha = np.clip((80 - np.hypot(x - 160, y - 120)) / width + 0.5, 0, 1)
    noise = np.random.default_rng(0).normal(0, 2, (240, 320, 3))
    pixels = alpha[..., None] * FRONT + (1 - alpha[..., None]) * BACK + noise
    return np.rint(pixels).clip(0, 255).astype(np.uint8), alpha.astype(np.float32)


def off(alpha, by=4):
    """A hard mask of it that lies `by` pixels beside it."""
    return np.roll(alpha >= 0.5, by, axis=1).astype(np.float32)


def test_the_laplacian_is_that_of_closed_form_matting():
    picture = np.random.default_rng(0).random((24, 30, 3)).astype(np.float32)
    alpha = np.random.default_rng(1).random((24, 30)).astype(np.float32)
    side = 2 * RADIUS + 1
    # PyMatting adds epsilon / (pixels of a window) to the covariance, we add EPSILON.
    matrix = pymatting.cf_laplacian(
        picture.astype(np.float64), epsilon=1e-4 * side**2, radius=RADIUS
    )
    expected = (matrix @ alpha.ravel().astype(np.float64)).reshape(alpha.shape) / side**2
    inner = slice(2 * RADIUS, -2 * RADIUS)
    found = ColorLines(picture).misfit(alpha)
    assert found[inner, inner] == pytest.approx(expected[inner, inner], abs=2e-4)


def test_solving_keeps_what_is_known_and_lowers_the_energy():
    picture = np.random.default_rng(0).random((40, 40, 3)).astype(np.float32)
    picture = cv2.GaussianBlur(picture, (0, 0), 3)
    start = np.zeros((40, 40), np.float32)
    start[:, 20:] = 1
    free = np.zeros((40, 40), bool)
    free[:, 14:26] = True
    weight = np.full((40, 40), 0.01, np.float32)
    lines = ColorLines(picture)
    solved = lines.solve(start, weight, free, 50, 1e-6)
    assert np.array_equal(solved[~free], start[~free])
    residual = lines.misfit(solved) + weight * (solved - start)
    assert np.abs(residual[free]).max() < 1e-3  # The gradient of the energy.
    assert (solved * lines.misfit(solved)).sum() < (start * lines.misfit(start)).sum()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_an_edge_beside_the_true_one_is_moved_onto_it(disc, dtype):
    pixels, alpha = disc
    pixels = pixels.astype(dtype) * (257 if dtype == np.uint16 else 1)
    mask = off(alpha)
    refined = refine(pixels, mask, banded(mask >= 0.5, 10, 10))
    assert refined.dtype == np.float32
    assert np.abs(refined - alpha).max() < 0.25
    assert np.abs(refined - alpha).sum() < 0.2 * np.abs(mask - alpha).sum()
    assert np.all(refined[:20] == 0)
    assert np.all(refined[100:140, 140:180] == 1)


def test_solved_in_small_and_carried_to_full_size(disc):
    pixels, alpha = (cv2.resize(part, (1280, 960), interpolation=cv2.INTER_CUBIC) for part in disc)
    mask = off(alpha, 16)
    refined = refine(pixels, mask, banded(mask[::4, ::4] >= 0.5, 10, 10), side=200)
    assert np.abs(refined - alpha.clip(0, 1)).sum() < 0.25 * np.abs(mask - alpha).sum()


def test_nothing_unknown_and_nothing_inside():
    pixels = np.zeros((20, 30, 3), np.uint8)
    mask = np.zeros((20, 30), np.float32)
    assert refine(pixels, mask, mask) is mask
    colors, alpha = cut_out(pixels, mask)
    assert not colors.any()
    assert not alpha.any()


def test_without_different_colors_the_feathered_mask_stays():
    rng = np.random.default_rng(0)
    pixels = rng.integers(90, 110, (200, 200, 3)).astype(np.uint8)
    mask = np.zeros((200, 200), np.float32)
    mask[:, 100:] = 1
    feathered = cv2.GaussianBlur(mask, (0, 0), 2)
    refined = refine(pixels, feathered, banded(mask >= 0.5, 10, 10))
    assert np.abs(refined - feathered).mean() < 0.01
    assert np.abs(refined - feathered).max() < 0.3


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_cut_out_holds_nothing_of_its_background(disc, dtype):
    pixels, alpha = disc
    scale = 257 if dtype == np.uint16 else 1
    colors, found = cut_out(pixels.astype(dtype) * dtype(scale), off(alpha, 2))
    assert colors.dtype == dtype
    assert np.abs(found - alpha).sum() < 0.5 * np.abs(off(alpha, 2) - alpha).sum()
    shown = found > 0.3
    assert np.abs(colors[shown] / scale - FRONT).mean(axis=-1).max() < 40
    assert not colors[found == 0].any()
    solid = found == 1
    assert np.array_equal(colors[solid], pixels[solid].astype(dtype) * dtype(scale))


def test_clean_colors_are_as_good_as_pymattings(disc):
    pixels, alpha = disc
    soft = (alpha > 0.1) & (alpha < 1)
    reference = pymatting.estimate_foreground_ml(pixels / 255.0, alpha.astype(np.float64)) * 255
    ours = np.abs(foreground(pixels, alpha)[soft] - FRONT).mean()
    assert ours < max(1.5 * np.abs(reference[soft] - FRONT).mean(), 6)
    assert ours < 0.25 * np.abs(pixels[soft] - FRONT).mean()


def test_an_alpha_that_was_brought_stays(disc):
    pixels, alpha = disc
    assert is_soft(alpha)
    assert not is_soft((alpha >= 0.5).astype(np.float32))
    assert not is_soft(cv2.blur((alpha >= 0.5).astype(np.float32), (3, 3)))
    assert np.array_equal(cut_out(pixels, alpha)[1], alpha)


def test_the_band_is_wider_where_the_logits_hesitate():
    binary = np.zeros((200, 200), bool)
    binary[:, 100:] = True
    logits = np.where(binary, 9, -9).astype(np.float32)
    logits[100:, 80:] = 1
    band = unknown_band(binary, logits)
    assert np.all(band[20, 93:105] == 0.5)
    assert band[20, 87] == 0
    assert band[190, 87] == 0.5
    assert band[20, 112] == 1


def test_what_was_tapped_in_the_band_is_sure():
    binary = np.zeros((200, 200), bool)
    binary[:, 100:] = True
    band = banded(binary, 8, 8)
    taps = np.array([[103, 150], [180, 50], [195, 400]], np.float32)
    cut, trimap = obeying(binary, band, taps, 0)
    assert not cut[150, 103]
    assert trimap[150, 103] == 0
    assert cut[50, 180]  # Far from the edge it is for SAM to obey.
    assert np.count_nonzero(binary & ~cut) < 60


def test_picks_follow_the_photo_and_obey_the_taps():
    pixels, alpha = disc_with_edge(2)
    logits = np.full((256, 256), -8, np.float32)
    y, x = np.mgrid[:192, :256] * 1.25
    logits[:192] = np.clip(80 - np.hypot(x - 161.5, y - 120), -8, 8)
    feathered = full_size_mask(logits, (320, 240))
    refined = full_size_mask(logits, (320, 240), pixels=pixels)
    assert np.abs(refined - alpha).sum() < 0.4 * np.abs(feathered - alpha).sum()
    tap = np.array([[160.0, 41.0]], np.float32)  # Just inside the true edge.
    assert refined[41, 160] > 0.5
    assert full_size_mask(logits, (320, 240), outside=tap, pixels=pixels)[41, 160] < 0.3
