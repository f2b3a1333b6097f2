"""The routes of picking: what a selection means, what is offered, masks brought and taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from demo.texts import ERRORS
from demo.workspace import Workspace

SIZE = (120, 80)
TAP = [60.0, 40.0, True]


@pytest.fixture
def opened(client: TestClient, png: bytes) -> dict[str, Any]:
    answer = client.post("/iph/photos", content=png, headers={"X-File-Name": "party.png"})
    return answer.json()


@pytest.fixture
def choose(client: TestClient, opened: dict) -> Callable[..., Any]:
    def choose(role: str = "change", **selection: Any) -> Any:
        body = {"role": role, **selection}
        return client.post(f"/iph/photos/{opened['id']}/choose", json=body)

    return choose


@pytest.fixture
def step(client: TestClient, opened: dict) -> Callable[..., Any]:
    def step(verb: str, **body: Any) -> Any:
        return client.post(f"/iph/photos/{opened['id']}/{verb}", json=body)

    return step


@pytest.fixture
def bring(client: TestClient, opened: dict) -> Callable[..., Any]:
    def bring(mask: np.ndarray, role: str = "change") -> Any:
        content = cv2.imencode(".png", mask)[1].tobytes()
        return client.post(f"/iph/photos/{opened['id']}/mask?role={role}", content=content)

    return bring


def picture(client: TestClient, address: str) -> np.ndarray:
    content = np.frombuffer(client.get(address).content, np.uint8)
    return cv2.imdecode(content, cv2.IMREAD_GRAYSCALE)


def mask_of(client: TestClient, answer: Any, role: str = "change") -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return picture(client, answer.json()["regions"][role]["mask"])


def block(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros(SIZE[::-1], np.uint8)
    mask[y0:y1, x0:x1] = 255
    return mask


def test_a_box_and_a_level_reach_the_scene(client: TestClient, choose: Callable) -> None:
    boxed = mask_of(client, choose(box=[5, 10, 50, 60]))
    assert np.array_equal(boxed, block(5, 10, 50, 60))
    part = mask_of(client, choose(taps=[TAP], level="part"))
    assert np.array_equal(part, block(50, 30, 70, 40))


def test_edge_and_strokes_change_the_mask(client: TestClient, choose: Callable) -> None:
    grown = mask_of(client, choose(taps=[TAP], grow=5))
    assert grown[40, 46] == 255 and grown[40, 43] == 0
    dot = {"points": [10, 10], "radius": 4, "erase": False}
    line = {"points": [55, 40, 65, 40], "radius": 2, "erase": True}
    painted = mask_of(client, choose(taps=[TAP], strokes=[dot, line]))
    assert painted[10, 10] == 255 and painted[40, 60] == 0 and painted[35, 60] == 255


def test_the_page_and_the_library_edit_alike(client: TestClient, choose: Callable) -> None:
    from iph_core.regions.edits import Stroke, edited
    from iph_core.regions.mask import Region

    answer = choose(taps=[TAP], grow=-3, strokes=[{"points": [1, 2, 30, 9], "radius": 3}])
    region = Region(block(50, 30, 70, 50).astype(np.float32) / 255)
    truth = edited(region, -3, [Stroke(((1, 2), (30, 9)), 3)]).mask
    assert np.array_equal(mask_of(client, answer), np.round(truth * 255))


def test_the_selection_is_said_back_as_it_came(client: TestClient, choose: Callable) -> None:
    stroke = {"points": [1.0, 2.0, 3.0, 4.0], "radius": 2.5, "erase": True}
    sent = {"taps": [TAP], "level": "object", "grow": 2.0, "strokes": [stroke]}
    kept = choose(**sent).json()["regions"]["change"]["selection"]
    assert kept | sent == kept
    assert client.get("/iph/state").json()["photo"]["regions"]["change"]["selection"] == kept


def test_selections_that_make_no_sense(choose: Callable) -> None:
    for selection in (
        {"taps": [TAP], "level": "everything"},
        {"taps": [TAP], "strokes": [{"points": [1, 2, 3], "radius": 2}]},
        {"taps": [TAP], "strokes": [{"points": [1, 2], "radius": 0}]},
        {"taps": [TAP], "strokes": [{"points": [1e9, 2], "radius": 2}]},
        {"taps": [TAP], "grow": 1e9},
        {"box": [1, 2, 3]},
        {"mask": "brought-99"},
    ):
        error = "no_such_mask" if "mask" in selection else "bad_request"
        answer = choose(**selection)
        assert answer.status_code == 400, selection
        assert answer.json()["error"] == ERRORS[error]


def test_erasing_everything_is_said_and_changes_nothing(choose: Callable) -> None:
    before = choose(taps=[TAP]).json()["regions"]
    stroke = {"points": [40, 40, 80, 40], "radius": 30, "erase": True}
    answer = choose(taps=[TAP], strokes=[stroke])
    assert answer.status_code == 400 and "Nothing is left" in answer.json()["error"]
    assert choose("match", taps=[[100, 60, True]]).json()["regions"]["change"] == before["change"]


def test_people_are_offered_the_likeliest_pasted_first(client: TestClient, step: Callable) -> None:
    people = step("prepare").json()["people"]
    assert [person["box"] for person in people] == [[50, 30, 70, 50], [90, 50, 110, 70]]
    thumbnail = client.get(people[0]["thumbnail"])
    assert thumbnail.headers["content-type"] == "image/jpeg"
    assert step("prepare").json()["regions"] == {}, "somebody was chosen without being asked"


def test_who_is_there_is_told_once_it_is_known(client: TestClient, step: Callable) -> None:
    assert client.get("/iph/state").json()["photo"]["company"] is None
    told = {"count": 1, "alone": [[60.0, 40.0, True]]}
    assert step("prepare").json()["company"] == told
    assert client.get("/iph/state").json()["photo"]["company"] == told


def test_an_offer_can_be_chosen(client: TestClient, step: Callable, choose: Callable) -> None:
    person = step("prepare").json()["people"][0]
    mask = mask_of(client, choose(mask=person["mask"]))
    assert np.array_equal(mask, block(50, 30, 70, 50))


def test_the_first_offer_is_chosen_already(step: Callable, choose: Callable) -> None:
    choose(taps=[TAP])
    described = step("suggest").json()
    assert [offer["box"] for offer in described["offers"]] == [[0, 0, 20, 20], [90, 50, 110, 70]]
    assert described["regions"]["match"]["box"] == [0, 0, 20, 20]


def test_suggestions_respect_what_people_chose(step: Callable, choose: Callable) -> None:
    choose(taps=[TAP])
    choose("match", taps=[[100, 60, True]])
    assert step("suggest").json()["regions"]["match"]["box"] == [90, 50, 110, 70]
    assert choose("match").json()["background"]
    assert "match" not in step("suggest").json()["regions"]
    assert not choose("match", automatic=True).json()["background"]
    assert "match" in step("suggest").json()["regions"]


def test_whom_we_found_goes_with_the_person_to_change(step: Callable, choose: Callable) -> None:
    choose(taps=[TAP])
    step("suggest")
    assert choose().json()["regions"] == {}
    choose(taps=[TAP])
    choose("match", taps=[[100, 60, True]])
    assert set(choose().json()["regions"]) == {"match"}


def test_a_mask_is_brought(client: TestClient, bring: Callable, choose: Callable) -> None:
    mask = block(30, 20, 60, 70)
    answer = bring(mask)
    assert not answer.json()["swapped"]
    assert np.array_equal(mask_of(client, answer) > 127, mask > 127)
    selection = answer.json()["regions"]["change"]["selection"]
    edited = choose(**{**selection, "grow": 3})
    assert mask_of(client, edited)[45, 28] == 255


def test_black_and_white_swapped_is_recognized(client: TestClient, bring: Callable) -> None:
    mask = block(30, 20, 60, 70)
    answer = bring(255 - mask)
    assert answer.json()["swapped"]
    assert np.array_equal(mask_of(client, answer) > 127, mask > 127)


def test_a_mask_of_another_size_fits_where_its_shape_does(
    client: TestClient, bring: Callable
) -> None:
    large = cv2.resize(block(30, 20, 60, 70), (480, 320), interpolation=cv2.INTER_NEAREST)
    mask = mask_of(client, bring(large))
    assert mask[45, 45] == 255 and mask[45, 25] == 0
    answer = bring(np.zeros((80, 80), np.uint8) + block(30, 20, 60, 70)[:, :80])
    assert answer.status_code == 400 and answer.json()["error"] == ERRORS["mask_shape"]


def test_a_mask_has_no_more_pixels_than_a_photo_may_have(bring: Callable) -> None:
    answer = bring(cv2.resize(block(30, 20, 60, 70), (2520, 1680)))
    assert answer.status_code == 400 and "the limit is 4 megapixels" in answer.json()["error"]


def test_a_photo_is_no_mask(bring: Callable) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (80, 120, 3), np.uint8)
    answer = bring(noise)
    assert answer.status_code == 400 and answer.json()["error"] == ERRORS["not_a_mask"]


def test_masks_may_be_larger_than_other_requests(bring: Callable) -> None:
    noisy = np.random.default_rng(0).random((800, 1200)) > 0.5
    content = cv2.imencode(".png", noisy.astype(np.uint8) * 255)[1]
    assert len(content) > 70_000
    assert bring(noisy.astype(np.uint8) * 255).status_code == 200


def test_a_mask_is_taken_away(client: TestClient, step: Callable, choose: Callable) -> None:
    answer = step("save-mask", role="change")
    assert answer.status_code == 400 and answer.json()["error"] == ERRORS["nobody_to_save"]
    choose(taps=[TAP])
    made = step("save-mask", role="change").json()
    assert made["name"] == "party-mask.png"
    file = client.get(made["url"])
    assert 'filename="party-mask.png"' in file.headers["content-disposition"]
    assert np.array_equal(picture(client, made["url"]), block(50, 30, 70, 50))


def test_kept_masks_outlive_the_memory(new_client: Callable[..., TestClient], png: bytes) -> None:
    client = new_client(max_open_scenes=1)
    opened = client.post("/iph/photos", content=png).json()
    mask = cv2.imencode(".png", block(30, 20, 60, 70))[1].tobytes()
    client.post(f"/iph/photos/{opened['id']}/mask?role=change", content=mask)
    new_client(of=client).post("/iph/photos", content=png)  # takes the memory
    made = client.post(f"/iph/photos/{opened['id']}/save-mask", json={"role": "change"}).json()
    assert np.array_equal(picture(client, made["url"]) > 127, block(30, 20, 60, 70) > 127)


def test_people_found_can_be_taken_however_much_was_tried_before(
    client: TestClient, step: Callable, choose: Callable
) -> None:
    people = step("prepare").json()["people"]
    for number in range(30):
        choose(taps=[[20.0 + 2 * number, 40.0, True]])
        offers = step("suggest").json()["offers"]
    again = step("suggest").json()["offers"]
    assert [each["mask"] for each in again] == [each["mask"] for each in offers]
    for offer in (*people, *offers):
        assert choose(mask=offer["mask"]).status_code == 200


def test_the_deepest_point_of_whom_we_offer_lies_in_them(
    client: TestClient, step: Callable, choose: Callable
) -> None:
    for offer in step("prepare").json()["people"]:
        x, y = offer["anchor"]
        left, top, right, bottom = offer["box"]
        assert left + 5 < x < right - 5 and top + 5 < y < bottom - 5


def test_whom_people_take_is_drawn_along_the_photos_edges(
    client: TestClient, step: Callable, choose: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []

    def found(scene: Any, mask: np.ndarray, sure: np.ndarray) -> Any:
        drawn.append((mask, sure))
        return scene.region(mask)

    monkeypatch.setattr("tests.demo.double.BoxScene.found", found)
    offer = step("prepare").json()["people"][0]
    choose(taps=[TAP])
    step("suggest")
    assert not drawn
    choose(mask=offer["mask"])
    assert len(drawn) == 1


def test_a_strangers_mask_is_refused(
    new_client: Callable[..., TestClient], client: TestClient, opened: dict, png: bytes
) -> None:
    stranger = new_client(of=client)
    stranger.post("/iph/photos", content=png)
    path = f"/iph/photos/{opened['id']}"
    assert stranger.post(f"{path}/mask?role=change", content=png).status_code == 404
    assert stranger.post(f"{path}/save-mask", json={"role": "change"}).status_code == 404


def test_who_asks_in_the_middle_of_a_choice_sees_both_roles(
    client: TestClient, choose: Callable, step: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(taps=[TAP])
    step("suggest")
    choose("match", taps=[[100.0, 60.0, True]])
    seen = []

    def ask_between(method: Callable) -> Callable:
        def asked(self: Workspace, *arguments: Any, **named: Any) -> Any:
            before = set(self.describe()["regions"])
            value = method(self, *arguments, **named)
            seen.extend([before, set(self.describe()["regions"])])
            return value

        return asked

    for name in ("_choice", "_forget_result", "picked"):
        monkeypatch.setattr(Workspace, name, ask_between(getattr(Workspace, name)))
    choose("match", taps=[[20.0, 20.0, True]])
    choose("change", taps=[[30.0, 30.0, True]])
    assert len(seen) >= 12 and all(roles == {"change", "match"} for roles in seen)
