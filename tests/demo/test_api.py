from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from demo.texts import ERRORS

CHANGE, MATCH = [60.0, 40.0, True], [100.0, 60.0, True]


def upload(client: TestClient, content: bytes, name: str = "party.png") -> dict[str, Any]:
    answer = client.post("/iph/photos", content=content, headers={"X-File-Name": name})
    assert answer.status_code == 200, answer.text
    return answer.json()


def choose(client: TestClient, photo: dict, role: str, *taps: list) -> Any:
    return client.post(f"/iph/photos/{photo['id']}/choose", json={"role": role, "taps": taps})


def step(client: TestClient, photo: dict, verb: str, **body: float) -> Any:
    return client.post(f"/iph/photos/{photo['id']}/{verb}", json=body)


def harmonized(client: TestClient, content: bytes) -> dict[str, Any]:
    photo = upload(client, content)
    choose(client, photo, "change", CHANGE)
    step(client, photo, "suggest")
    answer = step(client, photo, "harmonize")
    assert answer.status_code == 200, answer.text
    return answer.json()


def picture(content: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)


def sentence(answer: Any) -> str:
    """The error of an answer: one sentence, with no path and no type of ours in it."""
    error = answer.json()["error"]
    assert error.endswith(".") and "\n" not in error
    assert "/tmp" not in error and "Error" not in error and "Traceback" not in error
    return error


def test_upload_gives_size_and_preview(client: TestClient, png: bytes) -> None:
    described = upload(client, png)
    assert (described["width"], described["height"]) == (120, 80)
    preview = client.get(described["preview"])
    assert preview.headers["content-type"] == "image/jpeg"
    assert "no-store" in preview.headers["cache-control"]
    assert picture(preview.content).shape == (80, 120, 3)


def test_preview_of_a_large_photo_is_small(new_client: Callable[..., TestClient]) -> None:
    client = new_client(preview_side=40)
    content = cv2.imencode(".png", np.zeros((50, 100, 3), np.uint8))[1].tobytes()
    described = upload(client, content)
    assert described["preview_size"] == [40, 20]
    assert described["width"] == 100


def test_choice_comes_with_mask_and_outline(client: TestClient, png: bytes) -> None:
    described = choose(client, upload(client, png), "change", CHANGE).json()
    region = described["regions"]["change"]
    assert region["box"] == [50, 30, 70, 50]
    assert region["selection"]["taps"] == [CHANGE]
    assert region["anchor"] == pytest.approx([60, 40], abs=1)
    corners = np.reshape(region["outline"][0], (-1, 2))
    assert corners.min(axis=0).tolist() == [50, 30] and corners.max(axis=0).tolist() == [69, 49]
    mask = picture(client.get(region["mask"]).content)
    assert mask[40, 60, 0] == 255 and mask[0, 0, 0] == 0


def test_no_taps_take_a_choice_away(client: TestClient, png: bytes) -> None:
    photo = upload(client, png)
    choose(client, photo, "change", CHANGE)
    assert choose(client, photo, "change").json()["regions"] == {}


def test_suggestion_is_marked_as_ours(client: TestClient, png: bytes) -> None:
    photo = upload(client, png)
    choose(client, photo, "change", CHANGE)
    region = step(client, photo, "suggest").json()["regions"]["match"]
    assert region["selection"]["automatic"] and region["box"] == [0, 0, 20, 20]


def test_full_size_result_keeps_the_background(
    client: TestClient, png: bytes, photo: np.ndarray
) -> None:
    described = harmonized(client, png)
    assert described["result"]["summary"] == "darker, as [0, 0, 20, 20]"
    file = step(client, described, "download", strength=0.5).json()
    assert file["name"] == "party-harmonized.png"
    answer = client.get(file["url"])
    assert 'filename="party-harmonized.png"' in answer.headers["content-disposition"]
    result = picture(answer.content)
    inside = np.zeros((80, 120), bool)
    inside[30:50, 50:70] = True
    assert np.array_equal(result[~inside], photo[~inside])
    assert np.abs(result[inside] - photo[inside] * 0.75).max() <= 0.51


