"""Metrics against scikit-image and hand values."""

from __future__ import annotations

import math

import numpy as np
import pytest
import skimage.color
import skimage.metrics
import torch

from iph_core.evaluation.metrics import de2000, fmse, fpsnr, luminance_error, psnr, ssim


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


def test_psnr_and_ssim_are_those_of_scikit_image():
    picture, truth, _ = pictures()
    for sample in range(2):
        ours, theirs = (part[sample].movedim(0, -1).double().numpy() for part in (picture, truth))
        expected = skimage.metrics.peak_signal_noise_ratio(theirs, ours, data_range=1)
        assert psnr(picture, truth)[sample].item() == pytest.approx(expected, abs=1e-4)
        expected = skimage.metrics.structural_similarity(
            theirs,
            ours,
            data_range=1,
            channel_axis=-1,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        assert ssim(picture, truth)[sample].item() == pytest.approx(expected, abs=1e-5)
    assert ssim(truth, truth).tolist() == pytest.approx([1, 1])
    assert psnr(truth, truth).tolist() == pytest.approx([70, 70])


def test_de2000_of_a_published_pair():
    """Sharma, Wu and Dalal 2005, table 1, pair 25: 1.2644."""
    lab = np.array([[[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387]]])
    colors = torch.from_numpy(skimage.color.lab2rgb(lab)).movedim(-1, 0)[None]
    one, other = colors[..., :1], colors[..., 1:]
    mask = torch.ones(1, 1, 1, 1)
    assert de2000(one, other, mask).item() == pytest.approx(1.2644, abs=2e-3)


def test_de2000_is_the_mean_over_the_foreground():
    picture, truth, mask = pictures()
    got = de2000(picture, truth, mask)
    lab = [skimage.color.rgb2lab(part[0].movedim(0, -1)) for part in (picture, truth)]
    everywhere = skimage.color.deltaE_ciede2000(*lab)
    assert got[0].item() == pytest.approx(everywhere[3:12, 5:20].mean(), rel=1e-4)
    assert de2000(truth, truth, mask).tolist() == [0, 0]
    assert math.isnan(de2000(picture, truth, torch.zeros_like(mask))[0].item())


def test_luminance_error_by_hand():
    gray = torch.linspace(0, 1, 11).expand(1, 3, 1, 11)
    mask = torch.ones(1, 1, 1, 11)
    # Highlight 0.9, mid-tone 0.5, shadow 0.1 against 0.45 + 0.1, 0.25 + 0.1, 0.05 + 0.1.
    expected = 0.35 + 0.15 + 0.05
    assert luminance_error(gray, mask, gray / 2 + 0.1, mask).item() == pytest.approx(expected)
    assert luminance_error(gray, mask, gray, mask).item() == 0
