"""Following a reference more closely, by the route of the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from demo.texts import ERRORS
from demo.workspace import Workspace
from iph_core.errors import InputError
from tests.demo.double import BoxScene
from tests.demo.test_api import MATCH, harmonized, picture, sentence, step, upload
from tests.demo.test_blend import FIRST, SECOND, blended, kept
from tests.demo.test_results import BOX, looks, matched_by_hand


@pytest.fixture
def made(client: TestClient, png: bytes) -> dict[str, Any]:
    return harmonized(client, png)


def followed(client: TestClient, made: dict, ratio: float) -> dict[str, Any]:
    answer = step(client, made, "transfer", ratio=ratio)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("ratio", [0.0, 0.4, 1.0])
def test_result_and_files_follow(
    client: TestClient, made: dict, photo: np.ndarray, ratio: float
) -> None:
    assert made["result"]["transfer"] == 0
    answer = followed(client, made, ratio)
    assert answer["result"]["transfer"] == ratio
    left = FIRST * (1 - ratio / 2)
    assert kept(client, made, photo, strength=1) == pytest.approx(left, abs=0.01)
    after = picture(client.get(answer["result"]["after"]).content)[BOX].mean()
    assert after / photo[BOX].mean() == pytest.approx(left, abs=0.03)


def test_who_asks_while_a_result_is_made_again_is_told_of_one(
    client: TestClient, made: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    keep, forget = Workspace.keep, Workspace._forget_saved
    monkeypatch.setattr(
        Workspace, "keep", lambda self, *file: (told.append(self.describe()), keep(self, *file))[1]
    )
    monkeypatch.setattr(
        Workspace, "_forget_saved", lambda self: (told.append(self.describe()), forget(self))[1]
    )
    again = followed(client, made, 1.0)
    results = [described["result"] for described in told]
    assert results[:2] == [made["result"], made["result"]]
    assert results[2:] == [again["result"]]


def test_it_stays_for_later_results_and_after_memory_was_given_back(
    new_client: Callable[..., TestClient], png: bytes, photo: np.ndarray
) -> None:
    client = new_client(max_open_scenes=1)
    made = harmonized(client, png)
    followed(client, made, 1.0)
    upload(client, png)  # the photo's memory goes
    assert kept(client, made, photo, strength=1) == pytest.approx(FIRST / 2, abs=0.01)
    assert step(client, made, "harmonize").json()["result"]["transfer"] == 1
    assert kept(client, made, photo, strength=1) == pytest.approx(FIRST / 2, abs=0.01)


def test_it_runs_the_network_once_even_where_memory_was_given_back(
    new_client: Callable[..., TestClient], png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = new_client(max_open_scenes=1)
    made = harmonized(client, png)
    upload(client, png)  # the photo's memory goes
    ran = []
    harmonize = BoxScene.harmonize

    def counted(scene: BoxScene, *regions: Any, **named: Any) -> Any:
        ran.append(named["transfer"])
        return harmonize(scene, *regions, **named)

    monkeypatch.setattr(BoxScene, "harmonize", counted)
    followed(client, made, 0.5)
    assert ran == [0.5]


def test_looks_and_blends_follow_too(client: TestClient, made: dict, photo: np.ndarray) -> None:
    before = looks(client, made)
    followed(client, made, 1.0)
    after = looks(client, made)
    assert set(after) == set(before)
    assert all(after[key] != before[key] for key in before)
    answer = blended(client, made)
    assert kept(client, made, photo, strength=1, blend=1.0) == pytest.approx(SECOND / 2, abs=0.01)
    again = followed(client, made, 0.0)
    assert again["result"]["second"] == answer["result"]["second"]
    assert kept(client, made, photo, strength=1, blend=1.0) == pytest.approx(SECOND, abs=0.01)


def test_whom_people_chose_stays_among_the_looks(client: TestClient, png: bytes) -> None:
    made = matched_by_hand(client, png)
    before = looks(client, made)
    step(client, made, "match", key="background")
    followed(client, made, 1.0)
    assert list(looks(client, made)) == list(before)
    back = step(client, made, "match", key="own").json()
    assert back["regions"]["match"]["selection"]["taps"] == [MATCH]


@pytest.mark.parametrize("ratio", [-0.1, 1.1, "much", None])
def test_other_ratios_are_one_sentence(client: TestClient, made: dict, ratio: object) -> None:
    answer = step(client, made, "transfer", ratio=ratio)
    assert answer.status_code == 400 and sentence(answer)


def test_there_has_to_be_a_result(client: TestClient, png: bytes) -> None:
    opened = upload(client, png)
    answer = step(client, opened, "transfer", ratio=0.5)
    assert (answer.status_code, sentence(answer)) == (400, ERRORS["not_harmonized"])


def test_weights_that_cannot_say_so_and_nothing_is_lost(
    client: TestClient, png: bytes, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    harmonize = BoxScene.harmonize

    def cannot(scene: BoxScene, *regions: Any, transfer: float = 0.0, **named: Any) -> Any:
        if transfer:
            raise InputError("These weights cannot.")
        return harmonize(scene, *regions, **named)

    monkeypatch.setattr(BoxScene, "can_transfer", False)
    monkeypatch.setattr(BoxScene, "harmonize", cannot)
    made = harmonized(client, png)
    assert made["result"]["transfer"] is None
    assert sentence(step(client, made, "transfer", ratio=1)) == "These weights cannot."
    assert kept(client, made, photo, strength=1) == pytest.approx(FIRST, abs=0.01)
