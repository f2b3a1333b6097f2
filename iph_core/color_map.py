"""The color map: a polynomial in RGB that carries the network's change to the full-size photo.

Kernel of 11 terms: Hong, Luo, Rhodes 2001, "A study of digital camera colorimetric
characterization based on polynomial modeling", as used by Afifi et al. 2019, "When Color
Constancy Goes Wrong", eq. 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from iph_core.errors import InputError

TERMS = ("R", "G", "B", "RG", "RB", "GB", "RR", "GG", "BB", "RGB", "1")

# Enough to keep the map near the identity where the samples say nothing (a foreground of few
# colors), and far too little to hold it back where they speak.
RIDGE = 1e-5

LUT_SIZE = 33

# Pixels worked on at once: bounds the memory that a large photo takes beside its pixels.
CHUNK_PIXELS = 1 << 17


def kernel(rgb: np.ndarray) -> np.ndarray:
    """The 11 terms of RGB values in [0, 1]: (N, 3) -> (N, 11), in the order of `TERMS`."""
    r, g, b = rgb[:, 0], rgb[:, 1], rgb[:, 2]
    terms = (r, g, b, r * g, r * b, g * b, r * r, g * g, b * b, r * g * b, np.ones_like(r))
    return np.stack(terms, axis=1)


@dataclass(frozen=True, eq=False)
class ColorMap:
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
    def fit(
        cls,
        source: np.ndarray,
        target: np.ndarray,
        weights: np.ndarray | None = None,
        ridge: float = RIDGE,
    ) -> ColorMap:
        """The map that takes the colors `source` nearest to `target`, by weighted least squares.

        source, target: (N, 3) in [0, 1]. weights: (N,), not negative, e.g. the soft mask.
        ridge: pull of every coefficient toward the identity, against a mean squared error of 1.
        Minimizes  sum_i w_i |k_i C - t_i|^2 / sum_i w_i  +  ridge |C - I|^2.
        Raises InputError when the weights leave no sample.
        """
        source, target, weights = _samples(source, target, weights)
        total = weights.sum()
        if total <= 0:
            raise InputError("No pixel to learn the color change from: mark a larger region.")
        gram = np.zeros((len(TERMS), len(TERMS)))
        moment = np.zeros((len(TERMS), 3))
        for part in _parts(len(source)):
            colors = source[part].astype(np.float64)
            terms = kernel(colors)
            weighted = terms * weights[part, None]
            gram += weighted.T @ terms
            moment += weighted.T @ (target[part] - colors)
        gram /= total
        gram[np.diag_indices_from(gram)] += ridge
        change = np.linalg.solve(gram, moment / total)
        return cls(cls.identity().coefficients + change)

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        """Map pixels (..., 3): uint8, uint16 or float in [0, 1]; the same shape and dtype, clipped.

        Integers are rounded to the nearest level.
        """
        flat = pixels.reshape(-1, 3)
        mapped = np.empty_like(flat)
        for part in _parts(len(flat)):
            mapped[part] = self._apply_to_part(flat[part])
        return mapped.reshape(pixels.shape)

    def _apply_to_part(self, pixels: np.ndarray) -> np.ndarray:
        # float32 holds every 16-bit level with 8 bits to spare.
        working = np.float64 if pixels.dtype == np.float64 else np.float32
        coefficients = self.coefficients.astype(working)
        if not np.issubdtype(pixels.dtype, np.integer):
            return np.clip(kernel(pixels.astype(working)) @ coefficients, 0, 1)
        top = np.iinfo(pixels.dtype).max
        values = kernel(pixels.astype(working) / working(top)) @ coefficients
        return np.rint(np.clip(values, 0, 1) * top)

    def at_strength(self, strength: float) -> ColorMap:
        """The map between the identity (0) and this one (1); InputError outside 0 to 1."""
        if not 0 <= strength <= 1:
            raise InputError(f"Strength must lie between 0 and 1, got {strength}.")
        identity = self.identity().coefficients
        return ColorMap(identity + strength * (self.coefficients - identity))

    def to_lut(self, size: int = LUT_SIZE) -> np.ndarray:
        """The map on a grid over the color cube: float32 (size, size, size, 3).

        Axes: blue, green, red, channel, so that red runs fastest in memory, as Pillow and .cube
        files want it. Not clipped: clipping after the interpolation is exact, before it is not.
        """
        axis = np.linspace(0, 1, size)
        blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
        grid = np.stack((red, green, blue), axis=-1).reshape(-1, 3)
        values = kernel(grid) @ self.coefficients
        return values.astype(np.float32).reshape(size, size, size, 3)

    def to_cube(self, title: str, size: int = LUT_SIZE) -> str:
        """The text of a .cube file (Adobe Cube LUT Specification 1.0), for sRGB-encoded RGB."""
        name = "".join(c for c in title if c.isprintable() and c != '"')
        head = f'TITLE "{name}"\nLUT_3D_SIZE {size}\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n'
        rows = (f"{r:.6f} {g:.6f} {b:.6f}\n" for r, g, b in self.to_lut(size).reshape(-1, 3))
        return head + "".join(rows)

    def to_dict(self) -> dict[str, list]:
        """For JSON: {"terms": the 11 names, "coefficients": 11 rows of [R, G, B]}."""
        return {"terms": list(TERMS), "coefficients": self.coefficients.tolist()}

    @classmethod
    def from_dict(cls, saved: dict) -> ColorMap:
        """The inverse of `to_dict`. Raises InputError for anything else."""
        try:
            if list(saved["terms"]) != list(TERMS):
                raise InputError(f"The color map has other terms than {', '.join(TERMS)}.")
            return cls(np.array(saved["coefficients"], np.float64))
        except (KeyError, TypeError):
            raise InputError("A color map needs 'terms' and 'coefficients'.") from None
        except InputError:
            raise
        except ValueError:
            raise InputError("A color map needs 11 rows of 3 finite coefficients.") from None


def apply_inside(pixels: np.ndarray, mask: np.ndarray, color_map: ColorMap) -> np.ndarray:
    """New pixels, mapped as far as the mask says: pixels + mask * (map(pixels) - pixels).

    pixels: uint8 or uint16 HWC. mask: bool or float HW in [0, 1].
    Where the mask is 0 every pixel stays bit-identical. Works in strips of the mask's bounding
    box, so that memory beside the result stays small. The polynomial itself is used: in strips
    that fit the processor's cache it is faster than looking colors up in a 3D LUT.
    """
    if pixels.shape[:2] != mask.shape:
        raise ValueError(f"The mask is {mask.shape} but the pixels are {pixels.shape}.")
    result = pixels.copy()
    box = _bounding_box(mask)
    if box is None:
        return result
    x0, y0, x1, y1 = box
    rows = max(1, CHUNK_PIXELS // (x1 - x0))
    for top in range(y0, y1, rows):
        strip = (slice(top, min(top + rows, y1)), slice(x0, x1))
        result[strip] = _blended(pixels[strip], color_map, mask[strip])
    return result


def _blended(pixels: np.ndarray, color_map: ColorMap, mask: np.ndarray) -> np.ndarray:
    change = color_map.apply(pixels).astype(np.float32)
    change -= pixels
    change *= mask[..., None]
    change += pixels
    return np.rint(change, out=change).astype(pixels.dtype)


def _bounding_box(mask: np.ndarray) -> tuple[int, int, int, int] | None:
    rows = np.flatnonzero(mask.max(axis=1) > 0)
    if not rows.size:
        return None
    y0, y1 = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[y0:y1].max(axis=0) > 0)
    return int(columns[0]), y0, int(columns[-1]) + 1, y1


def _samples(
    source: np.ndarray, target: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    source, target = np.asarray(source), np.asarray(target)
    if source.ndim != 2 or source.shape[1] != 3 or target.shape != source.shape:
        raise ValueError(
            f"Source and target must both be (N, 3), got {source.shape}, {target.shape}."
        )
    weights = np.ones(len(source)) if weights is None else np.asarray(weights, np.float64)
    if weights.shape != (len(source),) or (weights < 0).any():
        raise ValueError("The weights must be (N,) and not negative.")
    return source, target, weights


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, start + CHUNK_PIXELS) for start in range(0, count, CHUNK_PIXELS))
