from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from demo.scratch import Scratch, remove_abandoned

HOLD = """
import sys, time
from pathlib import Path
from demo.scratch import Scratch
scratch = Scratch(Path(sys.argv[1]))
(scratch.path / "photo.jpg").write_bytes(b"somebody")
print(scratch.path, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_what_a_killed_server_left_goes_and_what_is_in_use_stays(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    with server.stdout:
        folder = Path(server.stdout.readline().strip())
    os.utime(folder, (0, 0))
    remove_abandoned(tmp_path)
    assert (folder / "photo.jpg").is_file()
    server.send_signal(signal.SIGKILL)
    server.wait()
    assert folder.is_dir()
    next_one = Scratch(tmp_path)
    assert list(tmp_path.iterdir()) == [next_one.path]
    next_one.close()
    assert list(tmp_path.iterdir()) == []


def test_folder_is_for_us_alone(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    assert scratch.path.stat().st_mode & 0o077 == 0
    scratch.close()


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    foreign = tmp_path / "iph-sessions-of-mine"
    foreign.mkdir()
    os.utime(foreign, (0, 0))
    remove_abandoned(tmp_path)
    assert foreign.is_dir()
