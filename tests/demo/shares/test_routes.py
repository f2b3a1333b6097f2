"""Sharing over HTTP: from a result to a public page that its maker, and nobody else, deletes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from demo.app import create_app
from demo.settings import Settings
from demo.texts import ERRORS, SHARE
from tests.demo.double import BoxEngine
from tests.demo.shares.conftest import harmonized

PARTS = ("", "/delete", "/before.jpg", "/after.jpg", "/preview.jpg", "/code.svg")
Share = Callable[..., dict]


def local(share: dict, part: str = "") -> str:
    return f"/iph/s/{share['id']}{part}"


def picture(content: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)


def stored(data: Path) -> list[Path]:
    return [path for path in data.rglob("*") if path.is_file() and path.suffix == ".jpg"]


def test_nothing_is_stored_before_the_button_is_pressed(
    client: TestClient, png: bytes, tmp_path: Path
) -> None:
    harmonized(client, png)
    assert client.get("/iph/shares").json() == {"shares": []}
    assert stored(tmp_path / "data") == []


def test_asked_again_it_stays_one_share(client: TestClient, share: Share) -> None:
    token = "Az09-_" * 7 + "x"
    made = share(client, token=token)
    assert made["delete_url"].endswith(f"/delete#{token}")
    photo = client.get("/iph/state").json()["photo"]["id"]
    again = client.post(f"/iph/photos/{photo}/share", json={"token": token}).json()
    assert again == made
    assert len(client.get("/iph/shares").json()["shares"]) == 1
    for wrong in ("", token[1:], token + "x", "/" * 43, 7):
        answer = client.post(f"/iph/photos/{photo}/share", json={"token": wrong})
        assert answer.status_code == 400, wrong


def test_share_is_seen_by_somebody_without_a_session(
    new_client: Callable[..., TestClient], share: Share, photo: np.ndarray
) -> None:
    maker = new_client()
    made = share(maker, caption="At the pier", strength=0.5)
    visitor = new_client(of=maker)
    page = visitor.get(local(made))
    assert page.status_code == 200
    assert '<h1 dir="auto">At the pier</h1>' in page.text
    before = picture(visitor.get(local(made, "/before.jpg")).content)
    after = picture(visitor.get(local(made, "/after.jpg")).content)
    assert before.shape == after.shape == (80, 120, 3)
    inside = (slice(32, 48), slice(52, 68))
    assert abs(before[inside].mean() - photo[inside].mean()) < 2
    assert abs(after[inside].mean() - 0.75 * photo[inside].mean()) < 2
    assert picture(visitor.get(local(made, "/preview.jpg")).content).shape == (630, 1200, 3)
    assert "set-cookie" not in page.headers


def test_answer_says_until_when(client: TestClient, share: Share) -> None:
    made = share(client)
    expires = datetime.fromisoformat(made["expires"].replace("Z", "+00:00"))
    left = expires - datetime.now(timezone.utc)
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)
    months = SHARE["months"].split()
    words = f"{expires.day} {months[expires.month - 1]} {expires.year}"
    page = client.get(local(made)).text
    assert f">{words}</time> (30 more days)" in page


def test_ids_and_tokens_are_long_and_new_each_time(client: TestClient, share: Share) -> None:
    first, second = share(client), share(client)
    for made in (first, second):
        assert re.fullmatch(r"[A-Za-z0-9_-]{24}", made["id"])  # 144 bits
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", made["token"])  # 256 bits
        assert made["delete_url"] == f"{made['url']}/delete#{made['token']}"
    assert first["id"] != second["id"] and first["token"] != second["token"]


def test_token_deletes_at_once_from_everywhere(
    new_client: Callable[..., TestClient], share: Share, tmp_path: Path
) -> None:
    maker = new_client()
    made = share(maker)
    somebody = new_client(of=maker)
    assert len(stored(tmp_path / "data")) == 3
    answer = somebody.delete(local(made), headers={"X-Share-Token": made["token"]})
    assert answer.status_code == 204
    for part in PARTS:
        assert somebody.get(local(made, part)).status_code == 404, part
    assert stored(tmp_path / "data") == []
    assert list((tmp_path / "data" / "shares").iterdir()) == []
    assert maker.get("/iph/shares").json() == {"shares": []}


def test_session_that_shared_deletes_without_a_token(client: TestClient, share: Share) -> None:
    made = share(client)
    assert client.delete(local(made)).status_code == 204
    assert client.get(local(made)).status_code == 404


@pytest.mark.parametrize("token", ["", "wrong", "ä" * 43, "A" * 43])
def test_nobody_else_deletes(
    new_client: Callable[..., TestClient], share: Share, png: bytes, token: str
) -> None:
    maker = new_client()
    made = share(maker)
    stranger = new_client(of=maker)
    harmonized(stranger, png)
    headers = {"X-Share-Token": token.encode()}
    answer = stranger.delete(local(made), headers=headers)
    assert answer.status_code == 403
    assert answer.json() == {"error": ERRORS["not_maker"]}
    assert stranger.get(local(made)).status_code == 200


def test_token_of_another_share_does_not_delete(
    new_client: Callable[..., TestClient], share: Share
) -> None:
    maker = new_client()
    first, second = share(maker), share(maker)
    stranger = new_client(of=maker)
    headers = {"X-Share-Token": second["token"]}
    assert stranger.delete(local(first), headers=headers).status_code == 403


def test_page_of_another_site_deletes_nothing(client: TestClient, share: Share) -> None:
    made = share(client)
    headers = {"X-Share-Token": made["token"], "X-IPH": ""}
    assert client.delete(local(made), headers=headers).status_code == 403
    assert client.get(local(made)).status_code == 200


def test_session_sees_its_own_shares_only(
    new_client: Callable[..., TestClient], share: Share
) -> None:
    maker = new_client()
    made = share(maker, caption="mine")
    other = new_client(of=maker)
    share(other, caption="theirs")
    listed = maker.get("/iph/shares").json()["shares"]
    assert [entry["caption"] for entry in listed] == ["mine"]
    assert listed[0] == {k: v for k, v in made.items() if k not in ("token", "delete_url")}
    assert new_client(of=maker).get("/iph/shares").json() == {"shares": []}


def test_wrong_ids_answer_as_deleted_ones(client: TestClient, share: Share) -> None:
    made = share(client)
    client.delete(local(made))
    wrong = [made["id"], "A" * 23, "A" * 25, "é" * 24, "%00" * 24, "' OR 1=1 --", "%25" * 24]
    for part in PARTS:
        never = client.get(f"/iph/s/{'B' * 24}{part}")
        for id_ in wrong:
            answer = client.get(f"/iph/s/{id_}{part}")
            assert answer.status_code == never.status_code == 404
            assert answer.content == never.content and answer.headers == never.headers


@pytest.mark.parametrize(
    "path",
    ["%2e%2e", "..%2f..%2fshares.db", "{id}/..%2f..%2fshares.db", "{id}/.tmp", "{id}/%2e%2e"],
)
def test_no_way_out_of_the_folder(client: TestClient, share: Share, path: str) -> None:
    made = share(client)
    answer = client.get(f"/iph/s/{path.format(id=made['id'])}")
    assert answer.status_code == 404
    assert b"SQLite" not in answer.content


def test_share_of_somebody_elses_photo_is_refused(
    new_client: Callable[..., TestClient], png: bytes
) -> None:
    maker = new_client()
    photo = harmonized(maker, png)
    stranger = new_client(of=maker)
    harmonized(stranger, png)
    answer = stranger.post(f"/iph/photos/{photo}/share", json={"strength": 1})
    assert answer.status_code == 404
    assert stranger.get("/iph/shares").json() == {"shares": []}


def test_long_caption_is_one_sentence(client: TestClient, png: bytes) -> None:
    photo = harmonized(client, png)
    answer = client.post(f"/iph/photos/{photo}/share", json={"strength": 1, "caption": "a" * 141})
    assert answer.status_code == 400
    assert answer.json() == {"error": ERRORS["caption_too_long"].format(number=140)}


def test_real_application_has_the_routes(png: bytes, tmp_path: Path) -> None:
    engine = BoxEngine(max_pixels=4_000_000, max_bytes=1_000_000)
    app = create_app(Settings(data=str(tmp_path)), engine)
    with TestClient(app, headers={"X-IPH": "1"}) as client:
        photo = client.post("/iph/photos", content=png).json()["id"]
        answer = client.post(f"/iph/photos/{photo}/share", json={"strength": 1})
        assert answer.status_code == 400
        assert answer.json() == {"error": ERRORS["not_harmonized"]}
        taps = {"role": "change", "taps": [[60, 40, True]]}
        client.post(f"/iph/photos/{photo}/choose", json=taps)
        client.post(f"/iph/photos/{photo}/harmonize")
        made = client.post(f"/iph/photos/{photo}/share", json={"strength": 1}).json()
        assert client.get(local(made)).headers["x-frame-options"] == "DENY"
        assert client.get("/iph/shares").json()["shares"][0]["id"] == made["id"]
    assert (tmp_path / "shares" / made["id"] / "after.jpg").is_file()


def test_limit_of_a_day_is_one_sentence(
    new_client: Callable[..., TestClient], share: Share, png: bytes
) -> None:
    client = new_client(shares_per_day=2)
    share(client), share(client)
    photo = harmonized(client, png)
    answer = client.post(f"/iph/photos/{photo}/share", json={"strength": 1})
    assert answer.status_code == 400
    assert answer.json() == {"error": ERRORS["too_many_shares"].format(number=2)}


def test_page_lets_no_script_of_others_through(client: TestClient, share: Share) -> None:
    made = share(client)
    for part in PARTS:
        headers = client.get(local(made, part)).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy and "default-src 'none'" in policy
        assert "script-src 'self'" in policy and "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "noindex" in headers["x-robots-tag"]


def test_pages_need_nothing_inline_and_find_their_files(client: TestClient, share: Share) -> None:
    made = share(client)
    for part in ("", "/delete"):
        page = client.get(local(made, part))
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=)", page.text)
        links = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
        assert len(links) >= 4
        addresses = {str(page.url.join(link)) for link in links}
        home = "http://testserver/"  # Gradio's page, which this application has not
        assert home in addresses
        for address in addresses - {home}:
            assert client.get(address).status_code == 200, address


def test_messengers_may_look_with_head(client: TestClient, share: Share) -> None:
    made = share(client)
    for part in PARTS:
        assert client.head(local(made, part)).status_code == 200


def test_shares_outlive_the_server(
    new_client: Callable[..., TestClient], share: Share, tmp_path: Path
) -> None:
    made = share(new_client(data=str(tmp_path / "kept")))
    again = new_client(data=str(tmp_path / "kept"))
    assert again.get(local(made)).status_code == 200
    assert again.get(local(made, "/after.jpg")).status_code == 200
    headers = {"X-Share-Token": made["token"]}
    assert again.delete(local(made), headers=headers).status_code == 204


def test_address_follows_the_setting_else_the_request(
    new_client: Callable[..., TestClient], share: Share
) -> None:
    named = new_client(public_url="https://photos.example.org/iph-page/")
    made = share(named)
    assert made["url"] == f"https://photos.example.org/iph-page/iph/s/{made['id']}"
    assert f'"og:url" content="{made["url"]}"' in named.get(local(made)).text
    asked = new_client()
    assert share(asked)["url"].startswith("http://testserver/iph/s/")
