"""SAM's mask decoder computed for training: the same numbers, several times cheaper.

Three things make it so. Attention between few tokens and many cells of the picture is done by
matrices that fold the cells' projections into the tokens' (few), so that no cell is ever projected.
Prompts of one picture share its first layer. And because the upscaling turns every cell into its
own 4 x 4 patch, only those cells are upscaled that a loss looks at.

Names of weights are those of `segment_anything`, whose `MaskDecoder` keeps them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from segment_anything.modeling import MaskDecoder
    from segment_anything.modeling.transformer import Attention

SIDE, PATCH = 64, 4  # Cells along a side of the embedding; logits along a side of a cell.
SMALL = 2  # Pixels along a cell's side after the first of two upscalings.


def decode_cells(
    decoder: MaskDecoder,
    features: Tensor,
    position: Tensor,
    tokens: Tensor,
    cells: Tensor | None,
    candidates: slice,
    precision: torch.dtype = torch.float32,
) -> tuple[Tensor, Tensor]:
    """Logits of some of the candidates in some cells, for K prompts on each of G pictures.

    features: (G, 4096, 256), the embedding with SAM's "no mask" added. position: (4096, 256).
    tokens: (G, K, T, 256), the prompts. cells: int64 (G * K, S), or None for all.
    precision: that of what is computed for every cell; tokens stay float32.
    Returns logits (G * K, candidates, S, 4, 4) and scores (G * K, 4), float32.
    """
    pictures, each = tokens.shape[:2]
    answers = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
    asked = torch.cat([answers.expand(pictures, each, -1, -1), tokens], 2)
    keys, place = features.to(precision), position.to(precision)
    states = asked
    for index, layer in enumerate(decoder.transformer.layers):
        flat = states.flatten(0, 1)
        if index == 0:
            flat = layer.self_attn(flat, flat, flat)
        else:
            queries = flat + asked.flatten(0, 1)
            flat = flat + layer.self_attn(queries, queries, flat)
        states = layer.norm1(flat).unflatten(0, (pictures, each))
        placed = keys + place
        seen = look(layer.cross_attn_token_to_image, states + asked, keys, placed)
        states = layer.norm2(states + seen)
        states = layer.norm3(states + layer.mlp(states))
        keys = answer(
            layer.cross_attn_image_to_token, layer.norm4, keys, placed, states + asked, states
        )
    seen = look(decoder.transformer.final_attn_token_to_image, states + asked, keys, keys + place)
    final = decoder.transformer.norm_final_attn(states + seen).flatten(0, 1)
    if cells is not None:
        keys = keys.gather(1, cells[..., None].expand(-1, -1, keys.shape[-1]))
    upscaled = upscale(decoder, keys)
    filters = torch.stack(
        [
            decoder.output_hypernetworks_mlps[index](final[:, 1 + index])
            for index in range(len(decoder.output_hypernetworks_mlps))[candidates]
        ],
        1,
    )
    logits = upscaled.flatten(1, 2) @ filters.to(precision).transpose(1, 2)
    patches = logits.float().transpose(1, 2).unflatten(2, (-1, SMALL, SMALL, SMALL, SMALL))
    # (..., row of the small, column of it, row in it, column in it) to (..., row, column).
    patches = patches.transpose(-3, -2).reshape(*patches.shape[:3], PATCH, PATCH)
    return patches, decoder.iou_prediction_head(final[:, 0])


def look(attention: Attention, queries: Tensor, keys: Tensor, placed: Tensor) -> Tensor:
    """Tokens (G, K, T, C) attend to cells (G or G * K, N, C): (G, K, T, C).

    A head's scores are q W_q (W_k k)^T = (q W_q W_k) k^T; what W_k's bias adds is the same for
    every cell, so the softmax does not see it.
    """
    pictures, each, count, _ = queries.shape
    heads = attention.num_heads
    asked = attention.q_proj(queries).unflatten(-1, (heads, -1))
    folded = torch.einsum("gkthd,hdc->gkthc", asked, by_head(attention.k_proj.weight, heads))
    folded = folded / math.sqrt(asked.shape[-1])
    rows = folded.reshape(len(keys), -1, folded.shape[-1])
    weights = (rows.to(keys.dtype) @ placed.transpose(1, 2)).softmax(-1)
    found = (weights @ keys).to(queries.dtype).reshape(pictures, each, count, heads, -1)
    values = torch.einsum("gkthc,hdc->gkthd", found, by_head(attention.v_proj.weight, heads))
    values = values.flatten(-2) + attention.v_proj.bias
    seen: Tensor = attention.out_proj(values)
    return seen


def answer(
    attention: Attention,
    norm: torch.nn.LayerNorm,
    keys: Tensor,
    placed: Tensor,
    asked: Tensor,
    states: Tensor,
) -> Tensor:
    """Cells (G or G * K, N, C) attend to the tokens (G, K, T, C) of each prompt: (G * K, N, C)."""
    pictures, each, count, width = asked.shape
    heads = attention.num_heads
    k = attention.k_proj(asked).unflatten(-1, (heads, -1))
    scale = 1 / math.sqrt(k.shape[-1])
    to_scores = torch.einsum("gkthd,hdc->gkhtc", k, by_head(attention.q_proj.weight, heads)) * scale
    bias = (
        torch.einsum("gkthd,hd->gkht", k, attention.q_proj.bias.unflatten(0, (heads, -1))) * scale
    )
    shared = len(keys) == pictures
    rows = to_scores.reshape(len(keys), -1, width).to(keys.dtype)
    scores = placed @ rows.transpose(1, 2) + bias.reshape(len(keys), 1, -1).to(keys.dtype)
    weights = scores.unflatten(-1, (-1, count)).softmax(-1).flatten(-2)
    values = attention.v_proj(states).unflatten(-1, (heads, -1))
    out = attention.out_proj.weight.unflatten(1, (heads, -1))
    change = torch.einsum("gkthd,chd->gkhtc", values, out).reshape(pictures * each, -1, width)
    if shared and each > 1:
        weights = weights.unflatten(-1, (each, -1)).transpose(1, 2).flatten(0, 1)
        keys = keys[:, None].expand(-1, each, -1, -1).flatten(0, 1)
    base = keys + attention.out_proj.bias.to(keys.dtype)
    moved = torch.baddbmm(base, weights, change.to(keys.dtype))
    return layer_norm(moved, norm.weight, norm.bias, norm.eps)


def by_head(weight: Tensor, heads: int) -> Tensor:
    """A projection's matrix (heads * D, C) as (heads, D, C)."""
    return weight.unflatten(0, (heads, -1))


def upscale(decoder: MaskDecoder, keys: Tensor) -> Tensor:
    """Cells (P, S, 256) as (P, S, 16, 32): the small pixels' rows and columns, then those in them.

    The transposed convolutions have steps as long as their kernels: each is one matrix.
    """
    first, norm, _, second, _ = decoder.output_upscaling
    small = functional.linear(keys, first.weight.permute(2, 3, 1, 0).flatten(0, 2).to(keys.dtype))
    small = small.unflatten(-1, (SMALL * SMALL, -1)) + first.bias.to(keys.dtype)
    small = functional.gelu(layer_norm(small, norm.weight, norm.bias, norm.eps))
    large = functional.linear(small, second.weight.permute(2, 3, 1, 0).flatten(0, 2).to(keys.dtype))
    large = large.unflatten(-1, (SMALL * SMALL, -1)) + second.bias.to(keys.dtype)
    return functional.gelu(large).flatten(2, 3)


def layer_norm(values: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    dtype = values.dtype
    return functional.layer_norm(values, weight.shape, weight.to(dtype), bias.to(dtype), eps)
