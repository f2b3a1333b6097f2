"""What one person is composing: a scene, whom to put there, and how they lie in it.

Its steps block and run on a worker, those that take a photo under that photo's lock. Pictures are
served by name through `file`, as a workspace does it.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, Field

from demo.overlays import small_mask
from demo.photo_files import PhotoFiles
from demo.selection import Place, Selection
from demo.texts import ERRORS
from demo.workspace import Workspace
from iph_core.errors import InputError

Back = Literal["photos", "cut", "place"]
Step = Literal[Back, "done"]
Cast = Literal["none", "below", "left", "right"]
Number = Annotated[float, Field(allow_inf_nan=False)]
Point = tuple[Place, Place]
Box = tuple[int, int, int, int]

# Where "left" and "right" fall: a little away from the viewer, as with the sun behind the camera.
DIRECTIONS: dict[Cast, float | None] = {"below": None, "left": 200.0, "right": 340.0}
SHADOW_SIDE = 384


class Look(BaseModel):
    """How the cut-out lies in the scene, as the page sends it and gets it back; see `Placement`."""

    x: Number
    y: Number
    scale: Annotated[Number, Field(ge=0.001, le=100)]
    rotation: Number = 0.0
    flip: bool = False
    cast: Cast = "none"

    def placement(self) -> Any:
        from iph_core.compose import Placement

        return Placement(self.x, self.y, self.scale, self.rotation, self.flip)

    def shadow(self) -> Any:
        from iph_core.compose import Shadow

        return None if self.cast == "none" else Shadow(direction=DIRECTIONS[self.cast])


class Composition:
    """Grows from two photos to a composite; every step can be taken again."""

    def __init__(self, folder: Path, preview_side: int) -> None:
        self.lock = asyncio.Lock()
        self.step: Step = "photos"
        self.scene: Workspace | None = None
        self.person: Workspace | None = None
        self.result: Workspace | None = None
        self.look: Look | None = None
        self.behind: tuple[Point, ...] = ()
        self._folder, self._preview_side = folder, preview_side
        self._files = PhotoFiles(folder, "iph/composition/files", title="")
        self._cutout: dict[str, Any] | None = None
        self._box: Box | None = None  # of the cut-out, in the photo of the person
        self._cut_off = False
        self._silhouette: Any = None  # the cut-out, small: what shadows are made from
        self._behind_picture: str | None = None
        self._shadow: dict[str, Any] | None = None

    # Its photos

    def both(self) -> tuple[Workspace, Workspace]:
        """The scene and the photo with the person; InputError where one is missing."""
        if self.scene is None or self.person is None:
            raise InputError(ERRORS["two_photos"])
        return self.scene, self.person

    def take(self, scene: Workspace | None, person: Workspace | None) -> None:
        """Photos take their parts; with None a part stays as it is."""
        if scene is not None and scene is not self.scene:
            self.scene = scene
            self._forget_scene()
        if person is not None and person is not self.person:
            self.person = person
            self._forget_cutout()

    def swap(self) -> None:
        """The scene becomes the photo with the person, and the other way round."""
        self.scene, self.person = self.person, self.scene
        self._forget_scene()
        self._forget_cutout()

    @property
    def is_lost(self) -> bool:
        """Whether a photo that it needs was removed meanwhile."""
        return any(photo is not None and photo.removed for photo in (self.scene, self.person))

    # Steps

    def go_to(self, step: Back) -> None:
        """Back to a step that was taken before; nothing is lost."""
        if step != "photos":
            self.both()
        if step == "place" and self.look is None:
            raise InputError(ERRORS["nobody_placed"])
        self.step = step

    def cut_out(self, person: Workspace) -> None:
        """Cut out whom the person chose, or take a cut-out as it came."""
        from iph_core.compose import Cutout, what_is
        from iph_core.photo import write_file

        photo = person.scene().photo
        came_cut_out = what_is(photo).kind == "cutout"
        if came_cut_out:
            cutout = Cutout.from_alpha(photo)
        else:
            cutout = Cutout.from_mask(photo, person.region("change").mask)
        write_file(self._folder / "cutout.png", cutout.to_png())
        picture, self._silhouette = preview_of(cutout, self._preview_side)
        self._cut_off = cutout.cut_off
        self._cutout = {
            "picture": self._files.replace("cutout", ".png", picture),
            "width": cutout.size[0],
            "height": cutout.size[1],
            "came_cut_out": came_cut_out,
        }
        before, self._box = self._box, box_of(cutout)
        self.look = self.look and before and kept_in_place(self.look, before, self._box)
        self._shadow = self._cast(self.look) if self.look else None

    def place_first(self, scene: Workspace) -> None:
        """A sensible first place, unless there is one from before."""
        from iph_core.compose import first_placement

        if self.look is None:
            people = [person["box"] for person in scene.prepare()["people"]]
            cutout = replace(self._cutout_file(), cut_off=self._cut_off)
            first = first_placement(cutout, scene.scene().photo.size, people)
            self.look = Look(x=first.x, y=first.y, scale=first.scale)
        self.step = "place"

    def stand_behind(self, scene: Workspace, taps: tuple[Point, ...]) -> None:
        """Whoever was tapped in the scene stands before the cut-out; tapped again, no more."""
        from iph_core.photo import encode_png

        Selection(taps=tuple((*tap, True) for tap in taps)).check(*scene.scene().photo.size)
        taps = toggled(scene, taps)
        mask = masks_at(scene, taps)
        picture = None
        if mask is not None:
            size = tuple(scene.describe()["preview_size"])
            small = small_mask(mask, size)
            seen = np.zeros((*small.shape, 3), np.uint8)
            picture = self._files.replace("behind", ".png", encode_png(seen, small))
        self.behind, self._behind_picture = taps, picture

    def move(self, look: Look) -> None:
        """Lie as the page says; its shadow is made anew where it changed."""
        before, self.look = self.look, look
        same = before and (before.rotation, before.flip, before.cast) == (
            look.rotation,
            look.flip,
            look.cast,
        )
        if not same or (self._shadow is None) != (look.cast == "none"):
            self._shadow = self._cast(look)

    def render(self, scene: Workspace, folder: Path) -> tuple[Path, np.ndarray]:
        """The full-size composite in `folder`, and the mask of the person in it."""
        from iph_core.compose import compose
        from iph_core.photo import save_photo

        if self.look is None:
            raise InputError(ERRORS["nobody_placed"])
        photo = scene.scene().photo
        front = in_front(photo, masks_at(scene, self.behind))
        placed = self.look.placement()
        composite, mask = compose(photo, self._cutout_file(), placed, front, self.look.shadow())
        path = folder / f"{Path(photo.name).stem or 'photo'}.png"
        save_photo(composite, path)
        return path, mask

    # What the page asks

    def describe(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "scene": self.scene and self.scene.describe(),
            "person": self.person and self.person.describe(),
            "cutout": self._cutout,
            "look": self.look and self.look.model_dump(),
            "shadow": self._shadow,
            "behind": {"taps": self.behind, "picture": self._behind_picture},
            "result": self.result and self.result.id,
        }

    def file(self, name: str) -> Path | None:
        return self._files.path(name)

    def remove(self) -> None:
        self._files.forget()
        shutil.rmtree(self._folder, ignore_errors=True)

    # Inner steps

    def _forget_cutout(self) -> None:
        """Another photo or another person: nothing of the cut-out stays."""
        self._cutout = self._box = self._silhouette = self._shadow = self.look = None

    def _forget_scene(self) -> None:
        """Another scene: nobody there stands before the cut-out, and it lies nowhere yet."""
        self.behind, self._behind_picture, self.look, self._shadow = (), None, None, None

    def _cutout_file(self) -> Any:
        from iph_core.compose import Cutout
        from iph_core.photo import open_photo

        if self._cutout is None:
            raise InputError(ERRORS["nobody_cut_out"])
        photo = open_photo(self._folder / "cutout.png", max_bytes=OWN_FILE)
        return Cutout.from_alpha(photo)

    def _cast(self, look: Look) -> dict[str, Any] | None:
        from iph_core.compose import shadow_picture
        from iph_core.photo import encode_png

        shadow = look.shadow()
        if shadow is None or self._cutout is None:
            return None
        made = shadow_picture(self._silhouette, shadow, look.rotation, look.flip)
        ratio = self._cutout["width"] / self._silhouette.size[0]
        depth = np.rint(made.depth * 255).astype(np.uint8)
        dark = encode_png(np.zeros((*depth.shape, 3), np.uint8), depth)
        picture = self._files.replace("shadow", ".png", dark)
        return {"picture": picture, "box": [edge * ratio for edge in made.box]}


OWN_FILE = 4_000_000_000
"""Bytes of a file that we wrote ourselves; an upload may have far fewer."""


def box_of(cutout: Any) -> Box:
    """Where a cut-out lies in the photo that it was cut out of."""
    (x, y), (width, height) = cutout.corner, cutout.size
    return x, y, x + width, y + height


def kept_in_place(look: Look, before: Box, box: Box) -> Look | None:
    """The look with which a person stays where they were when they are cut out anew; None where
    the boxes lie apart, as those of two people do."""
    if box[0] >= before[2] or before[0] >= box[2] or box[1] >= before[3] or before[1] >= box[3]:
        return None
    moved = [(box[i] + box[i + 2] - before[i] - before[i + 2]) / 2 for i in (0, 1)]
    linear = look.placement().matrix((0, 0))[:, :2]
    x, y = np.array([look.x, look.y]) + linear @ moved
    return look.model_copy(update={"x": float(x), "y": float(y)})


def preview_of(cutout: Any, side: int) -> tuple[bytes, Any]:
    """A cut-out as the page draws it, a PNG in sRGB with alpha; and a small one for shadows."""
    from iph_core.compose import Cutout
    from iph_core.photo import photo_from_array

    srgb = photo_from_array(np.zeros((1, 1, 3), np.uint8))
    seen = shrunk(Cutout(cutout.colors_for(srgb), cutout.alpha), side)
    return seen.to_png(), shrunk(seen, SHADOW_SIDE)


def shrunk(cutout: Any, side: int) -> Any:
    """A cut-out (uint8) with its long side at most `side`, averaged without fringes."""
    import cv2

    from iph_core.compose import Cutout
    from iph_core.photo.size import within

    size = within(cutout.size, side)
    if size == cutout.size:
        return cutout
    layers = np.dstack([cutout.colors * cutout.alpha[..., None], cutout.alpha])
    small = cv2.resize(layers, size, interpolation=cv2.INTER_AREA)
    alpha = small[..., 3]
    colors = small[..., :3] / np.maximum(alpha, 1e-6)[..., None]
    return Cutout(np.rint(colors).clip(0, 255).astype(np.uint8), alpha)


def toggled(scene: Workspace, taps: tuple[Point, ...]) -> tuple[Point, ...]:
    """The taps; where the last one lies on somebody tapped before, both go."""
    if len(taps) < 2:
        return taps
    *earlier, (x, y) = taps
    kept = [tap for tap in earlier if mask_at(scene, tap)[int(y), int(x)] < 0.5]
    return tuple(kept) if len(kept) < len(earlier) else taps


def masks_at(scene: Workspace, taps: tuple[Point, ...]) -> np.ndarray | None:
    """float32 HW of everyone tapped in a scene; None where nobody was."""
    if not taps:
        return None
    return np.maximum.reduce([mask_at(scene, tap) for tap in taps])


def mask_at(scene: Workspace, tap: Point) -> np.ndarray:
    """float32 HW of whoever is tapped in a scene."""
    return scene.scene().pick(taps=[(*tap, True)]).mask


def in_front(photo: Any, mask: np.ndarray | None) -> Any:
    """Who stands before the cut-out, with clean colors and a refined edge."""
    from iph_core.compose import Cutout
    from iph_core.regions.matting import cut_out

    if mask is None:
        return None
    colors, alpha = cut_out(photo.pixels, mask)
    return Cutout(colors, alpha, photo.profile)
