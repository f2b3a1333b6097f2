"""Photos on the disk of the server: names that collide, no room left, folders that others clear."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from demo.kept_masks import KeptMasks
from demo.sessions import SessionStore
from demo.settings import Settings
from demo.texts import ERRORS
from iph_core.errors import UnwritableFileError
from iph_core.photo import encode_png, write
from tests.demo.test_api import harmonized, picture, sentence, step, upload

DAYS = 10 * 24 * 3600


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and nothing can be written any longer; `monkeypatch.undo` makes room."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return lambda: monkeypatch.setattr(write.os, "replace", refuse)


@pytest.mark.parametrize("name", ["preview-1.jpg", "change-2.png", "kept-found.png", "made"])
def test_a_photo_called_like_a_picture_of_ours_stays_what_it_is(
    new_client: Callable[..., TestClient], photo: np.ndarray, name: str
) -> None:
    client = new_client(preview_side=40)
    described = upload(client, encode_png(photo), name)
    (source,) = client.app.state.scratch.path.glob(f"*/*/{name}")
    assert source.read_bytes() == encode_png(photo)
    assert described["preview_size"] == [40, 27]
    assert picture(client.get(described["preview"]).content).shape == (27, 40, 3)


def test_a_full_disk_is_told_without_a_path_and_nothing_is_lost(
    client: TestClient, png: bytes, full_disk: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    described = harmonized(client, png)
    first = step(client, described, "download", strength=0.5).json()
    full_disk()
    refused = step(client, described, "download", strength=1)
    assert refused.status_code == 503 and int(refused.headers["retry-after"]) > 0
    assert sentence(refused) == ERRORS["busy_for"].format(seconds=refused.headers["retry-after"])
    assert client.get(first["url"]).status_code == 200

    monkeypatch.undo()
    assert step(client, described, "download", strength=1).status_code == 200


def test_the_address_of_a_download_outlives_the_next_one(client: TestClient, png: bytes) -> None:
    described = harmonized(client, png)
    asked = [
        step(client, described, "download", strength=1, format=form).json()["url"]
        for form in ("png", "jpeg", "webp")
    ]
    assert [client.get(url).status_code for url in asked] == [404, 200, 200]


def test_a_mask_that_found_no_room_is_kept_when_there_is_room(
    tmp_path: Path, full_disk: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, mask = KeptMasks(tmp_path, (12, 8)), np.ones((8, 12), np.float32)
    full_disk()
    with pytest.raises(UnwritableFileError):
        kept.keep_brought(mask)
    assert list(tmp_path.iterdir()) == []

    monkeypatch.undo()
    assert np.array_equal(kept.read(kept.keep_brought(mask)), mask)


def test_uploads_go_on_after_the_folder_was_cleared(client: TestClient, png: bytes) -> None:
    gone = upload(client, png)
    shutil.rmtree(client.app.state.scratch.path)
    assert client.get(gone["preview"]).status_code == 404
    assert sentence(step(client, gone, "prepare")) == ERRORS["gone"]
    assert step(client, upload(client, png), "prepare").status_code == 200


def test_the_folder_stays_young(tmp_path: Path) -> None:
    (tmp_path / "in-use").touch()
    for path in (tmp_path / "in-use", tmp_path):
        os.utime(path, (path.stat().st_mtime - DAYS,) * 2)
    before = [path.stat().st_mtime for path in (tmp_path, tmp_path / "in-use")]
    SessionStore(tmp_path, Settings()).stay()
    after = [path.stat().st_mtime for path in (tmp_path, tmp_path / "in-use")]
    assert all(late - early > DAYS / 2 for early, late in zip(before, after, strict=True))
