"""Composing over the routes: what was brought, cutting, placing, the composite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from demo.texts import ERRORS
from iph_core.compose import Cutout, Placement, Shadow, compose
from iph_core.photo import encode_png, open_mask, open_photo
from tests.demo.compose.steps import (
    LOOK,
    PERSON,
    RANDOM,
    SCENE,
    bring,
    cutout_png,
    fetch,
    mask_png,
    noise,
    ok,
    upload,
)


@pytest.fixture
def placing(client: TestClient) -> Callable[..., dict[str, Any]]:
    """A noisy scene and a cut-out of 20 x 30 over it, with a look of one's own."""

    def start(**look: Any) -> dict[str, Any]:
        scene, person = upload(client, encode_png(noise(SCENE)), "party.png"), cutout_png()
        answer = bring(client, scene, upload(client, person, "me.png"))["composition"]
        assert answer["step"] == "place"
        if look:
            answer = ok(client.post("/iph/composition/look", json={**LOOK, **look}))["composition"]
        return answer

    return start


def test_one_photo_goes_on_as_ever(client: TestClient) -> None:
    photo = upload(client, encode_png(noise(SCENE)))
    answer = bring(client, photo)
    assert answer["photo"]["id"] == photo
    assert answer["composition"] is None
    assert ok(client.get("/iph/composition"))["composition"] is None


def test_a_composite_and_its_mask_are_one_photo(client: TestClient) -> None:
    ids = [upload(client, mask_png(SCENE)), upload(client, encode_png(noise(SCENE)))]
    answer = bring(client, *ids)
    assert (answer["composition"], answer["swapped"]) == (None, False)
    assert answer["photo"]["id"] == ids[1]
    assert answer["photo"]["regions"]["change"]["box"] == [30, 20, 60, 60]
    assert client.get("/iph/state").json()["photo"]["id"] == ids[1]


def test_a_swapped_mask_is_turned_and_said(client: TestClient) -> None:
    ids = [upload(client, encode_png(noise(SCENE))), upload(client, mask_png(SCENE, swapped=True))]
    answer = bring(client, *ids)
    assert answer["swapped"]
    assert answer["photo"]["regions"]["change"]["box"] == [30, 20, 60, 60]


def test_a_mask_alone_is_one_sentence(client: TestClient) -> None:
    answer = client.post("/iph/brought", json={"photos": [upload(client, mask_png(SCENE))]})
    assert answer.status_code == 400
    assert answer.json()["error"] == ERRORS["mask_alone"]


@pytest.mark.parametrize("order", [1, -1])
def test_two_photos_in_either_order_and_swapped(client: TestClient, order: int) -> None:
    ids = [upload(client, encode_png(noise(size))) for size in (SCENE, PERSON)]
    first, second = ids[::order]
    answer = bring(client, first, part="scene" if order == 1 else "person")["composition"]
    assert answer["step"] == "photos"
    answer = bring(client, second, part="person" if order == 1 else "scene")["composition"]
    assert answer["step"] == "cut"
    assert (answer["scene"]["id"], answer["person"]["id"]) == tuple(ids)
    swapped = ok(client.post("/iph/composition/swap"))["composition"]
    assert (swapped["scene"]["id"], swapped["person"]["id"]) == tuple(ids[::-1])


def test_a_cutout_is_the_person_and_goes_straight_to_placing(client: TestClient) -> None:
    cutout = upload(client, cutout_png())
    assert bring(client, cutout, part="photo")["photo"]["id"] == cutout  # harmonized itself
    assert ok(client.get("/iph/composition"))["composition"] is None
    alone = bring(client, cutout)["composition"]
    assert alone["step"] == "photos"
    assert alone["person"] and not alone["scene"]
    placed = bring(client, upload(client, encode_png(noise(SCENE))), part="scene")["composition"]
    assert placed["step"] == "place"
    assert (placed["cutout"]["width"], placed["cutout"]["height"]) == (20, 30)
    picture = open_photo(fetch(client, placed["cutout"]["picture"]))
    assert picture.size == (20, 30)
    assert picture.alpha is not None and (picture.alpha == 255).all()


def test_cutting_needs_someone_and_takes_whom_was_tapped(client: TestClient) -> None:
    pixels = np.full((PERSON[1], PERSON[0], 3), (20, 60, 200), np.uint8)
    pixels[15:35, 20:40] = (220, 40, 30)  # the box that a tap at (30, 25) finds
    ids = [upload(client, encode_png(noise(SCENE))), upload(client, encode_png(pixels))]
    bring(client, *ids)
    refused = client.post("/iph/composition/cut")
    assert refused.json()["error"] == ERRORS["nobody_chosen"]
    tap = {"role": "change", "taps": [[30, 25, True]]}
    ok(client.post(f"/iph/photos/{ids[1]}/choose", json=tap))
    placed = ok(client.post("/iph/composition/cut"))["composition"]
    assert placed["step"] == "place"
    assert 16 <= placed["cutout"]["width"] <= 26


