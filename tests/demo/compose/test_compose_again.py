"""Going back while composing: where somebody was placed stays, when they are cut out anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from demo.composition import Look, kept_in_place
from iph_core.photo import encode_png
from tests.demo.compose.steps import PERSON, SCENE, bring, cutout_png, noise, ok, upload

PLACED = {"x": 70.0, "y": 40.0, "scale": 1.5, "rotation": 90.0, "flip": True, "cast": "left"}


def choose(client: TestClient, photo: str, *taps: tuple[int, int]) -> None:
    body = {"role": "change", "taps": [[x, y, True] for x, y in taps]}
    ok(client.post(f"/iph/photos/{photo}/choose", json=body))


@pytest.fixture
def person(client: TestClient) -> str:
    """The id of a photo whose person at (30, 25), 20 x 20 pixels, was cut out and placed."""
    pixels = np.full((PERSON[1], PERSON[0], 3), (20, 60, 200), np.uint8)
    pixels[15:35, 20:40] = (220, 40, 30)
    scene, person = upload(client, encode_png(noise(SCENE))), upload(client, encode_png(pixels))
    bring(client, scene, person)
    choose(client, person, (30, 25))
    ok(client.post("/iph/composition/cut"))
    ok(client.post("/iph/composition/look", json=PLACED))
    return person


def cut_again(client: TestClient) -> dict[str, Any]:
    ok(client.post("/iph/composition/step", json={"step": "cut"}))
    return ok(client.post("/iph/composition/cut"))["composition"]


def test_the_same_person_lies_where_they_lay(client: TestClient, person: str) -> None:
    again = cut_again(client)
    assert again["step"] == "place"
    assert again["look"] == PLACED
    assert again["shadow"]["picture"]


def test_what_was_added_does_not_move_the_rest(client: TestClient, person: str) -> None:
    choose(client, person, (30, 31))  # the box a tap finds lies six pixels lower
    again = cut_again(client)
    kept = ("scale", "rotation", "flip", "cast")
    assert [again["look"][key] for key in kept] == [PLACED[key] for key in kept]
    # Turned by a quarter, down in their photo is left in the scene.
    assert again["look"]["x"] == pytest.approx(PLACED["x"] - 1.5 * 6, abs=2)
    assert again["look"]["y"] == pytest.approx(PLACED["y"], abs=2)


def test_somebody_else_gets_a_place_of_their_own(client: TestClient, person: str) -> None:
    choose(client, person, (2, 46))
    look = cut_again(client)["look"]
    assert (look["rotation"], look["flip"], look["cast"]) == (0, False, "none")


def test_every_point_of_a_person_stays_where_it_was() -> None:
    look = Look(**PLACED)
    before, after = (10, 20, 30, 50), (4, 20, 30, 61)
    moved = kept_in_place(look, before, after)
    assert moved
    point = np.array([15.0, 30.0, 1])  # in the photo

    def seen(look: Look, box: tuple[int, int, int, int]) -> np.ndarray:
        matrix = look.placement().matrix((box[2] - box[0], box[3] - box[1]))
        return matrix @ (point - [box[0], box[1], 0])

    np.testing.assert_allclose(seen(moved, after), seen(look, before))


def test_it_says_who_came_cut_out(client: TestClient, person: str) -> None:
    def came_cut_out() -> bool:
        return client.get("/iph/composition").json()["composition"]["cutout"]["came_cut_out"]

    assert not came_cut_out()
    bring(client, upload(client, cutout_png()), part="person")
    assert came_cut_out()


def test_a_picture_that_the_page_may_be_loading_outlives_the_next(
    client: TestClient,
    person: str,
) -> None:
    def shadow_after(rotation: float) -> str:
        turned = PLACED | {"rotation": rotation}
        moved = ok(client.post("/iph/composition/look", json=turned))["composition"]
        return moved["shadow"]["picture"]

    first, second, third = (shadow_after(turn) for turn in (10, 20, 30))
    statuses = [client.get(f"/{address}").status_code for address in (first, second, third)]
    assert statuses == [404, 200, 200]
