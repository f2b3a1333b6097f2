from __future__ import annotations

from dataclasses import replace

import pytest

from iph_core import weights
from iph_core.errors import MissingWeightsError
from iph_core.regions import decoder_weights, page_decoder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A weights folder with SAM's decoder alone, and graphs that are quickly made."""
    entry = next(entry for entry in weights.entries() if entry.name == "sam-decoder")
    (tmp_path / entry.file).symlink_to(weights.path("sam-decoder"))
    monkeypatch.setattr(weights, "directory", lambda: tmp_path)
    monkeypatch.setattr(weights, "entries", lambda: [entry])
    monkeypatch.setattr(page_decoder.decoder_graph, "photo_graph", lambda values: b"photo")
    monkeypatch.setattr(page_decoder.decoder_graph, "tap_graph", lambda values: b"tap")
    return tmp_path


def test_files_are_made_once_and_found(folder):
    assert page_decoder.find() is None
    assert page_decoder.build()
    found = page_decoder.find()
    assert found.whole is None
    before = found.tap.read_bytes()
    assert not page_decoder.build()
    assert found.tap.read_bytes() == before


@pytest.mark.parametrize("lost", ["photo.onnx.gz", "tap.onnx.gz", "made-from.json"])
def test_what_is_missing_is_made_again(folder, lost):
    page_decoder.build()
    (folder / "page" / lost).unlink()
    assert page_decoder.find() is None
    assert page_decoder.build()
    assert page_decoder.find() is not None


def test_other_weights_or_code_make_the_files_stale(folder, monkeypatch):
    page_decoder.build()
    entry = weights.entries()[0]
    monkeypatch.setattr(weights, "entries", lambda: [replace(entry, sha256="0" * 64)])
    assert page_decoder.find() is None
    monkeypatch.setattr(weights, "entries", lambda: [entry])
    assert page_decoder.find() is not None
    monkeypatch.setattr(page_decoder.inspect, "getsource", lambda module: "changed")
    assert page_decoder.find() is None


def test_a_listed_people_decoder_takes_the_place_of_sams(folder, monkeypatch):
    stock = page_decoder.read_weights()
    _, decoder = decoder_weights.torch_modules(weights.path("sam-decoder"))
    decoder.iou_token.weight.data += 1
    people = folder / "sam-people.safetensors"
    decoder_weights.save_decoder(decoder, people)
    entry = replace(
        weights.entries()[0],
        name="sam-people",
        file=people.name,
        size=people.stat().st_size,
        sha256=weights.sha256(people),
        committed=True,
    )
    listed = [*weights.entries(), entry]
    monkeypatch.setattr(weights, "entries", lambda: listed)
    assert page_decoder.build()
    assert page_decoder.find().whole == 3
    name = "mask_decoder.iou_token.weight"
    assert page_decoder.read_weights()[name] == pytest.approx(stock[name] + 1, abs=2e-3)
    people.write_bytes(b"nothing")
    with pytest.raises(MissingWeightsError, match="sam-people"):
        page_decoder.read_weights()
