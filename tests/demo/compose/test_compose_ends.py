"""How composing ends: given up while it is at work, or failed half way; taps beside a scene; and
photos that nobody sees any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from demo.texts import ERRORS
from demo.workers import Busy
from demo.workspace import Workspace
from iph_core.photo import encode_png
from tests.demo.compose.steps import (
    LOOK,
    PERSON,
    SCENE,
    bring,
    cutout_png,
    mask_png,
    noise,
    ok,
    upload,
)


@pytest.fixture
def placed(client: TestClient) -> TestClient:
    """A browser in which a cut-out lies in a scene."""
    scene = upload(client, encode_png(noise(SCENE)))
    bring(client, scene, upload(client, cutout_png()))
    ok(client.post("/iph/composition/look", json=LOOK))
    return client


def folders(client: TestClient) -> set[Path]:
    """What lies on the disk for the photos of all sessions; the frame has a folder of its own."""
    found = client.app.state.scratch.path.glob("*/*")
    return {path for path in found if path.is_dir() and path.parent.name != "gradio"}


def test_a_composite_that_was_given_up_is_not_kept(
    placed: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    suggest = Workspace.suggest

    def give_up_first(workspace: Workspace) -> dict[str, Any]:
        assert placed.delete("/iph/composition").status_code == 204
        return suggest(workspace)

    monkeypatch.setattr(Workspace, "suggest", give_up_first)
    answer = placed.post("/iph/composition/render")
    assert answer.status_code == 404 and answer.json()["error"] == ERRORS["gone"]
    assert placed.get("/iph/state").json()["photo"] is None
    assert folders(placed) == set()


def test_a_composite_that_failed_leaves_nothing(
    placed: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = folders(placed)

    def busy(_: Workspace) -> None:
        raise Busy(5)

    with monkeypatch.context() as patched:
        patched.setattr(Workspace, "suggest", busy)
        assert placed.post("/iph/composition/render").status_code == 503
    assert folders(placed) == before
    assert ok(placed.post("/iph/composition/render"))["photo"]["width"] == SCENE[0]


def test_taps_beside_the_scene_are_one_sentence(placed: TestClient) -> None:
    for beside in ([SCENE[0], 50], [50, SCENE[1]], [-1, 50]):
        answer = placed.post("/iph/composition/behind", json={"taps": [[50, 50], beside]})
        assert (answer.status_code, answer.json()["error"]) == (400, ERRORS["outside"])


def test_a_mask_alone_does_not_stay(client: TestClient) -> None:
    before = folders(client)
    mask = upload(client, mask_png(SCENE))
    answer = client.post("/iph/brought", json={"photos": [mask]})
    assert answer.json()["error"] == ERRORS["mask_alone"]
    assert client.get("/iph/state").json()["photo"] is None
    assert folders(client) == before


@pytest.mark.parametrize("part", ["scene", "person"])
def test_a_replaced_photo_goes_and_the_other_one_stays(
    client: TestClient,
    part: str,
) -> None:
    ids = [upload(client, encode_png(noise(size))) for size in (SCENE, PERSON)]
    bring(client, *ids)
    kept = {"scene": ids[1], "person": ids[0]}[part]
    before = ids[0] if part == "scene" else ids[1]
    for _ in range(5):  # more than a session may have
        newest = upload(client, encode_png(noise(SCENE)))
        answer = bring(client, newest, part=part)["composition"]
        assert {answer["scene"]["id"], answer["person"]["id"]} == {kept, newest}
        assert answer[part]["id"] == newest
        assert client.post(f"/iph/photos/{before}/prepare").status_code == 404
        before = newest


def test_photos_brought_again_in_other_parts_stay(client: TestClient) -> None:
    ids = [upload(client, encode_png(noise(size))) for size in (SCENE, PERSON)]
    bring(client, *ids)
    answer = bring(client, *ids[::-1])["composition"]
    assert (answer["scene"]["id"], answer["person"]["id"]) == tuple(ids[::-1])


def test_a_mask_brought_for_a_composite_has_the_limits_of_every_upload(placed: TestClient) -> None:
    photo = ok(placed.post("/iph/composition/render"))["photo"]
    large = mask_png((20 * SCENE[0], 20 * SCENE[1]))
    answer = placed.post(f"/iph/photos/{photo['id']}/mask?role=change", content=large)
    assert answer.status_code == 400 and "the limit is 4 megapixels" in answer.json()["error"]
