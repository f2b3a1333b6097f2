"""Color statistics of a region against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from iph_core.network.statistics import BINS, CHANNELS, FEATURES, luma, region_statistics


def picture_on_bin_centers():
    """Every value is a multiple of 1/15, so no pixel is shared between two bins."""
    generator = torch.Generator().manual_seed(0)
    picture = torch.randint(BINS, (2, 3, 20, 20), generator=generator) / (BINS - 1)
    region = (torch.rand(2, 1, 20, 20, generator=generator) < 0.4).float()
    return picture, region


def split(features):
    lengths = (CHANNELS * BINS, 3, 6, 1)
    cumulative, *others = features.split(lengths, 1)
    return cumulative.unflatten(1, (CHANNELS, BINS)), *others


def test_histograms_are_cumulative_and_end_at_one():
    picture, region = picture_on_bin_centers()
    features = region_statistics(torch.rand_like(picture), region)
    assert features.shape == (2, FEATURES)
    cumulative = split(features)[0]
    torch.testing.assert_close(cumulative[..., -1], torch.ones(2, CHANNELS))
    assert (cumulative.diff(dim=-1) >= -1e-6).all()


def test_histograms_of_values_on_bin_centers_are_those_of_numpy():
    picture, region = picture_on_bin_centers()
    cumulative = split(region_statistics(picture, region))[0]
    edges = (np.arange(BINS + 1) - 0.5) / (BINS - 1)
    for sample in range(2):
        inside = region[sample, 0].numpy() > 0
        for channel in range(3):
            counts, _ = np.histogram(picture[sample, channel].numpy()[inside], edges)
            np.testing.assert_allclose(
                cumulative[sample, channel], counts.cumsum() / inside.sum(), atol=1e-5
            )


def test_a_value_between_two_bins_is_shared():
    picture = torch.full((1, 3, 4, 4), 2.25 / (BINS - 1))
    cumulative = split(region_statistics(picture, torch.ones(1, 1, 4, 4)))[0][0]
    expected = torch.ones(BINS)
    expected[:2], expected[2] = 0, 0.75
    for channel in range(4):  # red, green, blue and luma
        torch.testing.assert_close(cumulative[channel], expected, atol=1e-4, rtol=0)
    # The opponents of gray lie in the middle, 7.5 of 15: half in either bin.
    for channel in (4, 5):
        assert cumulative[channel, 6:9].tolist() == pytest.approx([0, 0.5, 1], abs=1e-4)


def test_mean_and_covariance_are_those_of_numpy():
    picture, region = picture_on_bin_centers()
    _, mean, spread, share = split(region_statistics(picture, region))
    upper = np.triu_indices(3)
    for sample in range(2):
        colors = picture[sample][:, region[sample, 0] > 0].numpy()
        np.testing.assert_allclose(mean[sample], colors.mean(1), atol=1e-5)
        covariance = np.cov(colors, bias=True)[upper]
        expected = np.sign(covariance) * np.sqrt(np.abs(covariance))
        np.testing.assert_allclose(spread[sample], expected, atol=1e-4)
        assert share[sample].item() == pytest.approx(region[sample].mean().item())


def test_an_empty_region_gives_zeros():
    picture, _ = picture_on_bin_centers()
    assert region_statistics(picture, torch.zeros(2, 1, 20, 20)).abs().max() == 0


def test_luma_of_the_primaries():
    primaries = torch.eye(3).view(3, 3, 1, 1)
    assert luma(primaries).flatten().tolist() == pytest.approx([0.299, 0.587, 0.114])
    assert luma(torch.ones(1, 3, 1, 1)).item() == pytest.approx(1)
