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
from demo.workspace import HALFWAY, Second, Workspace
from iph_core import adjustment as sliders
from iph_core.adjustment import LIMITS, Adjustment, InSpace
from iph_core.errors import InputError
from iph_core.photo.space import SRGB
from iph_core.pixel_map import LUT_SIZE, grid
from iph_core.result import Blend

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Where a result is measured for the page, which interpolates between them."""

TABLE_SCALE = 8192
"""Steps of a table's numbers in 1: int16 holds changes up to 4 to 1/32 of a level."""

BLENDS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of the second reference at which that is done as well, where there is one."""

BACKGROUND, OWN, OTHER = "background", "own", "other"
"""What else than an offer can be matched: the scene, whom people chose by themselves, and what
another photo lends."""

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
    highlights: Annotated[float, Field(ge=LIMITS["highlights"][0], le=LIMITS["highlights"][1])] = 0
    shadows: Annotated[float, Field(ge=LIMITS["shadows"][0], le=LIMITS["shadows"][1])] = 0

    def adjustment(self) -> Adjustment:
        return Adjustment(**self.model_dump())


# The change in numbers, for sliders that need no server


def numbers(workspace: Workspace) -> dict[str, Any]:
    """What the page needs to show any strength and any sliders by itself.

    table: address of the change at full strength as int16 (33, 33, 33, 3), little-endian, in
    1/8192: mapped minus original sRGB, not clipped, axes as `PixelMap.to_lut`.
    second: the same table for the second reference, and the points at each of its shares.
    """
    result = workspace.result()
    first = unblended(result)
    return {
        "table": workspace.keep("table", ".bin", change_table(first)),
        "size": LUT_SIZE,
        "scale": TABLE_SCALE,
        "points": points(first),
        "second": second_numbers(workspace, result) if result.blend else None,
        "light": fixed_numbers(),
        "deep": result.photo.pixels.dtype == np.uint16,
    }


def second_numbers(workspace: Workspace, result: Any) -> dict[str, Any]:
    table = change_table(result.at_blend(1.0))
    return {
        "table": workspace.keep("second", ".bin", table),
        "points": [points(result.at_blend(share)) for share in BLENDS],
    }


def points(result: Any) -> list[dict[str, Any]]:
    return [measured(result, strength) for strength in STRENGTHS]


def change_table(result: Any) -> bytes:
    inner, space = result.map(), result.photo.space
    mapped = (inner if space == SRGB else InSpace(inner, space)).to_lut(LUT_SIZE)
    change = mapped.reshape(-1, 3) - grid(LUT_SIZE)
    top = np.iinfo(np.int16).max
    return np.rint(change * TABLE_SCALE).clip(-top, top).astype("<i2").tobytes()


def measured(result: Any, strength: float) -> dict[str, Any]:
    """The change at one strength, and the lightness that contrast turns about there."""
    change = result.change(strength).as_dict()
    return {"strength": strength, "pivot": result.pivot(strength), "change": change}


def fixed_numbers() -> dict[str, Any]:
    """The fixed numbers of `iph_core.adjustment`, so that they stand in one place only."""
    to_xyz = sliders.D50_TO_D65 @ SRGB.matrix
    found = {
        "to_xyz": to_xyz,
        "from_xyz": np.linalg.inv(to_xyz),
        "to_cones": sliders.BRADFORD,
        "from_cones": np.linalg.inv(sliders.BRADFORD),
    }
    named = {name: matrix.tolist() for name, matrix in found.items()}
    return {**named, "white": sliders.WHITE.tolist(), "bend": sliders.BEND}


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
    """What matching somebody gives: who they are, the change of colors, a picture of it.

    whom: address of a picture of them, where they are not in the photo."""

    selection: Selection
    color_map: Any
    picture: str
    whom: str | None


class Looks:
    """The looks of one workspace, made once for each reference as long as the person to change is
    the same."""

    def __init__(self) -> None:
        self._of: tuple[str, float] = ("", 0.0)
        self._known: dict[str, Look] = {}
        self._taken: dict[str, Selection] = {}  # whom the result matched, by their keys

    def keys(self, workspace: Workspace) -> list[str]:
        """Who can be matched, as their masks' names, "background", "own" where people chose
        someone by themselves, "other" where another photo lent its look: the likeliest offers and
        whom people took of the others.

        InputError where there is no result yet."""
        workspace.result()
        self._refresh(workspace)
        taken = {*self._taken, chosen(workspace)}
        own = [key for key in (OWN, OTHER) if key in taken]
        offers = [
            offer["mask"]
            for place, offer in enumerate(workspace.describe()["offers"], len(own))
            if place < MOST_LOOKS or offer["mask"] in taken
        ]
        return [*own, *offers, BACKGROUND]

    def get(self, workspace: Workspace, key: str) -> Look:
        """InputError where that reference cannot be matched; ask for a key of `keys` only."""
        self._refresh(workspace)
        if key == chosen(workspace):
            self._take(key, workspace.matched() or Selection())
        if key not in self._known:
            self._known[key] = self._made(workspace, key)
        return self._known[key]

    def match(self, workspace: Workspace, key: str) -> dict[str, Any]:
        """Match somebody else: they get the role, and the result becomes theirs."""
        current = unblended(workspace.result())
        look = self._look_of(workspace, key)
        described = workspace.choose("match", look.selection)
        known = "match" in described["regions"] or described["other"]
        reference = workspace.region("match") if known else None
        return workspace.show(replace(current, color_map=look.color_map, reference=reference))

    def blend(self, workspace: Workspace, key: str) -> dict[str, Any]:
        """Stand halfway between whom the result matches and somebody else of `keys`."""
        look = self._look_of(workspace, key)
        return blend_with(workspace, key, look.selection, look.color_map)

    def _look_of(self, workspace: Workspace, key: str) -> Look:
        """The look of a key, while whom people chose by themselves stays among them."""
        self.get(workspace, chosen(workspace))
        if key not in self.keys(workspace):
            raise InputError(ERRORS["no_such_mask"])
        return self.get(workspace, key)

    def _refresh(self, workspace: Workspace) -> None:
        """Forget everything once somebody else is to be changed, and what matching gives once the
        reference is to be followed otherwise."""
        change = workspace.describe()["regions"].get("change", {}).get("mask", "")
        before, self._of = self._of, (change, workspace.transfer)
        if self._of != before:
            self._known = {}
        if change != before[0]:
            self._taken = {}

    def _take(self, key: str, selection: Selection) -> None:
        """The result matches it; whom people chose by themselves may be somebody else by now."""
        before = self._taken.get(key)
        if before is not None and before.meant != selection.meant:
            self._known.pop(key, None)
        self._taken[key] = selection

    def _made(self, workspace: Workspace, key: str) -> Look:
        from iph_core.photo import encode_jpeg

        result = unblended(workspace.result())
        selection = self._taken.get(key, plain(key))
        if key != chosen(workspace):
            result = matched(workspace, selection)
        picture = encode_jpeg(card(result), 85)
        address = workspace.keep(f"look-{key}", ".jpg", picture)
        whom = None
        if selection.photo is not None:
            lent = workspace.lent.read(selection).thumbnail
            whom = workspace.keep(f"look-whom-{key}", ".jpg", lent)
        return Look(selection, result.color_map, address, whom)


def chosen(workspace: Workspace) -> str:
    """The key of whom the result matches."""
    selection = workspace.matched()
    if selection is None or selection.is_empty:
        return BACKGROUND
    offers = [offer["mask"] for offer in workspace.describe()["offers"]]
    mask = selection.mask
    if mask is not None and mask in offers and selection.meant == Selection(mask=mask):
        return mask
    return OWN if selection.photo is None else OTHER


def plain(key: str) -> Selection:
    """Whom a key means that people did not choose by themselves."""
    return Selection() if key == BACKGROUND else Selection(mask=key)


# Between two references


def blend_with(
    workspace: Workspace, key: str, selection: Selection, color_map: Any = None
) -> dict[str, Any]:
    """Stand halfway between whom the result matches and a second reference; InputError where that
    cannot be matched. color_map: what it gives, where that is known."""
    first = unblended(workspace.result())
    second = color_map or matched(workspace, selection).color_map
    blend = Blend(first.color_map, second, workspace.reference(selection), 0.0)
    blended = replace(first, blend=blend).at_blend(HALFWAY)
    return workspace.show(blended, Second(key, selection))


def unblend(workspace: Workspace) -> dict[str, Any]:
    """Match the first reference alone again."""
    return workspace.show(unblended(workspace.result()))


def unblended(result: Any) -> Any:
    """What the first of two references gives alone."""
    return replace(result.at_blend(0.0), blend=None) if result.blend else result


def matched(workspace: Workspace, selection: Selection) -> Any:
    """The result with another reference."""
    reference = workspace.reference(selection)
    return workspace.scene().harmonize(
        workspace.region("change"), reference=reference, transfer=workspace.transfer
    )


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
    "sidecar": Form("sidecar", ".json", lambda r, path, s, a: r.save_sidecar(path, s, a)),
}


def render(
    workspace: Workspace, form: str, strength: float, moved: Sliders, blend: float = HALFWAY
) -> str:
    """Write the result at full size, with strength and sliders applied; the file's name."""
    result, adjustment = workspace.result_at(blend), moved.adjustment()
    how = FORMS[form]
    return workspace.make(
        how.kind, how.suffix, lambda path: how.write(result, path, strength, adjustment)
    )
