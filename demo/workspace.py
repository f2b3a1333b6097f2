"""One photo that one person works on: what they chose, and the pictures the page shows of it."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from demo.drawings import Drawings
from demo.engine import SessionEngine
from demo.kept_masks import KeptMasks, is_found, read_brought
from demo.lent import KeptLooks
from demo.memory import bytes_of
from demo.photo_files import PhotoFiles
from demo.roles import Choice, Roles
from demo.selection import Role, Selection
from demo.texts import ERRORS
from iph_core.errors import InputError

HALFWAY = 0.5  # between two references, until people move it
SAVED_OF_A_RESULT = ("result", "foreground", "colors", "page", "sidecar")
"""Kinds of files that go once there is another result than the one saved."""


@dataclass
class Second:
    """The other of two references: what it was called, who it is, both as they are said back."""

    key: str
    selection: Selection


class Workspace:
    """A photo in its own folder. What is heavy can be released and comes back when needed.

    host: the photo that this one was brought for, to lend it a look; it goes with it.

    Its steps block: they run on a worker, one at a time under `lock`. Pictures made for the page
    are served by name through `file`, which knows only what was made here.
    """

    def __init__(
        self,
        source: Path,
        folder: Path,
        engine: SessionEngine,
        preview_side: int,
        host: Workspace | None = None,
    ) -> None:
        self.id = secrets.token_urlsafe(16)
        self.host = host
        self.lock = asyncio.Lock()
        self.removed = False
        self.ticket = ""  # of the request that brought it
        self._source, self._folder, self._engine = source, folder, engine
        # Apart from the photo, which may be called like one of them.
        self._made = Path(tempfile.mkdtemp(prefix="made-", dir=folder))
        self._preview_side = preview_side
        self._files = PhotoFiles(self._made, f"iph/photos/{self.id}/files", source.stem)
        self._photo: Any = None
        self._scene: Any = None
        self._result: Any = None
        self._roles = Roles()
        self._drawings: Any = None
        self._description: dict[str, Any] = {}
        self._masks: Any = None
        self._people: list[dict[str, Any]] | None = None
        self._company: dict[str, Any] | None = None
        self._offers: list[dict[str, Any]] = []
        self._result_description: dict[str, Any] | None = None
        self._second: Second | None = None
        self.lent = KeptLooks()
        self.transfer = 0.0

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
            "preview": self.keep("preview", ".jpg", encode_jpeg(preview, 90)),
            "preview_size": [preview.shape[1], preview.shape[0]],
        }
        self._drawings = Drawings(self._files, self.size, preview.shape[1::-1])
        return self.describe()

    def prepare(self) -> dict[str, Any]:
        """What makes taps cheap, and the people who may be meant, the likeliest first."""
        scene = self.scene()
        scene.prepare()
        if self._people is None:
            likeliest_first = [person.region for person in scene.likely_pasted()]
            self._people = self._offered("person", likeliest_first)
            self._company = company_described(scene.regions.company())
        return self.describe()

    def give(self, role: Role, mask: np.ndarray) -> dict[str, Any]:
        """Give a role to a mask that is known (float32 HW in [0, 1] of the photo's size)."""
        return self.choose(role, Selection(mask=self._kept_masks().keep_brought(mask)))

    def choose(self, role: Role, selection: Selection) -> dict[str, Any]:
        """Give a role to whom the selection means; an empty one, to nobody.

        Nobody to match is the background, unless the selection leaves it to us (`automatic`).
        Whom we found to match goes with the person to change.
        """
        choice = None
        if not selection.is_empty:
            choice = self._choice(role, self.picked(selection), selection)
        cast: dict[Role, Choice | None] = {role: choice}
        if choice is None and role == "change" and self._roles.is_ours("match"):
            cast["match"] = None
        nobody = choice is None and not selection.automatic
        self._forget_result()
        self._cast(cast, background=nobody if role == "match" else None)
        return self.describe()

    def suggest(self) -> dict[str, Any]:
        """Offer whom to match; the first is chosen already unless people chose someone."""
        regions = self.scene().offers(exclude=self.region("change"))
        self._offers = self._offered("offer", regions)
        if self._roles.is_ours("match") and not self._roles.wants_background:
            choice = None
            if self._offers:
                selection = Selection(mask=self._offers[0]["mask"], automatic=True)
                choice = self._choice("match", regions[0], selection)
            self._forget_result()
            self._cast({"match": choice})
        return self.describe()

    def bring_mask(
        self, role: Role, path: Path, open_upload: Callable[[Path], Any]
    ) -> dict[str, Any]:
        """Give a role to what a mask file shows (`read_brought`). The answer says whether black was
        inside."""
        mask, swapped = read_brought(path, self.size, open_upload)
        name = self._kept_masks().keep_brought(mask)
        description = self.choose(role, Selection(mask=name, inverted=swapped))
        return {**description, "swapped": swapped}

    def render_mask(self, role: Role) -> str:
        """The full-size mask of a role as PNG; returns the name of its file."""
        from iph_core.photo import save_mask

        choice = self._roles.get(role)
        if choice is None or choice.selection.photo is not None:
            raise InputError(ERRORS["nobody_to_save"])
        region = self.region(role)
        return self.make("mask", ".png", lambda path: save_mask(region.mask, path))

    def harmonize(self) -> dict[str, Any]:
        """Run the network."""
        return self.show(self._harmonized(self.transfer), self._second)

    def follow(self, transfer: float) -> dict[str, Any]:
        """From now on, take over so much of the reference's look (0 to 1): the result that is
        there is made again, later ones start with it. InputError where there is no result."""
        if self._result_description is None:
            raise InputError(ERRORS["not_harmonized"])
        result = self._harmonized(transfer)
        self.transfer = transfer
        return self.show(result, self._second)

    def show(self, result: Any, second: Second | None = None) -> dict[str, Any]:
        """Take a result as the one that people see; second: the other reference, if it blends."""
        from iph_core.photo import encode_jpeg

        before = encode_jpeg(result.preview(0.0, max_side=self._preview_side), 90)
        after = encode_jpeg(result.preview(1.0, max_side=self._preview_side), 90)
        description = {
            "before": self.keep("before", ".jpg", before),
            "after": self.keep("after", ".jpg", after),
            "summary": result.summary(),
            "change": result.change().as_dict(),
            "second": second and second.key,
            "transfer": self.transfer if self.scene().can_transfer else None,
        }
        # Last, and in one go: until here the page is told of the result before.
        self._result, self._second, self._result_description = result, second, description
        self._forget_saved()
        return self.describe()

    def result_at(self, blend: float) -> Any:
        """The result with a share of the second reference, where there is one."""
        result = self.result()
        return result.at_blend(blend) if result.blend else result

    def result(self) -> Any:
        """The result that people see (`iph_core.Result`), made again where its memory was given
        back; InputError where there is none. Between two references it stands halfway."""
        if self._result_description is None:
            raise InputError(ERRORS["not_harmonized"])
        if self._result is None:
            self._result = self._harmonized(self.transfer)
        return self._result

    def make(self, kind: str, suffix: str, write: Callable[[Path], None]) -> str:
        """Have a file written for the person, in place of the last of its kind; its name."""
        return self._files.make(kind, suffix, write)

    def keep(self, kind: str, suffix: str, content: bytes) -> str:
        """Keep something for the page, in place of the last of its kind; its address, relative to
        the page."""
        return self._files.replace(kind, suffix, content)

    def compare(
        self, strength: float, max_side: int, adjustment: Any = None, blend: float = HALFWAY
    ) -> tuple[Any, Any, bytes | None]:
        """Before and after, uint8 HWC sRGB with the long side at most `max_side`; photo's XMP."""
        result = self.result_at(blend)
        before = result.preview(0.0, max_side=max_side)
        after = result.preview(strength, max_side=max_side, adjustment=adjustment)
        return before, after, result.photo.xmp

    # What the steps are about

    def scene(self) -> Any:
        """The photo opened for picking (`iph_core.Scene`), anew where its memory was released."""
        if self._photo is None:
            self._photo = self._engine.open_photo(self._source)
        if self._scene is None:
            self._scene = self._engine.scene(self._photo)
        return self._scene

    def region(self, role: Role) -> Any:
        """Who plays a role at full size; InputError where nobody does."""
        choice = self._roles.get(role)
        if choice is None:
            raise InputError(ERRORS["nobody_chosen"])
        if choice.region is None:
            choice.region = self.picked(choice.selection)
        return choice.region

    def picked(self, selection: Selection) -> Any:
        """Whom a selection means; InputError where that is nobody or no longer kept."""
        from iph_core.regions.edits import Stroke, edited

        if selection.photo is not None:
            return self.lent.read(selection).reference
        selection.check(*self.size)
        strokes = [Stroke(line.places, line.radius, line.erase) for line in selection.strokes]
        return edited(self._before_edits(selection), selection.grow, strokes)

    def reference(self, selection: Selection) -> Any:
        """What to match: a region of this photo or of another one; for nobody, everything but the
        person to change."""
        if selection.is_empty:
            return self.scene().region(1 - self.region("change").mask)
        return self.picked(selection)

    def matched(self) -> Selection | None:
        """Whom people or we chose to match; an empty one for the background, None for nobody."""
        return self._roles.matched()

    # What the page asks

    def describe(self) -> dict[str, Any]:
        roles = self._roles.describe()
        return {
            **self._description,
            **roles,
            "people": self._people or [],
            "company": self._company,
            "offers": self._offers if "change" in roles["regions"] else [],
            "result": self._result_description,
        }

    def file(self, name: str) -> Path | None:
        return self._files.path(name)

    def download_name(self, name: str) -> str | None:
        """What a file is called on the disk of the person who takes it; None for our previews."""
        return self._files.download_name(name)

    # Memory and disk

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the photo."""
        return self._description["width"], self._description["height"]

    @property
    def is_open(self) -> bool:
        return self._photo is not None

    @property
    def bytes_held(self) -> int:
        """What `release` gives back, but for a few MB."""
        return bytes_of(self._photo, self._result, self._roles.regions())

    def release(self) -> None:
        """Give the memory back; the choices stay and are computed again when needed."""
        self._photo = self._scene = self._result = None
        self._roles.release()

    def remove(self) -> None:
        """Delete everything; a step that is still running finds its folder gone and fails."""
        self.removed = True
        self.release()
        self._files.forget()
        shutil.rmtree(self._folder, ignore_errors=True)

    # Inner steps

    def _before_edits(self, selection: Selection) -> Any:
        scene = self.scene()
        if selection.mask is None:
            return scene.pick(taps=selection.taps, box=selection.box, level=selection.level)
        kept = self._kept_masks()
        mask = kept.read(selection.mask)
        if is_found(selection.mask) and not (selection.automatic or selection.inverted):
            # People see what they took from near, as the person to change from nearest.
            return scene.found(mask, kept.sure(selection.mask))
        return scene.region(1 - mask if selection.inverted else mask)

    def _kept_masks(self) -> KeptMasks:
        if self._masks is None:
            self._masks = KeptMasks(self._made, self.size)
        return self._masks

    def _offered(self, kind: str, regions: Iterable[Any]) -> list[dict[str, Any]]:
        preview = self._photo.srgb(max_side=self._preview_side)
        return self._drawings.offers(kind, regions, self._kept_masks(), preview)

    def _harmonized(self, transfer: float) -> Any:
        """Without anyone to match, the background is matched where that was asked for, else what
        stands out most."""
        change, match, scene = self.region("change"), None, self.scene()
        if self._roles.get("match") is not None:
            match = self.region("match")
        elif self._roles.wants_background:
            match = self.reference(Selection())
        if self._second is None:
            return scene.harmonize(change, reference=match, transfer=transfer)
        second = self.reference(self._second.selection)
        return scene.harmonize(
            change, reference=match, second=second, blend=HALFWAY, transfer=transfer
        )

    def _choice(self, role: Role, region: Any, selection: Selection) -> Choice:
        if selection.photo is None:
            description = self._drawings.region(role, region, selection)
        else:
            description = self._drawings.lent(self.lent.read(selection), selection)
        return Choice(selection, region, description)

    def _cast(self, cast: Mapping[Role, Choice | None], background: bool | None = None) -> None:
        """Give roles in one go (`Roles.cast`); files of those who had them may go then."""
        self._roles.cast(cast, background)
        for role in cast:
            self._drawings.forget(role)
        if "change" in cast:
            self._files.discard("look")

    def _forget_result(self) -> None:
        self._result = self._result_description = self._second = None
        self._forget_saved()

    def _forget_saved(self) -> None:
        for kind in SAVED_OF_A_RESULT:
            self._files.discard(kind)


def company_described(company: Any) -> dict[str, Any]:
    """Who is there (`iph_core.regions.photo_regions.Company`), as the page's decoder asks."""
    alone = company.alone
    taps = alone and [[tap.x, tap.y, tap.positive] for tap in alone.taps]
    return {"count": company.count, "alone": taps}
