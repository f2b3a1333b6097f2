"""One photo whose regions are picked: what costs is computed once, every pick after is cheap."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from iph_core.errors import InputError
from iph_core.regions import picking
from iph_core.regions.default import default_logits
from iph_core.regions.mask import Mask, Region, full_size_mask
from iph_core.regions.picking import Prompts
from iph_core.regions.saliency import Saliency
from iph_core.regions.sam import FRAME_SIDE, Embedding, Segmenter, Size

VIEW_SIDE = FRAME_SIDE  # Long side of the view that the models need; more is wasted.


class PhotoRegions:
    """Picks regions of one photo; safe to share between threads.

    view: uint8 HWC sRGB, the photo with its long side at most `VIEW_SIDE`.
    size: (width, height) of the photo itself; points, boxes and masks are in its pixels.
    """

    def __init__(
        self, view: NDArray[np.uint8], size: Size, sam: Segmenter, saliency: Saliency
    ) -> None:
        self.size = size
        self._view = view
        self._sam = sam
        self._saliency_model = saliency
        self._lock = threading.Lock()
        self._embedding: Embedding | None = None
        self._saliency: NDArray[np.float32] | None = None

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

    def pick(self, prompts: Prompts) -> Region:
        """The region that the prompts mean.

        Raises InputError for prompts that make no sense in this photo, or that hit nothing.
        """
        picking.check(prompts, self.size)
        box = prompts.clipped_box(self.size)
        points, labels = prompts.points(), prompts.labels()
        candidates = self._sam.decode(self.embedding, points, labels, box)
        logits = picking.choose(candidates, prompts, self.size)
        mask = full_size_mask(
            logits, self.size, inside=points[labels == 1], outside=points[labels == 0]
        )
        if mask.max() < 0.5:
            raise InputError("Nothing was found there: tap the middle of what you want.")
        return Region(mask)

    def default(self, exclude: Mask | None = None) -> Region | None:
        """The most salient person or object outside `exclude` (HW in [0, 1]); None if none."""
        if exclude is not None and exclude.shape != self.size[::-1]:
            raise ValueError(f"The mask is {exclude.shape}, the photo is {self.size[::-1]}.")
        logits = default_logits(self._sam, self.embedding, self.saliency, exclude)
        return None if logits is None else Region(full_size_mask(logits, self.size))
