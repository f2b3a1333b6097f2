"""The routes of composing in the page: what was brought, a scene and a person, one composite.

A session composes one picture at a time. Photos come through the page's usual upload; here they get
their part. docs/composing.md tells the way from outside.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from demo.api import Desk, Gone, from_our_page
from demo.composing import Composing, Part, answer
from demo.composition import Back, Look, Point


class BroughtPhotos(BaseModel):
    """Photos of this session, and the part of a single one where the person said it: "photo" is the
    picture to harmonize itself, whatever it looks like."""

    photos: Annotated[list[str], Field(min_length=1, max_length=2)]
    part: Part | None = None


class NewScene(BaseModel):
    """The id of the photo that becomes the scene: who says it may ask again."""

    scene: str


class Behind(BaseModel):
    taps: Annotated[list[Point], Field(max_length=12)]


class GoTo(BaseModel):
    step: Back


def create_compose_router(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/iph", dependencies=[Depends(from_our_page)])
    composing = Composing(desk)

    @router.get("/composition")
    async def state(request: Request) -> dict[str, Any]:
        """The composition to go on with after a reload."""
        composition = composing.left(request)
        return {"composition": composition and composition.describe()}

    @router.post("/brought")
    async def brought(body: BroughtPhotos, request: Request) -> dict[str, Any]:
        """Find out what photos are and say how to go on: with a photo, or with a composition."""
        found = [desk.workspace(request, photo_id) for photo_id in body.photos]
        session, photos = found[0][0], [workspace for _, workspace in found]
        return await composing.bring(session, photos, body.part)

    @router.post("/composition/swap")
    async def swap(request: Request, body: NewScene | None = None) -> dict[str, Any]:
        """The scene becomes the photo with the person, and the other way round."""
        _, composition = composing.current(request)
        await composing.swap(composition, body.scene if body else None)
        return answer(composition)

    @router.post("/composition/cut")
    async def cut(request: Request) -> dict[str, Any]:
        """Cut out the person who is chosen in their photo, and give them a first place."""
        _, composition = composing.current(request)
        await composing.cut_and_place(composition)
        return answer(composition)

    @router.post("/composition/look")
    async def look(body: Look, request: Request) -> dict[str, Any]:
        """Say where the cut-out stands, how large, how turned, and its shadow."""
        _, composition = composing.current(request)
        await composing.move(composition, body)
        return answer(composition)

    @router.post("/composition/behind")
    async def behind(body: Behind, request: Request) -> dict[str, Any]:
        """Whoever is tapped in the scene stands before the cut-out; no taps, nobody."""
        _, composition = composing.current(request)
        await composing.stand_behind(composition, body.taps)
        return answer(composition)

    @router.post("/composition/step")
    async def go_to(body: GoTo, request: Request) -> dict[str, Any]:
        """Back to a step that was taken before; nothing is lost."""
        _, composition = composing.current(request)
        composition.go_to(body.step)
        return answer(composition)

    @router.post("/composition/render")
    async def render(request: Request) -> dict[str, Any]:
        """The composite at full size, as a photo whose person to change is known."""
        session, composition = composing.current(request)
        described = await composing.render(session, composition)
        return answer(composition, described)

    @router.delete("/composition", status_code=204)
    async def give_up(request: Request) -> None:
        """The composition goes, with the photos it was made from and what was made of them."""
        composing.give_up(request)

    @router.get("/composition/files/{name}")
    async def file(name: str, request: Request) -> FileResponse:
        """A picture of the composition. Only names that we gave out exist."""
        path = composing.current(request)[1].file(name)
        if path is None:
            raise Gone
        return FileResponse(path, headers={"Cache-Control": "private, no-store"})

    return router
