"""Color transfer between regions against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from iph_core.data.recipe import IHARMONY4_WAYS, MORE_TRANSFER_WAYS, TRANSFER_WAYS
from iph_core.data.transfer import (
    OPPONENT,
    WAYS,
    match_axes,
    match_covariance,
    match_histograms,
    match_moments,
    match_projections,
    match_transport,
    transfer,
)

SAMPLES = 2000


@pytest.fixture
def source():
    return distribution(0, (0.3, 0.5, 0.4), 0.12)


@pytest.fixture
def target():
    return distribution(1, (0.6, 0.45, 0.3), 0.2)


def distribution(seed, mean, spread):
    """Correlated colors N x P x 3, two samples of different distributions."""
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(2, 3, 3, generator=generator) * 0.4 + torch.eye(3)
    noise = torch.randn(2, SAMPLES, 3, generator=generator) * spread
    return torch.tensor(mean) + noise @ mixing


def test_moments_of_opponent_channels(source, target):
    moved = match_moments(source, source, target)
    matrix = np.array(OPPONENT)
    for before, after, wanted in zip(source, moved, target, strict=True):
        before, after, wanted = (
            np.asarray(colors, float) @ matrix.T for colors in (before, after, wanted)
        )
        np.testing.assert_allclose(after.mean(0), wanted.mean(0), atol=1e-4)
        # Both deviations are raised by 0.02, so that flat regions are not blown up.
        expected = before.std(0) * (wanted.std(0) + 0.02) / (before.std(0) + 0.02)
        np.testing.assert_allclose(after.std(0), expected, rtol=1e-3)


def test_moments_do_not_blow_up_flat_regions(target):
    flat = torch.full((2, SAMPLES, 3), 0.5)
    moved = match_moments(flat + 0.01 * torch.randn_like(flat), flat, target)
    assert moved.isfinite().all()
    matrix = torch.tensor(OPPONENT)
    deviation = ((moved - moved.mean(1, keepdim=True)) @ matrix.T).std(1)
    assert (deviation <= 3.2 * 0.01 * matrix.norm(dim=1)).all()


@pytest.mark.parametrize("match", [match_covariance, match_axes, match_transport])
def test_mean_and_covariance(source, target, match):
    moved = match(source, source, target)
    for after, wanted in zip(moved, target, strict=True):
        np.testing.assert_allclose(after.mean(0), wanted.mean(0), atol=1e-4)
        np.testing.assert_allclose(np.cov(after.T), np.cov(wanted.T), atol=4e-3)
    assert np.abs(np.cov(source[0].T) - np.cov(target[0].T)).max() > 0.02


def test_axes_turn_principal_axes_onto_each_other(source, target):
    moved = match_axes(source, source, target)
    for before, after, wanted in zip(source.numpy(), moved.numpy(), target.numpy(), strict=True):
        axes, turned = (np.linalg.eigh(np.cov(colors.T))[1] for colors in (before, wanted))
        matrix, *_ = np.linalg.lstsq(before - before.mean(0), after - after.mean(0), rcond=None)
        for axis, onto in zip(axes.T, turned.T, strict=True):
            image = axis @ matrix
            assert axis @ onto * (image @ onto) > 0  # The nearer of both directions.
            assert abs(image @ onto) == pytest.approx(np.linalg.norm(image), rel=1e-2)


def test_transport_is_the_map_of_least_change(source, target):
    # Of all linear maps between two normal distributions, the optimal one is symmetric.
    for before, moved in zip(
        source.numpy(), match_transport(source, source, target).numpy(), strict=True
    ):
        matrix, *_ = np.linalg.lstsq(before - before.mean(0), moved - moved.mean(0), rcond=None)
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-3)
        assert np.linalg.eigvalsh(matrix).min() > 0


def test_projections_bring_the_distribution_nearer_along_any_axis(source, target):
    moved = match_projections(source, source, target)
    axis = torch.tensor([0.48, -0.6, 0.64])
    for before, after, wanted in zip(source @ axis, moved @ axis, target @ axis, strict=True):
        levels = torch.linspace(0.1, 0.9, 9)
        missed = (after.quantile(levels) - wanted.quantile(levels)).abs().max()
        assert missed < 0.25 * (before.quantile(levels) - wanted.quantile(levels)).abs().max()


def test_quantiles(source, target):
    moved = match_histograms(source, source, target)
    for after, wanted in zip(moved, target, strict=True):
        for quantile in (0.05, 0.25, 0.5, 0.75, 0.95):
            # Quantiles of the source are told apart by up to 0.016, and stretched by up to 3.
            np.testing.assert_allclose(
                np.quantile(after, quantile, axis=0),
                np.quantile(wanted, quantile, axis=0),
                atol=0.048,
            )


def test_histogram_matching_is_monotonic_and_continues_beyond_the_quantiles(source, target):
    ramp = torch.linspace(-0.2, 1.2, 200)[None, :, None].expand(2, -1, 3)
    moved = match_histograms(ramp, source, target)
    assert (moved.diff(dim=1) >= -1e-6).all()
    ends = moved[:, [0, -1]] - moved[:, [1, -2]]
    step = (ramp[:, [0, -1]] - ramp[:, [1, -2]]).contiguous()
    torch.testing.assert_close(ends, step, atol=1e-4, rtol=0)


@pytest.mark.parametrize("match", WAYS.values())
def test_matching_a_region_with_itself_changes_little(match, source):
    moved = match(source, source, source)
    assert (moved - source).abs().max() < 0.02


@pytest.mark.parametrize("names", [TRANSFER_WAYS, MORE_TRANSFER_WAYS])
def test_each_sample_goes_one_of_the_ways(source, target, names):
    source, target = (colors[:1].expand(60, -1, -1) for colors in (source, target))
    moved = transfer(source, source, target, names, torch.Generator().manual_seed(0))
    again = transfer(source, source, target, names, torch.Generator().manual_seed(0))
    assert torch.equal(moved, again)
    one, other = source[:1], target[:1]
    ways = torch.cat([WAYS[name](one, one, other) for name in names])
    distance = (moved[:, None] - ways).abs().amax((2, 3))
    assert distance.amin(1).max() < 1e-4
    assert distance.argmin(1).unique().tolist() == list(range(len(names)))


def test_recipes_name_ways_that_are_there():
    assert set(MORE_TRANSFER_WAYS) == set(WAYS)
    assert set(IHARMONY4_WAYS) < set(WAYS)
