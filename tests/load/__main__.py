"""`python -m tests.load`: throughput, waiting times, errors and the server's memory under load.

Starts a server of its own unless --address names one that runs. Its memory is read from
/iph/metrics.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np

from tests.load.report import describe, table
from tests.load.visitor import Tally, Visitor

ROOT = Path(__file__).parents[2]
PHOTO = ROOT / "demo" / "examples" / "pioneers-small.jpg"
MEGA = 1_000_000


def main() -> None:
    arguments = parse_arguments()
    with server(arguments.address) as address:
        report = asyncio.run(load(address, arguments))
    print(table(report))
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    sys.exit(bool(report["errors"]))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--visitors", type=int, default=10, help="visitors at once")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long they come")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two visits")
    parser.add_argument("--address", help="a server that runs; else one is started")
    parser.add_argument("--photo", type=Path, default=PHOTO, help="what they bring, with noise")
    parser.add_argument("--json", type=Path, help="file for the numbers")
    return parser.parse_args()


@contextmanager
def server(address: str | None) -> Iterator[str]:
    """The address of a server: the one that was named, or one that lives as long as this."""
    if address:
        yield address.rstrip("/")
        return
    command = [sys.executable, "-m", "demo", "--port", "0"]
    environment = {"IPH_REQUEST_LOG": "0", **os.environ}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "the server did not start"
        yield found.group()
    finally:
        process.terminate()
        process.wait()


async def load(address: str, arguments: argparse.Namespace) -> dict[str, Any]:
    await until_ready(address)
    tally, memory, stop = Tally(), [], asyncio.Event()
    photo = np.asarray(cv2.imread(str(arguments.photo), cv2.IMREAD_COLOR_RGB))
    visitors = [
        asyncio.create_task(Visitor(address, photo, seed, tally).visit_until(stop, arguments.pause))
        for seed in range(arguments.visitors)
    ]
    watching = asyncio.create_task(watch_memory(address, memory))
    started = time.monotonic()
    await asyncio.sleep(60 * arguments.minutes)
    stop.set()
    await asyncio.gather(*visitors)
    seconds = time.monotonic() - started
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    return describe(tally, memory, seconds, arguments.visitors)


async def until_ready(address: str) -> None:
    async with httpx.AsyncClient(base_url=address) as client:
        while (await client.get("/iph/health/ready")).status_code != 200:
            await asyncio.sleep(0.2)


async def watch_memory(address: str, memory: list[float]) -> None:
    """The server's resident memory in MB, every few seconds; nothing where it does not tell."""
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        while True:
            with suppress(httpx.TransportError):
                text = (await client.get("/iph/metrics")).text
                found = re.search(r"^process_resident_memory_bytes (\d+)", text, re.MULTILINE)
                if found:
                    memory.append(int(found.group(1)) / MEGA)
            await asyncio.sleep(5)


if __name__ == "__main__":
    main()
