"""The page of a study: works without JavaScript, tells nobody which method made what."""

from __future__ import annotations

import secrets
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from fastapi import Cookie, FastAPI, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from demo.html import templates_of
from demo.language import Speak
from demo.security import Guard
from demo.study.pairs import Study
from demo.study.votes import Choice, Question, Votes
from demo.texts import PAGE, STUDY
from demo.web import STATIC_FILES
from iph_core.errors import InputError
from iph_core.photo import encode_jpeg, open_photo

VOTER = "iph_voter"
YEAR = 365 * 24 * 60 * 60  # seconds
SIDE, QUALITY = 1600, 95  # pixels of the long side; JPEG of a quality that hides no difference
KEPT_PICTURES = 64
LARGEST_BODY = 64 * 1024  # bytes

Shown = Literal["a", "b", "reference"]
VoterId = Annotated[str | None, Cookie(alias=VOTER)]

templates = templates_of(__file__)


def create_study_app(study: Study, votes: Votes) -> FastAPI:
    """The application of a study, ready to serve."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    pairs = study.pairs

    @app.get("/")
    def page(request: Request, voter: VoterId = None) -> HTMLResponse:
        """The next pair, or thanks."""
        who = voter or secrets.token_urlsafe(16)
        answer = HTMLResponse(
            templates.get_template("study.html").render(
                texts=STUDY,
                site=PAGE["title"],
                question=(question := votes.question(who, pairs)),
                reference=question is not None and question.photo in study.references,
                done=votes.count(who),
                all=len(pairs),
            ),
            headers={"Cache-Control": "no-store"},
        )
        secure = request.url.scheme == "https"
        answer.set_cookie(VOTER, who, max_age=YEAR, secure=secure, httponly=True, samesite="lax")
        return answer

    @app.post("/iph/study/vote")
    def vote(
        question: Annotated[str, Form()], choice: Annotated[Choice, Form()], voter: VoterId = None
    ) -> RedirectResponse:
        """Keep a vote; the same again, or of somebody else's question, changes nothing."""
        if voter:
            votes.vote(voter, question, choice)
        return RedirectResponse("../../", 303)

    @app.get("/iph/study/{question_id}/{shown}.jpg")
    def picture(question_id: str, shown: Shown, voter: VoterId = None) -> Response:
        """A picture of one's own question, without metadata that could tell its method."""
        question = votes.find(voter, question_id) if voter else None
        file = file_of(study, question, shown) if question else None
        try:
            data = rendered(file) if file else None
        except InputError:  # It was readable when the study began.
            data = None
        if data is None:
            return JSONResponse({"error": STUDY["gone"]}, 404)
        headers = {"Cache-Control": "private, max-age=3600"}
        return Response(data, media_type="image/jpeg", headers=headers)

    @app.get("/iph/static/share.css")
    def style() -> Response:
        return Response(STATIC_FILES["share.css"].read_bytes(), media_type="text/css")

    app.add_middleware(Guard, max_upload_bytes=LARGEST_BODY)
    app.add_middleware(Speak)
    return app


def file_of(study: Study, question: Question, shown: Shown) -> Path | None:
    """What a question shows at one place; None where there is nothing (any more)."""
    if shown == "reference":
        return study.references.get(question.photo)
    method = question.method_a if shown == "a" else question.method_b
    return study.results.get(method, {}).get(question.photo)


@lru_cache(maxsize=KEPT_PICTURES)
def rendered(file: Path) -> bytes:
    """A picture as JPEG, at most SIDE pixels long."""
    return encode_jpeg(open_photo(file).srgb(max_side=SIDE), QUALITY)
