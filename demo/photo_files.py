"""The files that are made of one photo, served by names of ours."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

NAMES = {
    "result": "-harmonized",
    "foreground": "-foreground",
    "mask": "-mask",
    "colors": "-colors",
    "sidecar": "-sidecar",
    "page": "-before-after",
}
"""What the files that people take are called, behind the photo's own name, by their kind."""

STILL_LOADED = 1
"""Files of a kind that stay when a newer one comes: the page may just have been told of them."""


class PhotoFiles:
    """Every name is new, so no picture is ever mistaken for an older one.

    address: where names are served, relative to the page. title: what downloads are called after.
    """

    def __init__(self, folder: Path, address: str, title: str) -> None:
        self._folder, self._address, self._title = folder, address, title
        self._files: dict[str, Path] = {}
        self._numbers = itertools.count(1)

    def path(self, name: str) -> Path | None:
        """Where a file lies; None for names that we did not give out, and where it is gone."""
        path = self._files.get(name)
        return path if path and path.is_file() else None

    def download_name(self, name: str) -> str | None:
        """What a file is called on the disk of the person who takes it; None for our previews."""
        ending = NAMES.get(name.split("-")[0])
        return f"{self._title}{ending}{Path(name).suffix}" if ending else None

    def make(self, kind: str, suffix: str, write: Callable[[Path], None]) -> str:
        """Have a file written; of its kind only the last stays beside it. Its name."""
        name = self._new_name(kind, suffix)
        write(self._folder / name)
        self.discard(kind, but=STILL_LOADED)
        self._files[name] = self._folder / name
        return name

    def add(self, kind: str, suffix: str, content: bytes) -> str:
        """Keep something for the page beside the others of its kind; its address."""
        from iph_core.photo import write_file

        name = self._new_name(kind, suffix)
        write_file(self._folder / name, content)
        self._files[name] = self._folder / name
        return f"{self._address}/{name}"

    def replace(self, kind: str, suffix: str, content: bytes) -> str:
        """Keep something for the page; of its kind only the last stays beside it. Its address."""
        address = self.add(kind, suffix, content)
        self.discard(kind, but=1 + STILL_LOADED)
        return address

    def discard(self, kind: str, but: int = 0) -> None:
        """Delete the files of a kind but the newest so many, which a page may be loading still."""
        names = [name for name in self._files if name.startswith(f"{kind}-")]
        for name in names[: max(0, len(names) - but)]:
            self._files.pop(name).unlink(missing_ok=True)

    def forget(self) -> None:
        """Serve none of them any longer."""
        self._files.clear()

    def _new_name(self, kind: str, suffix: str) -> str:
        return f"{kind}-{next(self._numbers)}{suffix}"
