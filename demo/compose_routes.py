"""The routes of composing in the page: what was brought, a scene and a person, one composite.

A session composes one picture at a time. Photos come through the page's usual upload; here they get
their part. docs/composing.md tells the way from outside.
"""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from demo.api import Desk, Gone, from_our_page
from demo.composition import OWN_FILE, Composition, Look, Point
from demo.engine import SessionEngine
from demo.sessions import Session
from demo.texts import ERRORS
from demo.workspace import Workspace
from iph_core.errors import InputError


class BroughtPhotos(BaseModel):
    """Photos of this session, and the part of a single one where the person said it: "photo" is the
    picture to harmonize itself, whatever it looks like."""

    photos: Annotated[list[str], Field(min_length=1, max_length=2)]
    part: Literal["scene", "person", "photo"] | None = None


class Behind(BaseModel):
    taps: Annotated[list[Point], Field(max_length=12)]


class GoTo(BaseModel):
    step: Literal["photos", "cut", "place"]


class OwnFiles:
    """The engine for pictures that we wrote ourselves, which may be larger than an upload."""

    def __init__(self, engine: SessionEngine) -> None:
        self.scene = engine.scene

    def open_photo(self, path: Path) -> Any:
        from iph_core.photo import open_photo

        return open_photo(path, max_bytes=OWN_FILE)


