"""The look of another photo, as a photo keeps it: what the network sees of it, and a thumbnail."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.overlays import seen_in
from demo.selection import Selection
from demo.texts import ERRORS
from iph_core.errors import InputError

if TYPE_CHECKING:
    from demo.workspace import Workspace

MOST_KEPT = 6  # of one photo, a quarter of a megabyte each
SEEN_SIDE = 1200  # pixels, the long side of what thumbnails are cut from


@dataclass(frozen=True)
class Lent:
    """What `selection` means in the photo that it names.

    reference: an `iph_core.Reference` without full-size pixels; it gives the same result.
    """

    selection: Selection
    reference: Any
    thumbnail: bytes


def lend(other: Workspace, selection: Selection) -> Lent:
    """A region of another photo, or all of it where nothing in it is selected.

    Raises InputError as picking in that photo does, and for a region that is too small.
    """
    from iph_core.photo import encode_jpeg, photo_from_array
    from iph_core.pipeline import Reference

    photo = other.scene().photo
    there = selection.meant.model_copy(update={"photo": None})
    box, mask = (0, 0, *photo.size), np.ones(photo.size[::-1], np.float32)
    if not there.is_empty:
        region = other.picked(there)
        box, mask = region.box, region.mask
    seen = Reference(photo, mask)
    picture = seen_in(photo.srgb(max_side=SEEN_SIDE), mask, box)
    return Lent(
        selection.meant,
        Reference(photo_from_array(seen.view.picture), seen.guide),
        encode_jpeg(picture, 85),
    )


class KeptLooks:
    """What other photos lent to one photo; it stays when they go. The oldest goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Selection, Lent] = OrderedDict()

    def __contains__(self, selection: Selection) -> bool:
        return selection.meant in self._kept

    def keep(self, lent: Lent) -> None:
        self._kept[lent.selection] = lent
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def read(self, selection: Selection) -> Lent:
        """InputError where it is no longer kept."""
        key = selection.meant
        if key not in self._kept:
            raise InputError(ERRORS["gone"])
        self._kept.move_to_end(key)
        return self._kept[key]
