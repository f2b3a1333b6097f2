"""SAM's mask decoder as two light ONNX graphs, for the page: what a photo costs once, and a tap.

The same function as the export (Kirillov et al. 2023, appendix A) in another order:

- The image's cells are the rows of a (4096, 256) matrix throughout: transposed convolutions of
  stride 2 are matrix products, and channels are normalized where they lie.
- There are many cells and few tokens (T, about 7). Attention between them takes the cells as they
  are, instead of projecting each of them to keys, queries and values:
      q_t . (W_k x_c + b_k) = (W_k^T q_t) . x_c + a term that a softmax over c does not see
      sum_c a_tc (W_v x_c + b_v) = W_v (sum_c a_tc x_c) + b_v
      W_o (sum_t a_ct v_t) = sum_t a_ct (W_o v_t)
  so each product with the cells has 8 T columns instead of 128.
- In the first layer the cells are still the photo's own: their projections are made once a photo.
- A normalization's mean is taken away before, where that is a matter of a small matrix, and its
  bias added after, as part of what comes next.
- GELU is its usual approximation by tanh (within 0.0005).
- What is constant (the cells' positions, the empty mask prompt, the weights' scales) is computed
  once, when the graph is loaded.
- Masks are made only of the cells inside the photo; the padding's logits are -`OUTSIDE`.
"""

from __future__ import annotations

from onnx import TensorProto

from iph_core.regions.decoder_weights import DECODER, PROMPTS, WIDTH, Array, Weights
from iph_core.regions.decoder_writer import (
    CELLS,
    GRID,
    HEAD_WIDTH,
    HEADS,
    TRANSFORMER,
    Cells,
    DecoderWriter,
    bits,
)
from iph_core.regions.graph_writer import Name, Shape
from iph_core.regions.sam import CANDIDATES, LOGITS_SIDE

UPSCALED = (64, 32)  # Channels after the first and the second doubling.
CHANNEL_NORM_EPSILON = 1e-6  # Of SAM's LayerNorm2d.
OUTSIDE = 100.0

PHOTO_OUTPUTS: dict[Name, Shape] = {
    "features": (CELLS, WIDTH),
    "keys": (HEADS, HEAD_WIDTH, CELLS),
    "values": (HEADS, CELLS, HEAD_WIDTH),
    "queries": (HEADS, CELLS, HEAD_WIDTH),
}


def photo_graph(weights: Weights) -> bytes:
    """The graph that runs once a photo.

    Input: `embedding` float32 (1, 256, 64, 64). Outputs: `PHOTO_OUTPUTS`, inputs of `tap_graph`:
    the cells with a mean of 0, and their projections in the first layer.
    """
    pen = DecoderWriter(weights)
    embedding = pen.input("embedding", (1, WIDTH, GRID, GRID))
    cells = pen.transpose(pen.reshape(embedding, WIDTH, CELLS), 1, 0)
    features = pen.add(cells, pen.weight(f"{PROMPTS}no_mask_embed.weight"))
    placed = pen.add(features, pen.cell_positions())
    to_image = f"{TRANSFORMER}layers.0.cross_attn_token_to_image."
    to_tokens = f"{TRANSFORMER}layers.0.cross_attn_image_to_token."
    made = {
        "features": pen.centered(features),
        # Without the bias: a softmax over the cells does not see it.
        "keys": pen.transpose(pen.heads(pen.times(placed, f"{to_image}k_proj")), 0, 2, 1),
        "values": pen.heads(pen.linear(features, f"{to_image}v_proj")),
        "queries": pen.heads(pen.linear(placed, f"{to_tokens}q_proj")),
    }
    return pen.model({name: (made[name], shape) for name, shape in PHOTO_OUTPUTS.items()})


def tap_graph(weights: Weights) -> bytes:
    """The graph that runs for each set of prompts.

    Inputs, float32: `PHOTO_OUTPUTS` of the photo; `points` (N, 2) in SAM's frame and `labels` (N,)
        as `sam.decoder_prompts` makes them; `extent` (2,): columns and rows of the 64 x 64 cells
        that masks are wanted for, from the upper left.
    Outputs, float32: `logits` (1, 4, 256, 256), -100 outside the extent, and `scores` (1, 4).
    """
    pen = DecoderWriter(weights)
    photo = {name: pen.input(name, shape) for name, shape in PHOTO_OUTPUTS.items()}
    points, labels = pen.input("points", ("N", 2)), pen.input("labels", ("N",))
    extent = pen.input("extent", (2,))

    tokens = pen.tokens(points, labels)
    answers, cells = first_layer(pen, tokens, photo)
    answers, cells = second_layer(pen, tokens, answers, cells)
    seen = pen.look(
        pen.add(answers, tokens), pen.placed(cells), cells, "final_attn_token_to_image."
    )
    answers = pen.named_norm(pen.add(answers, seen), "norm_final_attn")

    logits = candidate_logits(pen, answers, cells, extent)
    scores = pen.perceptron(pen.part(answers, 0, 0, 1), "iou_prediction_head.", 3)
    square = (1, CANDIDATES, LOGITS_SIDE, LOGITS_SIDE)
    return pen.model({"logits": (logits, square), "scores": (scores, (1, CANDIDATES))})


