"""Which language a request is answered in: the one chosen on the page, else the browser's."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from demo.api import from_our_page, sentence
from demo.cookies import YEAR, set_cookie
from demo.settings import Settings
from demo.texts import ENGLISH, LANGUAGES, PAGE, language, names

COOKIE = "iph_language"


class Speak:
    """ASGI middleware: everything behind it finds its texts in the language of the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            language.set(language_of(Headers(scope=scope)))  # a request has a context of its own
        await self._app(scope, receive, send)


def language_of(headers: Headers) -> str:
    """The code of a language that we have."""
    return chosen(headers.get("cookie", "")) or preferred(headers.get("accept-language", ""))


def chosen(cookies: str) -> str | None:
    """What was chosen on the page, where that is a language of ours."""
    try:
        morsel = SimpleCookie(cookies).get(COOKIE)
    except CookieError:  # somebody else's cookie that cannot be read
        return None
    return morsel.value if morsel and morsel.value in LANGUAGES else None


def preferred(accepted: str) -> str:
    """The best language of an Accept-Language header (RFC 9110, 12.5.4); English for none of ours.

    "de-AT" is served by de where there is no de-at.
    """
    ranked = sorted(
        filter(None, map(wish, accepted.split(","))), reverse=True, key=lambda it: it[1]
    )
    for tag, _ in ranked:
        for code in (tag, tag.split("-")[0]):
            if code in LANGUAGES:
                return code
    return ENGLISH


def wish(part: str) -> tuple[str, float] | None:
    """A language and how much it is wanted; None where it is not."""
    tag, _, quality = part.strip().lower().partition(";")
    try:
        weight = float(quality.strip().removeprefix("q=") or 1)
    except ValueError:
        return None
    return (tag.strip(), weight) if 0 < weight <= 1 else None


class Choice(BaseModel):
    language: str


def create_language_router(settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/iph", dependencies=[Depends(from_our_page)])

    @router.get("/texts")
    async def texts(response: Response) -> dict[str, Any]:
        """The page's texts in the language of the request, and which languages there are."""
        response.headers["Vary"] = "Accept-Language, Cookie"
        response.headers["Cache-Control"] = "private, no-cache"
        return {"language": language.get(), "languages": names(), "texts": dict(PAGE)}

    @router.post("/language", status_code=204, response_model=None)
    async def choose(body: Choice, request: Request) -> Response:
        """Answer this browser in one language from now on."""
        if body.language not in LANGUAGES:
            return JSONResponse(sentence("no_language"), 400)
        response = Response(status_code=204)
        embedded = settings.embedded
        set_cookie(request, response, COOKIE, body.language, embedded=embedded, max_age=YEAR)
        return response

    return router
