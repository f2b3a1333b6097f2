"""What a matching network sees of its pictures: all of them, the middle, or each region close up.

A view is scaled to the side that the network reads, so a smaller one shows more detail.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

VIEWS = ((1.0, False), (0.85, True), (0.7, False))
"""In use: how much of the picture's sides is seen around its middle, and whether mirrored."""

LEAST_KEPT = 0.3
"""Of foreground and reference, for a view that leaves a part of the picture out to count."""

CLOSE_UP = 0.4
WINDOWED = 0.36
"""In training: the shares of batches that show both regions close up, and a window of their
pictures; the others show all."""

SMALLEST_WINDOW = 0.6
"""Of the picture's sides."""

MARGINS = (0.3, 0.7)
"""Around a region that is seen close up, as a share of its longer side."""

SMALLEST_CLOSE_UP = 0.35
"""Of the picture's sides."""

Pictures = tuple[Tensor, Tensor, Tensor, Tensor]
"""Composite, mask, reference and guide, N?HW."""


def drawn_view(pictures: Pictures, side: int) -> Pictures:
    """In training: one of the kinds of views by chance, `side` pixels large."""
    chance = float(torch.rand(()))
    if chance < CLOSE_UP:
        return close_up(pictures, float(torch.empty(()).uniform_(*MARGINS)), side)
    if chance < CLOSE_UP + WINDOWED:
        return in_a_window(pictures, float(torch.empty(()).uniform_(SMALLEST_WINDOW, 1)), side)
    composite, mask, reference, guide = (scaled(picture, side) for picture in pictures)
    return composite, mask, reference, guide


def close_up(pictures: Pictures, margin: float, side: int) -> Pictures:
    """The foreground and the reference, each alone in a square of its own."""
    composite, mask, reference, guide = pictures
    ours, theirs = squares(mask, margin), squares(guide, margin)
    return (
        _cut(composite, ours, side),
        _cut(mask, ours, side),
        _cut(reference, theirs, side),
        _cut(guide, theirs, side),
    )


def squares(region: Tensor, margin: float) -> list[tuple[int, int, int]]:
    """Top, left and side of a square around each of N regions N1SS, within the picture; all of it
    around an empty one."""
    size = region.shape[-1]
    found = []
    for inside in region[:, 0] > 0.5:
        if not inside.any():
            found.append((0, 0, size))
            continue
        rows, columns = (inside.any(axis).nonzero()[:, 0] for axis in (1, 0))
        (top, bottom), (left, right) = (
            (int(line[0]), int(line[-1]) + 1) for line in (rows, columns)
        )
        wanted = max(SMALLEST_CLOSE_UP * size, max(bottom - top, right - left) * (1 + margin))
        side = min(size, round(wanted))
        corner = (round((low + high - side) / 2) for low, high in ((top, bottom), (left, right)))
        y, x = (min(max(place, 0), size - side) for place in corner)
        found.append((y, x, side))
    return found


def in_a_window(pictures: Pictures, share: float, side: int) -> Pictures:
    """Where it shows enough, the middle of the pictures; else all of them."""
    seen = tuple(window(picture, share, False) for picture in pictures)
    shown = enough(pictures, seen)[:, None, None, None]
    composite, mask, reference, guide = (
        torch.where(shown, scaled(part, side), scaled(whole, side))
        for part, whole in zip(seen, pictures, strict=True)
    )
    return composite, mask, reference, guide


def enough(pictures: Pictures, seen: tuple[Tensor, ...]) -> Tensor:
    """For each of N, whether what is seen of foreground and guide is enough: bool (N,)."""
    return kept(pictures[1], seen[1]) & kept(pictures[3], seen[3])


def window(picture: Tensor, share: float, mirrored: bool) -> Tensor:
    """The middle of a picture, `share` of its sides, perhaps mirrored."""
    height, width = (max(1, round(side * share)) for side in picture.shape[-2:])
    top, left = (picture.shape[-2] - height) // 2, (picture.shape[-1] - width) // 2
    seen = picture[..., top : top + height, left : left + width]
    return seen.flip(-1) if mirrored else seen


def kept(region: Tensor, seen: Tensor) -> Tensor:
    """For each of N regions, whether the part of it that is seen is large enough: bool (N,)."""
    return seen.sum((1, 2, 3)) >= LEAST_KEPT * region.sum((1, 2, 3))


def scaled(picture: Tensor, side: int) -> Tensor:
    if min(picture.shape[-2:]) >= side:
        return F.interpolate(picture, (side, side), mode="area")
    return F.interpolate(picture, (side, side), mode="bilinear")


def _cut(picture: Tensor, squares: list[tuple[int, int, int]], side: int) -> Tensor:
    parts = (
        scaled(one[None, :, top : top + cut, left : left + cut], side)
        for one, (top, left, cut) in zip(picture, squares, strict=True)
    )
    return torch.cat(list(parts))