def first_layer(pen: DecoderWriter, tokens: Name, photo: dict[Name, Name]) -> tuple[Name, Cells]:
    """Tokens and cells after layer 0, whose cells are the photo's own."""
    layer = "layers.0."
    heard = pen.attend_tokens(tokens, tokens, f"{layer}self_attn.")
    answers = pen.named_norm(heard, f"{layer}norm1")
    at = f"{TRANSFORMER}{layer}cross_attn_token_to_image."
    asked = pen.heads(pen.linear(pen.add(answers, tokens), f"{at}q_proj", pen.sharpness))
    shares = pen.softmax(pen.matmul(asked, photo["keys"]))
    seen = pen.linear(pen.joined(pen.matmul(shares, photo["values"])), f"{at}out_proj")
    answers = pen.think(pen.named_norm(pen.add(answers, seen), f"{layer}norm2"), layer)

    at = f"{TRANSFORMER}{layer}cross_attn_image_to_token."
    offered = pen.heads(pen.linear(pen.add(answers, tokens), f"{at}k_proj", pen.sharpness))
    scores = pen.matmul(photo["queries"], pen.turned(offered))
    shares = pen.softmax(pen.transpose(scores, 1, 0, 2))
    said = pen.centered(pen.said(answers, at))
    told = pen.tell(shares, said, photo["features"])
    return answers, pen.normed_cells(told, f"{layer}norm4")


def second_layer(
    pen: DecoderWriter, tokens: Name, answers: Name, cells: Cells
) -> tuple[Name, Cells]:
    """Tokens and cells after layer 1."""
    layer = "layers.1."
    heard = pen.attend_tokens(pen.add(answers, tokens), answers, f"{layer}self_attn.")
    answers = pen.named_norm(pen.add(answers, heard), f"{layer}norm1")
    placed = pen.placed(cells)
    asking = pen.add(answers, tokens)
    seen = pen.look(asking, placed, cells, f"{layer}cross_attn_token_to_image.")
    answers = pen.think(pen.named_norm(pen.add(answers, seen), f"{layer}norm2"), layer)

    at = f"{TRANSFORMER}{layer}cross_attn_image_to_token."
    offered = pen.heads(pen.linear(pen.add(answers, tokens), f"{at}k_proj", pen.sharpness))
    directions = pen.columns(pen.matmul(pen.head_rows(f"{at}q_proj"), pen.turned(offered)))
    bias = pen.weight(f"{at}q_proj.bias", (HEADS, 1, HEAD_WIDTH))
    offsets = pen.reshape(pen.matmul(bias, pen.turned(offered)), -1)
    scores = pen.operation("Gemm", placed, directions, offsets)
    shares = pen.softmax(pen.reshape(scores, CELLS, HEADS, -1))
    told = pen.tell(shares, pen.said(answers, at, cells.shift), cells.values)
    return answers, pen.normed_cells(pen.centered(told), f"{layer}norm4")


def candidate_logits(pen: DecoderWriter, answers: Name, cells: Cells, extent: Name) -> Name:
    """(1, 4, 256, 256): each candidate's token, made a filter, over the cells made 16 pixels."""
    columns_rows = pen.operation("Cast", extent, to=TensorProto.INT64)
    columns, rows = pen.part(columns_rows, 0, 0, 1), pen.part(columns_rows, 0, 1, 2)
    size = pen.concatenate(rows, columns, axis=0)
    square = pen.reshape(cells.values, GRID, GRID, WIDTH)
    inside = pen.operation("Slice", square, pen.integers(0, 0), size, pen.integers(0, 1))
    pixels = upscaled(pen, pen.reshape(inside, -1, WIDTH), cells.shift)
    filters = [
        pen.perceptron(
            pen.part(answers, 0, 1 + index, 2 + index), f"output_hypernetworks_mlps.{index}.", 3
        )
        for index in range(CANDIDATES)
    ]
    by_pixel = pen.matmul(pixels, pen.transpose(pen.concatenate(*filters, axis=0), 1, 0))
    # Rows, columns, then two doublings (down, right each), then candidates.
    order = pen.concatenate(size, pen.integers(2, 2, 2, 2, CANDIDATES), axis=0)
    blocks = pen.operation("Reshape", by_pixel, order)
    upright = pen.transpose(blocks, 6, 0, 2, 4, 1, 3, 5)
    height, width = (pen.multiply(side, pen.integers(4)) for side in (rows, columns))
    shape = pen.concatenate(pen.integers(1, CANDIDATES), height, width, axis=0)
    masks = pen.operation("Reshape", upright, shape)
    missing = [pen.operation("Sub", pen.integers(LOGITS_SIDE), side) for side in (height, width)]
    padding = pen.concatenate(pen.integers(0, 0, 0, 0, 0, 0), *missing, axis=0)
    return pen.operation("Pad", masks, padding, pen.number(-OUTSIDE))


def upscaled(pen: DecoderWriter, cells: Name, shift: Array) -> Name:
    """(P, 256) cells less their shift -> (16 P, 32): two transposed convolutions of stride 2."""
    first, second = UPSCALED
    at = f"{DECODER}output_upscaling."
    kernel, bias = pen.doubling(f"{at}0")
    bias = bias + shift @ kernel
    # The channels' mean is taken away beforehand, so their normalization has none to take.
    kernel, bias = without_mean(kernel, first), without_mean(bias, first)
    pixels = pen.reshape(pen.doubled(cells, kernel, bias, bits(f"{at}0")), -1, first)
    pixels = pen.scaled_by_size(pixels, pen.weights[f"{at}1.weight"], CHANNEL_NORM_EPSILON)
    pixels = pen.gelu(pen.add(pixels, pen.weight(f"{at}1.bias")))
    pixels = pen.doubled(pixels, *pen.doubling(f"{at}3"), bits(f"{at}3"))
    return pen.reshape(pen.gelu(pixels), -1, second)


def without_mean(values: Array, channels: int) -> Array:
    """(..., blocks x channels), each block of channels less its mean."""
    blocks = values.reshape(*values.shape[:-1], -1, channels)
    return (blocks - blocks.mean(axis=-1, keepdims=True)).reshape(values.shape)
