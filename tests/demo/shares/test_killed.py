"""A server that is killed with SIGKILL while people share loses nothing that it confirmed.

`python -m tests.demo.shares.test_killed 200` kills it that many times.
"""

from __future__ import annotations

import io
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from demo.settings import Settings
from demo.shares.pictures import NAMES
from demo.shares.store import open_store
from iph_core.photo import encode_jpeg

ROOT = Path(__file__).parents[3]
MAKERS = 4
LONGEST_ROUND = 0.5  # seconds from the first confirmed share to the kill
PATIENCE = 60


class Servers:
    """Starts servers on one data folder, one after the other."""

    def __init__(self, data: Path) -> None:
        command = [sys.executable, "-m", "tests.demo.shares.bare", str(data)]
        self._nursery = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._running = 0

    def start(self) -> str:
        """The address of a new server that answers."""
        assert self._nursery.stdin is not None and self._nursery.stdout is not None
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        print(port, file=self._nursery.stdin, flush=True)
        self._running = int(self._nursery.stdout.readline())
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                if httpx.get(f"{address}/iph/state").status_code == 200:
                    return address
            time.sleep(0.02)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        """Returns when nothing of the server runs any more."""
        with suppress(ProcessLookupError):
            os.kill(self._running, signal.SIGKILL)
            while True:
                os.kill(self._running, 0)
                time.sleep(0.001)

    def close(self) -> None:
        if self._running:
            self.kill()
        self._nursery.communicate()


def share_until_killed(address: str, photo: bytes, confirmed: list[str]) -> None:
    """Share one photo again and again; an id counts once its answer has come whole."""
    ours = {"X-IPH": "1"}
    with (
        suppress(httpx.TransportError),
        httpx.Client(base_url=address, headers=ours, timeout=PATIENCE) as client,
    ):
        photo_id = client.put("/iph/done?enlarge=8", content=photo).json()
        while True:
            answer = client.post(f"/iph/photos/{photo_id}/share", json={"strength": 1})
            assert answer.status_code == 200, answer.text
            confirmed.append(answer.json()["id"])


def one_round(servers: Servers, photo: bytes, confirmed: list[str], moment: float) -> None:
    """Share from several places and kill the server `moment` seconds after the first answer."""
    address = servers.start()
    before = len(confirmed)
    makers = [
        threading.Thread(target=share_until_killed, args=(address, photo, confirmed))
        for _ in range(MAKERS)
    ]
    for maker in makers:
        maker.start()
    deadline = time.monotonic() + PATIENCE
    while len(confirmed) == before and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(moment)
    servers.kill()
    for maker in makers:
        maker.join()
    assert len(confirmed) > before


def is_whole(content: bytes) -> bool:
    """Whether a decoder that forgives nothing reads the file to its end."""
    image = Image.open(io.BytesIO(content), formats=["JPEG"])
    image.load()
    return content.endswith(b"\xff\xd9")


def check(data: Path, confirmed: list[str]) -> tuple[int, int]:
    """Every confirmed share opens; every other is absent or whole. Returns how many of these
    are whole and how many folders were left without a row."""
    store = open_store(Settings(data=str(data)))
    rows = store._database.all_ids()
    assert set(confirmed) <= rows
    for share_id in rows:
        for name in NAMES:
            content = store.picture(share_id, name)
            assert content is not None and is_whole(content), (share_id, name)
    folders = {path.name for path in (data / "shares").iterdir()}
    left = folders - rows
    assert all(store.picture(share_id, name) is None for share_id in left for name in NAMES)
    for share_id in left:
        os.utime(data / "shares" / share_id, (0, 0))
    store.sweep()
    store.close()
    assert {path.name for path in (data / "shares").iterdir()} == rows
    return len(rows - set(confirmed)), len(left)


def opens(address: str, share_id: str) -> bool:
    page = httpx.get(f"{address}/iph/s/{share_id}")
    after = httpx.get(f"{address}/iph/s/{share_id}/after.jpg")
    return page.status_code == 200 and is_whole(after.content)


def kill_in_a_loop(data: Path, rounds: int, seed: int) -> tuple[int, int, int]:
    """Confirmed shares, shares that were whole without an answer, and folders without a row."""
    chance = random.Random(seed)
    noise = np.random.default_rng(seed).integers(0, 256, (80, 120, 3), np.uint8)
    confirmed: list[str] = []
    servers = Servers(data)
    try:
        for _ in range(rounds):
            one_round(servers, encode_jpeg(noise), confirmed, chance.uniform(0, LONGEST_ROUND))
        last = servers.start()
        assert all(opens(last, share_id) for share_id in confirmed)
    finally:
        servers.close()
    return len(confirmed), *check(data, confirmed)


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_confirmed_shares_survive_kills(tmp_path: Path) -> None:
    confirmed, _, _ = kill_in_a_loop(tmp_path, rounds=3, seed=5)
    assert confirmed >= 3


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        rounds = int(sys.argv[1])
        counts = kill_in_a_loop(Path(folder), rounds, seed=int(time.time()))
        print(
            "{rounds} kills in {seconds:.0f} s: {} shares confirmed, all whole; {} more whole "
            "without an answer; {} folders without a row, swept".format(
                *counts, rounds=rounds, seconds=time.monotonic() - start
            )
        )
