"""The routes of the page's mask decoder: its files, a photo's embedding, and the server's own
decoding for browsers that cannot."""

from __future__ import annotations

import gzip
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from demo.api import Desk, Gone, from_our_page
from demo.picker_files import PackedFile, picker_files
from demo.workspace import Workspace
from iph_core.regions.picking import Prompts, Tap
from iph_core.regions.wire import pack_candidates, pack_embedding

FOREVER = "public, max-age=31536000, immutable"
NEVER = "private, no-store"
FAST = 5  # gzip's level for what is made on request


class Pointed(BaseModel):
    taps: Annotated[list[tuple[float, float, bool]], Field(max_length=64)] = []
    box: tuple[float, float, float, float] | None = None

    def prompts(self) -> Prompts:
        return Prompts(tuple(Tap(*tap) for tap in self.taps), self.box)


def create_picker_router(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/iph", dependencies=[Depends(from_our_page)])
    files = named_files()

    @router.get("/static/picker/{name}")
    async def file(name: str, request: Request) -> Response:
        """A file of the decoder, in the smallest form that the browser takes."""
        if name not in files:
            raise Gone
        content, encoding = files[name].accepted(request.headers.get("accept-encoding", ""))
        headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(content, media_type=files[name].media_type, headers=headers)

    @router.get("/photos/{photo_id}/embedding")
    async def embedding(photo_id: str, request: Request) -> Response:
        """What the page's decoder needs of the photo (`wire.pack_embedding`)."""
        _, workspace = desk.workspace(request, photo_id)
        return packed(await desk.step(workspace, lambda: embed(workspace)))

    @router.get("/photos/{photo_id}/salient")
    async def salient(photo_id: str, request: Request) -> Response:
        """What stands out in the photo: a byte for each of the decoder's pixels that lie in it."""
        _, workspace = desk.workspace(request, photo_id)
        return packed(await desk.step(workspace, lambda: standing_out(workspace)))

    @router.post("/photos/{photo_id}/decode")
    async def decode(photo_id: str, body: Pointed, request: Request) -> Response:
        """The candidates for taps and a box (`wire.pack_candidates`)."""
        _, workspace = desk.workspace(request, photo_id)
        return packed(await desk.step(workspace, lambda: candidates(workspace, body.prompts())))

    return router


def named_files() -> dict[str, PackedFile]:
    return {file.name: file for file in (picker_files() or {}).values()}


def embed(workspace: Workspace) -> bytes:
    return gzip.compress(pack_embedding(workspace.scene().regions.embedding), FAST)


def standing_out(workspace: Workspace) -> bytes:
    return gzip.compress(workspace.scene().regions.salient.tobytes(), FAST)


def candidates(workspace: Workspace, prompts: Prompts) -> bytes:
    regions = workspace.scene().regions
    return gzip.compress(pack_candidates(regions.candidates(prompts), regions.size), FAST)


def packed(content: bytes) -> Response:
    headers = {"Content-Encoding": "gzip", "Cache-Control": NEVER}
    return Response(content, media_type="application/octet-stream", headers=headers)
