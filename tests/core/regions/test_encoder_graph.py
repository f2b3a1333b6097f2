"""The encoder in another order gives what its file gives."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import skimage.data

from iph_core import runtime, weights
from iph_core.regions import encoder_graph, encoder_weights
from iph_core.regions.sam import PEOPLE_DECODER, Sam, encoder_input


@pytest.fixture(scope="module")
def stored():
    return encoder_weights.read(weights.path("sam-encoder"))


def test_every_weight_of_the_file_is_read_and_used(stored):
    file = onnx.load(str(weights.path("sam-encoder")))
    count = sum(int(np.prod(tensor.dims)) for tensor in file.graph.initializer)
    positions = [name for name in stored if name.endswith(".positions")]
    assert len(positions) == 10  # Blocks with attention; these are constants of nodes in the file.
    assert sum(array.size for name, array in stored.items() if name not in positions) == count
    used = Noting(stored)
    encoder_graph.graph(used)
    assert used.seen == set(stored)


class Noting(dict):
    """Weights that note which of them were asked for."""

    def __init__(self, *args):
        super().__init__(*args)
        self.seen = set()

    def __getitem__(self, name):
        self.seen.add(name)
        return super().__getitem__(name)


def test_the_embedding_of_a_photo_is_that_of_the_file():
    path = weights.path("sam-encoder")
    photo = skimage.data.astronaut()[:, 100:420]  # Higher than wide: with padding.
    frame = encoder_input(photo, (320, 512))
    (expected,) = runtime.onnx_session(path).run(None, {"input": frame})
    sam = Sam.with_decoder(weights.path(PEOPLE_DECODER))
    np.testing.assert_allclose(sam.embed(photo).features, expected, atol=2e-6)
    assert expected.std() > 0.05


def test_the_graph_is_the_same_each_time(stored):
    assert encoder_graph.graph(stored) == encoder_graph.graph(dict(reversed(stored.items())))


def test_another_network_is_left_as_it_is(tmp_path):
    assert encoder_graph.rebuilt(weights.path("sam-decoder")) is None
