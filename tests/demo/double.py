"""A double of the library: boxes for regions, a fixed darkening for a result."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np

from demo.engine import Engine
from iph_core.adjustment import Adjustment
from iph_core.color_map import ColorMap
from iph_core.photo import Photo
from iph_core.pipeline import Reference
from iph_core.regions.mask import Region
from iph_core.regions.people import Person
from iph_core.regions.photo_regions import Company
from iph_core.regions.picking import Prompts, Tap
from iph_core.result import Blend, Result


class BoxScene:
    """Every tap finds the 20 x 20 box around it, its upper half as a part; a box finds itself.

    Two people are found, around (100, 60) and, odder, around (60, 40); the box at the origin is
    offered to be matched, and the first of them.
    """

    can_transfer = True
    regions = SimpleNamespace(company=lambda: Company(1, Prompts((Tap(60.0, 40.0),))))

    def __init__(self, photo: Photo) -> None:
        self.photo = photo

    def prepare(self) -> None:
        pass

    def pick(self, taps: tuple = (), box: tuple | None = None, level: str = "person") -> Region:
        mask = np.zeros(self.photo.pixels.shape[:2], np.float32)
        if box is not None:
            x0, y0, x1, y1 = map(int, box)
            mask[y0:y1, x0:x1] = 1
        for x, y, adds in taps:
            rows, columns = (
                slice(max(0, int(y) - 10), int(y) + 10),
                slice(max(0, int(x) - 10), None),
            )
            mask[rows, columns][:, :20] = float(adds)
            if level == "part":
                mask[int(y) :] = 0
        return Region(mask)

    def region(self, mask: np.ndarray) -> Region:
        return Region(mask.astype(np.float32))

    def found(self, mask: np.ndarray, sure: np.ndarray | None = None) -> Region:
        return Region(self.region(mask).mask, sure)

    def likely_pasted(self) -> tuple[Person, ...]:
        """The one on the left first, who is less surely a person."""
        found = [(0.8, self.pick([(60, 40, True)])), (0.9, self.pick([(100, 60, True)]))]
        return tuple(Person(region, region.box, score, 0.0) for score, region in found)

    def offers(self, exclude: Region) -> tuple[Region, ...]:
        return self.pick([(10, 10, True)]), self.pick([(100, 60, True)])

    def harmonize(
        self,
        region: Region,
        reference: Region | Reference | None,
        second: Region | Reference | None = None,
        blend: float = 0.5,
        transfer: float = 0.0,
    ) -> DarkResult:
        darker = darkening(reference, transfer)
        result = DarkResult(self.photo, region, darker, reference, "region")
        if second is None:
            return result
        both = Blend(darker, darkening(second, transfer), second, 0.0)
        return dataclasses.replace(result, blend=both).at_blend(blend)


DARKER = {(90, 50, 110, 70): 0.25}
"""How much darker a region makes it, by its box; all others by half."""


def darkening(reference: Region | Reference | None, transfer: float) -> ColorMap:
    """What a reference does to colors; another photo makes them as bright as its region is. Color
    transfer makes them half as bright again."""
    if isinstance(reference, Reference):
        seen = reference.view
        left = seen.picture[seen.mask > 0.5].mean() / 255
    else:
        left = 1 - DARKER.get(box_of(reference), 0.5)
    return ColorMap(np.eye(11, 3) * left * (1 - transfer / 2))


def box_of(region: Region | None) -> tuple[int, ...] | None:
    return region and tuple(map(int, region.box))


class DarkResult(Result):
    """Half as bright inside the region at full strength, unless `DARKER` says otherwise."""

    def summary(self, strength: float = 1, adjustment: Adjustment | None = None) -> str:
        box = self.reference and getattr(self.reference, "box", ["another photo"])
        return f"darker, as {box and list(box)}"


class BoxEngine(Engine):
    def warm_up(self) -> None:
        self.state = "ready"

    def scene(self, photo: Photo, embeddings: object = None) -> BoxScene:
        return BoxScene(photo)
