from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import numpy as np
import pytest

from demo.selection import Selection
from demo.sessions import AT_WORK, Session, SessionStore
from demo.settings import Settings
from demo.workers import Busy, Workers
from demo.workspace import Workspace
from iph_core.photo import encode_png
from tests.demo.double import BoxEngine


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def store_with(root: Path, clock: Clock, **settings: int) -> SessionStore:
    return SessionStore(root, Settings(**settings), clock)


def opened(session: Session, png: bytes) -> Workspace:
    folder = session.new_folder()
    source = folder / "photo.png"
    source.write_bytes(png)
    workspace = Workspace(source, folder, BoxEngine(10**6, 10**6), preview_side=100)
    workspace.read()
    return workspace


def test_ids_are_long_and_different(tmp_path: Path, clock: Clock) -> None:
    store = store_with(tmp_path, clock)
    ids = {store.create().id for _ in range(50)}
    assert len(ids) == 50
    assert min(map(len, ids)) >= 43  # 256 bits


def test_session_expires_with_its_folder(tmp_path: Path, clock: Clock) -> None:
    store = store_with(tmp_path, clock, session_minutes=10)
    session = store.create()
    clock.now = 10 * 60 - 1
    assert store.find(session.id) is session
    clock.now += 10 * 60 + 1
    assert store.find(session.id) is None
    assert list(tmp_path.iterdir()) == []


def test_session_unseen_for_the_longest_makes_room(tmp_path: Path, clock: Clock) -> None:
    store = store_with(tmp_path, clock, max_sessions=2)
    first, second = store.create(), store.create()
    clock.now = AT_WORK - 60
    store.find(first.id)
    clock.now = AT_WORK
    third = store.create()
    assert store.find(second.id) is None
    assert store.find(first.id) is first and store.find(third.id) is third
    assert len(list(tmp_path.iterdir())) == 2


def test_who_is_at_work_makes_no_room(tmp_path: Path, clock: Clock) -> None:
    store = store_with(tmp_path, clock, max_sessions=1)
    first = store.create()
    clock.now = AT_WORK - 20
    with pytest.raises(Busy) as refused:
        store.create()
    assert refused.value.retry_after == 20
    assert store.find(first.id) is first


def test_one_address_takes_places_from_itself_only(tmp_path: Path, clock: Clock) -> None:
    store = store_with(tmp_path, clock, max_sessions=3, sessions_per_address=2)
    other = store.create("192.0.2.1")
    mine = [store.create("192.0.2.2") for _ in range(5)]
    assert [store.find(it.id) for it in mine] == [None, None, None, *mine[3:]]
    assert store.find(other.id) is other


def test_embeddings_go_with_their_session(tmp_path: Path, clock: Clock) -> None:
    store = store_with(tmp_path, clock)
    first, second = store.create(), store.create()
    for session in (first, second):
        assert session.embeddings.get("a photo", lambda it=session: it) is session
    assert len(store.embeddings) == 2
    first.remove()
    assert len(store.embeddings) == 1
    assert second.embeddings.get("a photo", lambda: None) is second
    assert first.embeddings.get("late", lambda: "made after the end") == "made after the end"
    assert len(store.embeddings) == 1


def test_unknown_and_missing_ids_find_nothing(tmp_path: Path, clock: Clock) -> None:
    store = store_with(tmp_path, clock)
    assert store.find(None) is None and store.find("") is None and store.find("x") is None


def test_memory_is_bounded_over_all_sessions(tmp_path: Path, clock: Clock, png: bytes) -> None:
    store = store_with(tmp_path, clock, max_open_scenes=2)
    workspaces = []
    for _ in range(4):
        session = store.create()
        workspaces.append(opened(session, png))
        store.add(session, workspaces[-1])
    assert [workspace.is_open for workspace in workspaces] == [False, False, True, True]


def filled(store: SessionStore, *megapixels: float) -> list[Workspace]:
    """A photo of each size, in a session of its own."""
    photos = []
    for size in megapixels:
        session = store.create()
        picture = np.zeros((round(size * 1000), 1000, 3), np.uint8)
        photos.append(opened(session, encode_png(picture)))
        store.add(session, photos[-1])
    return photos


def test_bytes_are_bounded_over_all_sessions(tmp_path: Path, clock: Clock) -> None:
    store = store_with(tmp_path, clock, open_photos_mb=1)
    small, large, last = filled(store, 0.1, 0.25, 0.05)
    assert [it.bytes_held for it in (large, last)] == [750_000, 150_000]
    assert [it.is_open for it in (small, large, last)] == [False, True, True]
    assert small.bytes_held == 0


def test_masks_count_and_the_photo_in_use_stays(tmp_path: Path, clock: Clock) -> None:
    store = store_with(tmp_path, clock, open_photos_mb=1)
    other, mine = filled(store, 0.1, 0.1)
    mine.choose("change", Selection(taps=((50.0, 50.0, True),)))
    mine.choose("match", Selection(taps=((200.0, 50.0, True),)))
    mine.harmonize()
    assert mine.bytes_held == 300_000 + 2 * 400_000, "a result has the masks of whom it was made of"
    store.release_surplus(keep=mine)
    assert mine.is_open and not other.is_open


def test_memory_is_taken_from_who_waits_for_a_worker_not_from_who_has_one(
    tmp_path: Path, clock: Clock
) -> None:
    async def scenario() -> None:
        workers, gate = Workers(workers=1, waiting=3), threading.Event()
        settings = Settings(open_photos_mb=1)
        store = SessionStore(tmp_path, settings, clock, workers.is_at_work)
        served, waits, mine = filled(store, 0.1, 0.1, 0.1)
        steps = [asyncio.create_task(workers.run(it.lock, gate.wait)) for it in (served, waits)]
        await asyncio.sleep(0)
        assert served.lock.locked() and waits.lock.locked()
        for photo in (served, mine):
            photo.choose("change", Selection(taps=((50.0, 50.0, True),)))
        store.release_surplus(keep=mine)
        assert served.is_open and not waits.is_open
        gate.set()
        await asyncio.gather(*steps)
        assert not workers.is_at_work(served.lock)
        workers.close()

    asyncio.run(scenario())


def test_folders_are_for_us_alone(tmp_path: Path, clock: Clock) -> None:
    store_with(tmp_path, clock).create()
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o077 == 0


def test_closing_removes_everything(tmp_path: Path, clock: Clock, png: bytes) -> None:
    store = store_with(tmp_path, clock)
    session = store.create()
    store.add(session, opened(session, png))
    store.close()
    assert len(store) == 0 and list(tmp_path.iterdir()) == []


def test_a_deleted_photo_leaves_the_memory_whoever_still_holds_it(
    tmp_path: Path, clock: Clock, png: bytes
) -> None:
    store = store_with(tmp_path, clock)
    session = store.create()
    photo = opened(session, png)
    store.add(session, photo)
    session.drop(photo)
    assert photo.removed and not photo.is_open


def test_a_session_that_another_upload_fills_is_not_dropped(tmp_path: Path, clock: Clock) -> None:
    store = store_with(tmp_path, clock)
    session = store.create()
    session.uploads = 1
    store.drop_if_empty(session)
    assert store.find(session.id) is session
    session.uploads = 0
    store.drop_if_empty(session)
    assert store.find(session.id) is None
