"""The routes of the page's mask decoder, with the library's double."""

from __future__ import annotations

import gzip
from types import SimpleNamespace

import numpy as np
import pytest

from demo import picker_files
from demo.picker_files import GRAPH, PackedFile
from iph_core.errors import InputError
from iph_core.regions import picking
from iph_core.regions.sam import Candidates, Embedding
from iph_core.regions.wire import pack_candidates, pack_embedding
from tests.demo.conftest import SIZE
from tests.demo.double import BoxScene

SALIENT = np.arange(6, dtype=np.uint8).reshape(2, 3)
EMBEDDING = Embedding(
    np.random.default_rng(0).normal(size=(1, 256, 64, 64)).astype(np.float32), SIZE
)


def candidates_of(prompts):
    """Where the first tap is decides about the first logit, so that tests see what arrived."""
    logits = np.full((4, 256, 256), -3, np.float32)
    logits[:, 0, 0] = prompts.taps[0].x / 8 if prompts.taps else prompts.box[2] / 8
    return Candidates(logits, np.arange(4, dtype=np.float32))


@pytest.fixture(autouse=True)
def regions(monkeypatch):
    """What the scenes of the double lack."""

    def candidates(prompts):
        picking.check(prompts, SIZE)
        return candidates_of(prompts)

    found = SimpleNamespace(embedding=EMBEDDING, size=SIZE, candidates=candidates, salient=SALIENT)
    monkeypatch.setattr(BoxScene, "regions", found, raising=False)


@pytest.fixture
def photo_id(client, png):
    return client.post("/iph/photos", content=png).json()["id"]


def test_what_stands_out_is_a_byte_a_pixel(client, photo_id):
    answer = client.get(f"/iph/photos/{photo_id}/salient")
    assert answer.content == bytes(range(6))
    assert answer.headers["cache-control"] == "private, no-store"


def test_the_embedding_comes_packed_and_is_kept_by_nobody(client, photo_id):
    answer = client.get(f"/iph/photos/{photo_id}/embedding")
    assert answer.content == pack_embedding(EMBEDDING)  # The client has unpacked it.
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "private, no-store"
    assert int(answer.headers["content-length"]) < 1.1e6


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ({"taps": [[40, 20, True], [9, 9, False]]}, {"taps": [(40, 20, True), (9, 9, False)]}),
        ({"box": [10, 10, 56, 50]}, {"box": (10, 10, 56, 50)}),
    ],
)
def test_the_server_decodes_where_the_page_cannot(client, photo_id, asked, meant):
    answer = client.post(f"/iph/photos/{photo_id}/decode", json=asked)
    taps = tuple(picking.Tap(*tap) for tap in meant.get("taps", ()))
    expected = candidates_of(picking.Prompts(taps, meant.get("box")))
    assert answer.content == pack_candidates(expected, SIZE)


@pytest.mark.parametrize(
    "asked",
    [{}, {"taps": [[500, 20, True]]}, {"taps": [[4, 4, False]]}, {"box": [9, 9, 9, 20]}],
)
def test_prompts_that_mean_nothing_are_explained(client, photo_id, asked):
    answer = client.post(f"/iph/photos/{photo_id}/decode", json=asked)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


def test_too_many_taps_are_refused(client, photo_id):
    taps = [[4, 4, True]] * 65
    assert client.post(f"/iph/photos/{photo_id}/decode", json={"taps": taps}).status_code == 400


def test_another_session_finds_nothing(client, new_client, png, photo_id):
    other = new_client(of=client)
    other.post("/iph/photos", content=png)
    asked = {"taps": [[4, 4, True]]}
    assert other.get(f"/iph/photos/{photo_id}/embedding").status_code == 404
    assert other.post(f"/iph/photos/{photo_id}/decode", json=asked).status_code == 404
    assert client.get(f"/iph/photos/{photo_id}/embedding").status_code == 200


def test_decoding_needs_our_header(client, photo_id):
    asked = {"taps": [[4, 4, True]]}
    answer = client.post(f"/iph/photos/{photo_id}/decode", json=asked, headers={"X-IPH": "0"})
    assert answer.status_code == 403


