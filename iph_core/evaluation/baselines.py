"""Color transfer without learning: what a method has to beat.

A transfer takes colors P x 3 to recolor, and the pixels whose look they have (source, S x 3) and
are to get (target, T x 3), all sRGB-encoded in [0, 1]; it returns P x 3, not clipped.
"""

from __future__ import annotations

import warnings

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.color import lab2rgb, rgb2lab
from skimage.exposure import match_histograms

from iph_core.network.statistics import HIGHLIGHT, LUMA, SHADOW

Colors = NDArray[np.floating]

FLAT = 1e-6
"""Spread below which a channel is flat: nothing to stretch."""

NOISE = 1e-6
"""Variance that rounding to 8 bits leaves in a flat color (1 / 12 of a level squared)."""


def reinhard(colors: Colors, source: Colors, target: Colors) -> Colors:
    """Mean and deviation of each channel of CIELAB (Reinhard et al. 2001, eq. 10 and 11).

    In CIELAB as is usual today, where the paper has its own l-alpha-beta. Colors that no screen
    shows are clipped.
    """
    lab, before, after = (rgb2lab(pixels) for pixels in (colors, source, target))
    gain = after.std(0) / np.maximum(before.std(0), FLAT)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Conversion from CIE-LAB")
        return lab2rgb((lab - before.mean(0)) * gain + after.mean(0))


def mkl(colors: Colors, source: Colors, target: Colors) -> Colors:
    """Mean and covariance of RGB by the linear map that moves colors least.

    The linear Monge-Kantorovich solution (Pitie and Kokaram 2007, section 3):
    T = A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2 for covariances A of source and B of target.
    """
    before, after = (np.cov(pixels.T) + NOISE * np.eye(3) for pixels in (source, target))
    root = _power(before, 0.5)
    back = _power(before, -0.5)
    matrix = back @ _power(root @ after @ root, 0.5) @ back
    return (colors - source.mean(0)) @ matrix + target.mean(0)


def histogram(colors: Colors, source: Colors, target: Colors) -> Colors:
    """The distribution of each channel (scikit-image's `match_histograms`).

    Colors between those of the source are interpolated; beyond them the change stays as it is.
    """
    matched = match_histograms(source, target, channel_axis=1)
    result = np.empty_like(colors)
    for channel in range(3):
        values, first = np.unique(source[:, channel], return_index=True)
        change = matched[first, channel] - values
        result[:, channel] = colors[:, channel] + np.interp(colors[:, channel], values, change)
    return result


def match_luminance(colors: Colors, source: Colors, target: Colors) -> Colors:
    """Shadow, mid-tone and highlight of luma, by a curve through them; chroma stays.

    The curve is linear between (0, 0), the three pairs of statistics and (1, 1); its change of luma
    is added to R, G and B alike.
    """
    knots = [np.r_[0.0, luma_statistics(pixels), 1.0] for pixels in (source, target)]
    before, after = (np.maximum.accumulate(knot) for knot in knots)
    luma = colors @ np.array(LUMA)
    return colors + (np.interp(luma, before, after) - luma)[:, None]


def luma_statistics(pixels: Colors) -> NDArray[np.floating]:
    """Shadow (10 % quantile), mid-tone (mean) and highlight (90 %) of the luma of colors P x 3."""
    luma = pixels @ np.array(LUMA)
    return np.array([np.quantile(luma, SHADOW), luma.mean(), np.quantile(luma, HIGHLIGHT)])


def poisson(picture: NDArray[np.uint8], mask: NDArray[np.bool_], band: int) -> NDArray[np.uint8]:
    """Poisson blending (Perez et al. 2003, eq. 3): the foreground's gradients from the outside in.

    picture uint8 HWC; mask HW, the foreground. OpenCV's `seamlessClone` would find the foreground's
    own colors along its edge, and change nothing; so the picture that it is cloned into has the
    foreground and a `band` of pixels around it filled in from the background (OpenCV's `inpaint`).
    It knows hard masks only, and no reference region: the edge decides. A foreground that leaves no
    background comes back as it is.
    """
    border = 4  # The solver wants its patch inside the picture.
    padded = cv2.copyMakeBorder(picture, *4 * (border,), cv2.BORDER_REPLICATE)
    hard = mask.astype(np.uint8) * 255
    filled = cv2.copyMakeBorder(hard, *4 * (border,), cv2.BORDER_REPLICATE)
    filled = cv2.dilate(filled, np.ones((2 * band + 1,) * 2, np.uint8))
    if filled.all() or not hard.any():
        return picture
    background = cv2.inpaint(padded, filled, 3, cv2.INPAINT_TELEA)
    patch = cv2.copyMakeBorder(hard, *4 * (border,), cv2.BORDER_CONSTANT, value=0)
    x, y, width, height = cv2.boundingRect(patch)
    middle = (x + width // 2, y + height // 2)
    cloned = cv2.seamlessClone(padded, background, patch, middle, cv2.NORMAL_CLONE)
    return np.asarray(cloned[border:-border, border:-border], np.uint8)


def _power(matrix: NDArray[np.floating], exponent: float) -> NDArray[np.floating]:
    """Power of a symmetric positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, NOISE**2) ** exponent) @ vectors.T
