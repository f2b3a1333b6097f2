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
from iph_core.models import Models, Question
from iph_core.network_view import (
    INSIDE,
    SMALLEST_GUIDE,
    NetworkView,
    at_network_size,
    fit,
    is_gray,
    levels_between,
    rest,
    visible,
)
from iph_core.photo import Photo
from iph_core.regions.box import mask_box
from iph_core.regions.mask import Region, refined
from iph_core.regions.matting import is_soft
from iph_core.regions.people import Person
from iph_core.regions.photo_regions import VIEW_SIDE, PhotoRegions
from iph_core.regions.picking import Level, Prompts, Tap, check
from iph_core.result import Blend, Result, timed

FAINT = "The mask is faint: paint the inside white."

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
        return NetworkView(*at_network_size(self.photo), square, square)

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

    def likely_pasted(self) -> tuple[Person, ...]:
        """The same people, the likeliest to have been pasted first.

        That is whom the network would change most to match all the rest; of those whom it would
        leave alone, the odder (`Person.oddness`).
        """
        people = self.people()
        if len(people) < 2:
            return people
        misfits = self._misfits([person.region for person in people])
        order = sorted(
            zip(misfits, people, strict=True), key=lambda each: (-each[0], -each[1].oddness)
        )
        return tuple(person for _, person in order)

    def _misfits(self, regions: Sequence[Region]) -> list[int]:
        """How far the network would change each region to match the rest, in levels of 255 (root
        mean square); 0 where there is too little of either to compare."""
        views = [self._view(region) for region in regions]
        questions = {
            place: Question(view.picture, view.read, view.picture, guide, 0.0)
            for place, view in enumerate(views)
            if (guide := rest(view)).sum() >= SMALLEST_GUIDE and (view.read > INSIDE).any()
        }
        answers = dict(zip(questions, self.models.recolor_all([*questions.values()]), strict=True))
        return [
            levels_between(view, answers[place]) if place in answers else 0
            for place, view in enumerate(views)
        ]

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
            if visible(region.square, exclude.square).sum() >= SMALLEST_GUIDE
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
        view = self._view(foreground)
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
            if is_gray(view.picture) and is_gray(look):
                recolored = np.broadcast_to(recolored.mean(2, keepdims=True), recolored.shape)
        with timed(timings, "fit"):
            return fit(self.photo, view, recolored)

    def _reference_view(
        self, view: NetworkView, reference: Region | Reference | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Reference picture uint8 and guide mask at the network's size."""
        if isinstance(reference, Reference):
            return reference.view.picture, reference.guide
        if reference is None:
            guide = rest(view)
            remedy = (
                "The foreground leaves no background to match: select less or take another photo."
            )
        else:
            _check_region(reference, self.photo)
            guide = visible(reference.square, view.mask)
            remedy = _faint(reference) or (
                "The reference lies in the foreground or is too small: choose one beside it."
            )
        if guide.sum() < SMALLEST_GUIDE:
            raise InputError(remedy)
        return view.picture, guide

    def _view(self, foreground: Region) -> NetworkView:
        return NetworkView(*self._at_network_size, foreground.square, foreground.read)

    @cached_property
    def _at_network_size(self) -> tuple[np.ndarray, np.ndarray]:
        return at_network_size(self.photo)


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
