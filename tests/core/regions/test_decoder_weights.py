from __future__ import annotations

import os

import numpy as np
import onnx
import pytest
import torch

from iph_core import weights
from iph_core.errors import MissingWeightsError
from iph_core.regions.decoder_weights import (
    load_decoder,
    read_weights,
    save_decoder,
    torch_modules,
    write_decoder,
)
from iph_core.regions.sam import Sam, cut_decoder

TAPS = np.array([[220.0, 400.0], [60.0, 200.0]], np.float32)
LABELS = np.array([1.0, 0.0], np.float32)
BOX = (20.0, 10.0, 380.0, 500.0)


@pytest.fixture(scope="module")
def stock():
    return Sam.with_decoder(None)


@pytest.fixture(scope="module")
def modules():
    return torch_modules(weights.path("sam-decoder"))


def predicted(modules, embedding, points, labels, box):
    """What the PyTorch modules answer in a photo of 1024 x 512, whose frame is itself."""
    prompt_encoder, decoder = modules
    taps = (torch.from_numpy(points)[None], torch.from_numpy(labels)[None]) if len(labels) else None
    with torch.inference_mode():
        sparse, dense = prompt_encoder(taps, None if box is None else torch.tensor([box]), None)
        logits, scores = decoder.predict_masks(
            torch.from_numpy(embedding.features), prompt_encoder.get_dense_pe(), sparse, dense
        )
    return logits[0].numpy(), scores[0].numpy()


@pytest.mark.parametrize(
    ("points", "labels", "box"),
    [(TAPS, LABELS, None), (TAPS, LABELS, BOX), (TAPS[:0], LABELS[:0], BOX)],
    ids=["taps", "taps and box", "box"],
)
def test_modules_answer_as_the_export_does(stock, modules, regions, points, labels, box):
    expected = stock.decode(regions.embedding, points, labels, box)
    logits, scores = predicted(modules, regions.embedding, points, labels, box)
    np.testing.assert_allclose(logits, expected.logits, atol=1e-3)
    np.testing.assert_allclose(scores, expected.scores, atol=1e-3)


def test_every_weight_is_read_once(modules):
    graph = onnx.load(str(weights.path("sam-decoder"))).graph
    read = read_weights(graph)
    prompt_encoder, decoder = modules
    assert {name for name in read if name.startswith("mask_decoder.")} == {
        f"mask_decoder.{name}" for name in decoder.state_dict()
    }
    assert {name for name in read if name.startswith("prompt_encoder.")} == {
        f"prompt_encoder.{name}" for name in prompt_encoder.state_dict()
    }


def other_weights(decoder):
    """The decoder's state dict with every weight changed."""
    generator = torch.Generator().manual_seed(3)
    return {
        name: value * (1 + 0.1 * torch.rand(value.shape, generator=generator))
        for name, value in decoder.state_dict().items()
    }


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Modules with other weights, and the file of them: what is in it is in half precision."""
    prompt_encoder, decoder = torch_modules(weights.path("sam-decoder"))
    decoder.load_state_dict({n: v.half().float() for n, v in other_weights(decoder).items()})
    path = tmp_path_factory.mktemp("decoder") / "other.safetensors"
    save_decoder(decoder, path, step="7")
    return (prompt_encoder, decoder), path


@pytest.mark.parametrize("box", [None, BOX])
def test_other_weights_put_into_the_graph_answer_as_in_pytorch(other, stock, regions, box):
    modules, path = other
    patched = Sam.with_decoder(path)
    candidates = patched.decode(regions.embedding, TAPS, LABELS, box)
    logits, scores = predicted(modules, regions.embedding, TAPS, LABELS, box)
    np.testing.assert_allclose(candidates.logits, logits, atol=2e-3)
    np.testing.assert_allclose(candidates.scores, scores, atol=1e-3)
    before = stock.decode(regions.embedding, TAPS, LABELS, box)
    assert np.abs(candidates.logits - before.logits).max() > 0.5
    assert (candidates.whole, before.whole) == (3, None)


def test_the_decoders_own_weights_put_back_change_nothing(modules, stock, regions):
    model = onnx.load_from_string(cut_decoder(weights.path("sam-decoder")))
    before = model.SerializeToString(deterministic=True)
    own = {name: value.numpy() for name, value in modules[1].state_dict().items()}
    write_decoder(model.graph, own)
    after = read_weights(onnx.load_from_string(model.SerializeToString()).graph)
    for name, value in read_weights(onnx.load_from_string(before).graph).items():
        np.testing.assert_array_equal(after[name], value)


def test_a_file_keeps_half_precision(other):
    (_, decoder), path = other
    read = load_decoder(path)
    for name, value in decoder.state_dict().items():
        assert read[name].dtype == np.float32
        np.testing.assert_array_equal(read[name], value.numpy())
    assert path.stat().st_size < 8.5e6


def test_other_files_are_refused(tmp_path):
    garbage = tmp_path / "garbage.safetensors"
    garbage.write_bytes(b"no weights")
    foreign = tmp_path / "foreign.safetensors"
    save_decoder(torch.nn.Linear(2, 2), foreign)
    for path in (garbage, foreign, tmp_path / "missing.safetensors"):
        with pytest.raises(
            MissingWeightsError, match=f"{path.name} is not a mask decoder.*: give another file"
        ):
            Sam.with_decoder(path)


def test_a_file_may_be_read_by_whom_the_umask_says(tmp_path):
    before = os.umask(0o027)
    try:
        save_decoder(torch.nn.Linear(2, 2), tmp_path / "some.safetensors")
    finally:
        os.umask(before)
    assert (tmp_path / "some.safetensors").stat().st_mode & 0o777 == 0o640


def test_weights_of_another_shape_are_refused(modules):
    model = onnx.load(str(weights.path("sam-decoder")))
    state = {name: value.numpy() for name, value in modules[1].state_dict().items()}
    state["iou_token.weight"] = state["iou_token.weight"][:, :8]
    with pytest.raises(ValueError, match=r"iou_token.weight is \(1, 8\) instead of \(1, 256\)"):
        write_decoder(model.graph, state)
