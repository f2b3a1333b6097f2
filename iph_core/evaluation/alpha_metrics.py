"""How far an alpha is from the true one (Rhemann et al., "A Perceptually Motivated Online Benchmark
for Image Matting", CVPR 2009).

Everywhere: alpha and truth are float HW in [0, 1]; `where`, bool HW, says which pixels count (all
when None).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

GRADIENT_SIGMA = 1.4
"""Width of the Gaussian whose derivative gives the gradient, in pixels (section 4 there)."""

GRADIENT_REACH = 5

Alpha = NDArray[np.float32]
Where = NDArray[np.bool_] | None


def sad(alpha: Alpha, truth: Alpha, where: Where = None) -> float:
    """Sum of absolute differences, in pixels."""
    return float(np.abs(_difference(alpha, truth, where)).sum())


def mse(alpha: Alpha, truth: Alpha, where: Where = None) -> float:
    """Mean of squared differences; 0 where no pixel counts."""
    difference = _difference(alpha, truth, where)
    return float((difference**2).mean()) if difference.size else 0.0


def gradient_error(alpha: Alpha, truth: Alpha, where: Where = None) -> float:
    """Sum of squared differences between the lengths of the gradients."""
    return float((_difference(slope(alpha), slope(truth), where) ** 2).sum())


def slope(alpha: Alpha) -> NDArray[np.float64]:
    """The length of the gradient at each pixel, by first derivatives of a Gaussian.

    The derivative of a ramp that rises by s a pixel is s.
    """
    offsets = np.arange(-GRADIENT_REACH, GRADIENT_REACH + 1, dtype=np.float64)
    smooth = np.exp(-(offsets**2) / (2 * GRADIENT_SIGMA**2))
    smooth /= smooth.sum()
    derivative = offsets * smooth
    derivative /= (offsets * derivative).sum()
    values = np.asarray(alpha, np.float64)
    border = cv2.BORDER_REPLICATE
    across = cv2.sepFilter2D(values, cv2.CV_64F, derivative, smooth, borderType=border)
    down = cv2.sepFilter2D(values, cv2.CV_64F, smooth, derivative, borderType=border)
    return np.hypot(across, down)


def _difference(alpha: NDArray, truth: NDArray, where: Where) -> NDArray[np.float64]:
    if alpha.shape != truth.shape:
        raise ValueError(f"Alpha is {alpha.shape}, the truth {truth.shape}.")
    difference = np.asarray(alpha, np.float64) - truth
    return difference.ravel() if where is None else difference[where]