def test_the_first_place_is_beside_the_person_there(placing: Callable[..., dict]) -> None:
    look = placing()["look"]
    assert look["scale"] == pytest.approx(2)  # 60 high, as the one at (10, 20) to (40, 80)
    assert look["y"] == pytest.approx(50)
    assert look["x"] > 40


def test_the_composite_is_what_the_library_makes(
    client: TestClient, placing: Callable[..., dict], tmp_path: Path
) -> None:
    look = {"x": 72.3, "y": 41.8, "scale": 1.3, "rotation": 20, "flip": True, "cast": "left"}
    described = placing(**look)
    scene = open_photo(fetch_source(client, described["scene"]["id"]))
    cutout = Cutout.from_alpha(open_photo(fetch(client, described["cutout"]["picture"])))
    made = ok(client.post("/iph/composition/render"))
    expected, mask = compose(
        scene, cutout, Placement(72.3, 41.8, 1.3, 20, True), None, Shadow(direction=200)
    )
    photo = open_photo(fetch_source(client, made["photo"]["id"]))
    np.testing.assert_array_equal(photo.pixels, expected.pixels)
    assert made["composition"]["step"] == "done"
    assert (made["photo"]["width"], made["photo"]["height"]) == SCENE
    known = open_mask(fetch(client, made["photo"]["regions"]["change"]["mask"]), SCENE)
    assert np.abs(known - mask).max() < 1 / 100
    assert client.get("/iph/state").json()["photo"]["id"] == made["photo"]["id"]


def fetch_source(client: TestClient, photo_id: str) -> Path:
    """The file on disk that a photo of the page was read from."""
    for preview in client.app.state.scratch.path.glob("*/*/*/preview-*.jpg"):
        answer = client.get(f"/iph/photos/{photo_id}/files/{preview.name}")
        if answer.content == preview.read_bytes():
            return next(file for file in preview.parent.parent.iterdir() if file.is_file())
    raise AssertionError("no such photo")


def test_who_stands_before_hides_and_stays(
    client: TestClient, placing: Callable[..., dict]
) -> None:
    described = placing(x=70, y=40)
    answer = ok(client.post("/iph/composition/behind", json={"taps": [[70, 40]]}))
    behind = answer["composition"]["behind"]
    shown = open_photo(fetch(client, behind["picture"])).alpha
    assert shown is not None and shown[40, 70] == 255 and shown[60, 70] == 0
    made = ok(client.post("/iph/composition/render"))["photo"]
    mask = open_mask(fetch(client, made["regions"]["change"]["mask"]), SCENE)
    assert mask[40, 70] == 0
    assert mask[53, 70] > 0.8  # outside their box, where the edge is refined
    before = open_photo(fetch_source(client, described["scene"]["id"])).pixels
    after = open_photo(fetch_source(client, made["id"])).pixels
    np.testing.assert_array_equal(after[34:46, 64:76], before[34:46, 64:76])
    both = {"taps": [[70, 40], [20, 20]]}
    two = ok(client.post("/iph/composition/behind", json=both))["composition"]["behind"]
    assert two["taps"] == both["taps"]
    again = {"taps": [*both["taps"], [72, 38]]}
    one = ok(client.post("/iph/composition/behind", json=again))["composition"]["behind"]
    assert one["taps"] == [[20, 20]]
    gone = ok(client.post("/iph/composition/behind", json={"taps": []}))["composition"]["behind"]
    assert gone == {"taps": [], "picture": None}


def test_a_shadow_comes_when_asked_and_only_changes_with_the_turn(
    client: TestClient, placing: Callable[..., dict]
) -> None:
    assert placing(x=70)["shadow"] is None
    first = ok(client.post("/iph/composition/look", json={**LOOK, "cast": "below"}))
    shadow = first["composition"]["shadow"]
    x0, _, x1, y1 = shadow["box"]
    assert x0 < -10 and x1 > 10 and y1 > 15
    assert open_photo(fetch(client, shadow["picture"])).alpha is not None
    same = ok(client.post("/iph/composition/look", json={**LOOK, "cast": "below", "x": 10}))
    assert same["composition"]["shadow"] == shadow
    turned = ok(client.post("/iph/composition/look", json={**LOOK, "cast": "below", "rotation": 9}))
    assert turned["composition"]["shadow"]["picture"] != shadow["picture"]


