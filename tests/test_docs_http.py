"""docs/http-api.md: its examples run against a real server with real models."""

from __future__ import annotations

import re
import runpy
import shutil
import socket
import subprocess
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
import uvicorn

import iph_core as iph
from demo import web
from demo.app import create_app
from demo.settings import Settings
from iph_core.adjustment import LIMITS

CHECKOUT = Path(__file__).parents[1]
TEXT = (CHECKOUT / "docs" / "http-api.md").read_text("utf-8")
EXAMPLE = CHECKOUT / "docs" / "examples" / "http" / "harmonize.py"
EXAMPLES = CHECKOUT / "demo" / "examples"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of this process, on a free port."""
    data = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch, socket.socket() as listening:
        for name in ("stage.js", "stage.css"):  # runs without the page's bundle being built
            (data / name).write_text("")
            patch.setitem(web.STATIC_FILES, name, data / name)
        listening.bind(("127.0.0.1", 0))
        app = create_app(Settings(data=str(data)))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        while not server.started:
            time.sleep(0.02)
        yield "http://{}:{}".format(*listening.getsockname())
        server.should_exit = True
        running.join()


def changed(path: Path) -> float:
    """How much a result differs from the photo, on average, in levels."""
    before = cv2.imread(str(EXAMPLES / "pioneers.jpg"))
    return float(cv2.absdiff(before, cv2.imread(str(path))).mean())


def test_python_example(address: str, tmp_path: Path) -> None:
    example = runpy.run_path(str(EXAMPLE))
    out = tmp_path / "out.png"
    summary = example["harmonize"](address, EXAMPLES / "pioneers.jpg", out)
    assert summary.endswith(".") and changed(out) > 0.3


def test_python_example_of_another_photo(address: str, tmp_path: Path) -> None:
    """The file is the one that the library makes of the same words."""
    example = runpy.run_path(str(EXAMPLE.with_name("another_photo.py")))
    out = tmp_path / "out.png"
    photo, other = EXAMPLES / "pioneers.jpg", EXAMPLES / "visitor.jpg"
    summary = example["harmonize"](address, photo, other, out)
    scene, there = iph.Scene(iph.open_photo(photo)), iph.Scene(iph.open_photo(other))
    me, her = scene.pick(taps=[(980, 730)]), there.pick(taps=[(150, 760)])
    around = scene.region(1 - me.mask)
    reference = iph.Reference(there.photo, her.mask)
    expected = scene.harmonize(me, reference, second=around, blend=0.3)
    assert summary == expected.at_blend(0.5).summary()
    assert np.array_equal(iph.open_photo(out).pixels, expected.pixels())


def test_python_example_says_what_is_wrong(address: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_text("no picture")
    example = runpy.run_path(str(EXAMPLE))
    with pytest.raises(SystemExit, match=r"bad\.jpg is not a picture"):
        example["harmonize"](address, bad, tmp_path / "out.png")


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_curl_example(address: str, tmp_path: Path) -> None:
    for name in ("pioneers.jpg", "pioneers-mask.png"):
        shutil.copy(EXAMPLES / name, tmp_path)
    shown = re.search(r"```sh\n(ADDRESS=.*?)```", TEXT, re.DOTALL)
    assert shown
    script = re.sub(r"ADDRESS=\S+", f"ADDRESS={address}", shown[1], count=1)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.strip().endswith(".")
    assert changed(tmp_path / "harmonized.png") > 1


def test_the_page_shows_the_example_as_it_is() -> None:
    assert EXAMPLE.read_text("utf-8") in TEXT
    part = TEXT[TEXT.index("## A person in another photo") : TEXT.index("## The routes")]
    shown = re.search(r"```python\n(.*?)```", part, re.DOTALL)
    other = EXAMPLE.with_name("another_photo.py").read_text("utf-8")
    assert shown and textwrap.indent(shown[1], " " * 8) in other


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", TEXT)
    assert [link for link in links if not (CHECKOUT / "docs" / link).exists()] == []


def test_every_route_that_is_named_is_there(address: str) -> None:
    paths = httpx.get(f"{address}/iph/openapi.json").json()["paths"]
    named = set(re.findall(r"`(?:GET|POST|DELETE) (/iph/[^`?]*)", TEXT))
    assert {path.replace("{id}", "{photo_id}") for path in named} <= set(paths)


def test_words_of_the_command_line_are_its_own() -> None:
    said = "".join(file.read_text("utf-8") for file in (CHECKOUT / "iph_core/cli").glob("*.py"))
    table = TEXT[TEXT.index("## The words") : TEXT.index("## With curl")]
    flags = set(re.findall(r"(?<!-)--[a-z][a-z-]+", table))
    sliders = {f"--{name}" for name in LIMITS}  # made from the names of the sliders
    assert sliders < flags
    assert {flag for flag in flags - sliders if f'"{flag}"' not in said} == set()
