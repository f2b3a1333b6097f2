"""Metrics against scikit-image and hand values."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.metrics
import torch

from iph_core.evaluation.metrics import by_source, fmse, fpsnr, mean_over_sources


def pictures():
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(2, 3, 20, 30, generator=generator)
    picture = (truth + 0.1 * torch.randn(2, 3, 20, 30, generator=generator)).clamp(0, 1)
    mask = torch.zeros(2, 1, 20, 30)
    mask[0, :, 3:12, 5:20] = 1
    mask[1, :, 10:, :15] = 0.6  # a soft mask counts where it is above a half
    mask[1, :, :5] = 0.4
    return picture, truth, mask


def test_fpsnr_is_that_of_the_cropped_foreground():
    picture, truth, mask = pictures()
    crops = [(0, np.s_[:, 3:12, 5:20]), (1, np.s_[:, 10:, :15])]
    for sample, crop in crops:
        expected = skimage.metrics.peak_signal_noise_ratio(
            truth[sample].numpy()[crop], picture[sample].numpy()[crop], data_range=1
        )
        assert fpsnr(picture, truth, mask)[sample].item() == pytest.approx(expected, abs=1e-3)
        expected = skimage.metrics.mean_squared_error(
            255 * truth[sample].numpy()[crop], 255 * picture[sample].numpy()[crop]
        )
        assert fmse(picture, truth, mask)[sample].item() == pytest.approx(expected, rel=1e-4)


def test_pixels_outside_do_not_count():
    picture, truth, mask = pictures()
    other = torch.where(mask > 0.5, picture, 1 - picture)
    assert torch.equal(fpsnr(picture, truth, mask), fpsnr(other, truth, mask))


def test_equal_pictures_have_70_db():
    _, truth, mask = pictures()
    assert fpsnr(truth, truth, mask).tolist() == pytest.approx([70, 70])
    assert fmse(truth, truth, mask).tolist() == [0, 0]


def test_by_hand():
    truth, mask = torch.zeros(1, 3, 2, 2), torch.zeros(1, 1, 2, 2)
    mask[..., 0, :] = 1
    picture = truth.clone()
    picture[:, 0, 0, 0] = 0.6  # 0.36 over 2 pixels x 3 channels
    assert fmse(picture, truth, mask).item() == pytest.approx(0.06 * 255**2)
    assert fpsnr(picture, truth, mask).item() == pytest.approx(-10 * np.log10(0.06), abs=1e-4)


def test_small_sources_are_pooled_and_every_source_counts_once():
    values = [1.0] * 10 + [4.0] * 30 + [10.0] * 2 + [20.0] * 3
    sources = ["b"] * 10 + ["a"] * 30 + ["tiny"] * 2 + ["small"] * 3
    means = by_source(values, sources)
    assert list(means) == ["a", "b", "others"]
    assert means == pytest.approx({"a": 4, "b": 1, "others": 16})
    assert mean_over_sources(values, sources) == pytest.approx((4 + 1 + 16) / 3)
