from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demo.settings import Settings
from demo.shares.files import FolderFiles
from demo.shares.pictures import NAMES, Pictures
from demo.shares.store import DAY, ORPHAN_AGE, ShareStore, data_folder, open_store
from demo.texts import ERRORS
from iph_core.errors import InputError
from tests.demo.shares.conftest import Clock

LEFT_BEHIND = "L" * 24
NewStore = Callable[..., ShareStore]


def folders(root: Path) -> list[str]:
    return sorted(path.name for path in root.glob("shares/*"))


def test_share_comes_back_as_it_went_in(store: ShareStore, pictures: Pictures) -> None:
    share, token = store.create("session", pictures, "Grüße 👋")
    assert store.find(share.id) == share
    assert (share.caption, share.width, share.height) == ("Grüße 👋", 120, 80)
    assert token
    for name, content in pictures.files().items():
        assert store.picture(share.id, name) == content


def test_only_hashes_of_secrets_are_stored(
    store: ShareStore, pictures: Pictures, tmp_path: Path
) -> None:
    share, token = store.create("the-session-id", pictures)
    assert store.may_remove(share, token, "")
    store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert share.id.encode() in kept
    assert token.encode() not in kept and b"the-session-id" not in kept


def test_asked_again_with_the_same_token_it_is_the_same_share(
    new_store: NewStore, pictures: Pictures, tmp_path: Path
) -> None:
    store = new_store(shares_per_day=1)
    share, _ = store.create("mine", pictures, "first", "t" * 43)
    assert store.create("mine", pictures, "again", "t" * 43) == (share, "t" * 43)
    assert folders(tmp_path) == [share.id]
    other, _ = store.create("other", pictures, "", "t" * 43)  # somebody else's stays theirs
    assert other.id != share.id
    store.remove(share.id)
    assert store.create("mine", pictures, "", "t" * 43)[0].id != share.id


def test_who_may_remove(store: ShareStore, pictures: Pictures) -> None:
    share, token = store.create("mine", pictures)
    assert store.may_remove(share, token, "")
    assert store.may_remove(share, "", "mine")
    assert not store.may_remove(share, "", "")
    assert not store.may_remove(share, token[:-1], "other")
    assert not store.may_remove(share, share.token_hash, share.maker)