def test_new_choice_forgets_the_result(client: TestClient, png: bytes) -> None:
    described = harmonized(client, png)
    after = described["result"]["after"]
    assert choose(client, described, "match", MATCH).json()["result"] is None
    assert sentence(step(client, described, "download", strength=1)) == ERRORS["not_harmonized"]
    assert client.get(after).status_code == 200, "a page may be loading it still"
    for _ in range(2):
        assert step(client, described, "harmonize").status_code == 200
    assert client.get(after).status_code == 404


def test_state_survives_a_reload(client: TestClient, png: bytes) -> None:
    described = harmonized(client, png)
    state = client.get("/iph/state").json()
    assert state["models"] == "ready"
    assert state["photo"] == described


def test_work_goes_on_after_its_memory_was_given_to_others(
    new_client: Callable[..., TestClient], png: bytes
) -> None:
    client = new_client(max_open_scenes=1)
    first = harmonized(client, png)
    before = client.get(step(client, first, "download", strength=1).json()["url"]).content
    upload(new_client(of=client), png)
    again = step(client, first, "download", strength=1).json()
    assert client.get(again["url"]).content == before
    assert choose(client, first, "match", MATCH).status_code == 200


def test_steps_that_fail_leave_no_more_open_than_others(
    new_client: Callable[..., TestClient], png: bytes
) -> None:
    client = new_client(max_open_scenes=1, metrics_token="swordfish")
    photos = [upload(client, png) for _ in range(3)]
    for photo in photos:
        refused = client.post(
            f"/iph/photos/{photo['id']}/choose", json={"role": "change", "mask": "found-none"}
        )
        assert refused.status_code == 400
    metrics = client.get("/iph/metrics", headers={"Authorization": "Bearer swordfish"}).text
    assert "\niph_photos_open 1\n" in metrics


def test_example_opens_in_one_request(client: TestClient) -> None:
    described = client.post("/iph/examples/pioneers").json()
    assert described["width"] > 1000
    assert client.get("/iph/examples/pioneers/thumbnail.jpg").status_code == 200
    assert client.post("/iph/examples/nothing").status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xff\xd8\xff\xe0truncated"],
    ids=["empty", "text", "svg", "truncated"],
)
def test_bad_upload_is_one_sentence_and_leaves_nothing(client: TestClient, content: bytes) -> None:
    answer = client.post("/iph/photos", content=content, headers={"X-File-Name": "a.jpg"})
    assert answer.status_code == 400
    sentence(answer)
    assert client.get("/iph/state").json()["photo"] is None


def test_bad_upload_does_not_cost_the_photo_before(client: TestClient, png: bytes) -> None:
    described = upload(client, png)
    assert client.post("/iph/photos", content=b"hello").status_code == 400
    assert client.get("/iph/state").json()["photo"]["id"] == described["id"]


def test_bad_uploads_take_no_place(new_client: Callable[..., TestClient], png: bytes) -> None:
    owner = new_client(max_sessions=2)
    described = upload(owner, png)
    for _ in range(3):
        assert new_client(of=owner).post("/iph/photos", content=b"hello").status_code == 400
    assert owner.get(described["preview"]).status_code == 200


def test_upload_over_the_limit_is_refused(client: TestClient) -> None:
    answer = client.post("/iph/photos", content=bytes(1_000_001))
    assert answer.status_code == 413
    assert "1 MB" in sentence(answer)


@pytest.mark.parametrize("tap", [[-1, 5, True], [5, 80, True], [120, 5, True]])
def test_tap_outside_is_one_sentence(client: TestClient, png: bytes, tap: list) -> None:
    answer = choose(client, upload(client, png), "change", tap)
    assert answer.status_code == 400
    assert sentence(answer) == ERRORS["outside"]


@pytest.mark.parametrize(
    "body",
    [
        {"role": "nobody", "taps": []},
        {"role": "change", "taps": [["a", 1, True]]},
        {"role": "change", "taps": [[1, 1, True]] * 65},
    ],
)
def test_malformed_request_is_one_sentence(client: TestClient, png: bytes, body: dict) -> None:
    photo = upload(client, png)
    answer = client.post(f"/iph/photos/{photo['id']}/choose", json=body)
    assert answer.status_code == 400
    assert sentence(answer) == ERRORS["bad_request"]


