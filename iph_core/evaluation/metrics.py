"""Metrics of a picture against the truth: one figure a picture.

Pictures are N3HW in [0, 1], masks N1HW; a pixel is inside where its mask is above 0.5.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from skimage.color import deltaE_ciede2000, rgb2lab
from torch import Tensor

from iph_core.network.masks import masked_mean
from iph_core.network.statistics import binary, luminance_statistics

LEAST_ERROR = 1e-7
"""Mean squared error (70 dB) below which pictures count as equal."""

SSIM_SIGMA, SSIM_RADIUS = 1.5, 5
SSIM_C1, SSIM_C2 = 0.01**2, 0.03**2


def fmse(picture: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Mean squared error N over the foreground, in units of 255^2 as the field prints it."""
    return masked_mean((picture - truth) ** 2, binary(mask)).mean(1) * 255**2


def fpsnr(picture: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Peak signal-to-noise ratio N in dB over the foreground, at most 70 dB."""
    return decibels(fmse(picture, truth, mask) / 255**2)


def psnr(picture: Tensor, truth: Tensor) -> Tensor:
    """Peak signal-to-noise ratio N in dB over the whole picture, at most 70 dB."""
    return decibels(((picture - truth) ** 2).mean((1, 2, 3)))


def decibels(error: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of a mean squared error of values in [0, 1], at most 70 dB."""
    return -10 * torch.log10(error.clamp_min(LEAST_ERROR))


def ssim(picture: Tensor, truth: Tensor) -> Tensor:
    """Structural similarity N over the whole picture, mean of R, G and B.

    Wang et al. 2004, eq. 13, with their Gaussian window (11 x 11, deviation 1.5), where it lies in
    the picture as a whole: what scikit-image computes with `gaussian_weights=True` and
    `use_sample_covariance=False`. Pictures must be at least 11 pixels wide and high.
    """
    mean_x, mean_y = _window_mean(picture), _window_mean(truth)
    variance_x = _window_mean(picture**2) - mean_x**2
    variance_y = _window_mean(truth**2) - mean_y**2
    covariance = _window_mean(picture * truth) - mean_x * mean_y
    above = (2 * mean_x * mean_y + SSIM_C1) * (2 * covariance + SSIM_C2)
    below = (mean_x**2 + mean_y**2 + SSIM_C1) * (variance_x + variance_y + SSIM_C2)
    return (above / below).mean((1, 2, 3))


def de2000(picture: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Mean color difference CIEDE2000 N over the foreground (CIE 142:2001; sRGB, D65)."""
    differences = []
    for ours, theirs, inside in zip(picture, truth, mask[:, 0] > 0.5, strict=True):
        pair = (rgb2lab(_pixels(colors, inside)) for colors in (ours, theirs))
        differences.append(float(deltaE_ciede2000(*pair).mean()) if inside.any() else math.nan)
    return torch.tensor(differences)


def luminance_error(picture: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
    """How far the foreground's luma is from the reference's: N, in units of luma in [0, 1].

    Sum of the absolute differences of highlight (90 % quantile), mid-tone (mean) and shadow (10 %
    quantile), as in the paper's luminance matching loss. The truth itself is not at 0: a shirt may
    be darker than the one it is matched with.
    """
    ours, theirs = luminance_statistics(picture, mask), luminance_statistics(reference, guide)
    return (ours - theirs).abs().sum(1)


def _window_mean(picture: Tensor) -> Tensor:
    steps = torch.arange(-SSIM_RADIUS, SSIM_RADIUS + 1, device=picture.device, dtype=picture.dtype)
    weights = torch.exp(-0.5 * (steps / SSIM_SIGMA) ** 2)
    planes = picture.flatten(0, 1)[None]
    count = planes.shape[1]
    # A group a plane is ten times as fast on a CPU as a batch of single planes.
    rows = (weights / weights.sum()).expand(count, 1, 1, -1)
    smooth = F.conv2d(F.conv2d(planes, rows, groups=count), rows.transpose(2, 3), groups=count)
    return smooth[0].unflatten(0, picture.shape[:2])


def _pixels(picture: Tensor, inside: Tensor) -> np.ndarray:
    """Colors P x 3 of a picture 3HW inside a mask HW."""
    return picture[:, inside].T.double().cpu().numpy()