def test_back_and_reload_lose_nothing(client: TestClient, placing: Callable[..., dict]) -> None:
    placed = placing(x=33.25, y=44.5, rotation=-12.5)
    assert ok(client.get("/iph/composition"))["composition"] == placed
    made = ok(client.post("/iph/composition/render"))
    again = ok(client.post("/iph/composition/step", json={"step": "place"}))["composition"]
    assert again["look"] == placed["look"]
    assert again["cutout"] == placed["cutout"]
    second = ok(client.post("/iph/composition/render"))["photo"]["id"]
    first = made["photo"]["id"]
    assert client.post(f"/iph/photos/{first}/prepare").status_code == 404  # the older one went
    assert client.post(f"/iph/photos/{second}/prepare").status_code == 200


def test_a_new_composition_follows_a_finished_one(
    client: TestClient, placing: Callable[..., dict]
) -> None:
    placing()
    done = ok(client.post("/iph/composition/render"))["photo"]["id"]
    new = bring(client, upload(client, cutout_png((12, 12))))["composition"]
    assert (new["step"], new["scene"], new["result"]) == ("photos", None, None)
    assert client.post(f"/iph/photos/{done}/prepare").status_code == 200


def test_giving_up_deletes_everything(client: TestClient, placing: Callable[..., dict]) -> None:
    placed = placing()
    assert client.delete("/iph/composition").status_code == 204
    assert ok(client.get("/iph/composition"))["composition"] is None
    assert client.get(f"/{placed['cutout']['picture']}").status_code == 404
    assert ok(client.get("/iph/state"))["photo"] is None


def test_giving_up_a_finished_one_deletes_the_composite(
    client: TestClient, placing: Callable[..., dict]
) -> None:
    placing()
    made = ok(client.post("/iph/composition/render"))["photo"]["id"]
    ok(client.post("/iph/composition/step", json={"step": "photos"}))
    assert client.delete("/iph/composition").status_code == 204
    assert client.post(f"/iph/photos/{made}/prepare").status_code == 404
    assert ok(client.get("/iph/state"))["photo"] is None


def test_a_lost_photo_ends_it(client: TestClient, placing: Callable[..., dict]) -> None:
    placed = placing()
    client.delete(f"/iph/photos/{placed['scene']['id']}")
    assert client.post("/iph/composition/render").status_code == 404
    assert ok(client.get("/iph/composition"))["composition"] is None


def test_it_is_seen_by_its_session_alone(
    client: TestClient, other: TestClient, placing: Callable[..., dict]
) -> None:
    placed = placing()
    other.post("/iph/photos", content=encode_png(noise(SCENE)))
    assert ok(other.get("/iph/composition"))["composition"] is None
    assert other.get(f"/{placed['cutout']['picture']}").status_code == 404
    body = {"photos": [placed["scene"]["id"]], "part": "scene"}
    assert other.post("/iph/brought", json=body).status_code == 404
    for verb in ("cut", "swap", "render"):
        assert other.post(f"/iph/composition/{verb}").status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("composition/look", {**LOOK, "scale": 0}),
        ("composition/look", {**LOOK, "x": "NaN"}),
        ("composition/look", {**LOOK, "cast": "up"}),
        ("composition/behind", {"taps": [[1, 1]] * 13}),
        ("composition/behind", {"taps": [[200_000, 5]]}),
        ("composition/step", {"step": "done"}),
        ("brought", {"photos": []}),
        ("brought", {"photos": ["a", "b", "c"]}),
    ],
)
def test_senseless_requests_are_refused(
    client: TestClient, placing: Callable[..., dict], path: str, body: dict[str, Any]
) -> None:
    placing()
    answer = client.post(f"/iph/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"] == ERRORS["bad_request"]


def test_requests_of_other_sites_are_refused(client: TestClient) -> None:
    assert client.delete("/iph/composition", headers={"X-IPH": ""}).status_code == 403


def test_placed_outside_is_one_sentence(client: TestClient, placing: Callable[..., dict]) -> None:
    placing(x=5000)
    answer = client.post("/iph/composition/render")
    assert answer.status_code == 400
    assert "another place" in answer.json()["error"]


def test_depth_and_profile_of_the_scene_stay(client: TestClient) -> None:
    deep = RANDOM.integers(0, 65536, (SCENE[1], SCENE[0], 3), np.uint16)
    scene = upload(client, encode_png(deep))
    bring(client, scene, upload(client, cutout_png()))
    ok(client.post("/iph/composition/look", json=LOOK))
    made = ok(client.post("/iph/composition/render"))["photo"]
    after = open_photo(fetch_source(client, made["id"])).pixels
    assert after.dtype == np.uint16
    np.testing.assert_array_equal(after[:20], deep[:20])