def test_taps_that_are_no_number_are_refused(client: TestClient, png: bytes) -> None:
    photo = upload(client, png)
    body = '{"role": "change", "taps": [[NaN, 1, true]]}'
    headers = {"Content-Type": "application/json"}
    answer = client.post(f"/iph/photos/{photo['id']}/choose", content=body, headers=headers)
    assert answer.status_code == 400


def test_steps_out_of_order_say_what_to_do(client: TestClient, png: bytes) -> None:
    photo = upload(client, png)
    assert sentence(step(client, photo, "harmonize")) == ERRORS["nobody_chosen"]
    assert sentence(step(client, photo, "suggest")) == ERRORS["nobody_chosen"]
    assert sentence(step(client, photo, "download", strength=1)) == ERRORS["not_harmonized"]


def test_background_is_matched_where_nobody_is_chosen(client: TestClient, png: bytes) -> None:
    photo = upload(client, png)
    choose(client, photo, "change", CHANGE)
    assert step(client, photo, "harmonize").json()["result"]["summary"] == "darker, as None"


def test_nobody_reads_or_changes_what_is_another_sessions(
    new_client: Callable[..., TestClient], png: bytes
) -> None:
    owner = new_client()
    described = harmonized(owner, png)
    file = step(owner, described, "download", strength=1).json()["url"]
    files = [
        described["preview"],
        described["result"]["after"],
        described["regions"]["change"]["mask"],
        file,
    ]
    stranger = new_client(of=owner)
    upload(stranger, png)
    for path in files:
        assert owner.get(path).status_code == 200
        assert stranger.get(path).status_code == 404
    for verb in ("prepare", "suggest", "harmonize"):
        assert step(stranger, described, verb).status_code == 404
    assert step(stranger, described, "download", strength=1).status_code == 404
    assert choose(stranger, described, "change", CHANGE).status_code == 404
    assert stranger.delete(f"/iph/photos/{described['id']}").status_code == 404
    assert stranger.get("/iph/state").json()["photo"]["id"] != described["id"]
    assert owner.get(described["preview"]).status_code == 200


def test_session_id_that_we_did_not_give_out_is_not_taken(client: TestClient, png: bytes) -> None:
    client.cookies.set("iph_session", "chosen-by-somebody")
    answer = client.post("/iph/photos", content=png)
    assert "chosen-by-somebody" not in answer.headers["set-cookie"]


def test_cookie_is_out_of_reach_of_scripts_and_other_sites(client: TestClient, png: bytes) -> None:
    cookie = client.post("/iph/photos", content=png).headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie


def test_request_of_another_sites_page_changes_nothing(client: TestClient, png: bytes) -> None:
    photo = upload(client, png)
    for method, path in [
        ("POST", "/iph/photos"),
        ("POST", f"/iph/photos/{photo['id']}/harmonize"),
        ("DELETE", f"/iph/photos/{photo['id']}"),
    ]:
        answer = client.request(method, path, content=b"", headers={"X-IPH": ""})
        assert answer.status_code == 403, path
    assert client.get(photo["preview"]).status_code == 200


@pytest.mark.parametrize("name", ["../upload", "..%2f..%2fetc%2fpasswd", "party.png", "preview"])
def test_only_names_that_we_gave_out_are_files(client: TestClient, png: bytes, name: str) -> None:
    photo = upload(client, png)
    assert client.get(f"/iph/photos/{photo['id']}/files/{name}").status_code == 404


def test_start_over_deletes_every_file(
    new_client: Callable[..., TestClient],
    png: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    client = new_client()
    described = harmonized(client, png)
    assert any(path.name == "party.png" for path in tmp_path.rglob("*"))
    assert client.delete(f"/iph/photos/{described['id']}").status_code == 204
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".png", ".jpg")]


def test_oldest_photo_of_a_session_goes(new_client: Callable[..., TestClient], png: bytes) -> None:
    client = new_client(photos_per_session=2)
    first, second, third = (upload(client, png) for _ in range(3))
    assert client.get(first["preview"]).status_code == 404
    assert client.get(second["preview"]).status_code == 200
    assert client.get(third["preview"]).status_code == 200
