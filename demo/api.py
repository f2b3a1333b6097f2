"""The page's own routes under /iph: every photo belongs to one session and is seen by it alone.

A session is an unguessable cookie that scripts cannot read. Requests that change something carry
the header `X-IPH`, which another site's page cannot send without being allowed to.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel

from demo.cookies import set_cookie
from demo.engine import Engine, SessionEngine
from demo.examples_shipped import Example
from demo.lent import lend
from demo.limits import neighborhood
from demo.selection import Role, RoleSelection, Selection
from demo.sessions import Session, SessionStore
from demo.settings import MEGA, Settings
from demo.texts import ERRORS, of_the_library
from demo.uploads import receive
from demo.web import STATIC_FILES
from demo.workers import Busy, Workers, ticket
from demo.workspace import Workspace
from iph_core.errors import InputError

log = logging.getLogger(__name__)

COOKIE = "iph_session"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
NO_ROOM = 60  # seconds after which a disk may have room again


class Gone(Exception):
    """What was asked for is not there, or is not this session's."""


class Forbidden(Exception):
    """A request that changes something without our header."""


class ForRole(BaseModel):
    role: Role


class Desk:
    """What the routes share: the settings, the sessions, the models and the workers."""

    def __init__(
        self,
        settings: Settings,
        store: SessionStore,
        engine: Engine,
        workers: Workers,
        examples: dict[str, Example],
    ) -> None:
        self.settings, self.store, self.engine = settings, store, engine
        self.workers, self.examples = workers, examples

    def session(self, request: Request) -> Session | None:
        return self.store.find(request.cookies.get(COOKIE))

    def session_to_fill(self, request: Request) -> Session:
        """The session of who brings a photo; Busy where there is no room for another one."""
        self.store.stay()
        if shutil.disk_usage(self.store.root).free < self.settings.least_free_mb * MEGA:
            log.warning("the disk is full: no photo is taken")
            raise Busy(NO_ROOM)
        return self.session(request) or self.store.create(neighborhood(request.scope))

    def engine_of(self, session: Session) -> SessionEngine:
        return SessionEngine(self.engine, session.embeddings)

    def workspace(self, request: Request, photo_id: str) -> tuple[Session, Workspace]:
        """The photo of this id if it is this session's; Gone otherwise."""
        session = self.session(request)
        workspace = session.photos.get(photo_id) if session else None
        if session is None or workspace is None:
            raise Gone
        session.photos.move_to_end(photo_id)
        return session, workspace

    def remember(self, request: Request, response: Response, session: Session) -> None:
        set_cookie(request, response, COOKIE, session.id, embedded=self.settings.embedded)

    async def borrow(self, request: Request, workspace: Workspace, selection: Selection) -> None:
        """Have the look of another photo kept in this one, where the selection is in another one.

        Gone where that is not this session's."""
        if selection.photo is None or selection in workspace.lent:
            return
        _, other = self.workspace(request, selection.photo)
        if other is workspace:
            raise InputError(ERRORS["bad_request"])
        lent = await self.step(other, partial(lend, other, selection))
        self.workspace(request, workspace.id)  # the one that is worked on goes last
        workspace.lent.keep(lent)

    async def step(self, workspace: Workspace, step: Callable[[], Any]) -> Any:
        """Run one blocking step of a photo on a worker."""
        try:
            return await self.workers.run(workspace.lock, step)
        except Exception:
            if workspace.removed:
                raise Gone from None
            raise
        finally:
            # Also a step that failed, or that nobody waits for any longer, may have opened it.
            self.store.release_surplus(keep=workspace)


def from_our_page(request: Request) -> None:
    if request.method not in ("GET", "HEAD") and request.headers.get("x-iph") != "1":
        raise Forbidden


