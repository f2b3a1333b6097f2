"""What people do with a result: numbers for the page's sliders, other references, files to keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, Field

from demo.overlays import thumbnail
from demo.selection import Selection
from demo.texts import ERRORS, SHARE
from demo.words import in_words
from demo.workspace import Workspace
from iph_core import adjustment as sliders
from iph_core.adjustment import LIMITS, PIVOTS, Adjustment, InSpace
from iph_core.errors import InputError
from iph_core.photo.space import SRGB
from iph_core.pixel_map import LUT_SIZE, grid

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Where a result is measured for the page, which interpolates between them."""

TABLE_SCALE = 8192
"""Steps of a table's numbers in 1: int16 holds changes up to 4 to 1/32 of a level."""

BACKGROUND, OWN = "background", "own"
"""What else than an offer can be matched: the scene, and whom people chose by themselves."""

MOST_LOOKS = 4  # beside the scene's; less likely references hardly differ from the others
CARD_SIDE = 208  # pixels, shown at half that
CARD_PREVIEW = 900  # pixels, the long side of what cards are cut from
MOST_PART = 2600  # pixels, the long side of a part of the photo


class Sliders(BaseModel):
    """What the page's sliders add to a result, in the units of `iph_core.Adjustment`."""

    exposure: Annotated[float, Field(ge=LIMITS["exposure"][0], le=LIMITS["exposure"][1])] = 0
    warmth: Annotated[float, Field(ge=LIMITS["warmth"][0], le=LIMITS["warmth"][1])] = 0
    tint: Annotated[float, Field(ge=LIMITS["tint"][0], le=LIMITS["tint"][1])] = 0
    contrast: Annotated[float, Field(ge=LIMITS["contrast"][0], le=LIMITS["contrast"][1])] = 1
    saturation: Annotated[float, Field(ge=LIMITS["saturation"][0], le=LIMITS["saturation"][1])] = 1

    def adjustment(self) -> Adjustment:
        return Adjustment(**self.model_dump())


# The change in numbers, for sliders that need no server


def numbers(workspace: Workspace) -> dict[str, Any]:
    """What the page needs to show any strength and any sliders by itself.

    table: address of the change at full strength as int16 (33, 33, 33, 3), little-endian, in
    1/8192: mapped minus original sRGB, not clipped, axes as `PixelMap.to_lut`.
    """
    result = workspace.result()
    return {
        "table": workspace.keep("table", ".bin", change_table(result)),
        "size": LUT_SIZE,
        "scale": TABLE_SCALE,
        "points": [measured(result, strength) for strength in STRENGTHS],
        "light": matrices(),
        "deep": result.photo.pixels.dtype == np.uint16,
    }


def change_table(result: Any) -> bytes:
    inner, space = result.map(), result.photo.space
    mapped = (inner if space == SRGB else InSpace(inner, space)).to_lut(LUT_SIZE)
    change = mapped.reshape(-1, 3) - grid(LUT_SIZE)
    top = np.iinfo(np.int16).max
    return np.rint(change * TABLE_SCALE).clip(-top, top).astype("<i2").tobytes()


def measured(result: Any, strength: float) -> dict[str, Any]:
    """The change at one strength, and the lightness that contrast turns about there."""
    pivot = min(max(result.lightness(strength), PIVOTS[0]), PIVOTS[1])
    return {"strength": strength, "pivot": pivot, "change": result.change(strength).as_dict()}


def matrices() -> dict[str, Any]:
    """The fixed numbers of `iph_core.adjustment`, so that they stand in one place only."""
    to_xyz = sliders.D50_TO_D65 @ SRGB.matrix
    found = {
        "to_xyz": to_xyz,
        "from_xyz": np.linalg.inv(to_xyz),
        "to_cones": sliders.BRADFORD,
        "from_cones": np.linalg.inv(sliders.BRADFORD),
    }
    named = {name: matrix.tolist() for name, matrix in found.items()}
    return {**named, "white": sliders.WHITE.tolist()}


# A part of the photo at full size


def part(
    workspace: Workspace, box: tuple[int, int, int, int], longest: int
) -> tuple[np.ndarray, np.ndarray]:
    """What is in a box (x0, y0, x1, y1) of the photo, smaller where its long side would be above
    `longest`: before harmonizing, uint8 HWC sRGB; the mask, uint8 HW.

    Raises InputError for a box that is not in the photo.
    """
    from iph_core.result import shrink

    result = workspace.result()
    x0, y0, x1, y1 = box
    if not (0 <= x0 < x1 <= result.photo.width and 0 <= y0 < y1 <= result.photo.height):
        raise InputError(ERRORS["outside"])
    place = (slice(y0, y1), slice(x0, x1))
    longest = min(longest, MOST_PART)
    pixels, mask = shrink(result.photo.pixels[place], result.foreground.mask[place], longest)
    levels = np.rint(mask.astype(np.float32).clip(0, 1) * 255).astype(np.uint8)
    return result.photo.to_srgb(np.ascontiguousarray(pixels)), levels


# The result for each reference


@dataclass(frozen=True)
class Look:
    """What matching somebody gives: who they are, the change of colors, a picture of it."""

    selection: Selection
    color_map: Any
    picture: str


