"""The page of a study: works without JavaScript, tells nobody which method made what."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Cookie, FastAPI, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from demo.cookies import YEAR, set_cookie
from demo.html import templates_of
from demo.language import Speak
from demo.security import Guard
from demo.study.pairs import Study
from demo.study.pictures import Pictures, Shown
from demo.study.votes import Choice, Votes
from demo.texts import PAGE, STUDY
from demo.web import STATIC_FILES

VOTER = "iph_voter"
LARGEST_BODY = 64 * 1024  # bytes

VoterId = Annotated[str | None, Cookie(alias=VOTER)]

templates = templates_of(__file__)


def create_study_app(study: Study, votes: Votes) -> FastAPI:
    """The application of a study, ready to serve."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    pictures = Pictures(study)

    @app.get("/")
    def page(request: Request, voter: VoterId = None) -> HTMLResponse:
        """The next pair, or thanks."""
        who = voter or secrets.token_urlsafe(16)
        question = pictures.question(votes, who)
        answer = HTMLResponse(
            templates.get_template("study.html").render(
                texts=STUDY,
                site=PAGE["title"],
                question=question,
                reference=question is not None and pictures.has_reference(question),
                done=votes.count(who),
                all=len(pictures.pairs),
            ),
            headers={"Cache-Control": "no-store"},
        )
        set_cookie(request, answer, VOTER, who, max_age=YEAR)
        return answer

    @app.post("/iph/study/vote")
    def vote(
        question: Annotated[str, Form()], choice: Annotated[Choice, Form()], voter: VoterId = None
    ) -> RedirectResponse:
        """Keep a vote; the same again, of somebody else's question or of one that can no longer be
        shown, changes nothing."""
        asked = votes.find(voter, question) if voter else None
        if voter and asked and pictures.can_show(asked):
            votes.vote(voter, question, choice)
        return RedirectResponse("../../", 303)

    @app.get("/iph/study/{question_id}/{shown}.jpg")
    def picture(question_id: str, shown: Shown, voter: VoterId = None) -> Response:
        """A picture of one's own question."""
        question = votes.find(voter, question_id) if voter else None
        data = pictures.jpeg(question, shown) if question else None
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
