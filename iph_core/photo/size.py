"""How large a picture may be."""

from __future__ import annotations


def within(size: tuple[int, ...], side: int) -> tuple[int, int]:
    """A (width, height) made no longer than `side` pixels, and never larger than it is."""
    width, height = size
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