@pytest.fixture
def packed(tmp_path, monkeypatch):
    """Two files as set-up leaves them: one in both forms, one as gzip only."""
    (tmp_path / "picker.wasm.gz").write_bytes(gzip.compress(b"runtime"))
    (tmp_path / "picker.wasm.br").write_bytes(b"brotli's runtime")
    (tmp_path / "tap.onnx.gz").write_bytes(gzip.compress(b"graph"))
    files = {
        "runtime": PackedFile(tmp_path / "picker.wasm", "application/wasm"),
        "graph": PackedFile(tmp_path / "tap.onnx", GRAPH),
    }
    monkeypatch.setattr("demo.picker_routes.picker_files", lambda: files)
    return files


def test_files_come_compressed_under_names_that_may_be_kept_forever(packed, new_client):
    client = new_client()
    address = f"/iph/static/picker/{packed['runtime'].name}"
    with client.stream("GET", address, headers={"Accept-Encoding": "gzip, br;q=0.9"}) as answer:
        assert b"".join(answer.iter_raw()) == b"brotli's runtime"
        assert answer.headers["content-encoding"] == "br"
        assert answer.headers["content-type"] == "application/wasm"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["vary"] == "Accept-Encoding"
    for accepted, encoding in (("gzip", "gzip"), ("identity", None)):
        answer = client.get(address, headers={"Accept-Encoding": accepted})
        assert answer.content == b"runtime"
        assert answer.headers.get("content-encoding") == encoding
    graph = f"/iph/static/picker/{packed['graph'].name}"
    assert client.get(graph, headers={"Accept-Encoding": "br, gzip"}).content == b"graph"
    assert client.get("/iph/static/picker/picker.wasm").status_code == 404


def test_a_name_changes_with_the_content(tmp_path):
    file = PackedFile(tmp_path / "tap.onnx", GRAPH)
    names = []
    for content in (b"one", b"two"):
        (tmp_path / "tap.onnx.gz").write_bytes(gzip.compress(content, mtime=0))
        names.append(file.name)
    assert names[0] != names[1]
    assert all(name.startswith("tap-") and name.endswith(".onnx") for name in names)


def test_the_page_asks_the_server_where_its_decoder_would_be_another(monkeypatch, tmp_path):
    """A SAM of the user's own has another decoder than the page; without set-up there is none."""
    monkeypatch.setattr(picker_files, "find_checkpoint", lambda: tmp_path / "sam_vit_b.pth")
    assert picker_files.picker_setup()["worker"] is None
    monkeypatch.setattr(picker_files, "find_checkpoint", lambda: None)
    monkeypatch.setattr(picker_files.page_decoder, "find", lambda: None)
    assert picker_files.picker_setup()["worker"] is None

    def no_manifest():
        raise InputError("There is no manifest: set one up.")

    monkeypatch.setattr(picker_files.page_decoder, "find", no_manifest)
    assert picker_files.picker_setup()["worker"] is None


def test_the_page_is_told_where_everything_is(monkeypatch, tmp_path):
    decoder = picker_files.page_decoder.PageDecoder(
        tmp_path / "photo.onnx.gz", tmp_path / "tap.onnx.gz", None
    )
    workers = ("picker.js", "picker.wasm", "picker-gpu.js", "picker-gpu.wasm")
    for name in ("photo.onnx", "tap.onnx", *workers):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(name.encode()))
    monkeypatch.setattr(picker_files, "DIST", tmp_path)
    monkeypatch.setattr(picker_files.page_decoder, "find", lambda: decoder)
    setup = picker_files.picker_setup()
    assert set(setup) == {"worker", "runtime", "gpu", "graph", "photoGraph", "whole"}
    for use in ("worker", "runtime", "graph", "photoGraph"):
        assert setup[use].startswith("iph/static/picker/")
    assert setup["gpu"]["worker"].startswith("iph/static/picker/picker-gpu-")
    assert setup["gpu"]["runtime"].startswith("iph/static/picker/picker-gpu-")
    assert setup["gpu"]["worker"].endswith(".js") and setup["gpu"]["runtime"].endswith(".wasm")
