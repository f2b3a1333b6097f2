"""A sensible first size and place, so that most people only nudge."""

from __future__ import annotations

from collections.abc import Sequence

from iph_core.compose.cutout import Cutout
from iph_core.compose.placement import SCALES, Placement

Box = tuple[float, float, float, float]

USUAL_HEIGHT = 0.62  # of the scene's height, where nobody is there to compare with
USUAL_GROUND = 0.94  # where feet stand then
CUT_OFF_HEIGHT = 0.72  # someone without feet rises from the lower border
PERSON_HEIGHTS = (0.15, 0.98)  # of the scene, within which a region may be a person
LEAST_SLENDER = 1.1  # height against width of someone who stands
GAP = 0.35  # between people, of half the cut-out's width
HARDLY = 0.02  # of the cut-out's width that may be hidden to stand nearer
PLACES = 41  # that are tried
LARGEST = 0.9  # of the scene's width; what is wider is no one to stand beside
WIDEST = 0.9


def first_placement(cutout: Cutout, size: tuple[int, int], people: Sequence[Box] = ()) -> Placement:
    """Beside whoever is there: as tall, feet as low; else in the middle of the scene.

    size: (w, h) of the scene. people: boxes (x0, y0, x1, y1) that may hold people: it keeps out of
    their way, and takes its size from those that can be a standing person.
    """
    width, height = size
    others = [box for box in people if _is_standing(box, height)]
    tallest = max(others, key=lambda box: box[3] - box[1], default=None)
    if cutout.cut_off:
        wanted, ground = CUT_OFF_HEIGHT * height, float(height)
    elif tallest is not None:
        wanted, ground = tallest[3] - tallest[1], tallest[3]
    else:
        wanted, ground = USUAL_HEIGHT * height, USUAL_GROUND * height
    scale = min(wanted / cutout.size[1], WIDEST * width / cutout.size[0])
    scale = min(max(scale, SCALES[0]), SCALES[1])
    in_the_way = [box for box in people if box[2] - box[0] <= LARGEST * width]
    x = _free_place(scale * cutout.size[0], float(width), in_the_way)
    return Placement(x, ground - scale * cutout.size[1] / 2, scale)


def _is_standing(box: Box, scene_height: int) -> bool:
    x0, y0, x1, y1 = box
    share = (y1 - y0) / scene_height
    return PERSON_HEIGHTS[0] <= share <= PERSON_HEIGHTS[1] and y1 - y0 >= LEAST_SLENDER * (x1 - x0)


def _free_place(own: float, width: float, others: Sequence[Box]) -> float:
    """Where the center goes: where it hides least of the others, then next to them."""
    if own >= width:
        return width / 2
    half = own / 2
    places = [half + (width - own) * step / (PLACES - 1) for step in range(PLACES)]
    if not others:
        return width / 2
    middle = sum(box[0] + box[2] for box in others) / (2 * len(others))
    hidden = {x: sum(_shared(x, half, box) for box in others) for x in places}
    least = min(hidden.values()) + HARDLY * own
    return min((x for x in places if hidden[x] <= least), key=lambda x: abs(x - middle))


def _shared(x: float, half: float, box: Box) -> float:
    """Pixels across that someone of twice `half` around x, with a gap, shares with a box."""
    reach = half * (1 + GAP)
    return max(0.0, min(x + reach, box[2]) - max(x - reach, box[0]))
