"""The routes of the result view: numbers for its sliders, other references, parts, files."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from demo.api import Desk, from_our_page, made
from demo.results import FORMS, OWN, Looks, Sliders, blend_with, numbers, part, render, unblend
from demo.selection import Selection
from demo.workspace import HALFWAY, Workspace
from iph_core.errors import InputError

Pixel = Annotated[int, Field(ge=0, le=1_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]


class Match(BaseModel):
    """Whom to match: a key of the answer to `looks`."""

    key: Annotated[str, Field(max_length=80)]


class OfTwo(Selection):
    """The second reference: a key of the answer to `looks`, or a selection as in `choose`; nothing
    at all is none."""

    key: Annotated[str, Field(max_length=80)] | None = None

    def selection(self) -> Selection:
        return Selection(**self.model_dump(exclude={"key"}))


class Transfer(BaseModel):
    """How much of the reference's look is taken over: 0 harmonizes, 1 transfers its colors."""

    ratio: Share


class Download(BaseModel):
    """`format`: a key of `results.FORMS`; `blend`: share of the second reference, if there is
    one."""

    strength: Share = 1.0
    blend: Share = HALFWAY
    adjustment: Sliders = Sliders()
    format: Annotated[str, Field(pattern="^(" + "|".join(FORMS) + ")$")] = "png"


def create_result_router(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/iph", dependencies=[Depends(from_our_page)])
    known: WeakKeyDictionary[Workspace, Looks] = WeakKeyDictionary()

    @router.post("/photos/{photo_id}/numbers")
    async def result_numbers(photo_id: str, request: Request) -> dict[str, Any]:
        """What the page needs to show any strength and any sliders without asking again."""
        _, workspace = desk.workspace(request, photo_id)
        return await desk.step(workspace, partial(numbers, workspace))

    @router.post("/photos/{photo_id}/looks")
    async def looks(photo_id: str, request: Request) -> dict[str, Any]:
        """The result for each reference, small. One step each, so that nothing waits for all."""
        _, workspace = desk.workspace(request, photo_id)
        of = known.setdefault(workspace, Looks())
        pictures = []
        for key in await desk.step(workspace, partial(of.keys, workspace)):
            try:
                look = await desk.step(workspace, partial(of.get, workspace, key))
            except InputError:  # one that cannot be matched is not offered
                continue
            pictures.append({"key": key, "picture": look.picture, "whom": look.whom})
        return {"looks": pictures}

    @router.post("/photos/{photo_id}/match")
    async def match(photo_id: str, body: Match, request: Request) -> dict[str, Any]:
        """Match somebody else of the looks; the result becomes theirs."""
        _, workspace = desk.workspace(request, photo_id)
        of = known.setdefault(workspace, Looks())
        return await desk.step(workspace, partial(of.match, workspace, body.key))

    @router.post("/photos/{photo_id}/second")
    async def second(photo_id: str, body: OfTwo, request: Request) -> dict[str, Any]:
        """Blend with a second reference: the result stands halfway, `download` and `share` take
        any share of it. Without one, the first alone is matched again."""
        _, workspace = desk.workspace(request, photo_id)
        selection = body.selection()
        if body.key is not None:
            of = known.setdefault(workspace, Looks())
            step = partial(of.blend, workspace, body.key)
        elif selection.is_empty:
            step = partial(unblend, workspace)
        else:
            await desk.borrow(request, workspace, selection)
            step = partial(blend_with, workspace, OWN, selection)
        return await desk.step(workspace, step)

    @router.post("/photos/{photo_id}/transfer")
    async def transfer(photo_id: str, body: Transfer, request: Request) -> dict[str, Any]:
        """Follow the reference more, or less, closely, in this result and in later ones."""
        _, workspace = desk.workspace(request, photo_id)
        return await desk.step(workspace, partial(workspace.follow, body.ratio))

    @router.get("/photos/{photo_id}/part/{what}")
    async def full_size(
        photo_id: str,
        what: Literal["before.jpg", "mask.png"],
        x0: Pixel,
        y0: Pixel,
        x1: Pixel,
        y1: Pixel,
        longest: Annotated[int, Field(ge=1)],
        request: Request,
    ) -> Response:
        """A part of the photo, as large as it is, and of the mask."""
        from iph_core.photo import encode_jpeg, encode_png

        _, workspace = desk.workspace(request, photo_id)
        step = partial(part, workspace, (x0, y0, x1, y1), longest)
        before, mask = await desk.step(workspace, step)
        headers = {"Cache-Control": "private, no-store"}
        if what == "mask.png":
            return Response(encode_png(mask), media_type="image/png", headers=headers)
        return Response(encode_jpeg(before, 92), media_type="image/jpeg", headers=headers)

    @router.post("/photos/{photo_id}/download")
    async def download(photo_id: str, body: Download, request: Request) -> dict[str, Any]:
        """Write the result at full size in a format, and say where it is."""
        _, workspace = desk.workspace(request, photo_id)
        step = partial(render, workspace, body.format, body.strength, body.adjustment, body.blend)
        return made(workspace, await desk.step(workspace, step))

    return router
