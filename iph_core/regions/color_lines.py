"""The matting Laplacian without its matrix: alpha is, in every small window, linear in the colors.

Levin et al., "A Closed-Form Solution to Natural Image Matting" (PAMI 2008), give the energy; He et
al., "Fast Matting Using Large Kernel Matting Laplacian Matrices" (CVPR 2010), show that its product
with an alpha is what box filters give, so that no matrix is stored and nothing is compiled.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Planes = list[Plane]

RADIUS = 2
EPSILON = 1e-4
"""Least variance of a color channel, in [0, 1] squared: what counts as noise."""


class ColorLines:
    """Windows of a picture, float32 HWC in [0, 1], in which alpha is fitted linearly to color."""

    def __init__(self, picture: NDArray[np.float32]) -> None:
        self.colors: Planes = [np.ascontiguousarray(picture[..., i]) for i in range(3)]
        self._means = [_mean(color) for color in self.colors]
        self._inverse = self._inverse_covariance()

    def fitted(self, alpha: Plane) -> tuple[Planes, Plane]:
        """Slopes (one a channel) and offset at each pixel: the guided filter of He et al. 2010.

        alpha ~ sum(slope * color) + offset, averaged over all windows that hold the pixel.
        """
        level = _mean(alpha)
        together = [
            _mean(color * alpha) - mean * level
            for color, mean in zip(self.colors, self._means, strict=True)
        ]
        rr, rg, rb, gg, gb, bb = self._inverse
        red, green, blue = together
        slopes = [
            rr * red + rg * green + rb * blue,
            rg * red + gg * green + gb * blue,
            rb * red + gb * green + bb * blue,
        ]
        offset = level - linear(slopes, self._means)
        return [_mean(slope) for slope in slopes], _mean(offset)

    def misfit(self, alpha: Plane) -> Plane:
        """The matting Laplacian times alpha, divided by the pixels of a window."""
        slopes, offset = self.fitted(alpha)
        return alpha - linear(slopes, self.colors) - offset

    def solve(
        self, start: Plane, weight: Plane, free: NDArray[np.bool_], steps: int, tolerance: float
    ) -> Plane:
        """The alpha that fits the color lines and, as `weight` says, stays near `start`.

        Minimizes sum(alpha * misfit(alpha)) + sum(weight * (alpha - start)^2) over the `free`
        pixels, the others staying as in `start`, by conjugate gradients. It ends after `steps` or
        when the mean residual is below `tolerance`.
        """
        alpha = start.copy()
        residual = np.where(free, -self.misfit(alpha), np.float32(0))
        direction = residual.copy()
        size = _dot(residual, residual)
        least = tolerance**2 * np.count_nonzero(free)
        for _ in range(steps):
            if size <= least:
                break
            image = np.where(free, self.misfit(direction) + weight * direction, np.float32(0))
            step = np.float32(size / _dot(direction, image))
            alpha += step * direction
            residual -= step * image
            before, size = size, _dot(residual, residual)
            direction = residual + np.float32(size / before) * direction
        return alpha

    def _inverse_covariance(self) -> Planes:
        """The inverse of each window's 3 x 3 covariance: rr, rg, rb, gg, gb, bb."""
        covariance = {}
        for i in range(3):
            for j in range(i, 3):
                product = _mean(self.colors[i] * self.colors[j])
                covariance[i, j] = product - self._means[i] * self._means[j]
            covariance[i, i] += np.float32(EPSILON)
        rr, rg, rb, gg, gb, bb = covariance.values()
        minors = [gg * bb - gb**2, rb * gb - rg * bb, rg * gb - rb * gg]
        determinant = rr * minors[0] + rg * minors[1] + rb * minors[2]
        cofactors = [*minors, rr * bb - rb**2, rg * rb - rr * gb, rr * gg - rg**2]
        return [cofactor / determinant for cofactor in cofactors]


def linear(slopes: Planes, colors: Planes) -> Plane:
    """The sum of slopes times colors."""
    return slopes[0] * colors[0] + slopes[1] * colors[1] + slopes[2] * colors[2]


def _mean(plane: Plane) -> Plane:
    side = 2 * RADIUS + 1
    mean = cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT)
    return np.asarray(mean, np.float32)


def _dot(a: Plane, b: Plane) -> float:
    return float(np.vdot(a, b))
