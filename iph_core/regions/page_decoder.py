"""The page's mask decoder as files: made from the decoder in the weights folder, kept until that
changes. `make weights` makes them; nothing of them is committed."""

from __future__ import annotations

import gzip
import hashlib
import inspect
import json
from dataclasses import dataclass
from pathlib import Path

from iph_core import weights
from iph_core.regions import decoder_graph, decoder_weights, decoder_writer, graph_writer
from iph_core.regions.sam import PEOPLE_DECODER, WHOLE_CANDIDATE

FOLDER = "page"  # In the weights folder.
PHOTO_FILE, TAP_FILE, STAMP_FILE = "photo.onnx.gz", "tap.onnx.gz", "made-from.json"


@dataclass(frozen=True)
class PageDecoder:
    """The graphs of `decoder_graph`, gzipped.

    whole: index of the candidate that was taught to be the whole person; None for stock weights.
    """

    photo: Path
    tap: Path
    whole: int | None


def find() -> PageDecoder | None:
    """The files where they belong to the decoder that this program uses now, else None."""
    folder = weights.directory() / FOLDER
    files = PageDecoder(folder / PHOTO_FILE, folder / TAP_FILE, taught())
    stamp = folder / STAMP_FILE
    if not (stamp.is_file() and files.photo.is_file() and files.tap.is_file()):
        return None
    return files if stamp.read_text("utf-8") == made_from() else None


def build() -> bool:
    """Make the files where they are missing or made from something else; whether they were.

    Raises MissingWeightsError when a file that they are made from is not in place.
    """
    if find() is not None:
        return False
    folder = weights.directory() / FOLDER
    folder.mkdir(exist_ok=True)
    stamp = folder / STAMP_FILE
    stamp.unlink(missing_ok=True)  # Until both files are there, none is.
    values = read_weights()
    for name, graph in (
        (PHOTO_FILE, decoder_graph.photo_graph(values)),
        (TAP_FILE, decoder_graph.tap_graph(values)),
    ):
        (folder / name).write_bytes(gzip.compress(graph, 9, mtime=0))
    stamp.write_text(made_from(), "utf-8")
    return True


def read_weights() -> decoder_weights.Weights:
    """The decoder's weights: SAM's own, or those of the people decoder where the manifest has one.

    Raises MissingWeightsError when a file is not in place or is no decoder.
    """
    import onnx

    export = onnx.load(str(weights.path("sam-decoder"))).graph
    if is_listed(PEOPLE_DECODER):
        people = weights.path(PEOPLE_DECODER)
        try:
            decoder_weights.write_decoder(export, decoder_weights.load_decoder(people))
        except ValueError as error:
            raise decoder_weights.not_a_decoder(people) from error
    return decoder_weights.read_weights(export)


def made_from() -> str:
    """What the files depend on, as JSON: the weights and the code that writes graphs."""
    modules = (decoder_graph, decoder_writer, graph_writer)
    code = "".join(inspect.getsource(module) for module in modules)
    return json.dumps(
        {
            "weights": [
                entry.sha256
                for entry in weights.entries()
                if entry.name in ("sam-decoder", PEOPLE_DECODER)
            ],
            "code": hashlib.sha256(code.encode()).hexdigest(),
        }
    )


def taught() -> int | None:
    return WHOLE_CANDIDATE if is_listed(PEOPLE_DECODER) else None


def is_listed(name: str) -> bool:
    return any(entry.name == name for entry in weights.entries())
