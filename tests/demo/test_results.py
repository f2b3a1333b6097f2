from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from demo.results import FORMS, MOST_LOOKS, TABLE_SCALE
from demo.texts import ERRORS
from iph_core.adjustment import Adjustment
from iph_core.cli import main
from iph_core.photo import encode_png, open_photo
from tests.demo.double import BoxScene
from tests.demo.test_api import CHANGE, MATCH, choose, harmonized, picture, sentence, step, upload

NAMES = {
    "png": "party-harmonized.png",
    "jpeg": "party-harmonized.jpg",
    "tiff": "party-harmonized.tif",
    "webp": "party-harmonized.webp",
    "foreground": "party-foreground.png",
    "mask": "party-mask.png",
    "cube": "party-colors.cube",
    "html": "party-before-after.html",
    "sidecar": "party-sidecar.json",
}
BOX = (slice(30, 50), slice(50, 70))  # of the person to change
BRIGHTER = {"exposure": 1.0}


@pytest.fixture
def made(client: TestClient, png: bytes) -> dict[str, Any]:
    return harmonized(client, png)


def taken(client: TestClient, photo: dict, **asked: object) -> bytes:
    answer = step(client, photo, "download", **{"strength": 1, **asked})
    assert answer.status_code == 200, answer.text
    file = answer.json()
    content = client.get(file["url"])
    assert f'filename="{file["name"]}"' in content.headers["content-disposition"]
    return content.content


def adjusted(pixels: np.ndarray, strength: float, **moved: float) -> np.ndarray:
    """What the double does to colors, with the sliders on top, by plain formulas for exposure."""
    color = pixels / 255 * (1 - 0.5 * strength)
    linear = np.where(color > 0.04045, ((color + 0.055) / 1.055) ** 2.4, color / 12.92)
    linear = np.clip(linear * 2 ** moved.get("exposure", 0), 0, 1)
    return 255 * np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)


@pytest.mark.parametrize("form", FORMS)
def test_every_format_has_its_name(client: TestClient, made: dict, form: str) -> None:
    assert step(client, made, "download", strength=1, format=form).json()["name"] == NAMES[form]


@pytest.mark.parametrize(("form", "kind"), [("png", "PNG"), ("tiff", "TIFF")])
def test_files_without_loss_hold_strength_and_sliders(
    client: TestClient, made: dict, photo: np.ndarray, form: str, kind: str
) -> None:
    content = taken(client, made, format=form, strength=0.5, adjustment=BRIGHTER)
    with Image.open(io.BytesIO(content)) as opened:
        assert (opened.format, opened.size) == (kind, (120, 80))
        result = np.array(opened.convert("RGB"))
    assert np.abs(result[BOX] - adjusted(photo[BOX], 0.5, exposure=1)).max() <= 1.01
    result[BOX] = photo[BOX]
    assert np.array_equal(result, photo)


@pytest.mark.parametrize(("form", "kind"), [("jpeg", "JPEG"), ("webp", "WEBP")])
def test_files_with_loss_hold_strength_and_sliders(
    new_client: Callable[..., TestClient], form: str, kind: str
) -> None:
    client = new_client()
    gray = np.full((80, 120, 3), 120, np.uint8)
    made = harmonized(client, encode_png(gray))
    content = taken(client, made, format=form, strength=0.5, adjustment=BRIGHTER)
    with Image.open(io.BytesIO(content)) as opened:
        assert (opened.format, opened.size) == (kind, (120, 80))
        result = np.array(opened.convert("RGB")).astype(float)
    assert abs(result[35:45, 55:65].mean() - adjusted(np.array(120), 0.5, exposure=1)) < 2
    assert abs(result[:25].mean() - 120) < 2


def test_sixteen_bits_stay_sixteen(new_client: Callable[..., TestClient]) -> None:
    client = new_client()
    deep = np.random.default_rng(0).integers(0, 65536, (80, 120, 3), np.uint16)
    made = harmonized(client, encode_png(deep))
    assert step(client, made, "numbers").json()["deep"] is True
    for form in ("png", "tiff"):
        result = open_photo(taken(client, made, format=form)).pixels
        assert result.dtype == np.uint16
        assert np.abs(result[BOX] - deep[BOX] * 0.5).max() <= 1
        assert np.array_equal(result[:30], deep[:30])


def test_foreground_is_alone_and_the_mask_is_the_mask(
    client: TestClient, made: dict, photo: np.ndarray
) -> None:
    cutout = cv2.imdecode(
        np.frombuffer(taken(client, made, format="foreground"), np.uint8), cv2.IMREAD_UNCHANGED
    )
    assert cutout.shape == (80, 120, 4)
    assert cutout[40, 60, 3] == 255 and not cutout[:20].any()
    assert np.abs(cutout[40, 60, 2::-1] - photo[40, 60] * 0.5).max() <= 1
    mask = picture(taken(client, made, format="mask"))[..., 0]
    expected = np.zeros((80, 120), np.uint8)
    expected[BOX] = 255
    assert np.array_equal(mask, expected)


