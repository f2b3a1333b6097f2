"""What people brought: a photo, a cut-out with alpha, a mask, or a composite with its mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from iph_core.photo import Photo
from iph_core.photo.depth import to_8_bits

Kind = Literal["photo", "cutout", "mask"]

# A cut-out shows neither next to nothing nor nearly all: windows with round corners are photos.
CUTOUT_SHARES = (0.001, 0.98)
GRAY = 12  # levels between channels, as JPEG leaves them in a picture of black and white
BLACK, WHITE = 32, 223
TWO_TONES = 0.97  # of a mask's pixels are black or white, the rest is its edge
SWAPPED_BORDER = 0.6  # of the picture's border is white where black and white are swapped
LOOK = 512  # long side at which a picture is judged


@dataclass(frozen=True)
class Brought:
    """kind: what a file is. swapped: a mask whose outside is white."""

    kind: Kind
    swapped: bool = False


@dataclass(frozen=True)
class Pair:
    """What two files are to each other, by their places 0 and 1.

    kind "composite": `first` is the composite and `second` its mask, `swapped` as in `Brought`.
    kind "photos": `first` is the scene and `second` the photo or cut-out of the person.
    """

    kind: Literal["composite", "photos"]
    first: int
    second: int
    swapped: bool = False


def what_is(photo: Photo) -> Brought:
    """Whether a file holds a plain photo, a cut-out with alpha, or a mask.

    A mask is gray and nearly all black or white, with some of both (or labels 0 and 1). It is
    taken as swapped where more of it is white than black and so is most of its border: people
    reach one border or two, the rest of a photo reaches most of it.
    """
    if photo.alpha is not None and _is_cut_out(photo.alpha):
        return Brought("cutout")
    values = _two_tones(photo)
    if values is None:
        return Brought("photo")
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    swapped = bool(values.mean() > 0.5 and border.mean() > SWAPPED_BORDER)
    return Brought("mask", swapped)


def sort_out(first: Brought, second: Brought, same_size: bool) -> Pair:
    """What two files are to each other, in whichever order they came.

    A mask of the same size as the other picture makes that a composite; a cut-out is the person.
    Two plain photos keep their order: the first is the scene.
    """
    files = (first, second)
    if same_size:
        for place, other in ((1, 0), (0, 1)):
            if files[place].kind == "mask" and files[other].kind != "mask":
                return Pair("composite", other, place, files[place].swapped)
    if first.kind == "cutout" and second.kind != "cutout":
        return Pair("photos", 1, 0)
    return Pair("photos", 0, 1)


def _is_cut_out(alpha: np.ndarray) -> bool:
    opaque = float((to_8_bits(alpha) > 127).mean())
    return CUTOUT_SHARES[0] < opaque < CUTOUT_SHARES[1]


def _two_tones(photo: Photo) -> np.ndarray | None:
    """The picture as bool HW where it is black and white, at most `LOOK` pixels large; else None.

    Looked at by picking pixels, not by averaging, which would turn hard edges gray.
    """
    step = max(1, -(-max(photo.size) // LOOK))
    small = np.ascontiguousarray(to_8_bits(photo.pixels)[::step, ::step])
    if int(small.max()) == 1:
        small = small * np.uint8(255)
    spread = small.max(axis=2).astype(np.int16) - small.min(axis=2)
    if (spread > GRAY).mean() > 1 - TWO_TONES:
        return None
    gray = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    black, white = float((gray <= BLACK).mean()), float((gray >= WHITE).mean())
    if black + white < TWO_TONES or not (black and white):
        return None
    return gray > 127