def test_secrets_are_compared_in_constant_time(
    store: ShareStore, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    share, token = store.create("mine", pictures)
    monkeypatch.setattr("hmac.compare_digest", lambda a, b: compared.append((a, b)) or False)
    assert not store.may_remove(share, token, "mine")
    assert compared == [(share.token_hash,) * 2, (share.maker,) * 2]


def test_expired_share_is_gone_before_the_sweep_and_its_files_after_it(
    new_store: NewStore, pictures: Pictures, clock: Clock, tmp_path: Path
) -> None:
    store = new_store(share_days=2)
    share, _ = store.create("mine", pictures)
    clock.now += 2 * DAY - 1
    store.sweep()
    assert store.find(share.id) and store.of_session("mine")
    clock.now += 1
    assert store.find(share.id) is None
    assert store.picture(share.id, "after.jpg") is None
    assert store.of_session("mine") == []
    store.sweep()
    assert folders(tmp_path) == []


def test_what_a_crash_left_is_swept_once_it_is_old(
    store: ShareStore, pictures: Pictures, clock: Clock, tmp_path: Path
) -> None:
    share, _ = store.create("mine", pictures)
    FolderFiles(tmp_path / "shares").write(LEFT_BEHIND, "after.jpg", b"half")
    for name in folders(tmp_path):
        os.utime(tmp_path / "shares" / name, (clock.now, clock.now))
    clock.now += ORPHAN_AGE
    store.sweep()
    assert LEFT_BEHIND in folders(tmp_path), "it could still be in the making"
    clock.now += 1
    store.sweep()
    assert folders(tmp_path) == [share.id]


def test_sweep_leaves_what_is_not_ours(
    store: ShareStore, pictures: Pictures, clock: Clock, tmp_path: Path
) -> None:
    store.create("mine", pictures)
    FolderFiles(tmp_path / "shares").write("holiday-photos", "after.jpg", b"somebody's")
    os.utime(tmp_path / "shares" / "holiday-photos", (0, 0))
    store.sweep()
    assert "holiday-photos" in folders(tmp_path)


def test_empty_database_takes_no_files_along_that_could_be_shared_elsewhere(
    new_store: NewStore, pictures: Pictures, clock: Clock, tmp_path: Path
) -> None:
    """The address of another database by mistake must not cost the shares of the right one."""
    store = new_store(share_days=2)
    FolderFiles(tmp_path / "shares").write(LEFT_BEHIND, "after.jpg", b"of another database")
    os.utime(tmp_path / "shares" / LEFT_BEHIND, (clock.now, clock.now))
    store.find(LEFT_BEHIND)
    clock.now += 2 * DAY
    store.sweep()
    assert folders(tmp_path) == [LEFT_BEHIND]
    clock.now += 1
    store.sweep()
    assert folders(tmp_path) == []


@pytest.mark.parametrize("write", [1, 2, 3, "row"])
def test_share_that_could_not_be_kept_leaves_nothing(
    store: ShareStore,
    pictures: Pictures,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write: int | str,
) -> None:
    made = []

    def fail_at(self: FolderFiles, share_id: str, name: str, content: bytes) -> None:
        made.append(share_id)
        if len(made) == write:
            raise OSError("No space left on device")
        original(self, share_id, name, content)

    def fail(share: object) -> None:
        raise OSError("No space left on device")

    original = FolderFiles.write
    monkeypatch.setattr(FolderFiles, "write", fail_at)
    if write == "row":
        monkeypatch.setattr(store._database, "add", fail)
    with pytest.raises(OSError, match="No space"):
        store.create("mine", pictures)
    assert store.find(made[0]) is None
    assert folders(tmp_path) == []


def test_row_is_written_last_and_removed_first(
    store: ShareStore, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = []
    for part, verbs in ((store._files, ("write", "remove")), (store._database, ("add", "remove"))):
        for verb in verbs:
            do, label = getattr(part, verb), f"{type(part).__name__}.{verb}"
            monkeypatch.setattr(
                part, verb, lambda *a, do=do, label=label: (order.append(label), do(*a))[1]
            )
    share, _ = store.create("mine", pictures)
    store.remove(share.id)
    files, rows = "FolderFiles", "Database"
    assert order == [f"{files}.write"] * 3 + [f"{rows}.add", f"{rows}.remove", f"{files}.remove"]


def test_limit_of_a_day_counts_one_session(
    new_store: NewStore, pictures: Pictures, clock: Clock
) -> None:
    store = new_store(shares_per_day=2)
    first, _ = store.create("mine", pictures)
    clock.now += 10
    store.create("mine", pictures)
    with pytest.raises(InputError) as refused:
        store.create("mine", pictures)
    assert str(refused.value) == ERRORS["too_many_shares"].format(number=2)
    store.create("other", pictures)
    store.remove(first.id)
    store.create("mine", pictures)
    clock.now += DAY
    store.create("mine", pictures)


def test_limit_holds_for_requests_that_come_at_once(
    new_store: NewStore, pictures: Pictures, tmp_path: Path
) -> None:
    store = new_store(shares_per_day=5)
    start = threading.Barrier(12)

    def press(_: int) -> bool:
        start.wait()
        try:
            store.create("mine", pictures)
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(press, range(12))) == 5
    assert len(folders(tmp_path)) == 5


def test_full_storage_is_one_sentence_until_something_goes(
    new_store: NewStore, tmp_path: Path
) -> None:
    store = new_store(share_storage_mb=1)
    large = Pictures(1, 1, 50, b"b" * 300_000, b"a" * 300_000, b"p" * 1000)
    first, _ = store.create("mine", large)
    with pytest.raises(InputError) as refused:
        store.create("other", large)
    assert str(refused.value) == ERRORS["no_room_for_shares"]
    assert folders(tmp_path) == [first.id]
    store.remove(first.id)
    store.create("other", large)


def test_only_our_names_are_pictures(store: ShareStore, pictures: Pictures) -> None:
    share, _ = store.create("mine", pictures)
    assert all(store.picture(share.id, name) for name in NAMES)
    for name in ("", ".", "..", "../../shares.db", "after.png", "after.jpg/", "/etc/passwd"):
        assert store.picture(share.id, name) is None


def test_database_is_durable_by_its_settings(store: ShareStore, pictures: Pictures) -> None:
    store.create("mine", pictures)
    with store._database._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_nothing_is_made_on_disk_by_looking(store: ShareStore, tmp_path: Path) -> None:
    store.sweep()
    assert list(tmp_path.iterdir()) == []


def test_folder_is_the_setting_else_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert data_folder(Settings()) == tmp_path / "iph"
    assert data_folder(Settings(data="/srv/iph")) == Path("/srv/iph")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert data_folder(Settings()) == tmp_path / "home" / ".local" / "share" / "iph"


def test_only_this_user_may_look_into_the_folder(pictures: Pictures, tmp_path: Path) -> None:
    store = open_store(Settings(data=str(tmp_path / "data")))
    share, _ = store.create("mine", pictures)
    for folder in ("", "shares", f"shares/{share.id}"):
        assert (tmp_path / "data" / folder).stat().st_mode & 0o077 == 0
    with sqlite3.connect(tmp_path / "data" / "shares.db") as rows:
        assert rows.execute("SELECT count(*) FROM iph_shares").fetchone() == (1,)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"database_url": "mysql://host/name"}, "IPH_DATABASE_URL must look like"),
        ({"database_url": "not an address"}, "IPH_DATABASE_URL must look like"),
        ({"share_files": "/var/shares"}, "IPH_SHARE_FILES must look like"),
        ({"share_files": "s3://"}, "IPH_SHARE_FILES must look like"),
    ],
)
def test_wrong_setting_is_one_sentence(settings: dict, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        open_store(Settings(**settings))


@pytest.mark.parametrize(
    ("package", "settings"),
    [
        ("psycopg", {"database_url": "postgresql://host/name"}),
        ("s3fs", {"share_files": "s3://bucket"}),
    ],
)
def test_missing_package_says_what_to_install(
    package: str, settings: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(InputError, match=f"pip install '?{package}"):
        open_store(Settings(**settings))
