"""What the README shows runs as written, in a folder that holds a photo under the names it uses."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
PHOTO = CHECKOUT / "demo" / "examples" / "pioneers.jpg"

PHOTO_NAME = re.compile(r"[\w-]+\.jpe?g\b")
WRITTEN = re.compile(r"""(?:(?:-o|--output|--json)\s+|save\(["'])([\w./-]+\.\w+)""")
# In code spans a line may break anywhere, and the sentence's own words stand for others.
COMMAND_SPAN = re.compile(r"`(python -m iph_core [^`]+)`")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands():
    """Each `python -m iph_core ...` of the shell blocks, in order, then those inside sentences."""
    lines = "".join(blocks("sh") + blocks("bash") + blocks("shell")).replace("\\\n", " ")
    in_blocks = [line for line in lines.splitlines() if line.startswith("python -m iph_core")]
    prose = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
    return [*in_blocks, *(" ".join(span.split()) for span in COMMAND_SPAN.findall(prose))]


def written_by(text):
    return set(WRITTEN.findall(text))


def photos_read_by(text):
    bare = re.sub(r"[\w.-]+/[\w./-]+", "", text)  # Paths in the checkout are there.
    return set(PHOTO_NAME.findall(bare)) - written_by(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A user's folder: one for the whole README, since later commands use files of earlier ones."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(PHOTO.parent, folder / "demo" / "examples")
    for name in photos_read_by("\n".join([*blocks("python"), *commands()])):
        shutil.copy(PHOTO, folder / name)
    return folder


def run(folder, words):
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_is_something_to_run():
    assert blocks("python")
    assert any(" harmonize " in command for command in commands())


@pytest.mark.parametrize("command", commands())
def test_a_command_runs(folder, command):
    python, *words = shlex.split(command, comments=True)
    assert python == "python"
    for name in written_by(command):
        (folder / name).unlink(missing_ok=True)
    run(folder, words)
    assert all((folder / name).stat().st_size for name in written_by(command))


@pytest.mark.parametrize("code", blocks("python"))
def test_a_python_example_runs_and_says_what_it_did(folder, code):
    for name in written_by(code):
        (folder / name).unlink(missing_ok=True)
    out = run(folder, ["-c", code])
    assert all((folder / name).stat().st_size for name in written_by(code))
    assert ("print(" in code) == bool(out.strip())


def test_links_lead_somewhere():
    links = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", README)
    assert links
    assert [link for link in links if not (CHECKOUT / link).exists()] == []
