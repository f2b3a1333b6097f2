"""The look of another photo: whose it is, how long it stays, what it does to the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from demo.lent import MOST_KEPT, KeptLooks, Lent, lend
from demo.selection import Selection
from demo.texts import ERRORS
from demo.workspace import Workspace
from iph_core.photo import encode_png, open_photo
from iph_core.pipeline import Reference
from tests.demo.double import BoxEngine
from tests.demo.test_api import CHANGE, choose, harmonized, picture, sentence, step, upload
from tests.demo.test_results import BOX, looks, taken

# Another photo: 90 x 60, dark but for a person at (20, 30).
BRIGHT, DARK = 204, 51
TAP = [20.0, 30.0, True]
PERSON = (slice(20, 40), slice(10, 30))


@pytest.fixture
def other_png() -> bytes:
    pixels = np.full((60, 90, 3), DARK, np.uint8)
    pixels[PERSON] = BRIGHT
    return encode_png(pixels)


def bring(client: TestClient, photo: dict, content: bytes) -> dict[str, Any]:
    answer = client.post(
        f"/iph/photos?for={photo['id']}", content=content, headers={"X-File-Name": "dusk.png"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def match(client: TestClient, photo: dict, other: dict, *taps: list, **more: object) -> Any:
    body = {"role": "match", "photo": other["id"], "taps": taps, **more}
    return client.post(f"/iph/photos/{photo['id']}/choose", json=body)


def left(client: TestClient, photo: dict, before: np.ndarray) -> float:
    """Which share of its light the person to change has left in the file."""
    result = picture(taken(client, photo)).astype(float)
    outside = np.ones(result.shape[:2], bool)
    outside[BOX] = False
    assert np.array_equal(result[outside], before[outside])
    return float((result[BOX] / np.maximum(before[BOX], 1.0))[before[BOX] > 100].mean())


def test_a_person_in_another_photo_is_matched(
    client: TestClient, png: bytes, photo: np.ndarray, other_png: bytes
) -> None:
    here = upload(client, png)
    choose(client, here, "change", CHANGE)
    there = bring(client, here, other_png)
    chosen = match(client, here, there, TAP).json()
    assert chosen["other"]["photo"] == there["id"] and not chosen["other"]["whole"]
    assert "match" not in chosen["regions"] and not chosen["background"]
    seen = picture(client.get(chosen["other"]["thumbnail"]).content)
    assert seen[60:-60, 60:-60].mean() == pytest.approx(BRIGHT, abs=3)
    step(client, here, "harmonize")
    assert left(client, here, photo) == pytest.approx(BRIGHT / 255, abs=0.01)


def test_the_whole_of_another_photo_is_matched(
    client: TestClient, png: bytes, photo: np.ndarray, other_png: bytes
) -> None:
    here = upload(client, png)
    choose(client, here, "change", CHANGE)
    chosen = match(client, here, bring(client, here, other_png)).json()
    assert chosen["other"]["whole"]
    step(client, here, "harmonize")
    whole = DARK + (BRIGHT - DARK) * 400 / (90 * 60)
    assert left(client, here, photo) == pytest.approx(whole / 255, abs=0.01)


def test_the_result_is_that_of_the_full_size_reference(tmp_path: Path) -> None:
    """What is kept of the other photo is small; the network sees the very same numbers."""
    pixels = np.random.default_rng(2).integers(0, 65536, (400, 700, 3), np.uint16)
    source = tmp_path / "deep.png"
    source.write_bytes(encode_png(pixels))
    other = Workspace(source, tmp_path, BoxEngine(10**6, 10**7), 100)
    other.read()
    lent = lend(other, Selection(taps=((200, 150, True),), photo=other.id))
    mask = np.zeros((400, 700), np.float32)
    mask[140:160, 190:210] = 1
    expected = Reference(open_photo(source), mask).view
    assert np.array_equal(lent.reference.view.picture, expected.picture)
    assert np.array_equal(lent.reference.view.mask > 0.5, expected.mask > 0.5)
    assert lent.reference.photo.size == (256, 256)


def test_look_thumbnail_and_files_go_on_working(
    client: TestClient, png: bytes, photo: np.ndarray, other_png: bytes
) -> None:
    here = upload(client, png)
    choose(client, here, "change", CHANGE)
    step(client, here, "suggest")
    match(client, here, bring(client, here, other_png), TAP)
    made = step(client, here, "harmonize").json()
    found = step(client, made, "looks").json()["looks"]
    assert found[0]["key"] == "other"
    assert picture(client.get(found[0]["whom"]).content).shape[0] > 60
    assert all(look["whom"] is None for look in found[1:])
    shared = step(client, made, "share", strength=1).json()
    assert client.get(f"/iph/s/{shared['id']}/after.jpg").status_code == 200
    assert taken(client, made, format="html") and taken(client, made, format="cube")

    # Somebody else, and back, without choosing again.
    first = made["offers"][0]["mask"]
    assert step(client, made, "match", key=first).json()["other"] is None
    assert left(client, here, photo) == pytest.approx(0.5, abs=0.01)
    again = step(client, made, "match", key="other").json()
    assert again["other"]["selection"]["taps"] == [TAP]
    assert left(client, here, photo) == pytest.approx(BRIGHT / 255, abs=0.01)


def test_another_choice_in_the_other_photo_has_a_look_of_its_own(
    client: TestClient, png: bytes, other_png: bytes
) -> None:
    here = upload(client, png)
    choose(client, here, "change", CHANGE)
    there = bring(client, here, other_png)
    match(client, here, there, TAP)
    bright = looks(client, step(client, here, "harmonize").json())["other"]
    match(client, here, there, [70.0, 30.0, True])
    dark = looks(client, step(client, here, "harmonize").json())["other"]
    assert dark != bright
    assert picture(client.get(dark).content).mean() < 110


def test_it_stays_after_the_other_photo_went_and_memory_was_given_back(
    new_client: Callable[..., TestClient], png: bytes, photo: np.ndarray, other_png: bytes
) -> None:
    client = new_client(max_open_scenes=1)
    here = upload(client, png)
    choose(client, here, "change", CHANGE)
    there = bring(client, here, other_png)
    match(client, here, there, TAP)
    step(client, here, "harmonize")
    client.delete(f"/iph/photos/{there['id']}")
    upload(client, png)
    assert left(client, here, photo) == pytest.approx(BRIGHT / 255, abs=0.01)
    # Undo and redo ask for what was chosen before.
    choose(client, here, "match", [100.0, 60.0, True])
    assert match(client, here, there, TAP).json()["other"]["photo"] == there["id"]
    assert match(client, here, there, [70.0, 30.0, True]).status_code == 404


def test_a_reload_finds_the_photo_that_is_worked_on(
    client: TestClient, png: bytes, other_png: bytes
) -> None:
    here = upload(client, png)
    choose(client, here, "change", CHANGE)
    there = bring(client, here, other_png)
    assert client.get("/iph/state").json()["photo"]["id"] == here["id"]
    chosen = match(client, here, there).json()
    assert client.get("/iph/state").json()["photo"] == chosen


def test_the_other_photo_goes_with_its_own(
    client: TestClient, png: bytes, other_png: bytes
) -> None:
    here = upload(client, png)
    first = bring(client, here, other_png)
    second = bring(client, here, other_png)
    assert client.get(first["preview"]).status_code == 404, "one at a time is enough"
    assert client.get(second["preview"]).status_code == 200
    client.delete(f"/iph/photos/{here['id']}")
    assert client.get(second["preview"]).status_code == 404


def test_other_photos_count_to_the_limit(
    new_client: Callable[..., TestClient], png: bytes, other_png: bytes
) -> None:
    client = new_client(photos_per_session=2)
    oldest, here = upload(client, png), upload(client, png)
    there = bring(client, here, other_png)
    assert client.get(oldest["preview"]).status_code == 404
    assert client.get(here["preview"]).status_code == 200
    assert client.get(there["preview"]).status_code == 200
    alone = new_client(photos_per_session=1)
    only = upload(alone, png)
    bring(alone, only, other_png)
    assert alone.get(only["preview"]).status_code == 200, "the photo itself went"


def test_only_photos_of_the_session_lend_and_take(
    new_client: Callable[..., TestClient], png: bytes, other_png: bytes
) -> None:
    owner = new_client()
    theirs = upload(owner, other_png)
    stranger = new_client(of=owner)
    here = upload(stranger, png)
    choose(stranger, here, "change", CHANGE)
    for forged in (theirs["id"], "A" * 22, "../../etc"):
        refused = match(stranger, here, {"id": forged}, TAP)
        assert refused.status_code == 404 and sentence(refused) == ERRORS["gone"]
        brought = stranger.post(f"/iph/photos?for={forged}", content=other_png)
        assert brought.status_code == 404
        made = harmonized(stranger, png)
        second = stranger.post(f"/iph/photos/{made['id']}/second", json={"photo": forged})
        assert second.status_code == 404
    assert stranger.get("/iph/state").json()["photo"]["other"] is None


def test_what_cannot_be_is_one_sentence(client: TestClient, png: bytes, other_png: bytes) -> None:
    here = upload(client, png)
    there = bring(client, here, other_png)
    assert sentence(match(client, here, here)) == ERRORS["bad_request"]
    body = {"role": "change", "photo": there["id"], "taps": [TAP]}
    asked = client.post(f"/iph/photos/{here['id']}/choose", json=body)
    assert sentence(asked) == ERRORS["bad_request"]
    assert sentence(match(client, here, there, [90.0, 30.0, True])) == ERRORS["outside"]
    large = bring(client, here, encode_png(np.zeros((300, 400, 3), np.uint8)))
    tiny = sentence(match(client, here, large, box=[10, 10, 12, 12]))
    assert tiny == "The reference region is too small: choose a larger one."
    assert sentence(match(client, here, large, mask="brought-9")) == ERRORS["no_such_mask"]


def test_a_mask_brought_for_the_other_photo_counts_there(
    client: TestClient, png: bytes, photo: np.ndarray, other_png: bytes
) -> None:
    here = upload(client, png)
    choose(client, here, "change", CHANGE)
    there = bring(client, here, other_png)
    mask = np.zeros((60, 90), np.uint8)
    mask[22:38, 12:28] = 255
    content = cv2.imencode(".png", mask)[1].tobytes()
    brought = client.post(f"/iph/photos/{there['id']}/mask?role=match", content=content).json()
    name = brought["regions"]["match"]["selection"]["mask"]
    assert match(client, here, there, mask=name).status_code == 200
    step(client, here, "harmonize")
    assert left(client, here, photo) == pytest.approx(BRIGHT / 255, abs=0.01)


def test_the_oldest_look_makes_room() -> None:
    kept = KeptLooks()
    selections = [Selection(photo=str(number)) for number in range(MOST_KEPT + 1)]
    for selection in selections[:-1]:
        kept.keep(Lent(selection, None, b""))
    kept.read(selections[0])
    kept.keep(Lent(selections[-1], None, b""))
    assert [it in kept for it in selections] == [True, False, *[True] * (MOST_KEPT - 1)]
