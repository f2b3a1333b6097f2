"""The routes of shares: making, listing and deleting for makers, pages and pictures for everyone.

Pages are the only place where somebody else's text is shown, so their policy lets no inline script
or style through, whatever the text may be.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime, timezone
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field

from demo.api import Desk, Gone, from_our_page, sentence
from demo.results import Sliders
from demo.shares.address import base_address, check_public_url
from demo.shares.model import TOKEN_FORM, Share
from demo.shares.page import clean_caption, delete_page, gone_page, qr_code, share_page
from demo.shares.pictures import WEB_SIDE, Pictures, make_pictures
from demo.shares.store import ShareStore
from demo.texts import ERRORS
from demo.workspace import HALFWAY, Workspace

log = logging.getLogger(__name__)

SWEEP_PAUSE = 10 * 60  # seconds
READ = ["GET", "HEAD"]  # messengers look with HEAD first
PUBLIC_HEADERS = {
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'none'",
            "img-src 'self'",
            "style-src 'self'",
            "script-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    ),
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",  # the address is the key to the page
    "Cache-Control": "no-store",  # deleted means gone, from caches as well
}


class NewShare(BaseModel):
    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    blend: Annotated[float, Field(ge=0, le=1)] = HALFWAY
    adjustment: Sliders = Sliders()
    caption: Annotated[str, Field(max_length=4096)] = ""
    token: Annotated[str, Field(pattern=TOKEN_FORM)] | None = None


def create_share_router(desk: Desk, shares: ShareStore) -> APIRouter:
    """InputError where a setting cannot be."""
    check_public_url(desk.settings)
    router = APIRouter(prefix="/iph", dependencies=[Depends(from_our_page)])

    @router.post("/photos/{photo_id}/share")
    async def share(photo_id: str, body: NewShare, request: Request) -> dict[str, Any]:
        """Keep before and after for the public. The token that deletes it is shown only here; who
        brings one (32 random bytes, URL-safe Base64) may ask again: it stays one share."""
        session, workspace = desk.workspace(request, photo_id)
        caption = clean_caption(body.caption)
        pictures = await desk.step(workspace, partial(web_pictures, workspace, body))
        keep = partial(shares.create, session.id, pictures, caption, body.token)
        made, token = await run_in_threadpool(keep)
        described = describe(made, base_address(request, desk.settings))
        return {**described, "token": token, "delete_url": f"{described['url']}/delete#{token}"}

    @router.get("/shares")
    async def list_shares(request: Request) -> dict[str, Any]:
        """What this session shares now, the newest first."""
        session = desk.session(request)
        found = await run_in_threadpool(shares.of_session, session.id) if session else []
        base = base_address(request, desk.settings)
        return {"shares": [describe(share, base) for share in found]}

    @router.delete("/s/{share_id}")
    async def remove(share_id: str, request: Request) -> Response:
        """For who has the token (header X-Share-Token) and for the session that shared it."""
        session = desk.session(request)
        found = await run_in_threadpool(shares.find, share_id)
        if found is None:
            raise Gone
        token = request.headers.get("x-share-token", "")
        if not shares.may_remove(found, token, session.id if session else ""):
            return JSONResponse(sentence("not_maker"), 403)
        await run_in_threadpool(shares.remove, share_id)
        return Response(status_code=204)

    # Not `async`: FastAPI runs these on threads, as they wait for the database.

    @router.api_route("/s/{share_id}", methods=READ)
    def page(share_id: str, request: Request) -> Response:
        """The public page."""
        found = shares.find(share_id)
        if found is None:
            return html(gone_page("../"), 404)
        url = describe(found, base_address(request, desk.settings))["url"]
        return html(share_page(found, url, time.time()))

    @router.api_route("/s/{share_id}/delete", methods=READ)
    def ask_to_delete(share_id: str) -> Response:
        """The maker's page to delete it."""
        found = shares.find(share_id)
        return html(gone_page("../../"), 404) if found is None else html(delete_page(found))

    @router.api_route("/s/{share_id}/code.svg", methods=READ)
    def code(share_id: str, request: Request) -> Response:
        """The QR code of the page's address, SVG."""
        found = shares.find(share_id)
        if found is None:
            return missing()
        url = describe(found, base_address(request, desk.settings))["url"]
        return public(qr_code(url), "image/svg+xml")

    @router.api_route("/s/{share_id}/{name}", methods=READ)
    def picture(share_id: str, name: str) -> Response:
        """before.jpg, after.jpg or preview.jpg."""
        content = shares.picture(share_id, name)
        return missing() if content is None else public(content, "image/jpeg")

    return router


def web_pictures(workspace: Workspace, body: NewShare) -> Pictures:
    moved = body.adjustment.adjustment()
    return make_pictures(*workspace.compare(body.strength, WEB_SIDE, moved, body.blend))


def describe(share: Share, base: str) -> dict[str, Any]:
    """A share as its maker sees it."""
    url = f"{base}/iph/s/{share.id}"
    return {
        "id": share.id,
        "url": url,
        "preview": f"{url}/preview.jpg",
        "caption": share.caption,
        "created": iso(share.created),
        "expires": iso(share.expires),
    }


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat().replace("+00:00", "Z")


def html(text: str, status: int = 200) -> Response:
    return HTMLResponse(text, status, headers=PUBLIC_HEADERS)


def public(content: bytes, kind: str) -> Response:
    return Response(content, media_type=kind, headers=PUBLIC_HEADERS)


def missing() -> Response:
    return Response(ERRORS["not_found"], 404, headers=PUBLIC_HEADERS, media_type="text/plain")


async def keep_clean(shares: ShareStore) -> None:
    """Sweep at the start and from time to time; what fails is logged and tried again."""
    while True:
        try:
            await asyncio.to_thread(shares.sweep)
        except Exception:  # whatever a database or a bucket raises must not end the sweeping
            log.exception("shares could not be swept")
        await asyncio.sleep(SWEEP_PAUSE)
