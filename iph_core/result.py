"""What harmonizing gives: looked at, adjusted, put into words, and written in the forms to keep."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from iph_core.adjustment import PIVOTS, AdjustedMap, Adjustment, preview_lut
from iph_core.color_map import ColorMap
from iph_core.description import ALMOST_NOTHING, Change, describe_change, mean_lightness
from iph_core.errors import InputError
from iph_core.photo import Photo, encode_photo, format_of, save_mask, write_file
from iph_core.photo.size import within
from iph_core.pixel_map import LUT_SIZE, PixelMap, apply_inside
from iph_core.regions.mask import Region
from iph_core.regions.matting import cut_out

if TYPE_CHECKING:
    from iph_core.export.html import Words
    from iph_core.pipeline import Reference

MEASURED_SIDE = 256
"""Longest side of the picture that a change is measured on."""

HTML_SIDE = 1280


@dataclass(frozen=True)
class Blend:
    """Two references: what the network says for each, and how much of the second is taken."""

    first: ColorMap
    second: ColorMap
    reference: Region | Reference
    share: float


@dataclass(frozen=True)
class Result:
    """A harmonized foreground, at any strength and with any adjustment on top.

    color_map: what the network says, for both references where there are two.
    reference_kind: region, image, default or background. timings: seconds of each step.

    Everywhere: strength lies in [0, 1], adjustment is what the sliders add to the map (None:
    nothing), and pixels whose mask is 0 are those of the photo, bit by bit.
    """

    photo: Photo
    foreground: Region
    color_map: ColorMap
    reference: Region | Reference | None
    reference_kind: str
    timings: dict[str, float] = field(default_factory=dict)
    blend: Blend | None = None

    # Look at it

    def pixels(self, strength: float = 1.0, adjustment: Adjustment | None = None) -> np.ndarray:
        """The full-size result HWC in the photo's own profile and depth."""
        with timed(self.timings, "apply"):
            color_map = self.map(strength, adjustment)
            inside = self.foreground
            return apply_inside(self.photo.pixels, inside.mask, color_map, inside.box)

    def preview(
        self,
        strength: float = 1.0,
        max_side: int = 1280,
        adjustment: Adjustment | None = None,
    ) -> np.ndarray:
        """The result uint8 HWC sRGB, its long side at most `max_side`."""
        before, mask = shrink(self.photo.pixels, self.foreground.mask, max_side)
        after = apply_inside(before, mask, self.map(strength, adjustment))
        return self.photo.to_srgb(after)

    def preview_lut(
        self,
        size: int = LUT_SIZE,
        strength: float = 1.0,
        adjustment: Adjustment | None = None,
    ) -> np.ndarray:
        """The change as a table for sRGB previews: float32 (size, size, size, 3) in [0, 1].

        Axes blue, green, red, channel: ready for a 3D texture. A preview of the photo, looked up in
        it and blended by the mask, is the preview of the result.
        """
        return preview_lut(self.map(strength, adjustment), self.photo.space, size)

    def map(self, strength: float = 1.0, adjustment: Adjustment | None = None) -> PixelMap:
        """The change of the foreground's colors, in the photo's own color space."""
        color_map = self.color_map.at_strength(strength)
        if adjustment is None or adjustment.is_identity:
            return color_map
        return AdjustedMap(color_map, adjustment, self.photo.space, self.pivot(strength))

    def pivot(self, strength: float = 1.0) -> float:
        """What contrast turns about: the foreground's mean L* before any adjustment, as far as it
        lies within `adjustment.PIVOTS`."""
        before, mask = self._small
        mapped = self.color_map.at_strength(strength).apply(before)
        return float(np.clip(mean_lightness(self.photo.to_srgb(mapped), mask), *PIVOTS))

    def at_blend(self, share: float) -> Result:
        """The result with another share of the second reference, at once.

        Raises InputError where there is one reference, and for shares outside 0 to 1.
        """
        if self.blend is None:
            raise InputError("There is one reference only: give a second one to blend with.")
        color_map = self.blend.first.blended(self.blend.second, share)
        return replace(self, color_map=color_map, blend=replace(self.blend, share=share))

    # In numbers and words

    def change(self, strength: float = 1.0, adjustment: Adjustment | None = None) -> Change:
        """What happened to the foreground, in numbers."""
        before, mask = self._small
        after = apply_inside(before, mask, self.map(strength, adjustment))
        return describe_change(self.photo.to_srgb(before), self.photo.to_srgb(after), mask)

    def summary(self, strength: float = 1.0, adjustment: Adjustment | None = None) -> str:
        """The change in words: "Brighter, a little warmer."."""
        change = self.change(strength, adjustment)
        if change.is_small and not self.change().is_small:
            return ALMOST_NOTHING
        return change.words()

    # Keep it

    def save(
        self,
        path: str | Path,
        strength: float = 1.0,
        adjustment: Adjustment | None = None,
        quality: int = 95,
    ) -> None:
        """Write the full-size result; the suffix names the format (photo.save_photo).

        Profile and metadata stay, and say that the picture is a composite; with a certificate
        configured the file carries Content Credentials (export/credentials.py).
        """
        changed = self.photo.with_pixels(self.pixels(strength, adjustment))
        with timed(self.timings, "write"):
            write_file(path, self._file(changed, Path(path).suffix, quality))

    def cutout(self, strength: float = 1.0, adjustment: Adjustment | None = None) -> Photo:
        """The harmonized foreground alone, in the photo's size, with straight alpha.

        Its edge follows the picture, and the background's share of the edge's colors is taken out
        (regions/matting.py). Where it is transparent it is black: no background is left in it.
        """
        colors, alpha = cut_out(self.photo.pixels, self.foreground.mask)
        colors = apply_inside(colors, alpha > 0, self.map(strength, adjustment))
        top = np.iinfo(colors.dtype).max
        if self.photo.alpha is not None:
            alpha = alpha * (self.photo.alpha / np.float32(top))
        levels = np.rint(alpha * top).astype(colors.dtype)
        colors[levels == 0] = 0
        return replace(self.photo.with_pixels(colors), alpha=levels)

    def save_cutout(
        self,
        path: str | Path,
        strength: float = 1.0,
        adjustment: Adjustment | None = None,
        quality: int = 95,
    ) -> None:
        """Write the harmonized foreground alone as PNG, TIFF or WebP, for a layer over the photo.

        quality: of WebP. Raises InputError for JPEG, which has no transparency.
        """
        suffix = Path(path).suffix
        if format_of(suffix) == "JPEG":
            raise InputError("JPEG has no transparency: save the foreground as PNG or TIFF.")
        write_file(path, self._file(self.cutout(strength, adjustment), suffix, quality))

    def save_mask(self, path: str | Path) -> None:
        """Write the foreground's mask as an 8-bit gray PNG, 255 inside."""
        save_mask(self.foreground.mask, path)

    def save_cube(
        self,
        path: str | Path,
        strength: float = 1.0,
        adjustment: Adjustment | None = None,
        size: int = LUT_SIZE,
    ) -> None:
        """Write the change of colors as a .cube file, `size` steps a side."""
        if Path(path).suffix.lower() != ".cube":
            raise InputError(f"A color table is saved as .cube: let {Path(path).name} end in it.")
        text = self.map(strength, adjustment).to_cube(Path(self.photo.name).stem, size)
        write_file(path, text.encode("utf-8"))

    def save_sidecar(
        self, path: str | Path, strength: float = 1.0, adjustment: Adjustment | None = None
    ) -> None:
        """Write what was done as a .json file, from which `open_sidecar` does it again."""
        from iph_core.sidecar import sidecar

        if Path(path).suffix.lower() != ".json":
            raise InputError(f"A sidecar is saved as .json: let {Path(path).name} end in it.")
        write_file(path, sidecar(self, strength, adjustment).encode("utf-8"))

    def save_html(
        self,
        path: str | Path,
        strength: float = 1.0,
        adjustment: Adjustment | None = None,
        title: str = "Before and after",
        max_side: int = HTML_SIDE,
        words: Words | None = None,
        summary: str | None = None,
    ) -> None:
        """Write one HTML file with a before/after slider that needs nothing beside itself.

        In English, unless `words` and `summary` bring another language.
        """
        from iph_core.export.html import ENGLISH, comparison_page

        if Path(path).suffix.lower() not in (".html", ".htm"):
            raise InputError(f"A page is saved as .html: let {Path(path).name} end in it.")
        page = comparison_page(
            self.preview(0.0, max_side),
            self.preview(strength, max_side, adjustment),
            # A title may come from a file name that is not UTF-8.
            title.encode("utf-8", "replace").decode("utf-8"),
            self.summary(strength, adjustment) if summary is None else summary,
            words or ENGLISH,
        )
        write_file(path, page.encode("utf-8"))

    def _file(self, changed: Photo, suffix: str, quality: int) -> bytes:
        from iph_core.export import credentials

        data = encode_photo(changed.as_composite(), suffix, quality=quality)
        return credentials.signed(data, format_of(suffix), self.photo)

    @cached_property
    def _small(self) -> tuple[np.ndarray, np.ndarray]:
        return shrink(self.photo.pixels, self.foreground.mask, MEASURED_SIDE)


def shrink(pixels: np.ndarray, mask: np.ndarray, max_side: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixels and mask averaged down to a long side of at most `max_side`."""
    whole = mask.shape[::-1]
    size = within(whole, max_side)
    if size == whole:
        return pixels, mask
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return small, cv2.resize(mask, size, interpolation=cv2.INTER_AREA)


@contextmanager
def timed(timings: dict[str, float], step: str) -> Iterator[None]:
    """Note how many seconds a step took."""
    start = time.perf_counter()
    try:
        yield
    finally:
        timings[step] = time.perf_counter() - start
