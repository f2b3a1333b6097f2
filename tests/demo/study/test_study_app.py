from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from demo.study.app import create_study_app
from demo.study.pairs import read_study
from demo.study.pictures import rendered
from demo.study.votes import Votes
from iph_core.evaluation.preferences import Vote, read_votes

COLORS = {"histogram": (200, 40, 40), "poisson": (40, 40, 200)}
PHOTOS = ("anna", "bertil", "carla")
SOURCES = re.compile(r'src="([^"]+)"')
QUESTION = re.compile(r'name="question" value="([^"]+)"')


@pytest.fixture
def folder(tmp_path):
    for method, color in COLORS.items():
        (tmp_path / method).mkdir()
        for photo in PHOTOS:
            Image.new("RGB", (60, 40), color).save(tmp_path / method / f"{photo}.png")
    return tmp_path


@pytest.fixture
def app(folder):
    votes = Votes(folder / "votes.sqlite")
    yield create_study_app(read_study(folder), votes)
    votes.close()


@pytest.fixture
def someone(app):
    return TestClient(app)


def color_of(client: TestClient, address: str) -> str:
    answer = client.get(address)
    assert answer.headers["content-type"] == "image/jpeg"
    shown = np.asarray(Image.open(io.BytesIO(answer.content)))[20, 30].astype(int)
    return min(COLORS, key=lambda method: np.abs(shown - COLORS[method]).sum())


def vote(client: TestClient, choice: str) -> str:
    """Vote on the pair that is shown; the page after it."""
    page = client.get("/").text
    question = QUESTION.search(page).group(1)
    return client.post("/iph/study/vote", data={"question": question, "choice": choice}).text


def exported(folder: Path) -> list[Vote]:
    votes = Votes(folder / "votes.sqlite")
    votes.export(folder / "votes.csv")
    votes.close()
    return read_votes(folder / "votes.csv")


def test_a_vote_counts_for_the_picture_that_was_tapped(someone, folder, app):
    wanted = []
    for number in range(len(PHOTOS)):
        page = someone.get("/").text
        a, b = SOURCES.findall(page)
        assert {color_of(someone, a), color_of(someone, b)} == set(COLORS)
        wanted.append(color_of(someone, a if number % 2 else b))
        vote(someone, "a" if number % 2 else "b")
    assert "Thank you" in someone.get("/").text
    assert [vote.winner for vote in exported(folder)] == wanted


def test_the_page_tells_nobody_who_made_what(someone):
    answer = someone.get("/")
    assert not any(name in answer.text for name in (*COLORS, *PHOTOS))
    picture = someone.get(SOURCES.findall(answer.text)[0])
    assert not any(name in str(picture.headers) for name in COLORS)


def test_others_see_neither_ones_pictures_nor_spend_ones_vote(someone, app):
    page = someone.get("/").text
    stranger = TestClient(app)
    assert stranger.get(SOURCES.findall(page)[0]).status_code == 404
    question = QUESTION.search(page).group(1)
    stranger.get("/")
    stranger.post("/iph/study/vote", data={"question": question, "choice": "a"})
    assert QUESTION.search(someone.get("/").text).group(1) == question
    assert "0 of 3" in someone.get("/").text


@pytest.mark.parametrize(
    "data", [{}, {"question": "x"}, {"question": "x", "choice": "c"}, {"question": "x'--"}]
)
def test_votes_that_cannot_be(someone, data):
    someone.get("/")
    assert someone.post("/iph/study/vote", data=data).status_code == 422
    assert "0 of 3" in someone.get("/").text


@pytest.mark.parametrize("path", ["/iph/study/x/a.jpg", "/iph/study/..%2f..%2fvotes.sqlite"])
def test_nothing_else_of_the_folder_can_be_read(someone, path):
    someone.get("/")
    assert someone.get(path).status_code == 404


@pytest.mark.parametrize("name", ["poisson/anna.png", "reference/anna.png"])
@pytest.mark.parametrize("data", [b"", b"no picture"])
def test_a_picture_that_cannot_be_read_is_named_and_never_asked_about(folder, caplog, name, data):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    votes = Votes(folder / "votes.sqlite")
    app = create_study_app(read_study(folder), votes)
    for client in (TestClient(app), TestClient(app)):
        client.get("/")
        for done in range(2):
            assert f"{done} of" in client.get("/").text
            page = vote(client, "a")
        assert "judged all 2 pairs" in page
    votes.close()
    (warning,) = caplog.records
    assert warning.message.startswith(f"{name} is ")
    assert warning.message.endswith("Its pairs are left out of the study.")
    assert {vote.photo for vote in exported(folder)} == {"bertil", "carla"}


def test_a_picture_that_was_damaged_meanwhile_is_gone_and_gets_no_vote(someone, folder):
    page = someone.get("/").text
    for file in folder.glob("*/*.png"):
        file.write_bytes(b"no picture")
    rendered.cache_clear()
    for address in SOURCES.findall(page):
        answer = someone.get(address)
        assert answer.status_code == 404 and "not here" in answer.json()["error"]
    data = {"question": QUESTION.search(page).group(1), "choice": "a"}
    assert "Thank you" in someone.post("/iph/study/vote", data=data).text
    with_file = Votes(folder / "votes.sqlite")
    assert with_file.export(folder / "votes.csv") == 0
    with_file.close()


def test_a_question_is_shown_from_memory_when_its_files_are_gone(someone, folder):
    page = someone.get("/").text
    for file in folder.glob("*/*.png"):
        file.unlink()
    assert all(someone.get(address).status_code == 200 for address in SOURCES.findall(page))


def test_a_reference_is_shown_where_there_is_one(folder):
    (folder / "reference").mkdir()
    Image.new("RGB", (30, 30), (0, 255, 0)).save(folder / "reference" / "anna.png")
    votes = Votes(folder / "votes.sqlite")
    client = TestClient(create_study_app(read_study(folder), votes))
    pages = []
    for _ in PHOTOS:
        pages.append(client.get("/").text)
        if "reference.jpg" in pages[-1]:
            shown = client.get(SOURCES.findall(pages[-1])[0])
            assert shown.status_code == 200 and shown.headers["content-type"] == "image/jpeg"
        vote(client, "a")
    assert sum("reference.jpg" in page for page in pages) == 1
    assert sum("outlined" in page for page in pages) == 1
    votes.close()


def test_it_speaks_german(someone):
    page = someone.get("/", headers={"accept-language": "de"}).text
    assert 'lang="de"' in page and "Du kannst jederzeit" in page