def create_router(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/iph", dependencies=[Depends(from_our_page)])

    @router.get("/state")
    async def state(request: Request) -> dict[str, Any]:
        """How far the models are, and the photo to go on with after a reload."""
        session = desk.session(request)
        latest = session.latest() if session else None
        return {
            "models": desk.engine.state,
            "problem": problem_of(desk.engine),
            "photo": latest.describe() if latest else None,
        }

    @router.post("/photos")
    async def upload(
        request: Request,
        response: Response,
        beside: Annotated[str | None, Query(alias="for", max_length=80)] = None,
    ) -> dict[str, Any]:
        """Open a photo. The body is the file; the answer's cookie is the session.

        for: the id of a photo that is to take this one's look; this one then goes with it.
        """
        host = desk.workspace(request, beside)[1] if beside is not None else None
        fetch = partial(receive, request, limit_mb=desk.settings.max_upload_mb)
        return await opened(request, response, fetch, host)

    @router.post("/examples/{name}")
    async def open_example(name: str, request: Request, response: Response) -> dict[str, Any]:
        """Open an example that comes with the page."""
        if name not in desk.examples:
            raise Gone

        async def shipped(_: Path) -> Path:
            return desk.examples[name].photo

        return await opened(request, response, shipped)

    async def opened(
        request: Request,
        response: Response,
        fetch: Callable[[Path], Awaitable[Path]],
        host: Workspace | None = None,
    ) -> dict[str, Any]:
        """Read the photo that `fetch` finds or puts into a folder; nothing of a bad one stays."""
        session = desk.session_to_fill(request)
        folder = session.new_folder()
        session.uploads += 1
        try:
            source = await fetch(folder)
            engine, side = desk.engine_of(session), desk.settings.preview_side
            workspace = Workspace(source, folder, engine, side, host)
            workspace.ticket = ticket.get()
            description = await desk.step(workspace, workspace.read)
            if host is not None and host.removed:
                raise Gone
            desk.store.add(session, workspace)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            session.uploads -= 1
            desk.store.drop_if_empty(session)
        desk.remember(request, response, session)
        return description

    @router.post("/photos/{photo_id}/prepare")
    async def prepare(photo_id: str, request: Request) -> dict[str, Any]:
        """Find the people; makes later taps quick. Not needed before other steps."""
        _, workspace = desk.workspace(request, photo_id)
        return await desk.step(workspace, workspace.prepare)

    @router.post("/photos/{photo_id}/choose")
    async def choose(photo_id: str, body: RoleSelection, request: Request) -> dict[str, Any]:
        """Say who is changed or matched: taps or a box in pixels, or a mask by its name. With the
        id of another photo of the session, whom to match there."""
        _, workspace = desk.workspace(request, photo_id)
        if body.photo is not None and body.role != "match":
            raise InputError(ERRORS["bad_request"])
        await desk.borrow(request, workspace, body.selection())
        step = partial(workspace.choose, body.role, body.selection())
        return await desk.step(workspace, step)

    @router.post("/photos/{photo_id}/mask")
    async def bring_mask(photo_id: str, role: Role, request: Request) -> dict[str, Any]:
        """The body is a mask or a cut-out of the photo's shape (PNG and the like)."""
        session, workspace = desk.workspace(request, photo_id)
        folder = session.new_folder()
        try:
            path = await receive(request, folder, desk.settings.max_upload_mb)
            open_upload = desk.engine.open_photo
            step = partial(workspace.bring_mask, role, path, open_upload)
            return await desk.step(workspace, step)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @router.post("/photos/{photo_id}/save-mask")
    async def save_mask(photo_id: str, body: ForRole, request: Request) -> dict[str, Any]:
        """Write a role's full-size mask and say where it is."""
        _, workspace = desk.workspace(request, photo_id)
        name = await desk.step(workspace, partial(workspace.render_mask, body.role))
        return made(workspace, name)

    @router.post("/photos/{photo_id}/suggest")
    async def suggest(photo_id: str, request: Request) -> dict[str, Any]:
        """Offer whom to match; the first is taken unless somebody was chosen."""
        _, workspace = desk.workspace(request, photo_id)
        return await desk.step(workspace, workspace.suggest)

    @router.post("/photos/{photo_id}/harmonize")
    async def harmonize(photo_id: str, request: Request) -> dict[str, Any]:
        """Match the one to the other. Without anyone to match, who stands out most is matched."""
        _, workspace = desk.workspace(request, photo_id)
        return await desk.step(workspace, workspace.harmonize)

    @router.get("/photos/{photo_id}/files/{name}")
    async def file(photo_id: str, name: str, request: Request) -> FileResponse:
        """A picture made for this session. Only names that we gave out exist."""
        _, workspace = desk.workspace(request, photo_id)
        path = workspace.file(name)
        if path is None:
            raise Gone
        headers = {"Cache-Control": "private, no-store"}
        return FileResponse(path, filename=workspace.download_name(name), headers=headers)

    @router.delete("/photos/{photo_id}", status_code=204)
    async def remove(photo_id: str, request: Request) -> None:
        """Delete a photo and everything that was made of it."""
        session, workspace = desk.workspace(request, photo_id)
        session.drop(workspace)

    @router.get("/examples/{name}/thumbnail.jpg")
    async def thumbnail(name: str) -> FileResponse:
        """A small picture of an example."""
        if name not in desk.examples:
            raise Gone
        return FileResponse(desk.examples[name].thumbnail)

    @router.get("/static/{name}")
    async def static(name: str) -> FileResponse:
        """A file of the page itself."""
        if name not in STATIC_FILES:
            raise Gone
        return FileResponse(STATIC_FILES[name], headers={"Cache-Control": "no-cache"})

    @router.api_route("/{path:path}", methods=METHODS)
    async def nothing(path: str) -> None:
        # Every method: what we leave over goes to the frame, whose answers are not for people.
        raise Gone

    return router


def made(workspace: Workspace, name: str) -> dict[str, Any]:
    """Where a file for the person lies, and what it is called."""
    address = f"iph/photos/{workspace.id}/files/{name}"
    return {"url": address, "name": workspace.download_name(name)}


def problem_of(engine: Engine) -> str:
    """Why there are no models, in one sentence; empty where they did not fail."""
    if engine.state != "failed":
        return ""
    return of_the_library(engine.problem) or ERRORS["models_failed"]


def sentence(key: str) -> dict[str, str]:
    return {"error": ERRORS[key]}
