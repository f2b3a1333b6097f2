"""SAM's small image encoder as an ONNX graph that takes less time than the file it is made from.

The same function (TinyViT-5M: Wu et al., ECCV 2022) in another order; nothing is approximated:

- Cells are the rows of a matrix throughout; only convolutions see channels first.
- A normalization's scale and shift are part of the matrix that follows it, and the attention's
  scale is part of its queries.
- Queries, keys and values are made before the grid is cut into windows, so that the cells which
  fill up the last windows cost no product. They are zeros there, where the original has constants:
      q . (k + b) = q . k + a term that is the same for every key, which a softmax does not see
      sum_c a_c (v_c + b) = sum_c a_c v_c + b, which the projection's bias takes in
  and what the filling cells ask is thrown away.
- Cutting into windows and into heads is one move of memory each way, not four.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from iph_core.regions import encoder_weights
from iph_core.regions.encoder_weights import Array, Weights
from iph_core.regions.graph_writer import NORM_EPSILON, GraphWriter, Name

FRAME = 1024
WIDTH = 256
HEAD_WIDTH = 32
CHANNEL_NORM_EPSILON = 1e-6  # Of SAM's LayerNorm2d.

STEM_BLOCKS = 2
# Of each stage: blocks, cells along a window, cells along the grid, stride to the next stage.
STAGES = ((2, 7, 128, 2), (6, 14, 64, 1), (2, 7, 64, 0))


def rebuilt(path: Path) -> bytes | None:
    """The graph for an encoder's file; None where the file holds another network.

    Input: `input` float32 (1, 3, 1024, 1024). Output: `output` float32 (1, 256, 64, 64).
    """
    weights = encoder_weights.read(path)
    try:
        return graph(weights)
    except KeyError:
        return None


def graph(weights: Weights) -> bytes:
    """The graph of these weights; KeyError where one is missing."""
    pen = EncoderWriter(weights)
    picture = pen.input("input", (1, 3, FRAME, FRAME))
    seen = pen.convolution(picture, "patch_embed.seq.seq.0", stride=2)
    seen = pen.convolution(pen.gelu(seen), "patch_embed.seq.seq.2", stride=2)
    for index in range(STEM_BLOCKS):
        inner = pen.thrice(seen, f"layers.0.blocks.{index}")
        seen = pen.gelu(pen.add(inner, seen))
    seen = pen.thrice(seen, "layers.0.downsample", stride=2)
    for stage, (blocks, window, side, stride) in enumerate(STAGES, start=1):
        cells = pen.as_cells(seen)
        for index in range(blocks):
            cells = pen.block(cells, f"layers.{stage}.blocks.{index}", window, side)
        seen = pen.as_picture(cells, side)
        if stride:
            seen = pen.thrice(seen, f"layers.{stage}.downsample", stride)
    seen = pen.channel_norm(pen.convolution(seen, "neck.0"), "neck.1")
    seen = pen.channel_norm(pen.convolution(seen, "neck.2"), "neck.3")
    return pen.model({"output": (seen, (1, WIDTH, side, side))})


class EncoderWriter(GraphWriter):
    """A pen that knows the encoder's layers; "cells" is a matrix, a row for each cell."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self._weights = weights

    def as_cells(self, picture: Name) -> Name:
        rows = self.transpose(picture, 0, 2, 3, 1)
        return self.operation("Flatten", rows, axis=3)

    def as_picture(self, cells: Name, side: int) -> Name:
        return self.transpose(self.reshape(cells, 1, side, side, -1), 0, 3, 1, 2)

    def gelu(self, value: Name) -> Name:
        return self.operation("Gelu", value)

    def convolution(self, picture: Name, at: str, stride: int = 1) -> Name:
        """Of 1 x 1 or 3 x 3 pixels, padded; of each channel alone where the kernel has one."""
        kernel = self._weights[f"{at}.weight"]
        outputs, inputs, side, _ = kernel.shape
        inlets = [picture, self.constant(kernel)]
        if f"{at}.bias" in self._weights:
            inlets.append(self.constant(self._weights[f"{at}.bias"]))
        return self.operation(
            "Conv",
            *inlets,
            kernel_shape=[side, side],
            pads=[side // 2] * 4,
            strides=[stride, stride],
            group=outputs if inputs == 1 else 1,
        )

    def thrice(self, picture: Name, at: str, stride: int = 1) -> Name:
        """Three convolutions: between channels, around each pixel, between channels."""
        wide = self.gelu(self.convolution(picture, f"{at}.conv1"))
        around = self.gelu(self.convolution(wide, f"{at}.conv2", stride))
        return self.convolution(around, f"{at}.conv3")

    def block(self, cells: Name, at: str, window: int, side: int) -> Name:
        """Attention within windows, a look at the cells around, and a perceptron."""
        cells = self.add(cells, self.attention(cells, f"{at}.attn", window, side))
        around = self.convolution(self.as_picture(cells, side), f"{at}.local_conv")
        return self.perceptron(self.as_cells(around), f"{at}.mlp")

    def perceptron(self, cells: Name, at: str) -> Name:
        """The cells, and a perceptron of two layers added to them."""
        weight, bias = self.after_norm(at, self._matrix(f"{at}.fc1"), self._bias(f"{at}.fc1"))
        inner = self.gelu(self.linear(self.normed(cells, len(weight)), weight, bias))
        outer = self.linear(inner, self._matrix(f"{at}.fc2"), self._bias(f"{at}.fc2"))
        return self.add(cells, outer)

    def attention(self, cells: Name, at: str, window: int, side: int) -> Name:
        """Attention of the cells of each window to each other."""
        combined = self._matrix(f"{at}.qkv")
        width = len(combined)
        heads = width // HEAD_WIDTH
        weight, bias = self.after_norm(at, combined, self._bias(f"{at}.qkv"))
        # The file has each head's queries, keys and values side by side.
        apart = np.moveaxis(weight.reshape(width, heads, 3, HEAD_WIDTH), 2, 0)
        weights = apart.reshape(3, width, width)
        biases = np.moveaxis(bias.reshape(heads, 3, HEAD_WIDTH), 1, 0).reshape(3, width)
        sharpness = np.float32(HEAD_WIDTH**-0.5)

        normed = self.normed(cells, width)
        queries = self.linear(normed, weights[0] * sharpness, biases[0] * sharpness)
        parts = queries, *(self.matmul(normed, self.constant(w)) for w in weights[1:])
        asked, offered, told = (self.windows(part, heads, window, side) for part in parts)
        scores = self.matmul(asked, self.transpose(offered, 0, 1, 3, 2))
        scores = self.add(scores, self.constant(self._weights[f"{at}.positions"]))
        heard = self.whole(self.matmul(self.softmax(scores), told), heads, window, side)
        projection = self._matrix(f"{at}.proj")
        return self.linear(heard, projection, self._bias(f"{at}.proj") + biases[2] @ projection)

    def windows(self, cells: Name, heads: int, window: int, side: int) -> Name:
        """(windows, heads, cells of a window, 32), with zeros where windows leave the grid."""
        across = -(-side // window)
        fill = across * window - side
        grid = self.reshape(cells, side, side, heads * HEAD_WIDTH)
        grid = self.operation("Pad", grid, self.integers(0, 0, 0, fill, fill, 0))
        cut = self.reshape(grid, across, window, across, window, heads, HEAD_WIDTH)
        moved = self.transpose(cut, 0, 2, 4, 1, 3, 5)
        return self.reshape(moved, across * across, heads, window * window, HEAD_WIDTH)

    def whole(self, windows: Name, heads: int, window: int, side: int) -> Name:
        """The inverse of `windows`: cells again."""
        across = -(-side // window)
        cut = self.reshape(windows, across, across, heads, window, window, HEAD_WIDTH)
        moved = self.transpose(cut, 0, 3, 1, 4, 2, 5)
        grid = self.reshape(moved, across * window, across * window, heads * HEAD_WIDTH)
        inside = self.integers(0, 0), self.integers(side, side), self.integers(0, 1)
        return self.reshape(self.operation("Slice", grid, *inside), -1, heads * HEAD_WIDTH)

    def linear(self, cells: Name, weight: Array, bias: Array) -> Name:
        return self.operation("Gemm", cells, self.constant(weight), self.constant(bias))

    def normed(self, cells: Name, width: int) -> Name:
        """Rows of mean 0 and variance 1."""
        ones = self.constant(np.ones(width, np.float32))
        return self.operation("LayerNormalization", cells, ones, axis=-1, epsilon=NORM_EPSILON)

    def after_norm(self, at: str, weight: Array, bias: Array) -> tuple[Array, Array]:
        """A linear layer that takes in the scale and the shift of the normalization before it."""
        scale, shift = self._weights[f"{at}.norm.weight"], self._weights[f"{at}.norm.bias"]
        return scale[:, None] * weight, bias + shift @ weight

    def channel_norm(self, picture: Name, at: str) -> Name:
        """Normalization over the channels of each pixel."""
        rows = self.operation(
            "LayerNormalization",
            self.transpose(picture, 0, 2, 3, 1),
            self.constant(self._weights[f"{at}.weight"]),
            self.constant(self._weights[f"{at}.bias"]),
            axis=-1,
            epsilon=CHANNEL_NORM_EPSILON,
        )
        return self.transpose(rows, 0, 3, 1, 2)

    def _matrix(self, at: str) -> Array:
        return self._weights[f"{at}.weight"]

    def _bias(self, at: str) -> Array:
        return self._weights[f"{at}.bias"]
