"""The weights of the small SAM's image encoder, read from its ONNX file by name.

TinyViT-5M (Wu et al., "TinyViT", ECCV 2022), taught to give SAM's embeddings (Zhang et al., "Faster
Segment Anything", 2023). The file names a layer's biases and norms; its matrices are anonymous, and
the name of the node that uses one gives its layer.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Weights = dict[str, Array]

NECK_NORMS = ("neck.1", "neck.3")
WINDOW_CELLS = (49, 196)  # Of 7 x 7 and of 14 x 14.


def read(path: Path) -> Weights:
    """Every tensor of the encoder, as `layers.1.blocks.0.mlp.fc1.weight` and the like.

    Matrices are (inputs, outputs), kernels (outputs, inputs, height, width). An attention's
    `positions` (heads, cells, cells) are what it adds for where cells of a window lie.
    """
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    found: Weights = {name: array for name, array in stored.items() if name.startswith("layers.")}
    for node in graph.node:
        # "/layers.1/blocks.0/mlp/fc1/MatMul" or "/neck/neck.1/Mul"
        layer = ".".join(node.name.strip("/").split("/")[:-1])
        constants = [stored[name] for name in node.input if name in stored]
        if node.op_type == "Conv":
            at = layer.removesuffix(".c").removeprefix("neck.")
            found[f"{at}.weight"] = constants[0]
            if len(constants) > 1:
                found[f"{at}.bias"] = constants[1]
        elif node.op_type == "MatMul" and constants:
            found[f"{layer}.weight"] = constants[0]
        elif node.op_type in ("Mul", "Add") and layer.removeprefix("neck.") in NECK_NORMS:
            kind = "weight" if node.op_type == "Mul" else "bias"
            for constant in constants:
                found[f"{layer.removeprefix('neck.')}.{kind}"] = constant.reshape(-1)
        elif node.op_type == "Constant" and layer.endswith(".attn"):
            value = numpy_helper.to_array(node.attribute[0].t)
            if value.ndim == 3 and value.shape[-1] in WINDOW_CELLS:
                found[f"{layer}.positions"] = value
    return found
