"""Names of the encoder's anonymous tensors."""

from __future__ import annotations

import numpy as np

from iph_core import weights
from iph_core.regions import encoder_weights


def test_layers_have_the_shapes_of_tinyvit():
    stored = encoder_weights.read(weights.path("sam-encoder"))
    shapes = {name: array.shape for name, array in stored.items()}
    assert shapes["patch_embed.seq.seq.0.weight"] == (32, 3, 3, 3)
    assert shapes["layers.0.blocks.1.conv2.weight"] == (256, 1, 3, 3)
    assert shapes["layers.1.blocks.0.attn.qkv.weight"] == (128, 384)
    assert shapes["layers.2.blocks.5.attn.positions"] == (5, 196, 196)
    assert shapes["layers.3.blocks.1.mlp.fc2.weight"] == (1280, 320)
    assert shapes["neck.2.weight"] == (256, 256, 3, 3)
    assert shapes["neck.3.bias"] == (256,)
    assert all(array.dtype == np.float32 for array in stored.values())


def test_positions_depend_on_the_distance_alone():
    stored = encoder_weights.read(weights.path("sam-encoder"))
    table = stored["layers.1.blocks.0.attn.positions"].reshape(4, 7, 7, 7, 7)
    np.testing.assert_array_equal(table[:, 0, 0, 2, 3], table[:, 4, 3, 6, 6])
    np.testing.assert_array_equal(table, table.transpose(0, 3, 4, 1, 2))
