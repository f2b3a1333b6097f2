"""Each transfer on a case whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.color
import skimage.data
import skimage.exposure

from iph_core.evaluation.baselines import (
    histogram,
    luma_statistics,
    match_luminance,
    mkl,
    poisson,
    reinhard,
)

TRANSFERS = (reinhard, mkl, histogram, match_luminance)


@pytest.fixture(scope="module")
def source():
    """Colors that stay displayable when they are moved a little."""
    picture = skimage.data.astronaut()[::8, ::8] / 255
    return 0.4 + 0.15 * picture.reshape(-1, 3)


@pytest.fixture(scope="module")
def target():
    picture = skimage.data.coffee()[::10, ::10] / 255
    return 0.35 + 0.25 * picture.reshape(-1, 3)


def test_reinhard_matches_mean_and_deviation_in_lab(source, target):
    got, wanted = (skimage.color.rgb2lab(x) for x in (reinhard(source, source, target), target))
    np.testing.assert_allclose(got.mean(0), wanted.mean(0), atol=1e-3)
    np.testing.assert_allclose(got.std(0), wanted.std(0), atol=1e-3)


def test_reinhard_takes_a_flat_foreground_to_the_mean(target):
    flat = np.full((20, 3), 0.5)
    lab = skimage.color.rgb2lab(reinhard(flat, flat, target))
    expected = skimage.color.rgb2lab(target).mean(0)
    np.testing.assert_allclose(lab, np.broadcast_to(expected, (20, 3)), atol=1e-2)


def test_mkl_matches_mean_and_covariance(source, target):
    got = mkl(source, source, target)
    np.testing.assert_allclose(got.mean(0), target.mean(0), atol=1e-6)
    np.testing.assert_allclose(np.cov(got.T), np.cov(target.T), atol=2e-6)


def test_mkl_is_the_symmetric_map(source):
    """Between Gaussians, the transport map that moves least is symmetric and positive; so a change
    by such a matrix is found again."""
    matrix = np.array([[1.2, 0.1, 0.0], [0.1, 0.8, -0.05], [0.0, -0.05, 1.1]])
    moved = (source - 0.5) @ matrix + 0.45
    np.testing.assert_allclose(mkl(source, source, moved), moved, atol=2e-3)


def test_histogram_is_that_of_scikit_image(source, target):
    expected = skimage.exposure.match_histograms(source, target, channel_axis=1)
    np.testing.assert_allclose(histogram(source, source, target), expected, atol=1e-12)


def test_histogram_of_colors_that_the_source_lacks():
    source = np.repeat(np.array([[0.2], [0.4]]), 3, axis=1)
    target = source + 0.1
    colors = np.repeat(np.array([[0.1], [0.3], [0.5]]), 3, axis=1)
    np.testing.assert_allclose(histogram(colors, source, target), colors + 0.1)


def test_luminance_statistics_are_matched(source, target):
    got, wanted = luma_statistics(match_luminance(source, source, target)), luma_statistics(target)
    # Shadow and highlight by construction; the mean is bent by the curve.
    np.testing.assert_allclose(got[[0, 2]], wanted[[0, 2]], atol=1e-3)
    assert abs(got[1] - wanted[1]) < 0.005 < abs(luma_statistics(source)[1] - wanted[1])


def test_luminance_statistics_keep_chroma(source, target):
    change = match_luminance(source, source, target) - source
    np.testing.assert_allclose(change, change[:, :1].repeat(3, axis=1), atol=1e-12)


def test_luma_statistics_by_hand():
    gray = np.repeat(np.linspace(0, 1, 11)[:, None], 3, axis=1)
    np.testing.assert_allclose(luma_statistics(gray), [0.1, 0.5, 0.9])


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_a_region_that_looks_right_already_stays(transfer, source):
    np.testing.assert_allclose(transfer(source, source, source), source, atol=2e-3)


def test_poisson_takes_a_flat_foreground_to_its_flat_background():
    mask = np.zeros((60, 80), bool)
    mask[20:45, 25:60] = True
    picture = np.full((60, 80, 3), (120, 90, 150), np.uint8)
    truth = picture.copy()
    picture[15:50, 20:65] = (200, 30, 60)  # the band around the mask is wrong as well
    got = poisson(picture, mask, band=6).astype(int)
    assert np.abs(got - truth)[mask].max() <= 4
    assert np.abs(picture.astype(int) - truth)[mask].min() > 50


def test_poisson_keeps_the_foreground_gradients_at_the_border_too():
    mask = np.zeros((60, 80), bool)
    mask[20:, 25:60] = True  # cut by the picture's lower edge
    waves = np.broadcast_to(15 * np.sin(np.arange(80) * 2 * np.pi / 8)[None, :, None], (60, 80, 3))
    picture = np.full((60, 80, 3), 120.0)
    picture[mask] = 170 + waves[mask]
    got = poisson(picture.astype(np.uint8), mask, band=3).astype(float)
    inner = np.s_[35:56, 33:49]
    assert np.abs(got[inner].mean() - 120) < 6
    assert got[inner].std() == pytest.approx(15 / np.sqrt(2), rel=0.15)


def test_poisson_without_background_changes_nothing():
    picture = skimage.data.astronaut()[:40, :40]
    assert np.array_equal(poisson(picture, np.ones((40, 40), bool), band=2), picture)
