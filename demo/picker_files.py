"""The files of the page's mask decoder: compressed beforehand, under names that change with what
is in them, so that a browser downloads each once."""

from __future__ import annotations

import gzip
import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.web import FOLDER
from iph_core.errors import InputError
from iph_core.regions import page_decoder
from iph_core.regions.sam_checkpoint import find_checkpoint

log = logging.getLogger(__name__)

DIST = FOLDER / "dist"
SCRIPT, WASM, GRAPH = "text/javascript", "application/wasm", "application/octet-stream"
ENDINGS = {"br": ".br", "gzip": ".gz"}  # Encodings, the smaller first.
SERVER_ONLY: dict[str, Any] = {
    "worker": None, "runtime": "", "gpu": None, "graph": "", "photoGraph": "", "whole": None,
}  # fmt: skip


@dataclass(frozen=True)
class PackedFile:
    """A file of which only compressed forms are kept. path: without the ending of a form."""

    path: Path
    media_type: str

    @property
    def name(self) -> str:
        """Under which it is served: its own name with a hash of its content."""
        digest = hashlib.sha256(self._form("gzip").read_bytes()).hexdigest()[:12]
        return f"{self.path.stem}-{digest}{self.path.suffix}"

    def exists(self) -> bool:
        return self._form("gzip").is_file()

    def accepted(self, encodings: str) -> tuple[bytes, str | None]:
        """Its bytes in the best form that an Accept-Encoding header names, and that encoding."""
        named = {part.partition(";")[0].strip().lower() for part in encodings.split(",")}
        for encoding in ENDINGS:
            if encoding in named and self._form(encoding).is_file():
                return self._form(encoding).read_bytes(), encoding
        return gzip.decompress(self._form("gzip").read_bytes()), None

    def _form(self, encoding: str) -> Path:
        return self.path.with_name(self.path.name + ENDINGS[encoding])


def picker_files() -> dict[str, PackedFile] | None:
    """The files by what they are for; None where the page has to ask the server for masks: with a
    SAM of the user's own, or before set-up has made the files."""
    decoder = None if find_checkpoint() else decoder_files()
    if decoder is None:
        return None
    files = {
        "worker": PackedFile(DIST / "picker.js", SCRIPT),
        "runtime": PackedFile(DIST / "picker.wasm", WASM),
        "gpuWorker": PackedFile(DIST / "picker-gpu.js", SCRIPT),
        "gpuRuntime": PackedFile(DIST / "picker-gpu.wasm", WASM),
        "graph": PackedFile(decoder.tap.with_suffix(""), GRAPH),
        "photoGraph": PackedFile(decoder.photo.with_suffix(""), GRAPH),
    }
    return files if all(file.exists() for file in files.values()) else None


def decoder_files() -> page_decoder.PageDecoder | None:
    try:
        found = page_decoder.find()
    except InputError as error:  # No manifest: the engine says so to people.
        log.warning("%s", error)
        return None
    if found is None:
        log.warning("The page's mask decoder is missing or out of date: run `make weights`.")
    return found


def picker_setup() -> dict[str, Any]:
    """What the page's `Picker` is told: addresses relative to it, and the taught candidate."""
    files = picker_files()
    if files is None:
        return SERVER_ONLY
    addresses = {use: f"iph/static/picker/{file.name}" for use, file in files.items()}
    gpu = {"worker": addresses.pop("gpuWorker"), "runtime": addresses.pop("gpuRuntime")}
    return {**addresses, "gpu": gpu, "whole": page_decoder.taught()}
