"""The decoder for training says what SAM's own does."""

from __future__ import annotations

import pytest
import torch

from iph_core import weights
from iph_core.regions.decoder_weights import torch_modules
from iph_core.training.picker import cells_of, whole_map
from iph_core.training.picker_decoder import decode_cells

PICTURES, EACH = 2, 2


@pytest.fixture(scope="module")
def modules():
    return torch_modules(weights.path("sam-decoder"))


@pytest.fixture(scope="module")
def prompted(modules):
    """Random embeddings, the prompts' tokens, and what SAM's own decoder answers."""
    torch.manual_seed(0)
    prompt_encoder, decoder = modules
    features = torch.randn(PICTURES, 256, 64, 64)
    points = torch.rand(PICTURES * EACH, 2, 2) * 1024
    labels = torch.tensor([[1.0, 0.0]]).expand(PICTURES * EACH, -1)
    with torch.no_grad():
        sparse, dense = prompt_encoder((points, labels), None, None)
        place = prompt_encoder.get_dense_pe()
        answers = [
            decoder.predict_masks(
                features[i // EACH][None], place, sparse[i : i + 1], dense[i : i + 1]
            )
            for i in range(PICTURES * EACH)
        ]
    keys = cells_of(features) + prompt_encoder.no_mask_embed.weight
    tokens = sparse.unflatten(0, (PICTURES, EACH))
    logits, scores = (torch.cat(parts) for parts in zip(*answers, strict=True))
    return keys, cells_of(place)[0], tokens, logits, scores


def test_all_cells_are_sams_masks(modules, prompted):
    keys, place, tokens, logits, scores = prompted
    with torch.no_grad():
        ours, our_scores = decode_cells(modules[1], keys, place, tokens, None, slice(None))
    torch.testing.assert_close(whole_map(ours), logits, atol=2e-3, rtol=1e-3)
    torch.testing.assert_close(our_scores, scores, atol=1e-4, rtol=1e-3)


def test_some_cells_of_one_candidate_are_those_of_the_whole(modules, prompted):
    keys, place, tokens, logits, _ = prompted
    cells = torch.stack([torch.randperm(4096)[:50] for _ in range(PICTURES * EACH)])
    with torch.no_grad():
        ours, _ = decode_cells(modules[1], keys, place, tokens, cells, slice(3, 4))
    assert ours.shape == (PICTURES * EACH, 1, 50, 4, 4)
    for prompt in range(PICTURES * EACH):
        for index in range(0, 50, 7):
            row, column = divmod(int(cells[prompt, index]), 64)
            patch = logits[prompt, 3, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
            torch.testing.assert_close(ours[prompt, 0, index], patch, atol=2e-3, rtol=1e-3)


def test_half_precision_gives_the_same_masks(modules, prompted):
    keys, place, tokens, logits, _ = prompted
    with torch.no_grad():
        half, _ = decode_cells(modules[1], keys, place, tokens, None, slice(None), torch.bfloat16)
    assert ((whole_map(half) > 0) == (logits > 0)).float().mean() > 0.98


def test_every_weight_that_sam_uses_is_taught(modules, prompted):
    keys, place, tokens, _, _ = prompted
    decoder = modules[1]
    decoder.zero_grad()
    logits, scores = decode_cells(decoder, keys, place, tokens, None, slice(None))
    (logits.square().mean() + scores.square().mean()).backward()
    still = {name for name, value in decoder.named_parameters() if value.grad is None}
    # A constant that is added to all of a softmax's scores changes nothing.
    assert all(name.endswith("token_to_image.k_proj.bias") for name in still)
    assert len(still) == 3
