"""The way from what was brought to a composite, for every session: one composition at a time."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from fastapi import Request

from demo.api import Desk, Gone
from demo.composition import OWN_FILE, Composition, Look, Point
from demo.engine import SessionEngine
from demo.sessions import Session
from demo.texts import ERRORS
from demo.workspace import Workspace
from iph_core.errors import InputError

if TYPE_CHECKING:
    from iph_core.compose import Brought

Part = Literal["scene", "person", "photo"]


class Composing:
    """Which session composes what, and its steps; what blocks in them runs on the workers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._compositions: WeakKeyDictionary[Session, Composition] = WeakKeyDictionary()

    # Whose composition

    def current(self, request: Request) -> tuple[Session, Composition]:
        """What the request's session composes; Gone where nothing can go on."""
        session, composition = self._known(request)
        if composition.is_lost:
            raise Gone
        return session, composition

    def left(self, request: Request) -> Composition | None:
        """The composition to go on with after a reload; one that lost a photo ends."""
        try:
            session, composition = self._known(request)
        except Gone:
            return None
        if composition.is_lost:
            self.end(session)
            return None
        return composition

    def of(self, session: Session) -> Composition:
        """The session's composition; a new one where there is none that can go on."""
        known = self._compositions.get(session)
        if known is not None and not known.is_lost and known.step != "done":
            return known
        self.end(session)
        made = Composition(session.new_folder(), self._desk.settings.preview_side)
        self._compositions[session] = made
        return made

    def end(self, session: Session) -> None:
        """Forget the session's composition; its photos stay."""
        known = self._compositions.pop(session, None)
        if known is not None:
            known.remove()

    def give_up(self, request: Request) -> None:
        """The composition goes, with the photos it was made from and what was made of them."""
        session, composition = self._known(request)
        for photo in (composition.scene, composition.person, composition.result):
            if photo is not None:
                session.drop(photo)
        self.end(session)

    # Its photos

    async def bring(
        self, session: Session, photos: Sequence[Workspace], part: Part | None
    ) -> dict[str, Any]:
        """Find out what one photo or two are; the answer is how to go on."""
        if len(photos) == 2:
            return await self.bring_two(session, *photos)
        (photo,) = photos
        if part == "photo":
            self.end(session)
            return answer(photo=photo.describe())
        kind = (await self._brought(photo)).kind
        if kind == "mask":
            session.drop(photo)  # nobody would see it, and a reload would go on with it
            raise InputError(ERRORS["mask_alone"])
        if kind == "photo" and part is None:
            return answer(photo=photo.describe())
        is_scene = part == "scene" and kind == "photo"
        scene, person = (photo, None) if is_scene else (None, photo)
        return answer(await self.give(session, scene, person))

    async def bring_two(
        self, session: Session, first: Workspace, second: Workspace
    ) -> dict[str, Any]:
        """Two photos to compose, or a composite and its mask."""
        from iph_core.compose import sort_out

        photos = (first, second)
        pair = sort_out(
            await self._brought(first), await self._brought(second), first.size == second.size
        )
        one, other = photos[pair.first], photos[pair.second]
        if pair.kind == "photos":
            return answer(await self.give(session, one, other))
        mask = await self._desk.step(other, partial(mask_of, other, pair.swapped))
        described = await self._masked(one, mask)
        session.drop(other)
        return answer(photo=described, swapped=pair.swapped)

    async def give(
        self, session: Session, scene: Workspace | None, person: Workspace | None
    ) -> Composition:
        """Photos take their parts, and those they replace go; with both there, it goes on to the
        next step."""
        composition = self.of(session)
        before = (composition.scene, composition.person)
        composition.take(scene, person)
        for photo in before:
            if photo is not None and photo not in (composition.scene, composition.person):
                session.drop(photo)
        await self.advance(composition)
        return composition

    async def swap(self, composition: Composition, scene: str | None) -> None:
        """The scene becomes the photo with the person, and the other way round.

        scene: the id of the photo that is the scene then; where it is that already, nothing is
        done. Gone where it is neither.
        """
        async with composition.lock:  # asked once more meanwhile, it answers when all is done
            now, other = (it and it.id for it in (composition.scene, composition.person))
            if scene is not None and scene == now:
                return
            if scene not in (None, other):
                raise Gone
            composition.swap()
            await self.advance(composition)

    # Its steps

    async def advance(self, composition: Composition) -> None:
        """Go to the first step that needs people: a person who came cut out is placed at once."""
        composition.step = "photos"
        if composition.scene is None or composition.person is None:
            return
        composition.step = "cut"
        if (await self._brought(composition.person)).kind == "cutout":
            await self.cut_and_place(composition)

    async def cut_and_place(self, composition: Composition) -> None:
        """Cut out the person who is chosen in their photo, and give them a first place."""
        scene, person = composition.both()
        await self._desk.step(person, partial(composition.cut_out, person))
        await self._desk.step(scene, partial(composition.place_first, scene))

    async def move(self, composition: Composition, look: Look) -> None:
        """Lie as the page says."""
        await self._desk.workers.run(composition.lock, partial(composition.move, look))

    async def stand_behind(self, composition: Composition, taps: Sequence[Point]) -> None:
        """Whoever is tapped in the scene stands before the cut-out."""
        scene, _ = composition.both()
        await self._desk.step(scene, partial(composition.stand_behind, scene, tuple(taps)))

    async def render(self, session: Session, composition: Composition) -> dict[str, Any]:
        """The composite, as a photo of the session; what the page is told of it."""
        scene, person = composition.both()
        folder = session.new_folder()
        try:
            made, described = await self._rendered(session, composition, folder)
            if self._compositions.get(session) is not composition or composition.is_lost:
                raise Gone  # given up meanwhile
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if composition.result is not None:
            session.drop(composition.result)
        for photo in (scene, person):
            if photo.id in session.photos:
                session.photos.move_to_end(photo.id)
        self._desk.store.add(session, made)
        composition.result, composition.step = made, "done"
        return described

    # Inner steps

    def _known(self, request: Request) -> tuple[Session, Composition]:
        """What the request's session composes, also where it lost a photo; Gone for nothing."""
        session = self._desk.session(request)
        composition = self._compositions.get(session) if session else None
        if session is None or composition is None:
            raise Gone
        return session, composition

    async def _rendered(
        self, session: Session, composition: Composition, folder: Path
    ) -> tuple[Workspace, dict[str, Any]]:
        """The composite as a photo of its own in a folder, and what the page is told of it."""
        scene, _ = composition.both()
        path, mask = await self._desk.step(scene, partial(composition.render, scene, folder))
        engine: Any = OwnFiles(self._desk.engine_of(session))
        made = Workspace(path, folder, engine, self._desk.settings.preview_side)
        await self._desk.step(made, made.read)
        return made, await self._masked(made, mask)

    async def _masked(self, photo: Workspace, mask: Any) -> dict[str, Any]:
        """What the page is told of a photo whose person to change is known."""
        await self._desk.step(photo, partial(photo.give, "change", mask))
        return await self._desk.step(photo, photo.suggest)

    async def _brought(self, photo: Workspace) -> Brought:
        return await self._desk.step(photo, partial(brought_as, photo))


class OwnFiles:
    """The engine for pictures that we wrote ourselves, which may be larger than an upload."""

    def __init__(self, engine: SessionEngine) -> None:
        self.scene = engine.scene

    def open_photo(self, path: Path) -> Any:
        from iph_core.photo import open_photo

        return open_photo(path, max_bytes=OWN_FILE)


def answer(
    composition: Composition | None = None,
    photo: dict[str, Any] | None = None,
    swapped: bool = False,
) -> dict[str, Any]:
    """What the page goes on with: a composition, a photo (as it is described), or both.

    swapped: whether a mask came with black and white swapped.
    """
    described = composition.describe() if composition else None
    return {"photo": photo, "composition": described, "swapped": swapped}


def brought_as(photo: Workspace) -> Brought:
    from iph_core.compose import what_is

    return what_is(photo.scene().photo)


def mask_of(photo: Workspace, swapped: bool) -> Any:
    """A mask that came as a photo of its own, float32 HW, 1 = the person."""
    from iph_core.photo import open_mask

    picture = photo.scene().photo
    mask = open_mask(picture.path, picture.size)
    return 1 - mask if swapped else mask
