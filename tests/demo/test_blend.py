"""Two references with a blend between them, by the routes of the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from demo.results import BLENDS, TABLE_SCALE
from demo.texts import ERRORS
from iph_core.photo import encode_png
from tests.demo.test_api import harmonized, picture, sentence, step, upload
from tests.demo.test_lent import BRIGHT, TAP, bring, left, other_png  # noqa: F401
from tests.demo.test_results import BOX, looks, taken

FIRST, SECOND = 0.5, 0.75  # of the light is left by the two who are offered (double.DARKER)


@pytest.fixture
def made(client: TestClient, png: bytes) -> dict[str, Any]:
    return harmonized(client, png)


def blended(client: TestClient, made: dict) -> dict[str, Any]:
    answer = step(client, made, "second", key=made["offers"][1]["mask"])
    assert answer.status_code == 200, answer.text
    return answer.json()


def kept(client: TestClient, made: dict, photo: np.ndarray, **asked: object) -> float:
    """Which share of its light the person to change keeps in the file."""
    result = picture(taken(client, made, **asked)).astype(float)[BOX]
    return float((result / np.maximum(photo[BOX], 1))[photo[BOX] > 100].mean())


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_files_hold_the_share_of_the_second(
    client: TestClient, made: dict, photo: np.ndarray, share: float, strength: float
) -> None:
    blended(client, made)
    expected = FIRST + share * (SECOND - FIRST)
    found = kept(client, made, photo, blend=share, strength=strength)
    assert found == pytest.approx(1 - strength * (1 - expected), abs=0.01)


def test_it_starts_halfway_and_stays_after_memory_was_given_back(
    new_client: Callable[..., TestClient], png: bytes, photo: np.ndarray
) -> None:
    client = new_client(max_open_scenes=1)
    made = harmonized(client, png)
    second = made["offers"][1]["mask"]
    answer = blended(client, made)
    assert answer["result"]["second"] == second and made["result"]["second"] is None
    assert answer["regions"] == made["regions"], "the first one still has the role"
    halfway = (FIRST + SECOND) / 2
    assert kept(client, made, photo) == pytest.approx(halfway, abs=0.01)
    after = picture(client.get(answer["result"]["after"]).content)[BOX].mean()
    assert after / photo[BOX].mean() == pytest.approx(halfway, abs=0.03)
    upload(client, png)  # the photo's memory goes
    assert kept(client, made, photo, blend=1.0) == pytest.approx(SECOND, abs=0.01)


def test_harmonizing_again_keeps_both(client: TestClient, made: dict, photo: np.ndarray) -> None:
    second = blended(client, made)["result"]["second"]
    again = step(client, made, "harmonize").json()
    assert again["result"]["second"] == second
    assert kept(client, made, photo, blend=1.0) == pytest.approx(SECOND, abs=0.01)


def test_numbers_hold_both_changes(client: TestClient, made: dict) -> None:
    alone = step(client, made, "numbers").json()
    assert alone["second"] is None
    blended(client, made)
    numbers = step(client, made, "numbers").json()
    place = (8, 16, 32)
    for address, share in [(numbers["table"], FIRST), (numbers["second"]["table"], SECOND)]:
        table = np.frombuffer(client.get(address).content, "<i2").reshape(33, 33, 33, 3)
        expected = -(1 - share) * np.array(place[::-1]) / 32
        assert table[place] / TABLE_SCALE == pytest.approx(expected, abs=1e-3)
    rows = numbers["second"]["points"]
    assert len(rows) == len(BLENDS) and rows[0] == numbers["points"]
    exposures = [row[-1]["change"]["exposure"] for row in rows]
    assert exposures == sorted(exposures) and exposures[-1] > exposures[0] + 0.5


def test_shared_pictures_hold_the_share(new_client: Callable[..., TestClient]) -> None:
    client = new_client()
    made = harmonized(client, encode_png(np.full((80, 120, 3), 200, np.uint8)))
    blended(client, made)
    shared = step(client, made, "share", strength=1, blend=1.0).json()
    after = picture(client.get(f"/iph/s/{shared['id']}/after.jpg").content).astype(float)
    assert after[35:45, 55:65].mean() == pytest.approx(200 * SECOND, abs=2)


def test_without_a_second_the_first_alone_is_matched(
    client: TestClient, made: dict, photo: np.ndarray
) -> None:
    before = looks(client, made)
    blended(client, made)
    assert looks(client, made) == before, "the looks are those of each alone"
    again = step(client, made, "second").json()
    assert again["result"]["second"] is None
    assert kept(client, made, photo, blend=1.0) == pytest.approx(FIRST, abs=0.01)
    blended(client, made)
    other = step(client, made, "match", key="background").json()
    assert other["result"]["second"] is None, "another first one ends the blend"


def test_the_scene_and_another_photo_can_be_the_second(
    client: TestClient,
    made: dict,
    photo: np.ndarray,
    other_png: bytes,  # noqa: F811
) -> None:
    step(client, made, "match", key=made["offers"][1]["mask"])
    answer = step(client, made, "second", key="background").json()
    assert answer["result"]["second"] == "background" and not answer["background"]
    assert kept(client, made, photo, blend=1.0) == pytest.approx(0.5, abs=0.01)
    there = bring(client, made, other_png)
    body = {"photo": there["id"], "taps": [TAP]}
    answer = client.post(f"/iph/photos/{made['id']}/second", json=body).json()
    assert answer["result"]["second"] == "own"
    assert kept(client, made, photo, blend=1.0) == pytest.approx(BRIGHT / 255, abs=0.01)
    assert left(client, made, photo) == pytest.approx((SECOND + BRIGHT / 255) / 2, abs=0.01)


def test_what_cannot_be_is_one_sentence(client: TestClient, png: bytes) -> None:
    photo = upload(client, png)
    assert sentence(step(client, photo, "second", key="background")) == ERRORS["not_harmonized"]
    made = harmonized(client, png)
    assert sentence(step(client, made, "second", key="nobody")) == ERRORS["no_such_mask"]
    assert sentence(step(client, made, "download", strength=1, blend=2)) == ERRORS["bad_request"]
    assert sentence(step(client, made, "second", taps=[[500, 1, True]])) == ERRORS["outside"]
