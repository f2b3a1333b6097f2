"""What the page is told of regions: small masks, outlines and thumbnails, as files it can load."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from demo.kept_masks import KeptMasks
from demo.lent import Lent
from demo.overlays import anchor, outline, seen_in, small_mask
from demo.photo_files import PhotoFiles
from demo.selection import Role, Selection

MOST_OFFERED = 6
STILL_SHOWN = 4  # masks of a role


class Drawings:
    """Of one photo of `size` (width, height) with a preview of `preview_size`."""

    def __init__(
        self, files: PhotoFiles, size: tuple[int, int], preview_size: tuple[int, int]
    ) -> None:
        self._files, self._size, self._preview_size = files, size, preview_size

    def region(self, role: Role, region: Any, selection: Selection) -> dict[str, Any]:
        """Who plays a role here."""
        from iph_core.photo import encode_png

        small = small_mask(region.mask, self._preview_size)
        return {
            "mask": self._files.add(role, ".png", encode_png(small)),
            "outline": outline(region, self._preview_size[0]),
            "box": whole(region.box),
            "anchor": anchor(small, self._size[0]),
            "selection": selection.model_dump(mode="json"),
        }

    def lent(self, lent: Lent, selection: Selection) -> dict[str, Any]:
        """Who is matched in another photo."""
        self._files.discard("lent", but=STILL_SHOWN)
        return {
            "photo": selection.photo,
            "whole": selection == Selection(photo=selection.photo),
            "thumbnail": self._files.add("lent", ".jpg", lent.thumbnail),
            "selection": selection.model_dump(mode="json"),
        }

    def offers(
        self, kind: str, regions: Iterable[Any], masks: KeptMasks, preview: np.ndarray
    ) -> list[dict[str, Any]]:
        """Regions as chips: a kept mask to select, its box, its deepest point, a thumbnail.

        preview: uint8 HWC.
        """
        from iph_core.photo import encode_jpeg

        self._files.discard(kind, but=MOST_OFFERED)
        offered = []
        for region in list(regions)[:MOST_OFFERED]:
            picture = encode_jpeg(seen_in(preview, region.mask, region.box), 85)
            address = self._files.add(kind, ".jpg", picture)
            mask = masks.keep_found(region.mask, region.sure)
            small = small_mask(region.mask, self._preview_size)
            offered.append(
                {
                    "mask": mask,
                    "box": whole(region.box),
                    "anchor": anchor(small, self._size[0]),
                    "thumbnail": address,
                }
            )
        return offered

    def forget(self, role: Role) -> None:
        """Delete the masks of a role but those that a page may be loading still."""
        self._files.discard(role, but=STILL_SHOWN)


def whole(box: Iterable[float]) -> list[int]:
    return [round(float(side)) for side in box]