def test_cube_holds_the_change_of_colors(client: TestClient, made: dict) -> None:
    text = taken(client, made, format="cube", strength=0.5, adjustment=BRIGHTER).decode()
    rows = [line.split() for line in text.splitlines() if line[:1].isdigit() or line[:1] == "-"]
    table = np.array(rows, float).reshape(33, 33, 33, 3)  # blue, green, red, channel
    red, green, blue = 20, 8, 30
    color = np.array([red, green, blue]) / 32 * 255
    assert table[blue, green, red] * 255 == pytest.approx(adjusted(color, 0.5, exposure=1), abs=0.1)


def test_sidecar_does_it_again(
    client: TestClient, made: dict, png: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"strength": 0.5, "adjustment": BRIGHTER}
    monkeypatch.chdir(tmp_path)
    Path("party.png").write_bytes(png)
    Path("party.json").write_bytes(taken(client, made, format="sidecar", **asked))
    assert main(["apply", "party.json", "party.png", "-o", "again.png"]) == 0
    assert Path("again.png").read_bytes() == taken(client, made, format="png", **asked)


def test_page_holds_both_pictures_and_asks_nothing(client: TestClient, made: dict) -> None:
    text = taken(client, made, format="html").decode()
    assert text.count("data:image/jpeg;base64,") == 2
    assert "http" not in text.replace("http-equiv", "")


def test_numbers_are_those_of_the_result(client: TestClient, made: dict) -> None:
    numbers = step(client, made, "numbers").json()
    table = np.frombuffer(client.get(numbers["table"]).content, "<i2").reshape(33, 33, 33, 3)
    # Half as bright: at the grid's place (red 32, green 16, blue 8) half of that color is gone.
    expected = -0.5 * np.array([32, 16, 8]) / 32
    assert table[8, 16, 32] / TABLE_SCALE == pytest.approx(expected, abs=1e-3)
    none, *_, full = numbers["points"]
    assert none["strength"] == 0 and none["change"] == pytest.approx(
        {"exposure": 0, "warmth": 0, "tint": 0, "contrast": 1, "saturation": 1}, abs=1e-3
    )
    assert full["change"]["exposure"] < -1 and none["pivot"] > full["pivot"]


def test_part_is_the_photo_at_full_size_with_its_mask(
    client: TestClient, made: dict, photo: np.ndarray
) -> None:
    where = f"/iph/photos/{made['id']}/part/"
    query = "?x0=40&y0=20&x1=80&y1=60&longest=1000"
    before = picture(client.get(f"{where}before.jpg{query}").content)
    assert before.shape == (40, 40, 3)
    assert np.abs(before.astype(int) - photo[20:60, 40:80]).mean() < 12  # noise, as a JPEG
    mask = picture(client.get(f"{where}mask.png{query}").content)[..., 0]
    assert mask[20, 20] == 255 and not mask[:9].any()
    small = client.get(f"{where}before.jpg?x0=0&y0=0&x1=120&y1=80&longest=60")
    assert picture(small.content).shape == (40, 60, 3)
    beside = client.get(f"{where}before.jpg?x0=40&y0=20&x1=121&y1=60&longest=60")
    assert sentence(beside) == ERRORS["outside"]


def looks(client: TestClient, photo: dict) -> dict[str, str]:
    found = step(client, photo, "looks").json()["looks"]
    return {look["key"]: look["picture"] for look in found}


def test_every_reference_has_its_look(client: TestClient, made: dict, photo: np.ndarray) -> None:
    found = looks(client, made)
    first, second = (offer["mask"] for offer in made["offers"])
    assert list(found) == [first, second, "background"]
    brightness = {key: picture(client.get(it).content).mean() for key, it in found.items()}
    # The second darkens by a quarter only (double.DARKER), so its person is brighter.
    assert brightness[second] > brightness[first] + 5
    assert looks(client, made) == found, "they are made once"


