"""One photo that one person works on: what they chose, and the pictures the page shows of it."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from demo.engine import Engine
from demo.overlays import outline, small_mask
from demo.texts import ERRORS
from iph_core.errors import InputError

Role = Literal["change", "match"]
Tap = tuple[float, float, bool]  # x, y in pixels of the upright photo; True adds, False removes


@dataclass
class Choice:
    """Who plays a role: chosen by taps, or found by us. `region` is None until computed again."""

    taps: tuple[Tap, ...]
    automatic: bool
    region: Any
    description: dict[str, Any]


class Workspace:
    """A photo in its own folder. What is heavy can be released and comes back when needed.

    Its steps block: they run on a worker, one at a time under `lock`. Pictures made for the page
    are served by name through `file`, which knows only what was made here.
    """

    def __init__(self, source: Path, folder: Path, engine: Engine, preview_side: int) -> None:
        self.id = secrets.token_urlsafe(16)
        self.lock = asyncio.Lock()
        self.removed = False
        self._source, self._folder, self._engine = source, folder, engine
        self._preview_side = preview_side
        self._files: dict[str, Path] = {}
        self._numbers = itertools.count(1)
        self._photo: Any = None
        self._scene: Any = None
        self._result: Any = None
        self._choices: dict[Role, Choice] = {}
        self._description: dict[str, Any] = {}
        self._result_description: dict[str, Any] | None = None

    # Steps, in the order in which people take them

    def read(self) -> dict[str, Any]:
        """Open the photo and make its preview."""
        from iph_core.photo import encode_jpeg

        self._photo = self._engine.open_photo(self._source)
        preview = self._photo.srgb(max_side=self._preview_side)
        self._description = {
            "id": self.id,
            "width": self._photo.width,
            "height": self._photo.height,
            "preview": self._keep("preview", ".jpg", encode_jpeg(preview, 90)),
            "preview_size": [preview.shape[1], preview.shape[0]],
        }
        return self.describe()

    def prepare(self) -> dict[str, Any]:
        """What makes taps cheap: embedding and saliency."""
        self._open_scene().prepare()
        return self.describe()

    def choose(self, role: Role, taps: tuple[Tap, ...]) -> dict[str, Any]:
        """Give a role to whom the taps show; no taps, nobody."""
        self._forget_result()
        self._drop_choice(role)
        if taps:
            self._check_inside(taps)
            region = self._open_scene().pick(taps=list(taps))
            self._choices[role] = self._choice(role, region, taps)
        return self.describe()

    def suggest(self) -> dict[str, Any]:
        """Find someone to match, outside the person to change."""
        region = self._open_scene().default_reference(exclude=self._region("change"))
        self._forget_result()
        self._drop_choice("match")
        if region is not None:
            self._choices["match"] = self._choice("match", region, ())
        return self.describe()

    def harmonize(self) -> dict[str, Any]:
        """Run the network; the page shows strengths by blending the two pictures."""
        from iph_core.photo import encode_jpeg

        result = self._harmonized()
        self._forget_result()
        self._result = result
        before = encode_jpeg(result.preview(0.0, max_side=self._preview_side), 90)
        after = encode_jpeg(result.preview(1.0, max_side=self._preview_side), 90)
        self._result_description = {
            "before": self._keep("before", ".jpg", before),
            "after": self._keep("after", ".jpg", after),
            "summary": result.summary(),
        }
        return self.describe()

    def render(self, strength: float) -> str:
        """The full-size PNG; returns the name of its file."""
        if self._result_description is None:
            raise InputError(ERRORS["not_harmonized"])
        if self._result is None:
            self._result = self._harmonized()
        self._discard("result")
        name = self._new_name("result", ".png")
        self._result.save(self._folder / name, strength=strength)
        self._files[name] = self._folder / name
        return name

    # What the page asks

    def describe(self) -> dict[str, Any]:
        regions = {role: choice.description for role, choice in self._choices.items()}
        return {**self._description, "regions": regions, "result": self._result_description}

    def file(self, name: str) -> Path | None:
        return self._files.get(name)

    def download_name(self) -> str:
        return f"{self._source.stem}-harmonized.png"

    # Memory and disk

    @property
    def is_open(self) -> bool:
        return self._photo is not None

    def release(self) -> None:
        """Give the memory back; the choices stay and are computed again when needed."""
        self._photo = self._scene = self._result = None
        for choice in self._choices.values():
            choice.region = None

    def remove(self) -> None:
        """Delete everything; a step that is still running finds its folder gone and fails."""
        self.removed = True
        self._files.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    # Inner steps

    def _open_scene(self) -> Any:
        if self._photo is None:
            self._photo = self._engine.open_photo(self._source)
        if self._scene is None:
            self._scene = self._engine.scene(self._photo)
        return self._scene

    def _region(self, role: Role) -> Any:
        if role not in self._choices:
            raise InputError(ERRORS["nobody_chosen"])
        choice = self._choices[role]
        if choice.region is None:
            choice.region = self._region_again(choice)
        return choice.region

    def _region_again(self, choice: Choice) -> Any:
        scene = self._open_scene()
        if choice.automatic:
            return scene.default_reference(exclude=self._region("change"))
        return scene.pick(taps=list(choice.taps))

    def _harmonized(self) -> Any:
        """Without anyone to match, the background is matched."""
        change = self._region("change")
        match = self._region("match") if "match" in self._choices else None
        return self._open_scene().harmonize(change, reference=match)

    def _check_inside(self, taps: tuple[Tap, ...]) -> None:
        width, height = self._description["width"], self._description["height"]
        if not all(0 <= x < width and 0 <= y < height for x, y, _ in taps):
            raise InputError(ERRORS["outside"])

    def _choice(self, role: Role, region: Any, taps: tuple[Tap, ...]) -> Choice:
        from iph_core.photo import encode_png

        width, height = self._description["preview_size"]
        description = {
            "mask": self._keep(role, ".png", encode_png(small_mask(region.mask, (width, height)))),
            "outline": outline(region, width),
            "box": [round(float(side)) for side in region.box],
            "taps": [list(tap) for tap in taps],
            "automatic": not taps,
        }
        return Choice(taps, not taps, region, description)

    def _drop_choice(self, role: Role) -> None:
        self._choices.pop(role, None)
        self._discard(role)

    def _forget_result(self) -> None:
        self._result = self._result_description = None
        for kind in ("before", "after", "result"):
            self._discard(kind)

    # Files of this photo; every name is new, so no picture is ever mistaken for an older one

    def _new_name(self, kind: str, suffix: str) -> str:
        return f"{kind}-{next(self._numbers)}{suffix}"

    def _keep(self, kind: str, suffix: str, content: bytes) -> str:
        """Write one of our pictures and return its address, relative to the page."""
        self._discard(kind)
        name = self._new_name(kind, suffix)
        path = self._folder / name
        path.write_bytes(content)
        self._files[name] = path
        return f"iph/photos/{self.id}/files/{name}"

    def _discard(self, kind: str) -> None:
        for name in [name for name in self._files if name.startswith(f"{kind}-")]:
            self._files.pop(name).unlink(missing_ok=True)
