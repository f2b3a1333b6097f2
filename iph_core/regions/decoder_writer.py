"""Writes the parts of SAM's mask decoder; decoder_graph.py puts them together and says why so."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from onnx import TensorProto

from iph_core.regions.decoder_weights import DECODER, PROMPTS, WIDTH, Array, Weights
from iph_core.regions.graph_writer import GraphWriter, Name
from iph_core.regions.sam import FRAME_SIDE

GRID = 64
CELLS = GRID * GRID
HEADS = 8
HEAD_WIDTH = 16  # Of attention between tokens and cells.
TRANSFORMER = f"{DECODER}transformer."
GAUSSIANS = f"{PROMPTS}pe_layer.positional_encoding_gaussian_matrix"


class Cells(NamedTuple):
    """The image between layers: `values` (4096, 256) plus `shift` (256,)."""

    values: Name
    shift: Array


class DecoderWriter(GraphWriter):
    """Writes SAM's parts; weights by their names in `segment_anything`."""

    sharpness = HEAD_WIDTH**-0.5  # Attention's 1 / sqrt(channels of a head).

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.weights = weights
        self.waves_per_frame = (2 * np.pi * weights[GAUSSIANS]).astype(np.float32)

    # Prompts and positions

    def tokens(self, points: Name, labels: Name) -> Name:
        """(5 + N, 256): SAM's own tokens, then the points."""
        own = [self.weights[f"{DECODER}{name}.weight"] for name in ("iou_token", "mask_tokens")]
        shifted = self.add(points, self.number(0.5))
        scale = self.number(2 / FRAME_SIDE)
        places = self.add(self.multiply(shifted, scale), self.number(-1))
        angles = self.matmul(places, self.constant(self.waves_per_frame))
        kinds = ["not_a_point_embed", *(f"point_embeddings.{index}" for index in range(4))]
        table = np.concatenate([self.weights[f"{PROMPTS}{kind}.weight"] for kind in kinds])
        # Labels start at -1, which is no point: it has no position.
        rows = self.add(labels, self.number(1))
        is_point = self.operation("Min", rows, self.number(1))
        somewhere = self.operation("Unsqueeze", is_point, self.integers(1))
        indices = self.operation("Cast", rows, to=TensorProto.INT64)
        kind = self.operation("Gather", self.vector(table), indices, axis=0)
        prompts = self.add(self.multiply(self.waves(angles), somewhere), kind)
        return self.concatenate(self.vector(np.concatenate(own)), prompts, axis=0)

    def cell_positions(self) -> Name:
        """(4096, 256), constant: what tells the cells where they are."""
        centers = (2 * (np.arange(GRID, dtype=np.float32) + 0.5) / GRID - 1)[:, None]
        across, down = (centers * row for row in self.waves_per_frame)
        angles = self.add(self.constant(down[:, None]), self.constant(across[None]))
        return self.reshape(self.waves(angles), CELLS, WIDTH)

    def waves(self, angles: Name) -> Name:
        sine, cosine = self.operation("Sin", angles), self.operation("Cos", angles)
        return self.concatenate(sine, cosine, axis=-1)

    # Layers by name

    def weight(self, name: Name, shape: tuple[int, ...] | None = None) -> Name:
        values = self.weights[name]
        return self.vector(values if shape is None else values.reshape(shape))

    def times(self, value: Name, name: Name, scale: float = 1.0) -> Name:
        matrix = self.matrix(self.weights[f"{name}.weight"].T * scale, bits(name))
        return self.matmul(value, matrix)

    def linear(self, value: Name, name: Name, scale: float = 1.0) -> Name:
        """`scale` times a linear layer."""
        bias = self.vector(self.weights[f"{name}.bias"] * scale)
        return self.add(self.times(value, name, scale), bias)

    def named_norm(self, value: Name, name: Name) -> Name:
        at = f"{TRANSFORMER}{name}"
        return self.norm(value, self.weights[f"{at}.weight"], self.weights[f"{at}.bias"])

    def perceptron(self, value: Name, at: Name, depth: int) -> Name:
        """A multilayer perceptron of the decoder's head, ReLU between its layers."""
        for index in range(depth):
            value = self.linear(value, f"{DECODER}{at}layers.{index}")
            if index < depth - 1:
                value = self.operation("Relu", value)
        return value

    def think(self, tokens: Name, layer: Name) -> Name:
        """The layer's perceptron on the tokens."""
        at = f"{TRANSFORMER}{layer}mlp.lin"
        hidden = self.operation("Relu", self.linear(tokens, f"{at}1"))
        return self.named_norm(self.add(tokens, self.linear(hidden, f"{at}2")), f"{layer}norm3")

    def normed_cells(self, centered: Name, name: Name) -> Cells:
        """Cells with a mean of 0, normalized; the norm's bias is their shift."""
        at = f"{TRANSFORMER}{name}"
        values = self.scaled_by_size(centered, self.weights[f"{at}.weight"])
        return Cells(values, self.weights[f"{at}.bias"])

    def placed(self, cells: Cells) -> Name:
        """The cells with their positions."""
        where = self.add(self.cell_positions(), self.vector(cells.shift))
        return self.add(cells.values, where)

    def doubling(self, name: Name) -> tuple[Array, Array]:
        """A transposed convolution of stride 2 as matrix (channels, 4 x new ones) and bias."""
        kernel = self.weights[f"{name}.weight"].transpose(0, 2, 3, 1)
        return kernel.reshape(len(kernel), -1), np.tile(self.weights[f"{name}.bias"], 4)

    def doubled(self, pixels: Name, kernel: Array, bias: Array, exactness: int) -> Name:
        """(P, channels) -> (P, 4 x new channels)."""
        product = self.matmul(pixels, self.matrix(kernel, exactness))
        return self.add(product, self.vector(bias))

    def gelu(self, value: Name) -> Name:
        return self.operation("Gelu", value, approximate="tanh")

    # Attention

    def heads(self, value: Name) -> Name:
        """(N, 8 channels) -> (8, N, channels)."""
        return self.transpose(self.reshape(value, 0, HEADS, -1), 1, 0, 2)

    def joined(self, value: Name) -> Name:
        """(8, N, channels) -> (N, 8 channels)."""
        return self.reshape(self.transpose(value, 1, 0, 2), 0, -1)

    def turned(self, value: Name) -> Name:
        """(8, N, channels) -> (8, channels, N)."""
        return self.transpose(value, 0, 2, 1)

    def columns(self, value: Name) -> Name:
        """(8, 256, T) -> (256, 8 T)."""
        return self.reshape(self.transpose(value, 1, 0, 2), WIDTH, -1)

    def head_rows(self, name: Name) -> Name:
        """A projection's matrix (8 channels, 256) as (8, 256, channels)."""
        rows = by_head(self.weights[f"{name}.weight"]).transpose(0, 2, 1)
        return self.matrix(rows, bits(name))

    def attend_tokens(self, asking: Name, telling: Name, at: Name) -> Name:
        """Attention among the tokens; `asking` gives queries and keys, `telling` the values."""
        at = f"{TRANSFORMER}{at}"
        sharpness = (WIDTH // HEADS) ** -0.5
        queries = self.heads(self.linear(asking, f"{at}q_proj", sharpness))
        keys = self.heads(self.linear(asking, f"{at}k_proj"))
        values = self.heads(self.linear(telling, f"{at}v_proj"))
        shares = self.softmax(self.matmul(queries, self.turned(keys)))
        return self.linear(self.joined(self.matmul(shares, values)), f"{at}out_proj")

    def look(self, asking: Name, placed: Name, cells: Cells, at: Name) -> Name:
        """What the tokens see in the cells; `placed` are the cells with their positions."""
        at = f"{TRANSFORMER}{at}"
        asked = self.heads(self.linear(asking, f"{at}q_proj", self.sharpness))
        directions = self.columns(self.matmul(self.head_rows(f"{at}k_proj"), self.turned(asked)))
        shares = self.softmax(self.transpose(self.matmul(placed, directions), 1, 0))
        seen = self.add(self.matmul(shares, cells.values), self.vector(cells.shift))
        values = self.matmul(self.reshape(seen, HEADS, -1, WIDTH), self.head_rows(f"{at}v_proj"))
        biased = self.add(values, self.weight(f"{at}v_proj.bias", (HEADS, 1, HEAD_WIDTH)))
        return self.linear(self.joined(biased), f"{at}out_proj")

    def said(self, answers: Name, at: Name, shift: Array | None = None) -> Name:
        """(8 T, 256): what each token says to a cell that hears nothing else. `shift` and the bias
        are said by every token; as the shares of each head add up to 1, each head says an 8th."""
        name = f"{at}out_proj"
        values = self.heads(self.linear(answers, f"{at}v_proj"))
        outward = self.matrix(by_head(self.weights[f"{name}.weight"].T), bits(name))
        bias = self.weights[f"{name}.bias"]
        always = bias if shift is None else bias + shift
        words = self.reshape(self.matmul(values, outward), -1, WIDTH)
        return self.add(words, self.vector(always * np.float32(1 / HEADS)))

    def tell(self, shares: Name, said: Name, cells: Name) -> Name:
        """The cells plus their shares (4096, 8, T) of what is said."""
        return self.operation("Gemm", self.reshape(shares, CELLS, -1), said, cells)


def bits(name: Name) -> int:
    """How exactly a weight is written: most where the masks feel it most (measured)."""
    if ".mlp." in name:
        return 9
    return 11 if "cross_attn" in name or "final_attn" in name else 10


def by_head(matrix: Array) -> Array:
    """(8 channels, 256) -> (8, channels, 256)."""
    return matrix.reshape(HEADS, -1, WIDTH)