class Looks:
    """The looks of one workspace, made once for each reference as long as the person to change is
    the same."""

    def __init__(self) -> None:
        self._of = ""
        self._known: dict[str, Look] = {}

    def keys(self, workspace: Workspace) -> list[str]:
        """Who can be matched, as their masks' names, "background", and "own" where people chose
        someone by themselves: the likeliest offers and whom people took of the others.

        InputError where there is no result yet."""
        workspace.result()
        self._refresh(workspace)
        taken = {*self._known, chosen(workspace)}
        own = [OWN] if OWN in taken else []
        offers = [
            offer["mask"]
            for place, offer in enumerate(workspace.describe()["offers"], len(own))
            if place < MOST_LOOKS or offer["mask"] in taken
        ]
        return [*own, *offers, BACKGROUND]

    def get(self, workspace: Workspace, key: str) -> Look:
        """InputError where that reference cannot be matched; ask for a key of `keys` only."""
        self._refresh(workspace)
        if key not in self._known:
            self._known[key] = self._made(workspace, key)
        return self._known[key]

    def match(self, workspace: Workspace, key: str) -> dict[str, Any]:
        """Match somebody else: they get the role, and the result becomes theirs."""
        current = workspace.result()
        self._keep_own(workspace)
        if key not in self.keys(workspace):
            raise InputError(ERRORS["no_such_mask"])
        look = self.get(workspace, key)
        described = workspace.choose("match", look.selection)
        reference = workspace.region("match") if "match" in described["regions"] else None
        return workspace.show(replace(current, color_map=look.color_map, reference=reference))

    def _refresh(self, workspace: Workspace) -> None:
        """Forget everything once somebody else is to be changed."""
        change = workspace.describe()["regions"].get("change", {}).get("mask", "")
        if change != self._of:
            self._of, self._known = change, {}

    def _keep_own(self, workspace: Workspace) -> None:
        """Whom people chose by themselves stays among the references when they try another one."""
        self._refresh(workspace)
        if chosen(workspace) == OWN:
            self._known[OWN] = self._made(workspace, OWN)

    def _made(self, workspace: Workspace, key: str) -> Look:
        from iph_core.photo import encode_jpeg

        result = workspace.result()
        selection = selection_of(workspace, key)
        if key != chosen(workspace):
            match = workspace.background() if key == BACKGROUND else workspace.offered(key)
            result = workspace.scene().harmonize(workspace.region("change"), reference=match)
        picture = encode_jpeg(card(result), 85)
        address = workspace.keep(f"look-{key}", ".jpg", picture)
        return Look(selection, result.color_map, address)


def chosen(workspace: Workspace) -> str:
    """The key of whom the result matches."""
    described = workspace.describe()
    match = described["regions"].get("match")
    if match is None:
        return BACKGROUND
    selection = Selection(**match["selection"]).model_copy(update={"automatic": False})
    offers = [offer["mask"] for offer in described["offers"]]
    plain = selection.mask in offers and selection == Selection(mask=selection.mask)
    return selection.mask if plain and selection.mask else OWN


def selection_of(workspace: Workspace, key: str) -> Selection:
    if key == BACKGROUND:
        return Selection()
    if key == OWN:
        return Selection(**workspace.describe()["regions"]["match"]["selection"])
    return Selection(mask=key)


def card(result: Any) -> np.ndarray:
    """The changed person and some of what is around them, uint8 (CARD_SIDE, CARD_SIDE, 3)."""
    x0, y0, x1, y1 = result.foreground.box
    (width, height) = result.photo.size
    aside = 0.15 * (x1 - x0)
    box = (max(0, x0 - aside) / width, y0 / height, min(width, x1 + aside) / width, y1 / height)
    return thumbnail(result.preview(1.0, max_side=CARD_PREVIEW), box, CARD_SIDE)


# Files to keep


@dataclass(frozen=True)
class Form:
    """How a result is kept: the kind of file, its suffix, and what writes it."""

    kind: str
    suffix: str
    write: Callable[[Any, Path, float, Adjustment], None]


def save(result: Any, path: Path, strength: float, adjustment: Adjustment) -> None:
    result.save(path, strength=strength, adjustment=adjustment)


def save_page(result: Any, path: Path, strength: float, adjustment: Adjustment) -> None:
    """The page with before and after, in the language that is spoken."""
    from iph_core.export.html import Words

    words = Words(
        SHARE["language"],
        SHARE["before"],
        SHARE["after"],
        SHARE["before_alt"],
        SHARE["after_alt"],
        SHARE["line"],
    )
    summary = in_words(result, strength, adjustment)
    result.save_html(path, strength, adjustment, SHARE["title"], words=words, summary=summary)


FORMS = {
    "png": Form("result", ".png", save),
    "jpeg": Form("result", ".jpg", save),
    "tiff": Form("result", ".tif", save),
    "webp": Form("result", ".webp", save),
    "foreground": Form("foreground", ".png", lambda r, path, s, a: r.save_cutout(path, s, a)),
    "mask": Form("mask", ".png", lambda r, path, s, a: r.save_mask(path)),
    "cube": Form("colors", ".cube", lambda r, path, s, a: r.save_cube(path, s, a)),
    "html": Form("page", ".html", save_page),
}


def render(workspace: Workspace, form: str, strength: float, moved: Sliders) -> str:
    """Write the result at full size, with strength and sliders applied; the file's name."""
    result, adjustment = workspace.result(), moved.adjustment()
    how = FORMS[form]
    return workspace.make(
        how.kind, how.suffix, lambda path: how.write(result, path, strength, adjustment)
    )
