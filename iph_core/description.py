"""What a color change did, in the numbers and words that photographers use."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import cv2
import numpy as np

STEPS = {"exposure": 0.08, "warmth": 1.0, "tint": 1.0, "contrast": 0.05, "saturation": 0.07}
"""What people just see, in the units of `Change`; of the ratios their logarithm."""

RATIOS = ("contrast", "saturation")
"""Those that are factors; the others are added up."""

WORDS = {
    "exposure": ("brighter", "darker"),
    "warmth": ("warmer", "cooler"),
    "tint": ("more magenta", "greener"),
    "contrast": ("more contrast", "less contrast"),
    "saturation": ("more color", "less color"),
}
ALREADY_MATCHED = (
    "Almost nothing changed. Nothing else inside the outline? Then it may match already."
)
ALMOST_NOTHING = "Almost nothing changes with these settings."
LARGE = 3.0
"""Differences above this many steps are called by their plain name, below `a little`."""


@dataclass(frozen=True)
class Change:
    """How a region changed, on average.

    exposure: stops (EV) of mean linear luminance; warmth and tint: mean CIELAB b* and a*
    difference (positive: warmer, more magenta); contrast and saturation: ratio of the deviation of
    L* and of the mean chroma.
    """

    exposure: float
    warmth: float
    tint: float
    contrast: float
    saturation: float

    def as_dict(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}

    @property
    def is_small(self) -> bool:
        """Whether no number changed by as much as a step that people see."""
        return not self.steps()

    def steps(self) -> dict[str, float]:
        """The numbers in steps that people see, without those of less than one."""
        sizes = {
            name: float(np.log(value) if name in RATIOS else value) / STEPS[name]
            for name, value in asdict(self).items()
        }
        return {name: size for name, size in sizes.items() if abs(size) >= 1}

    def words(self) -> str:
        """One short sentence, such as "Brighter, a little warmer."; plain where nothing changed."""
        parts = [_phrase(size, *WORDS[name]) for name, size in self.steps().items()]
        return _sentence(parts) if parts else ALREADY_MATCHED


def describe_change(before: np.ndarray, after: np.ndarray, inside: np.ndarray) -> Change:
    """Compare two sRGB pictures uint8 HWC over the pixels where `inside` HW is above 0.5."""
    chosen = inside > 0.5
    if not chosen.any():
        chosen = inside > 0
    lab_before, lab_after = _lab(before)[chosen], _lab(after)[chosen]
    light_before, light_after = _luminance(lab_before), _luminance(lab_after)
    shift = lab_after.mean(0) - lab_before.mean(0)
    chroma = [np.hypot(lab[:, 1], lab[:, 2]).mean() for lab in (lab_before, lab_after)]
    return Change(
        exposure=float(np.log2((light_after + 1e-4) / (light_before + 1e-4))),
        warmth=float(shift[2]),
        tint=float(shift[1]),
        contrast=float((lab_after[:, 0].std() + 1) / (lab_before[:, 0].std() + 1)),
        saturation=float((chroma[1] + 1) / (chroma[0] + 1)),
    )


def mean_lightness(picture: np.ndarray, inside: np.ndarray) -> float:
    """Mean L* of an sRGB picture uint8 HWC, weighted by `inside` HW, which is not all 0."""
    return float(np.average(_lab(picture)[..., 0], weights=inside))


def _lab(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def _luminance(lab: np.ndarray) -> float:
    """Mean relative luminance Y in [0, 1] from L* (CIE 15)."""
    lightness = (lab[:, 0] + 16) / 116
    return float(np.where(lightness > 6 / 29, lightness**3, (lab[:, 0]) / 903.3).mean())


def _phrase(size: float, up: str, down: str) -> str:
    word = up if size > 0 else down
    return word if abs(size) >= LARGE else f"a little {word}"


def _sentence(parts: list[str]) -> str:
    text = ", ".join(parts)
    return text[0].upper() + text[1:] + "."
