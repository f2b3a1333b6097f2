"""Masks and bands against scipy.ndimage and hand values."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import torch

from iph_core.network import masks


def blob(seed=0, height=40, width=31):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(2, 1, height, width, generator=generator) < 0.03).float()


def disk(side, radius):
    axis = torch.arange(side) - side / 2 + 0.5
    return ((axis[:, None] ** 2 + axis**2) <= radius**2).float()[None, None]


@pytest.mark.parametrize("radius", [0, 1, 3, 6])
def test_dilate_and_erode_are_those_of_scipy(radius):
    mask = blob()
    size = 2 * radius + 1
    for sample, grown, kept in zip(
        mask, masks.dilate(mask, radius), masks.erode(1 - mask, radius), strict=True
    ):
        expected = scipy.ndimage.maximum_filter(sample[0].numpy(), size, mode="constant", cval=0)
        np.testing.assert_array_equal(grown[0], expected)
        expected = scipy.ndimage.minimum_filter(
            1 - sample[0].numpy(), size, mode="constant", cval=1
        )
        np.testing.assert_array_equal(kept[0], expected)


def test_band_is_a_share_of_the_longer_side_and_at_least_one_pixel():
    assert masks.band_radius(0.03, torch.zeros(1, 1, 256, 100)) == 8
    assert masks.band_radius(0.012, torch.zeros(1, 1, 100, 256)) == 3
    assert masks.band_radius(0.012, torch.zeros(1, 1, 16, 16)) == 1


def test_core_loses_its_rim_and_falls_back_to_thin_masks():
    thick, thin = disk(128, 30), torch.zeros(1, 1, 128, 128)
    thin[..., 50, :] = 1
    core = masks.core(torch.cat((thick, thin)))
    radius = masks.band_radius(masks.INNER_BAND, thick)
    assert radius == 2
    assert torch.equal(core[:1], masks.erode(thick, radius))
    assert 0 < core[0].sum() < thick.sum()
    assert torch.equal(core[1:], thin)
    assert torch.equal(masks.core(thick, 0.05), masks.erode(thick, 6))


def test_surroundings_and_guide_keep_away_from_the_foreground():
    mask = disk(128, 25)
    distance = scipy.ndimage.distance_transform_cdt(mask[0, 0].numpy() == 0, "chessboard")
    radius = masks.band_radius(masks.OUTER_BAND, mask)
    assert radius == 4
    np.testing.assert_array_equal(masks.surroundings(mask)[0, 0], distance > radius)
    guide = torch.zeros_like(mask)
    guide[..., :70] = 1
    visible = masks.visible_guide(guide, mask)[0, 0]
    np.testing.assert_array_equal(visible, (distance > radius) & (guide[0, 0].numpy() > 0))


def test_shrink_averages_valid_pixels_only():
    picture = torch.tensor(
        [
            [0.1, 0.3, 0.9, 0.9],
            [0.5, 0.7, 0.9, 0.2],
            [0.0, 0.0, 0.4, 0.6],
            [0.0, 0.0, 0.0, 0.0],
        ]
    ).expand(1, 3, 4, 4)
    mask = torch.tensor(
        [
            [1.0, 1, 0, 0],
            [1, 0, 0, 1],
            [0, 0, 1, 1],
            [0, 0, 0, 0],
        ]
    )[None, None]
    small, valid = masks.shrink(picture, mask, 2)
    # Three, one, no and two of four pixels are valid; from two on the small pixel is.
    assert valid[0, 0].tolist() == [[1, 0], [0, 1]]
    assert small[0, 0, 0, 0].item() == pytest.approx((0.1 + 0.3 + 0.5) / 3)
    assert small[0, 2, 1, 1].item() == pytest.approx((0.4 + 0.6) / 2)


def test_shrink_of_a_full_mask_is_area_scaling():
    picture = torch.rand(1, 3, 12, 12)
    small, valid = masks.shrink(picture, torch.ones(1, 1, 12, 12), 4)
    torch.testing.assert_close(
        small, picture.unflatten(2, (4, 3)).unflatten(4, (4, 3)).mean((3, 5))
    )
    assert valid.min() == 1


def test_shrink_ignores_what_lies_outside():
    mask = disk(32, 9)
    picture = torch.rand(1, 3, 32, 32)
    garbage = torch.where(mask > 0, picture, torch.inf)
    assert torch.equal(masks.shrink(picture, mask, 16)[0], masks.shrink(garbage, mask, 16)[0])


def test_masked_mean_by_hand():
    features = torch.tensor([[[[1.0, 2.0], [3.0, 10.0]]]])
    mask = torch.tensor([[[[1.0, 1.0], [1.0, 0.0]]]])
    assert masks.masked_mean(features, mask).item() == pytest.approx(2.0)
    assert masks.masked_mean(features, torch.zeros_like(mask)).item() == 0.0
