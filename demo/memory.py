"""How much memory an open photo holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def bytes_of(photo: Any, result: Any, chosen: Iterable[Any]) -> int:
    """Bytes of a photo's pixels and of the masks of regions, those of a result among them.

    What is held twice counts once; None, for what is not there, counts nothing.
    """
    regions = [*chosen]
    if result is not None:
        regions += [result.foreground, result.reference, result.blend and result.blend.reference]
    arrays = [] if photo is None else [photo.pixels, photo.alpha]
    arrays += [region.mask for region in regions if region is not None]
    return sum({id(it): it.nbytes for it in arrays if it is not None}.values())