def test_at_most_four_looks_and_the_scene(
    client: TestClient, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def many(scene: BoxScene, exclude: object) -> tuple:
        return tuple(scene.pick([(12 * number, 10, True)]) for number in range(1, 8))

    monkeypatch.setattr(BoxScene, "offers", many)
    made = harmonized(client, png)
    offers = [offer["mask"] for offer in made["offers"]]
    assert len(offers) > MOST_LOOKS
    found = list(looks(client, made))
    assert found == [*offers[:MOST_LOOKS], "background"]
    for key in found:  # whatever is taken, the choice stays the same
        step(client, made, "match", key=key)
        assert list(looks(client, made)) == found


def test_another_reference_is_matched_and_stays_after_a_reload(
    client: TestClient, made: dict, photo: np.ndarray
) -> None:
    second = made["offers"][1]["mask"]
    assert second in looks(client, made)
    matched = step(client, made, "match", key=second).json()
    assert matched["regions"]["match"]["selection"]["mask"] == second
    assert matched["result"]["summary"] == "darker, as [90, 50, 110, 70]"
    result = picture(taken(client, made))
    assert np.abs(result[BOX] - photo[BOX] * 0.75).max() <= 0.51
    assert client.get("/iph/state").json()["photo"] == matched
    assert client.get(made["result"]["after"]).status_code == 200, "a page may be loading it still"

    scene = step(client, made, "match", key="background").json()
    assert scene["background"] and "match" not in scene["regions"]
    assert client.get(made["result"]["after"]).status_code == 404


def matched_by_hand(client: TestClient, png: bytes) -> dict[str, Any]:
    """A result that matches whom people tapped (MATCH), not whom we found."""
    photo = upload(client, png)
    choose(client, photo, "change", CHANGE)
    step(client, photo, "suggest")
    choose(client, photo, "match", MATCH)
    return step(client, photo, "harmonize").json()


def test_whom_people_chose_stays_among_the_references(client: TestClient, png: bytes) -> None:
    made = matched_by_hand(client, png)
    assert next(iter(looks(client, made))) == "own"
    other = step(client, made, "match", key=made["offers"][0]["mask"]).json()
    assert next(iter(looks(client, other))) == "own"
    back = step(client, made, "match", key="own").json()
    assert back["regions"]["match"]["selection"]["taps"] == [MATCH]


def test_somebody_else_to_change_has_looks_of_their_own(client: TestClient, made: dict) -> None:
    old = looks(client, made)
    choose(client, made, "change", [30.0, 40.0, True])
    assert sentence(step(client, made, "looks")) == ERRORS["not_harmonized"]
    step(client, made, "harmonize")
    new = looks(client, made)
    assert new and not set(old.values()) & set(new.values())
    assert all(client.get(picture).status_code == 404 for picture in old.values())


@pytest.mark.parametrize(
    "body",
    [
        {"strength": 2},
        {"strength": 1, "format": "exe"},
        {"strength": 1, "adjustment": {"exposure": 9}},
        {"strength": 1, "adjustment": {"saturation": -1}},
    ],
)
def test_what_cannot_be_is_one_sentence(client: TestClient, made: dict, body: dict) -> None:
    assert sentence(step(client, made, "download", **body)) == ERRORS["bad_request"]
    assert sentence(step(client, made, "match", key="nobody")) == ERRORS["no_such_mask"]


def test_nothing_of_a_result_is_another_sessions(
    new_client: Callable[..., TestClient], png: bytes
) -> None:
    owner = new_client()
    made = harmonized(owner, png)
    table = step(owner, made, "numbers").json()["table"]
    look = looks(owner, made)["background"]
    file = step(owner, made, "download", strength=1, format="html").json()["url"]
    part = f"/iph/photos/{made['id']}/part/before.jpg?x0=0&y0=0&x1=9&y1=9&longest=9"
    stranger = new_client(of=owner)
    upload(stranger, png)
    for path in (table, look, file, part):
        assert owner.get(path).status_code == 200
        assert stranger.get(path).status_code == 404
    for verb, body in [
        ("numbers", {}),
        ("looks", {}),
        ("match", {"key": "background"}),
        ("transfer", {"ratio": 0.5}),
        ("download", {"strength": 1}),
        ("share", {"strength": 1}),
    ]:
        assert step(stranger, made, verb, **body).status_code == 404


def test_share_shows_the_moved_sliders(new_client: Callable[..., TestClient]) -> None:
    client = new_client()
    made = harmonized(client, encode_png(np.full((80, 120, 3), 120, np.uint8)))
    shared = step(client, made, "share", strength=0.5, adjustment=BRIGHTER).json()
    after = picture(client.get(f"/iph/s/{shared['id']}/after.jpg").content).astype(float)
    assert abs(after[35:45, 55:65].mean() - adjusted(np.array(120), 0.5, exposure=1)) < 2
    before = picture(client.get(f"/iph/s/{shared['id']}/before.jpg").content).astype(float)
    assert abs(before.mean() - 120) < 2


def test_sliders_know_the_limits_of_the_library() -> None:
    from demo.results import Sliders

    assert Sliders().adjustment() == Adjustment()
