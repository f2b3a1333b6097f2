"""What SAM keeps of photos, found again by their content: bounded, and each session's own.

A photo whose memory was given back, or that is brought once more, is not embedded again. Another
session never finds it: how fast an answer comes must not tell who else brought the same photo.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np


class Embeddings:
    """At most `most` embeddings (4 MB each) over all owners; the one unused for the longest goes.

    Usable from several threads.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], Any] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, owner: str, content: str, compute: Callable[[], Any]) -> Any:
        """What is kept for a content, or else is computed now."""
        key = (owner, content)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        computed = compute()
        with self._lock:
            self._kept[key] = computed
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return computed

    def forget(self, owner: str) -> None:
        """Drop all that is one owner's."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == owner]:
                del self._kept[key]


class Owned:
    """The embeddings of one owner. After `close` nothing is kept for it any more."""

    def __init__(self, embeddings: Embeddings, owner: str) -> None:
        self._embeddings, self._owner = embeddings, owner
        self._is_open = True

    def get(self, content: str, compute: Callable[[], Any]) -> Any:
        found = self._embeddings.get(self._owner, content, compute)
        if not self._is_open:  # the session ended while this was computed
            self._embeddings.forget(self._owner)
        return found

    def close(self) -> None:
        self._is_open = False
        self._embeddings.forget(self._owner)


class RememberingModels:
    """`iph_core.Models` whose SAM looks among an owner's embeddings first."""

    def __init__(self, models: Any, owned: Owned) -> None:
        self._models, self._owned = models, owned

    @property
    def sam(self) -> RememberingSam:
        return RememberingSam(self._models.sam, self._owned)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._models, name)


class RememberingSam:
    """A `Segmenter` that embeds a picture once."""

    def __init__(self, sam: Any, owned: Owned) -> None:
        self._sam, self._owned = sam, owned

    def embed(self, rgb: np.ndarray, size: tuple[int, int] | None = None) -> Any:
        return self._owned.get(content_of(rgb, size), lambda: self._sam.embed(rgb, size))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sam, name)


def content_of(rgb: np.ndarray, size: tuple[int, int] | None) -> str:
    """SHA-256 of a picture (uint8 HWC) and the size of its photo, in hex."""
    told = f"{rgb.shape} {rgb.dtype} {size}".encode()
    return hashlib.sha256(told + np.ascontiguousarray(rgb).tobytes()).hexdigest()
