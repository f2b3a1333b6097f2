"""The way through: photo -> regions -> network -> color map -> photo."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from iph_core.color_map import ColorMap
from iph_core.errors import InputError
from iph_core.models import Models
from iph_core.photo import Photo
from iph_core.regions.box import mask_box
from iph_core.regions.mask import SQUARE_SIDE, Region, refined
from iph_core.regions.matting import is_soft
from iph_core.regions.people import Person
from iph_core.regions.photo_regions import VIEW_SIDE, PhotoRegions
from iph_core.regions.picking import Level, Prompts, Tap, check
from iph_core.regions.working_size import to_square
from iph_core.result import Blend, Result, timed

NETWORK_SIDE = SQUARE_SIDE
"""Pictures are scaled to a square of this side for the network (the paper's 256 x 256)."""

INSIDE = 0.5
"""A pixel of the network counts where the mask covers more of it than this."""

SMALLEST_GUIDE = 12
"""Network pixels of the reference that must be left beside the foreground."""

FAINT = "The mask is faint: paint the inside white."

GRAY = 2
"""Levels of 255 between the channels of a gray picture: some conversions leave that much."""

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

    @cached_property
    def view(self) -> NetworkView:
        """The photo and the mask as the network sees them, made once."""
        square = Region(self.mask).square
        return NetworkView(*_at_network_size(self.photo), square, square)

    @cached_property
    def guide(self) -> np.ndarray:
        """What of the view is matched, float32 0 and 1; InputError where that is too little."""
        guide = (self.view.mask > INSIDE).astype(np.float32)
        if guide.sum() < SMALLEST_GUIDE:
            remedy = "The reference region is too small: choose a larger one."
            raise InputError(_faint(Region(self.mask)) or remedy)
        return guide


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
        self.regions.prepare()

    @property
    def regions(self) -> PhotoRegions:
        """What picks in this photo, for those who draw the masks themselves."""
        with self._lock:
            if self._regions is None:
                view = self.photo.srgb(VIEW_SIDE)
                models = self.models
                self._regions = PhotoRegions(
                    view,
                    self.photo.size,
                    models.sam,
                    models.saliency,
                    self.photo.pixels,
                    models.people_head,
                )
            return self._regions

    def pick(
        self,
        taps: Sequence[TapLike] = (),
        box: tuple[float, float, float, float] | None = None,
        level: Level = "person",
    ) -> Region:
        """The region meant by taps (x, y) or (x, y, inside) and a box, in pixels of the photo.

        level: the whole person or thing, the part under the tap, or the object as SAM sees it.
        Raises InputError for points outside the photo and for taps that hit nothing.
        """
        prompts = Prompts(tuple(_tap(tap) for tap in taps), box, level)
        check(prompts, self.photo.size)  # Before the models load: a wrong tap is answered at once.
        return self.regions.pick(prompts)

    def region(self, mask: np.ndarray) -> Region:
        """A region from a mask, bool or float HW in [0, 1]; a hard edge becomes soft inward, one
        that is soft already stays as it is.

        Raises InputError for a mask of another size than the photo, an empty one or other values.
        """
        _check_mask(mask, self.photo)
        brought = mask.astype(np.float32)
        np.clip(brought, 0, 1, out=brought)
        near = brought[_around(mask_box(brought))]
        if not is_soft(near):
            _soften_inward(near)
        return Region(brought)

    def found(self, mask: np.ndarray, sure: np.ndarray | None = None) -> Region:
        """A region that was found here, by mask and `sure` as `people` and `offers` give them
        (`Region`), with its edge drawn along the photo's as a tap draws it.

        Raises InputError as `region` does.
        """
        _check_mask(mask, self.photo)
        return Region(refined(mask.astype(np.float32), self.photo.pixels), sure)

    def people(self) -> tuple[Person, ...]:
        """Everyone above 1 % of the photo, the surest first; see `Person`."""
        return self.regions.people()

    def offers(self, exclude: Region | None = None) -> tuple[Region, ...]:
        """References to offer, at most 6: people first, then what else stands out.

        Each lies outside `exclude`; what the band around it hides is nothing to take a look from.
        """
        regions = self.regions.offers(None if exclude is None else exclude.mask)
        if exclude is None:
            return regions
        return tuple(
            region
            for region in regions
            if _visible(region.square, exclude.square).sum() >= SMALLEST_GUIDE
        )

    @property
    def can_transfer(self) -> bool:
        """Whether the weights know color transfer (`transfer` of `harmonize`)."""
        return self.models.can_transfer

    def default_reference(self, exclude: Region) -> Region | None:
        """The first of the offers; None where nothing stands out."""
        return next(iter(self.offers(exclude)), None)

    def harmonize(
        self,
        foreground: Region,
        reference: Region | Reference | None = None,
        *,
        second: Region | Reference | None = None,
        blend: float = 0.5,
        transfer: float = 0.0,
    ) -> Result:
        """Give the foreground the look of the reference.

        reference: a region of this photo, a region of another one, or None for the default: what
        stands out most beside the foreground, else the whole background.
        second: another reference to blend with; blend: its share, 0 to 1 (Result.at_blend moves
        it). transfer: from harmonization (0) to color transfer (1), with weights that have it.
        Raises InputError where foreground and reference leave nothing to compare, for a mask that
        is faint everywhere, for a blend or a transfer outside 0 to 1, and for a transfer that the
        weights do not have.
        """
        _check_region(foreground, self.photo)
        if not (foreground.read > INSIDE).any():
            remedy = "The foreground is too small: choose a larger one."
            raise InputError(_faint(foreground) or remedy)
        if not 0 <= transfer <= 1:
            raise InputError(f"Transfer must lie between 0 and 1, not {transfer}.")
        timings: dict[str, float] = {}
        kind = _kind(reference)
        with timed(timings, "load"):
            self.models.load_network()
        if reference is None:
            with timed(timings, "prepare"):
                self.prepare()
            with timed(timings, "default_reference"):
                reference = self.default_reference(foreground)
            kind = "background" if reference is None else "default"
        view = NetworkView(*self._at_network_size, foreground.square, foreground.read)
        color_map = self._color_map(view, reference, timings, transfer)
        result = Result(self.photo, foreground, color_map, reference, kind, timings)
        if second is None:
            return result
        other = self._color_map(view, second, timings, transfer)
        return replace(result, blend=Blend(color_map, other, second, 0.0)).at_blend(blend)

    def _color_map(
        self,
        view: NetworkView,
        reference: Region | Reference | None,
        timings: dict[str, float],
        transfer: float,
    ) -> ColorMap:
        """What the network says for one reference, as a map of the photo's colors."""
        with timed(timings, "network"):
            look, guide = self._reference_view(view, reference)
            recolored = self.models.recolor(view.picture, view.read, look, guide, transfer)
            if _is_gray(view.picture) and _is_gray(look):
                recolored = np.broadcast_to(recolored.mean(2, keepdims=True), recolored.shape)
        with timed(timings, "fit"):
            return _fit(self.photo, view, recolored)

    def _reference_view(
        self, view: NetworkView, reference: Region | Reference | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Reference picture uint8 and guide mask at the network's size."""
        if isinstance(reference, Reference):
            return reference.view.picture, reference.guide
        if reference is None:
            guide = _visible(np.ones_like(view.mask), view.mask)
            remedy = "The foreground leaves no background to match: choose another photo to match."
        else:
            _check_region(reference, self.photo)
            guide = _visible(reference.square, view.mask)
            remedy = _faint(reference) or (
                "The reference lies in the foreground or is too small: choose one beside it."
            )
        if guide.sum() < SMALLEST_GUIDE:
            raise InputError(remedy)
        return view.picture, guide

    @cached_property
    def _at_network_size(self) -> tuple[np.ndarray, np.ndarray]:
        return _at_network_size(self.photo)


@dataclass(frozen=True)
class NetworkView:
    """A photo at the network's size: in sRGB (uint8), in its own colors, a mask, and what of the
    mask the network reads."""

    picture: np.ndarray
    native: np.ndarray
    mask: np.ndarray
    read: np.ndarray


def _at_network_size(photo: Photo) -> tuple[np.ndarray, np.ndarray]:
    """The photo at the network's size, in sRGB and in its own colors."""
    # Of few pixels, each keeps its own color.
    native = to_square(photo.pixels, NETWORK_SIDE, cv2.INTER_AREA)
    return photo.to_srgb(native), native


def _is_gray(picture: np.ndarray) -> bool:
    """Whether a picture uint8 HWC has no colors, of which a network might make some."""
    return int(np.ptp(picture, axis=2).max()) <= GRAY


def _visible(guide: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The guide without the foreground and the band around it, as 0 and 1."""
    import torch

    from iph_core.network.masks import visible_guide

    planes = [
        torch.from_numpy((plane > INSIDE).astype(np.float32))[None, None] for plane in (guide, mask)
    ]
    return visible_guide(*planes)[0, 0].numpy()


def _fit(photo: Photo, view: NetworkView, recolored: np.ndarray) -> ColorMap:
    """The color map from what was read of the foreground to what the network made of it, in the
    photo's own colors.

    Fitting in the photo's profile and depth lets the full-size pixels be mapped as they are; adding
    the change to them keeps what the network could not see: the colors outside sRGB and the low
    bits.
    """
    inside = view.read > INSIDE
    # The network blends by its mask; the map wants the whole change.
    share = np.where(inside, view.read, 1)[..., None]
    whole = view.picture + (recolored * 255 - view.picture) / share
    after = photo.from_srgb(np.rint(whole).clip(0, 255).astype(np.uint8))
    change = after.astype(np.float64) - photo.from_srgb(view.picture)
    scale = float(np.iinfo(photo.pixels.dtype).max)
    return ColorMap.fit(view.native[inside] / scale, (view.native + change)[inside] / scale)


def _check_mask(mask: np.ndarray, photo: Photo) -> None:
    _check_region(Region(mask), photo)


def _check_region(region: Region, photo: Photo) -> None:
    """Raise InputError for a mask that cannot be; its values are looked at once a region."""
    mask = region.mask
    if mask.shape != photo.size[::-1]:
        size = "x".join(map(str, (*mask.shape[1::-1], *mask.shape[2:])))
        raise InputError(
            f"The mask is {size} but the photo is {photo.width}x{photo.height}: bring a mask of the"
            " photo's size."
        )
    least, most = region.bounds
    if least == most == 0:
        raise InputError("The mask is empty: paint the inside white and the outside black.")
    if not (least >= -ROUNDING and most <= 1 + ROUNDING):
        raise InputError("The mask holds values outside 0 to 1: divide an 8-bit mask by 255.")


def _faint(region: Region) -> str | None:
    """What to say of a region whose mask nowhere counts as inside, however large it is."""
    return FAINT if region.bounds[1] <= INSIDE else None


def _around(box: tuple[int, int, int, int]) -> tuple[slice, slice]:
    """Rows and columns of a box and of one pixel around it."""
    x0, y0, x1, y1 = box
    return slice(max(0, y0 - 1), y1 + 1), slice(max(0, x0 - 1), x1 + 1)


def _soften_inward(mask: np.ndarray) -> None:
    """Give a hard edge one pixel of softness inside, in place; nothing outside gets any."""
    np.minimum(mask, cv2.blur(mask, (3, 3)), out=mask)


def _tap(tap: TapLike) -> Tap:
    return tap if isinstance(tap, Tap) else Tap(*tap)


def _kind(reference: Region | Reference | None) -> str:
    return "image" if isinstance(reference, Reference) else "region"
