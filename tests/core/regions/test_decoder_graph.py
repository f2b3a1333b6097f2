from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch

from iph_core import runtime, weights
from iph_core.regions.decoder_graph import PHOTO_OUTPUTS, photo_graph, tap_graph
from iph_core.regions.decoder_weights import DECODER, read_weights, torch_modules
from iph_core.regions.graph_writer import GraphWriter
from iph_core.regions.sam import Sam, decoder_prompts
from iph_core.regions.wire import pack_embedding

SIZE = (1024, 512)
WHOLE_FRAME = np.array([64, 64], np.float32)
TAPS = np.array([[220.0, 400.0], [60.0, 200.0], [700, 300]], np.float32)
LABELS = np.array([1.0, 0.0, 1.0], np.float32)
BOX = (20.0, 10.0, 380.0, 500.0)
PROMPTS = [
    pytest.param(TAPS[:1], LABELS[:1], None, id="tap"),
    pytest.param(TAPS, LABELS, None, id="taps"),
    pytest.param(TAPS[:2], LABELS[:2], BOX, id="taps and box"),
    pytest.param(TAPS[:0], LABELS[:0], BOX, id="box"),
]


class Light:
    """The two graphs on one photo."""

    def __init__(self, values, features):
        photo, tap = (runtime.onnx_session(graph(values)) for graph in (photo_graph, tap_graph))
        kept = photo.run(list(PHOTO_OUTPUTS), {"embedding": features})
        self._photo, self._tap = dict(zip(PHOTO_OUTPUTS, kept, strict=True)), tap

    def decode(self, points, labels, box, extent=WHOLE_FRAME):
        coordinates, kinds = decoder_prompts(SIZE, points, labels, box)
        logits, scores = self._tap.run(
            ["logits", "scores"],
            {**self._photo, "points": coordinates[0], "labels": kinds[0], "extent": extent},
        )
        assert logits.shape == (1, 4, 256, 256)
        assert scores.shape == (1, 4)
        return logits[0], scores[0]


@pytest.fixture(scope="module")
def values():
    return read_weights(onnx.load(str(weights.path("sam-decoder"))).graph)


@pytest.fixture(scope="module")
def light(values, regions):
    return Light(values, regions.embedding.features)


@pytest.fixture(scope="module")
def stock():
    return Sam.with_decoder(None)


def ious(a, b):
    return [
        np.count_nonzero((x > 0) & (y > 0)) / max(1, np.count_nonzero((x > 0) | (y > 0)))
        for x, y in zip(a, b, strict=True)
    ]


@pytest.mark.parametrize(("points", "labels", "box"), PROMPTS)
def test_candidates_agree_with_the_original_graph(light, stock, regions, points, labels, box):
    expected = stock.decode(regions.embedding, points, labels, box)
    logits, scores = light.decode(points, labels, box)
    assert np.mean(ious(logits, expected.logits)) >= 0.99
    np.testing.assert_allclose(scores, expected.scores, atol=0.02)


def test_with_exact_weights_it_is_the_pytorch_module(values, regions, monkeypatch):
    """What differs is how the weights are written, and GELU's approximation."""
    exact = lambda pen, array, *_: pen.constant(np.asarray(array, np.float32))  # noqa: E731
    monkeypatch.setattr(GraphWriter, "matrix", exact)
    monkeypatch.setattr(GraphWriter, "vector", exact)
    logits, scores = Light(values, regions.embedding.features).decode(TAPS, LABELS, None)
    prompt_encoder, decoder = torch_modules(weights.path("sam-decoder"))
    with torch.inference_mode():
        taps = torch.from_numpy(TAPS)[None], torch.from_numpy(LABELS)[None]
        sparse, dense = prompt_encoder(taps, None, None)
        features = torch.from_numpy(regions.embedding.features)
        masks, guesses = decoder.predict_masks(
            features, prompt_encoder.get_dense_pe(), sparse, dense
        )
    np.testing.assert_allclose(logits, masks[0].numpy(), atol=0.03)
    np.testing.assert_allclose(scores, guesses[0].numpy(), atol=1e-4)
    assert min(ious(logits, masks[0].numpy())) > 0.997


def test_other_weights_make_another_graph(values, regions, light):
    """As those of the people decoder do."""
    name = f"{DECODER}iou_prediction_head.layers.2.bias"
    moved = Light({**values, name: values[name] + 1}, regions.embedding.features)
    stock_logits, stock_scores = light.decode(TAPS, LABELS, None)
    logits, scores = moved.decode(TAPS, LABELS, None)
    np.testing.assert_allclose(logits, stock_logits, atol=1e-4)
    np.testing.assert_allclose(scores, stock_scores + 1, atol=2e-3)


def test_only_the_wanted_extent_is_filled(light):
    whole, _ = light.decode(TAPS, LABELS, None)
    part, _ = light.decode(TAPS, LABELS, None, np.array([48, 33], np.float32))
    np.testing.assert_allclose(part[:, :132, :192], whole[:, :132, :192], atol=1e-3)
    assert np.all(part[:, 132:] == -100)
    assert np.all(part[:, :, 192:] == -100)


def test_an_embedding_in_bytes_gives_the_same_masks(values, stock, regions, light):
    packed = pack_embedding(regions.embedding)
    lows, steps = np.frombuffer(packed, "<f4", 512).reshape(2, 256, 1)
    levels = np.frombuffer(packed, np.uint8, offset=2048).reshape(256, -1)
    features = (lows + steps * levels).reshape(1, 256, 64, 64)
    assert len(packed) < 1.1e6
    logits, _ = Light(values, features).decode(TAPS, LABELS, None)
    expected = stock.decode(regions.embedding, TAPS, LABELS)
    assert np.mean(ious(logits, expected.logits)) >= 0.985


def test_graphs_are_made_the_same_every_time(values):
    assert photo_graph(values) == photo_graph(values)
    assert tap_graph(values) == tap_graph(values)


def test_graphs_are_small(values):
    graph = tap_graph(values)
    assert len(graph) < 2.1 * sum(
        array.size for name, array in values.items() if name.startswith(DECODER)
    )
