"""The store on real servers: PostgreSQL, and S3 as moto serves it. Skipped where they are absent.

Each server is started on a free port of this machine in a folder of its own.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from glob import glob
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from demo.settings import Settings
from demo.shares.pictures import Pictures
from demo.shares.store import DAY, ORPHAN_AGE, open_store
from iph_core.errors import InputError
from tests.demo.shares.bare import bare_app
from tests.demo.shares.conftest import Clock, harmonized

Stores = Callable[..., object]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def postgres_programs() -> Path | None:
    folders = [*sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True)]
    if found := shutil.which("initdb"):
        folders.append(str(Path(found).parent))
    return next((Path(folder) for folder in folders if Path(folder, "initdb").exists()), None)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL of our own; it refuses to run as root, so another user does."""
    pytest.importorskip("psycopg")
    programs = postgres_programs()
    if programs is None:
        pytest.skip("needs PostgreSQL (Debian: apt-get install postgresql)")
    user: dict = {}
    if os.geteuid() == 0:
        with suppress(KeyError):
            user = {"user": pwd.getpwnam("postgres").pw_uid}
        if not user:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    with tempfile.TemporaryDirectory() as folder:
        if user:
            os.chown(folder, user["user"], -1)
        cluster = f"{folder}/cluster"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **user}
        initdb = [programs / "initdb", "-D", cluster, "-A", "trust", "-U", "iph", "-E", "UTF8"]
        subprocess.run(initdb, check=True, **quiet)
        port = free_port()
        options = ["-D", cluster, "-p", str(port), "-h", "127.0.0.1", "-k", folder]
        server = subprocess.Popen([programs / "postgres", *options], **quiet)
        try:
            wait_for(port, server)
            yield f"postgresql://iph@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            server.wait()


def wait_for(port: int, server: subprocess.Popen) -> None:
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert server.poll() is None, "the server ended"
        time.sleep(0.05)
    raise AssertionError("the server did not start")


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of a bucket that moto serves."""
    pytest.importorskip("s3fs")
    pytest.importorskip("moto.server")
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        environment.setenv("AWS_ACCESS_KEY_ID", "key")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        environment.setenv("NO_PROXY", "127.0.0.1")
        try:
            wait_for(port, server)
            import s3fs

            s3fs.S3FileSystem().mkdir("shared-pictures")
            yield "s3://shared-pictures/iph"
        finally:
            server.terminate()
            server.wait()


@pytest.fixture
def stores(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Stores]:
    """`stores()` opens a store, as another replica would; PostgreSQL and bucket are emptied."""
    opened = []

    def open_one(**settings: int) -> object:
        addresses = {
            "database_url": request.getfixturevalue("postgres"),
            "share_files": request.getfixturevalue("bucket"),
        }
        store = open_store(Settings(data=str(tmp_path), **addresses, **settings))
        store._clock = clock
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        for share_id in store._database.all_ids():
            store.remove(share_id)
        store.close()


def test_replicas_see_the_same_shares(
    stores: Stores, pictures: Pictures, tmp_path: Path, clock: Clock
) -> None:
    one, other = stores(), stores()
    share, token = one.create("mine", pictures, "Grüße 👋 'quoted' %s")
    assert other.find(share.id) == share
    assert other.of_session("mine") == [share]
    for name, content in pictures.files().items():
        assert other.picture(share.id, name) == content
    assert other.may_remove(other.find(share.id), token, "")
    other.remove(share.id)
    assert one.find(share.id) is None
    assert all(one.picture(share.id, name) is None for name in pictures.files())
    assert one._files.last_written() == {}
    assert list(tmp_path.iterdir()) == [], "nothing is kept on this machine"


def test_expiry_and_orphans_in_a_bucket(stores: Stores, pictures: Pictures, clock: Clock) -> None:
    clock.now = time.time()
    store = stores(share_days=1)
    share, _ = store.create("mine", pictures)
    store._files.write("A" * 24, "after.jpg", b"left behind")
    store.sweep()
    assert set(store._files.last_written()) == {share.id, "A" * 24}
    clock.now += ORPHAN_AGE + 60
    store.sweep()
    assert set(store._files.last_written()) == {share.id}
    clock.now += DAY
    assert store.find(share.id) is None
    store.sweep()
    assert store._files.last_written() == {}
    assert store._database.all_ids() == set()


def test_limits_are_counted_over_replicas(stores: Stores, pictures: Pictures) -> None:
    one, other = stores(shares_per_day=2), stores(shares_per_day=2)
    one.create("mine", pictures), other.create("mine", pictures)
    with pytest.raises(InputError, match="within a day"):
        one.create("mine", pictures)


def test_replicas_that_start_at_once_make_one_table(stores: Stores, pictures: Pictures) -> None:
    first = stores()
    with first._database._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS iph_shares")
    replicas = [stores() for _ in range(4)]
    together = threading.Barrier(4)

    def start(store: object) -> int:
        together.wait()
        return len(store._database.all_ids())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(start, replicas)) == [0] * 4
    assert replicas[0].create("mine", pictures)


def test_store_goes_on_after_the_database_dropped_its_connections(
    stores: Stores, pictures: Pictures
) -> None:
    store = stores()
    share, _ = store.create("mine", pictures)
    with stores()._database._engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
    assert store.find(share.id) == share


def test_from_photo_to_link_over_http(
    postgres: str, bucket: str, png: bytes, tmp_path: Path
) -> None:
    settings = Settings(data=str(tmp_path / "data"), database_url=postgres, share_files=bucket)
    with TestClient(bare_app(settings, tmp_path / "s"), headers={"X-IPH": "1"}) as client:
        photo = harmonized(client, png)
        made = client.post(f"/iph/photos/{photo}/share", json={"strength": 1}).json()
        page = f"/iph/s/{made['id']}"
        assert client.get(page).status_code == 200
        assert client.get(f"{page}/after.jpg").content.startswith(b"\xff\xd8")
        assert client.get(f"/iph/s/{'A' * 24}").status_code == 404
        headers = {"X-Share-Token": made["token"]}
        assert client.delete(page, headers=headers).status_code == 204
        assert client.get(f"{page}/after.jpg").status_code == 404
    assert not (tmp_path / "data").exists()
