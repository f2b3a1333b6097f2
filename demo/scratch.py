"""The folder of all sessions. What a killed server left behind goes when the next one starts."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import IO

PREFIX = "iph-sessions-"
MARK = "in-use"
YOUNG = 10  # seconds; a folder that is just being made may not be locked yet


class Scratch:
    """A folder that only we can read, locked while this program lives; `path` is where it is.

    The system drops a lock with the program that holds it, however that ends, so a folder that can
    be locked is nobody's.
    """

    def __init__(self, parent: Path | None = None) -> None:
        parent = parent or Path(tempfile.gettempdir())
        remove_abandoned(parent)
        self._folder = tempfile.TemporaryDirectory(
            prefix=PREFIX, dir=parent, ignore_cleanup_errors=True
        )
        self.path = Path(self._folder.name)
        self._mark = (self.path / MARK).open("wb")
        lock(self._mark)

    def close(self) -> None:
        self._mark.close()
        self._folder.cleanup()


def remove_abandoned(parent: Path) -> None:
    """Remove the folders of servers that no longer run."""
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            if folder.stat().st_mtime > time.time() - YOUNG:
                continue
            with (folder / MARK).open("r+b") as mark:
                lock(mark)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # in use, just being made, or somebody else's
            continue


def lock(mark: IO[bytes]) -> None:
    """Lock an open file for this program; OSError where another one holds it."""
    import fcntl

    fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
