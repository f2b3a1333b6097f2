"""The way through: photo -> regions -> network -> color map -> photo."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from iph_core.color_map import ColorMap, apply_inside
from iph_core.description import Change, describe_change
from iph_core.errors import InputError
from iph_core.models import Models
from iph_core.photo import Photo, save_photo
from iph_core.regions.mask import Region
from iph_core.regions.photo_regions import VIEW_SIDE, PhotoRegions
from iph_core.regions.picking import Prompts, Tap

NETWORK_SIDE = 256
"""Pictures are scaled to a square of this side for the network (the paper's 256 x 256)."""

SMALLEST_GUIDE = 12
"""Network pixels of the reference that must be left beside the foreground."""

ROUNDING = 1e-3
"""How far a mask may leave [0, 1], as blurs and resamplings do."""

TapLike = Tap | tuple[float, float] | tuple[float, float, bool]


@dataclass(frozen=True)
class Reference:
    """A region of another photo whose look is to be taken.

    mask: bool or float HW in [0, 1] of that photo's size.
    Raises InputError for a mask of another size, an empty one or other values.
    """

    photo: Photo
    mask: np.ndarray

    def __post_init__(self) -> None:
        _check_mask(self.mask, self.photo)


class Scene:
    """One photo in which regions are picked and harmonized.

    What costs (SAM's embedding, saliency) is computed once, when the first pick needs it; a scene
    may be used from several threads.
    """

    def __init__(self, photo: Photo, models: Models | None = None) -> None:
        self.photo = photo
        self.models = models or Models()
        self._regions: PhotoRegions | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Compute what every pick needs; later calls return at once."""
        self._photo_regions().prepare()

    def pick(
        self, taps: Sequence[TapLike] = (), box: tuple[float, float, float, float] | None = None
    ) -> Region:
        """The region meant by taps (x, y) or (x, y, inside) and a box, in pixels of the photo.

        Raises InputError for points outside the photo and for taps that hit nothing.
        """
        prompts = Prompts(tuple(_tap(tap) for tap in taps), box)
        return self._photo_regions().pick(prompts)

    def region(self, mask: np.ndarray) -> Region:
        """A region from a mask, bool or float HW in [0, 1]; a hard edge becomes soft inward.

        Raises InputError for a mask of another size than the photo, an empty one or other values.
        """
        _check_mask(mask, self.photo)
        return Region(_soften_inward(mask.astype(np.float32).clip(0, 1)))

    def default_reference(self, exclude: Region) -> Region | None:
        """The most salient person or object outside a region; None where nothing stands out.

        What is hidden by the band around the region is nothing to take a look from.
        """
        region = self._photo_regions().default(exclude.mask)
        if region is None:
            return None
        guide = _visible(_to_side(region.mask), _to_side(exclude.mask))
        return region if guide.sum() >= SMALLEST_GUIDE else None

    def harmonize(self, foreground: Region, reference: Region | Reference | None = None) -> Result:
        """Give the foreground the look of the reference.

        reference: a region of this photo, a region of another one, or None for the default: what
        stands out most beside the foreground, else the whole background.
        Raises InputError where foreground and reference leave nothing to compare.
        """
        _check_mask(foreground.mask, self.photo)
        timings: dict[str, float] = {}
        kind = _kind(reference)
        with _timed(timings, "load"):
            self.models.load_network()
        if reference is None:
            with _timed(timings, "prepare"):
                self.prepare()
            with _timed(timings, "default_reference"):
                reference = self.default_reference(foreground)
            kind = "background" if reference is None else "default"
        with _timed(timings, "network"):
            view = _network_view(self.photo, foreground.mask)
            look, guide = self._reference_view(view, reference)
            recolored = self.models.recolor(view.picture, view.mask, look, guide)
        with _timed(timings, "fit"):
            color_map = _fit(self.photo, view, recolored)
        return Result(self.photo, foreground, color_map, reference, kind, timings)

    def _reference_view(
        self, view: _NetworkView, reference: Region | Reference | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Reference picture uint8 and guide mask at the network's size."""
        if isinstance(reference, Reference):
            other = _network_view(reference.photo, reference.mask)
            guide = (other.mask > 0.5).astype(np.float32)
            if guide.sum() < SMALLEST_GUIDE:
                raise InputError("The reference region is too small: choose a larger one.")
            return other.picture, guide
        if reference is None:
            guide = _visible(np.ones_like(view.mask), view.mask)
            remedy = "The foreground leaves no background to match: bring another photo to match."
        else:
            _check_mask(reference.mask, self.photo)
            guide = _visible(_to_side(reference.mask), view.mask)
            remedy = "The reference lies in the foreground or is too small: choose one beside it."
        if guide.sum() < SMALLEST_GUIDE:
            raise InputError(remedy)
        return view.picture, guide

    def _photo_regions(self) -> PhotoRegions:
        with self._lock:
            if self._regions is None:
                view = self.photo.srgb(VIEW_SIDE)
                models = self.models
                self._regions = PhotoRegions(view, self.photo.size, models.sam, models.saliency)
            return self._regions


@dataclass(frozen=True)
class Result:
    """A harmonized foreground, at any strength.

    reference_kind: region, image, default or background. timings: seconds of each step.
    """

    photo: Photo
    foreground: Region
    color_map: ColorMap
    reference: Region | Reference | None
    reference_kind: str
    timings: dict[str, float] = field(default_factory=dict)

    def pixels(self, strength: float = 1.0) -> np.ndarray:
        """The full-size result HWC in the photo's own profile and depth.

        Pixels whose mask is 0 are those of the photo, bit by bit. strength lies in [0, 1].
        """
        with _timed(self.timings, "apply"):
            color_map = self.color_map.at_strength(strength)
            return apply_inside(self.photo.pixels, self.foreground.mask, color_map)

    def preview(self, strength: float = 1.0, max_side: int = 1280) -> np.ndarray:
        """The result uint8 HWC sRGB, its long side at most `max_side`."""
        before, mask = _shrink(self.photo.pixels, self.foreground.mask, max_side)
        return self.photo.to_srgb(apply_inside(before, mask, self.color_map.at_strength(strength)))

    def save(self, path: str | Path, strength: float = 1.0) -> None:
        """Write the full-size result; the suffix names the format, profile and metadata stay."""
        changed = self.photo.with_pixels(self.pixels(strength))
        with _timed(self.timings, "write"):
            save_photo(changed, path)

    def change(self, strength: float = 1.0) -> Change:
        """What the harmonization did to the foreground, in numbers."""
        before, mask = _shrink(self.photo.pixels, self.foreground.mask, NETWORK_SIDE)
        after = apply_inside(before, mask, self.color_map.at_strength(strength))
        return describe_change(self.photo.to_srgb(before), self.photo.to_srgb(after), mask)

    def summary(self, strength: float = 1.0) -> str:
        """The change in words: "Brighter, a little warmer."."""
        return self.change(strength).words()


@dataclass(frozen=True)
class _NetworkView:
    """A photo at the network's size: in sRGB (uint8), in its own colors, and a mask."""

    picture: np.ndarray
    native: np.ndarray
    mask: np.ndarray


def _network_view(photo: Photo, mask: np.ndarray) -> _NetworkView:
    side = (NETWORK_SIDE, NETWORK_SIDE)
    native = cv2.resize(photo.pixels, side, interpolation=cv2.INTER_AREA)
    return _NetworkView(photo.to_srgb(native), native, _to_side(mask))


def _to_side(mask: np.ndarray) -> np.ndarray:
    side = (NETWORK_SIDE, NETWORK_SIDE)
    return cv2.resize(mask.astype(np.float32), side, interpolation=cv2.INTER_AREA)


def _visible(guide: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The guide without the foreground and the band around it, as 0 and 1."""
    import torch

    from iph_core.network.masks import visible_guide

    planes = [
        torch.from_numpy((plane > 0.5).astype(np.float32))[None, None] for plane in (guide, mask)
    ]
    return visible_guide(*planes)[0, 0].numpy()


def _fit(photo: Photo, view: _NetworkView, recolored: np.ndarray) -> ColorMap:
    """The color map from the foreground before to the foreground after, in the photo's own colors.

    Fitting in the photo's profile and depth lets the full-size pixels be mapped as they are; adding
    the change to them keeps what the network could not see: the colors outside sRGB and the low
    bits.
    """
    inside = view.mask > 0.5
    if not inside.any():
        inside = view.mask > 0
    if not inside.any():
        raise InputError("The foreground is too small: choose a larger one.")
    # The network blends by its mask; the map wants the whole change.
    share = np.where(inside, view.mask, 1)[..., None]
    whole = view.picture + (recolored * 255 - view.picture) / share
    after = photo.from_srgb(np.rint(whole).clip(0, 255).astype(np.uint8))
    change = after.astype(np.float64) - photo.from_srgb(view.picture)
    scale = float(np.iinfo(photo.pixels.dtype).max)
    return ColorMap.fit(view.native[inside] / scale, (view.native + change)[inside] / scale)


def _shrink(pixels: np.ndarray, mask: np.ndarray, max_side: int) -> tuple[np.ndarray, np.ndarray]:
    height, width = mask.shape
    scale = min(1.0, max_side / max(width, height))
    side = (max(1, round(width * scale)), max(1, round(height * scale)))
    if side == (width, height):
        return pixels, mask
    small = cv2.resize(pixels, side, interpolation=cv2.INTER_AREA)
    return small, cv2.resize(mask, side, interpolation=cv2.INTER_AREA)


def _check_mask(mask: np.ndarray, photo: Photo) -> None:
    if mask.shape != photo.size[::-1]:
        size = "x".join(map(str, (*mask.shape[1::-1], *mask.shape[2:])))
        raise InputError(
            f"The mask is {size} but the photo is {photo.width}x{photo.height}: bring a mask of the"
            " photo's size."
        )
    if not mask.any():
        raise InputError("The mask is empty: paint the inside white and the outside black.")
    if not (mask.min() >= -ROUNDING and mask.max() <= 1 + ROUNDING):
        raise InputError("The mask holds values outside 0 to 1: divide an 8-bit mask by 255.")


def _soften_inward(mask: np.ndarray) -> np.ndarray:
    """One pixel of softness inside a hard edge; nothing outside the mask gets any."""
    return np.minimum(mask, cv2.blur(mask, (3, 3)))


def _tap(tap: TapLike) -> Tap:
    return tap if isinstance(tap, Tap) else Tap(*tap)


def _kind(reference: Region | Reference | None) -> str:
    return "image" if isinstance(reference, Reference) else "region"


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    finally:
        timings[step] = time.perf_counter() - start
