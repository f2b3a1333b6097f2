"""The page's own tests (TypeScript) in Node's test runner."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from demo.web import FOLDER

SEARCH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
NODE = shutil.which("node", path=SEARCH)
ESBUILD = FOLDER / "node_modules" / ".bin" / "esbuild"

needs_node = pytest.mark.skipif(
    NODE is None or not ESBUILD.exists(), reason="the page's bundle is not set up: `make web`"
)


def bundled(source: str, folder: Path) -> Path:
    """A source of demo/web with all that it imports, as one file in `folder`."""
    target = folder / f"{Path(source).stem}.mjs"
    command = [str(ESBUILD), source, "--bundle", "--format=esm", "--platform=node"]
    command += ["--log-level=error", f"--outfile={target}"]
    subprocess.run(command, cwd=FOLDER, check=True)
    return target


def answer_of(script: Path, asked: Any) -> Any:
    """What a script makes of what it reads: JSON in, JSON out."""
    command = [str(NODE), str(script)]
    text = json.dumps(asked)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def node_tests(source: str, folder: Path) -> None:
    """Run the tests of a source; fails with what Node says."""
    script = bundled(source, folder)
    # What a test leaves unanswered must not keep Node waiting.
    command = [str(NODE), "--test", "--test-force-exit", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
