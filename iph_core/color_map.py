"""The color map: a polynomial in RGB that carries the network's change to the full-size photo.

Kernel of 11 terms: Hong, Luo, Rhodes 2001, "A study of digital camera colorimetric
characterization based on polynomial modeling", as used by Afifi et al. 2019, "When Color
Constancy Goes Wrong", eq. 2 and 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from iph_core.errors import InputError
from iph_core.pixel_map import PixelMap, parts

TERMS = ("R", "G", "B", "RG", "RB", "GB", "RR", "GG", "BB", "RGB", "1")

# Enough to keep the map near the identity where the samples say nothing (a foreground of few
# colors), and far too little to hold it back where they speak.
RIDGE = 1e-5


def kernel(rgb: np.ndarray) -> np.ndarray:
    """The 11 terms of RGB values in [0, 1]: (N, 3) -> (N, 11), in the order of `TERMS`.

    In memory every term lies in one piece: several times as fast as term beside term.
    """
    terms = np.empty((len(TERMS), len(rgb)), rgb.dtype)
    terms[:3] = rgb.T
    r, g, b = terms[:3]
    np.multiply(r, g, out=terms[3])
    np.multiply(r, b, out=terms[4])
    np.multiply(g, b, out=terms[5])
    np.multiply(terms[:3], terms[:3], out=terms[6:9])
    np.multiply(terms[3], b, out=terms[9])
    terms[10] = 1
    return terms.T


@dataclass(frozen=True, eq=False)
class ColorMap(PixelMap):
    """rgb -> kernel(rgb) @ coefficients, for RGB in [0, 1]; coefficients: float64 (11, 3)."""

    coefficients: np.ndarray

    def __post_init__(self) -> None:
        coefficients = np.array(self.coefficients, np.float64)
        if coefficients.shape != (len(TERMS), 3) or not np.isfinite(coefficients).all():
            raise InputError("A color map needs 11 rows of 3 finite coefficients.")
        coefficients.setflags(write=False)
        object.__setattr__(self, "coefficients", coefficients)

    @classmethod
    def identity(cls) -> ColorMap:
        """The map that changes nothing."""
        return cls(np.eye(len(TERMS), 3))

    @classmethod
    def fit(cls, source: np.ndarray, target: np.ndarray, ridge: float = RIDGE) -> ColorMap:
        """The map that takes the colors `source` nearest to `target`, by least squares.

        source, target: (N, 3) in [0, 1]. ridge: pull of every coefficient toward the identity,
        against a mean squared error of 1.
        Minimizes  sum_i |k_i C - t_i|^2 / N  +  ridge |C - I|^2.
        Raises InputError where there is no sample.
        """
        if source.ndim != 2 or source.shape[1] != 3 or target.shape != source.shape:
            raise ValueError(
                f"Source and target must both be (N, 3), got {source.shape}, {target.shape}."
            )
        count = len(source)
        if not count:
            raise InputError("No pixel to learn the color change from: mark a larger region.")
        gram = np.zeros((len(TERMS), len(TERMS)))
        moment = np.zeros((len(TERMS), 3))
        for part in parts(count):
            colors = source[part].astype(np.float64)
            terms = kernel(colors)
            gram += terms.T @ terms
            moment += terms.T @ (target[part] - colors)
        gram /= count
        gram[np.diag_indices_from(gram)] += ridge
        change = np.linalg.solve(gram, moment / count)
        return cls(cls.identity().coefficients + change)

    def values(self, rgb: np.ndarray) -> np.ndarray:
        """Float colors (N, 3) in [0, 1] mapped, of the same dtype and not clipped."""
        return kernel(rgb) @ self.coefficients.astype(rgb.dtype)

    def at_strength(self, strength: float) -> ColorMap:
        """The map between the identity (0) and this one (1); InputError outside 0 to 1."""
        if not 0 <= strength <= 1:
            raise InputError(f"Strength must lie between 0 and 1, got {strength}.")
        identity = self.identity().coefficients
        return ColorMap(identity + strength * (self.coefficients - identity))

    def blended(self, other: ColorMap, share: float) -> ColorMap:
        """The map between this one (share 0) and another (1); InputError outside 0 to 1.

        Exact: a least-squares fit is linear in its target, so this is the map that would be fitted
        to the blend of what both were fitted to.
        """
        if not 0 <= share <= 1:
            raise InputError(f"The blend must lie between 0 and 1, got {share}.")
        return ColorMap(self.coefficients + share * (other.coefficients - self.coefficients))

    def to_dict(self) -> dict[str, list]:
        """For JSON: {"terms": the 11 names, "coefficients": 11 rows of [R, G, B]}."""
        return {"terms": list(TERMS), "coefficients": self.coefficients.tolist()}
