from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from demo.language import chosen, preferred
from demo.texts import LANGUAGES

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
DE, EN = LANGUAGES["de"], LANGUAGES["en"]


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-ch", "de"),
        ("en;q=0.4, de;q=0.6", "de"),
        ("fr, de;q=0.8, en;q=0.5", "de"),
        ("fr, ja;q=0.7", "en"),
        ("*", "en"),
        ("de;q=0", "en"),
        ("de;q=much", "en"),
        ("de;q=nan", "en"),
        ("de;q=7", "en"),
        ("../../etc/passwd", "en"),
        ("de," * 5000, "de"),
    ],
)
def test_preferred(accepted: str, code: str) -> None:
    assert preferred(accepted) == code


@pytest.mark.parametrize(
    ("cookies", "code"),
    [
        ("", None),
        ("iph_language=de", "de"),
        ("other=1; iph_language=de; more=2", "de"),
        ("iph_language=xx", None),
        ("iph_language=../de", None),
        ("a b=c\x00; =", None),
    ],
)
def test_chosen(cookies: str, code: str | None) -> None:
    assert chosen(cookies) == code


def test_texts_are_those_of_the_header(client: TestClient) -> None:
    answer = client.get("/iph/texts", headers=GERMAN)
    assert answer.json()["language"] == "de"
    assert answer.json()["texts"] == DE["PAGE"]
    assert answer.json()["languages"] == {"de": "Deutsch", "en": "English"}
    assert "Accept-Language" in answer.headers["vary"]
    assert client.get("/iph/texts", headers={"Accept-Language": "tlh"}).json()["language"] == "en"


def test_what_is_chosen_wins_and_is_remembered(client: TestClient) -> None:
    answer = client.post("/iph/language", json={"language": "en"}, headers=GERMAN)
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"].lower()
    assert "max-age=31536000" in cookie and "httponly" in cookie and "samesite=lax" in cookie
    assert client.get("/iph/texts", headers=GERMAN).json()["language"] == "en"


def test_a_language_that_is_not_there(client: TestClient) -> None:
    answer = client.post("/iph/language", json={"language": "xx"}, headers=GERMAN)
    assert answer.status_code == 400
    assert answer.json()["error"] == DE["ERRORS"]["no_language"]


def test_another_site_cannot_choose(client: TestClient) -> None:
    answer = client.post("/iph/language", json={"language": "de"}, headers={"X-IPH": "0"})
    assert answer.status_code == 403


def test_errors_are_said_in_the_language_of_the_request(client: TestClient, png: bytes) -> None:
    def error(method: str, path: str, **options: object) -> str:
        return client.request(method, path, headers=GERMAN, **options).json()["error"]

    assert error("GET", "/nothing") == DE["ERRORS"]["not_found"]  # the guard
    assert error("GET", "/iph/nothing") == DE["ERRORS"]["gone"]  # a route
    assert error("POST", "/iph/photos", content=b"no picture").endswith(
        "ist kein Bild, das dieses Programm liest: Nimm JPEG, PNG, WebP, TIFF oder HEIF."
    )  # the library, on a worker
    photo = client.post("/iph/photos", content=png).json()["id"]
    assert error("POST", f"/iph/photos/{photo}/harmonize") == DE["ERRORS"]["nobody_chosen"]
    english = client.post(f"/iph/photos/{photo}/harmonize").json()["error"]
    assert english == EN["ERRORS"]["nobody_chosen"]


def test_what_goes_wrong_inside_is_said_in_german(
    new_client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    client = new_client()

    def broken(*_: object) -> None:
        raise RuntimeError("swordfish")

    monkeypatch.setattr("demo.workspace.Workspace.read", broken)
    calm = TestClient(client.app, raise_server_exceptions=False, headers={"X-IPH": "1"})
    answer = calm.post("/iph/photos", content=png, headers=GERMAN)
    assert answer.status_code == 500
    assert answer.json()["error"] == DE["ERRORS"]["internal"]


def harmonized(client: TestClient, png: bytes) -> str:
    photo = client.post("/iph/photos", content=png).json()["id"]
    client.post(f"/iph/photos/{photo}/choose", json={"role": "change", "taps": [[60, 40, True]]})
    client.post(f"/iph/photos/{photo}/harmonize")
    return f"/iph/photos/{photo}"


def test_shared_page_speaks_the_language_of_who_looks(client: TestClient, png: bytes) -> None:
    photo = harmonized(client, png)
    url = client.post(f"{photo}/share", json={"strength": 1}).json()["url"]
    path = url[url.index("/iph/") :]
    german, english = client.get(path, headers=GERMAN).text, client.get(path).text
    assert '<html lang="de">' in german and DE["SHARE"]["make_own"] in german
    assert '<html lang="en">' in english and EN["SHARE"]["make_own"] in english
    assert EN["SHARE"]["hint"] not in german and DE["PAGE"]["title"] in german
    gone = client.get("/iph/s/" + "A" * 24, headers=GERMAN)
    assert DE["SHARE"]["gone_title"] in gone.text


def test_page_to_keep_is_in_the_language(client: TestClient, png: bytes) -> None:
    photo = harmonized(client, png)
    body = {"strength": 1, "format": "html"}
    made = client.post(f"{photo}/download", json=body, headers=GERMAN).json()
    page = client.get("/" + made["url"]).text
    assert '<html lang="de">' in page and "<h1>Vorher und nachher</h1>" in page
    assert "unkler" in page  # half as bright: dunkler
    assert "Before" not in page and "darker" not in page
