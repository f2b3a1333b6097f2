"""One photo whose regions are picked: what costs is computed once, every pick after is cheap."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from iph_core.errors import InputError
from iph_core.regions import picking
from iph_core.regions.default import people_outside, salient_things, to_grid
from iph_core.regions.mask import Mask, Region, full_size_mask, sure_of
from iph_core.regions.oddness import oddness
from iph_core.regions.people import SURE_SCORE, Found, Person, find_people
from iph_core.regions.people_head import PeopleHead
from iph_core.regions.picking import Prompts
from iph_core.regions.saliency import Saliency
from iph_core.regions.sam import FRAME_SIDE, Candidates, Embedding, Segmenter, Size
from iph_core.regions.working_size import Picture

MOST_OFFERS = 6
VIEW_SIDE = FRAME_SIDE  # Long side of the view that the models need; more is wasted.


@dataclass(frozen=True)
class Company:
    """How many people a photo seems to show, and what to ask SAM for the only one."""

    count: int
    alone: Prompts | None


class PhotoRegions:
    """Picks regions of one photo; safe to share between threads.

    view: uint8 HWC sRGB, the photo with its long side at most `VIEW_SIDE`.
    size: (width, height) of the photo itself; points, boxes and masks are in its pixels.
    pixels: uint8 or uint16 HWC, the photo itself, along whose edges what is picked is refined;
        None = feathered masks.
    head: what sees people in the embeddings of `sam`; None where it knows only another SAM's.
    """

    def __init__(
        self,
        view: NDArray[np.uint8],
        size: Size,
        sam: Segmenter,
        saliency: Saliency,
        pixels: Picture | None = None,
        head: PeopleHead | None = None,
    ) -> None:
        self.size = size
        self._view = view
        self._sam = sam
        self._saliency_model = saliency
        self._pixels = pixels
        self._head = head
        self._lock = threading.RLock()
        self._embedding: Embedding | None = None
        self._saliency: NDArray[np.float32] | None = None
        self._found: list[Found] | None = None

    def prepare(self) -> None:
        """Compute what every pick needs; later calls return at once."""
        _ = self.embedding, self.saliency

    @property
    def embedding(self) -> Embedding:
        with self._lock:
            if self._embedding is None:
                self._embedding = self._sam.embed(self._view, self.size)
            return self._embedding

    @property
    def saliency(self) -> NDArray[np.float32]:
        """Saliency of the view's pixels, float32 HW in [0, 1]."""
        with self._lock:
            if self._saliency is None:
                self._saliency = self._saliency_model.predict(self._view)
            return self._saliency

    @property
    def salient(self) -> NDArray[np.uint8]:
        """Saliency in the part of SAM's logits that lies in the photo, uint8, 255 = stands out."""
        return np.rint(to_grid(self.saliency, self.size) * 255).astype(np.uint8)

    def pick(self, prompts: Prompts) -> Region:
        """The region that the prompts mean.

        Raises InputError for prompts that make no sense in this photo, or that hit nothing.
        """
        candidates = self.candidates(prompts)
        points, labels = prompts.points(), prompts.labels()
        logits = picking.choose(candidates, prompts, self.size)
        within, beyond = points[labels == 1], points[labels == 0]
        mask = full_size_mask(logits, self.size, within, beyond, self._pixels)
        if mask.max() < 0.5:
            raise InputError("Nothing was found there: tap the middle of what you want.")
        return Region(mask, sure_of(logits, self.size))

    def candidates(self, prompts: Prompts) -> Candidates:
        """SAM's answers to the prompts; InputError for prompts that make no sense in this photo."""
        picking.check(prompts, self.size)
        box = prompts.clipped_box(self.size)
        first = self._sam.decode(self.embedding, prompts.points(), prompts.labels(), box)
        if first.whole is None or not picking.is_one_tap(prompts):
            return first
        people = self._people()
        whole = self._whole(first, prompts, people)
        return picking.outlined(whole, prompts, self.salient, self.size) if people else whole

    def company(self) -> Company:
        """Who is in the photo, as far as that tells what one tap means."""
        people = self._people()
        return Company(len(people), people[0].asked if len(people) == 1 else None)

    def default(self, exclude: Mask | None = None) -> Region | None:
        """The first of the offers; None if there is none."""
        return next(iter(self.offers(exclude, 1)), None)

    def people(self) -> tuple[Person, ...]:
        """Everyone above 1 % of the photo, the surest first; nobody where there is no head."""
        found = [person for person in self._people() if person.score >= SURE_SCORE]
        odd = oddness(self._view, [person.inside for person in found])
        drawn = self._outlined(found)
        regions = [self._region(person.logits) for person in drawn]
        return tuple(
            Person(region, region.box, person.score, strange)
            for region, person, strange in zip(regions, found, odd, strict=True)
        )

    def offers(self, exclude: Mask | None = None, most: int = MOST_OFFERS) -> tuple[Region, ...]:
        """At most `most` people, then salient things, outside `exclude` (HW in [0, 1])."""
        if exclude is not None and exclude.shape != self.size[::-1]:
            raise ValueError(f"The mask is {exclude.shape}, the photo is {self.size[::-1]}.")
        people = self._outlined(self._people())
        found = people_outside(people, self.size, exclude)[:most]
        if len(found) < most:
            found += salient_things(self._sam, self.embedding, self.saliency, exclude, people)
        return tuple(map(self._region, found[:most]))

    def _region(self, logits: NDArray[np.float32]) -> Region:
        """What is offered, with the feathered mask, which is cheap."""
        return Region(full_size_mask(logits, self.size), sure_of(logits, self.size))

    def _outlined(self, people: list[Found]) -> list[Found]:
        """People found, drawn as a tap on them draws them."""
        logits = [picking.with_outline(person.logits, self.salient, self.size) for person in people]
        return [replace(person, logits=drawn) for person, drawn in zip(people, logits, strict=True)]

    def _whole(self, first: Candidates, prompts: Prompts, people: list[Found]) -> Candidates:
        """What one tap means, knowing who is in the photo."""
        if len(people) == 1:
            taken = picking.taken_for(first, prompts, people[0].logits, self.size)
            if taken is not None:
                return taken
        again = picking.second_look(first, prompts, self.size, len(people))
        if again is None:
            return first
        second = self._sam.decode(self.embedding, again.points(), again.labels())
        return picking.surer(first, second)

    def _people(self) -> list[Found]:
        with self._lock:
            if self._found is None:
                head = self._head
                self._found = (
                    [] if head is None else find_people(self._sam, self.embedding, head, self._view)
                )
            return self._found