def create_compose_router(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/iph", dependencies=[Depends(from_our_page)])
    compositions: WeakKeyDictionary[Session, Composition] = WeakKeyDictionary()

    @router.get("/composition")
    async def state(request: Request) -> dict[str, Any]:
        """The composition to go on with after a reload."""
        session = desk.session(request)
        composition = session and compositions.get(session)
        if session and composition and composition.is_lost:
            end(session)
            composition = None
        return {"composition": composition.describe() if composition else None}

    @router.post("/brought")
    async def brought(body: BroughtPhotos, request: Request) -> dict[str, Any]:
        """Find out what photos are and say how to go on: with a photo, or with a composition."""
        found = [desk.workspace(request, photo_id) for photo_id in body.photos]
        session, photos = found[0][0], [workspace for _, workspace in found]
        if len(photos) == 2:
            return await bring_two(session, *photos)
        if body.part == "photo":
            end(session)
            return {"photo": photos[0].describe(), "composition": None, "swapped": False}
        kind = (await desk.step(photos[0], partial(kind_of, photos[0]))).kind
        if kind == "mask":
            session.drop(photos[0])  # nobody would see it, and a reload would go on with it
            raise InputError(ERRORS["mask_alone"])
        if kind == "photo" and body.part is None:
            return {"photo": photos[0].describe(), "composition": None, "swapped": False}
        composition = of(session)
        as_scene = body.part == "scene" and kind == "photo"
        await give(session, photos[0] if as_scene else None, None if as_scene else photos[0])
        return answer(composition)

    async def bring_two(session: Session, first: Workspace, second: Workspace) -> dict[str, Any]:
        photos = (first, second)
        pair = await desk.step(first, partial(pair_of, first, second))
        one, other = photos[pair.first], photos[pair.second]
        if pair.kind == "photos":
            await give(session, one, other)
            return answer(of(session))
        mask = await desk.step(other, partial(mask_of, other, pair.swapped))
        await desk.step(one, partial(one.give, "change", mask))
        described = await desk.step(one, one.suggest)
        session.drop(other)
        return {"photo": described, "composition": None, "swapped": pair.swapped}

    async def give(session: Session, scene: Workspace | None, person: Workspace | None) -> None:
        """Photos take their parts, and those they replace go; with both there, it goes on to the
        next step."""
        composition = of(session)
        before = (composition.scene, composition.person)
        if scene is not None and scene is not composition.scene:
            composition.scene = scene
            composition.forget_scene()
        if person is not None and person is not composition.person:
            composition.person = person
            composition.forget_cutout()
        for photo in before:
            if photo is not None and photo not in (composition.scene, composition.person):
                session.drop(photo)
        await advance(composition)

    async def advance(composition: Composition) -> None:
        composition.step = "photos"
        if composition.scene is None or composition.person is None:
            return
        person = composition.person
        composition.step = "cut"
        if (await desk.step(person, partial(kind_of, person))).kind == "cutout":
            await cut_and_place(composition)

    async def cut_and_place(composition: Composition) -> None:
        scene, person = both(composition)
        await desk.step(person, partial(composition.cut_out, person))
        await desk.step(scene, partial(composition.place_first, scene))

    @router.post("/composition/swap")
    async def swap(request: Request) -> dict[str, Any]:
        """The scene becomes the photo with the person, and the other way round."""
        _, composition = current(request)
        composition.scene, composition.person = composition.person, composition.scene
        composition.forget_scene()
        composition.forget_cutout()
        await advance(composition)
        return answer(composition)

    @router.post("/composition/cut")
    async def cut(request: Request) -> dict[str, Any]:
        """Cut out the person who is chosen in their photo, and give them a first place."""
        _, composition = current(request)
        await cut_and_place(composition)
        return answer(composition)

    @router.post("/composition/look")
    async def look(body: Look, request: Request) -> dict[str, Any]:
        """Say where the cut-out stands, how large, how turned, and its shadow."""
        _, composition = current(request)
        await desk.workers.run(composition.lock, partial(composition.move, body))
        return answer(composition)

    @router.post("/composition/behind")
    async def behind(body: Behind, request: Request) -> dict[str, Any]:
        """Whoever is tapped in the scene stands before the cut-out; no taps, nobody."""
        _, composition = current(request)
        scene, _ = both(composition)
        await desk.step(scene, partial(composition.stand_behind, scene, tuple(body.taps)))
        return answer(composition)

    @router.post("/composition/step")
    async def go_to(body: GoTo, request: Request) -> dict[str, Any]:
        """Back to a step that was taken before; nothing is lost."""
        _, composition = current(request)
        if body.step != "photos":
            both(composition)
        if body.step == "place" and composition.look is None:
            raise InputError(ERRORS["nobody_placed"])
        composition.step = body.step
        return answer(composition)

    @router.post("/composition/render")
    async def render(request: Request) -> dict[str, Any]:
        """The composite at full size, as a photo whose person to change is known."""
        session, composition = current(request)
        scene, person = both(composition)
        folder = session.new_folder()
        try:
            made, described = await rendered(session, composition, folder)
            if compositions.get(session) is not composition or composition.is_lost:
                raise Gone  # given up meanwhile
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if composition.result is not None:
            session.drop(composition.result)
        for photo in (scene, person):
            if photo.id in session.photos:
                session.photos.move_to_end(photo.id)
        desk.store.add(session, made)
        composition.result, composition.step = made, "done"
        return {"photo": described, "composition": composition.describe()}

    async def rendered(
        session: Session, composition: Composition, folder: Path
    ) -> tuple[Workspace, dict[str, Any]]:
        """The composite as a photo of its own in a folder, and what the page is told of it."""
        scene, _ = both(composition)
        path, mask = await desk.step(scene, partial(composition.render, scene, folder))
        engine = OwnFiles(desk.engine_of(session))
        made = Workspace(path, folder, engine, desk.settings.preview_side)  # type: ignore[arg-type]
        await desk.step(made, made.read)
        await desk.step(made, partial(made.give, "change", mask))
        return made, await desk.step(made, made.suggest)

    @router.delete("/composition", status_code=204)
    async def give_up(request: Request) -> None:
        """The composition goes, with the photos it was made from and what was made of them."""
        session = desk.session(request)
        composition = session and compositions.get(session)
        if session is None or not composition:
            raise Gone
        for photo in (composition.scene, composition.person, composition.result):
            if photo is not None:
                session.drop(photo)
        end(session)

    @router.get("/composition/files/{name}")
    async def file(name: str, request: Request) -> FileResponse:
        """A picture of the composition. Only names that we gave out exist."""
        path = current(request)[1].file(name)
        if path is None:
            raise Gone
        return FileResponse(path, headers={"Cache-Control": "private, no-store"})

    def current(request: Request) -> tuple[Session, Composition]:
        session = desk.session(request)
        composition = compositions.get(session) if session else None
        if session is None or composition is None or composition.is_lost:
            raise Gone
        return session, composition

    def of(session: Session) -> Composition:
        """The session's composition; a new one where there is none that can go on."""
        known = compositions.get(session)
        if known is not None and not known.is_lost and known.step != "done":
            return known
        end(session)
        compositions[session] = Composition(session.new_folder(), desk.settings.preview_side)
        return compositions[session]

    def end(session: Session) -> None:
        known = compositions.pop(session, None)
        if known is not None:
            known.remove()

    return router


def both(composition: Composition) -> tuple[Workspace, Workspace]:
    if composition.scene is None or composition.person is None:
        raise InputError(ERRORS["two_photos"])
    return composition.scene, composition.person


def answer(composition: Composition) -> dict[str, Any]:
    return {"photo": None, "composition": composition.describe(), "swapped": False}


def kind_of(photo: Workspace) -> Any:
    from iph_core.compose import what_is

    return what_is(photo.scene().photo)


def pair_of(first: Workspace, second: Workspace) -> Any:
    from iph_core.compose import sort_out

    return sort_out(first.scene().photo, second.scene().photo)


def mask_of(photo: Workspace, swapped: bool) -> Any:
    """A mask that came as a photo of its own, float32 HW, 1 = the person."""
    from iph_core.photo import open_mask

    picture = photo.scene().photo
    mask = open_mask(picture.path, picture.size)
    return 1 - mask if swapped else mask
