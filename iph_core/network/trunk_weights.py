"""The published weights of EfficientNet-Lite0 as those of the trunk."""

from __future__ import annotations

from torch import Tensor

from iph_core.network.trunk import STAGES

EPSILON = 1e-3
"""Of the checkpoint's batch normalization."""


def fold(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The state of a `network.trunk.Trunk` from that of `efficientnet_lite_pytorch`'s network.

    Convolutions and their batch normalization become convolutions with a bias. KeyError where
    something is missing.
    """
    folded: dict[str, Tensor] = {}

    def add(name: str, convolution: str, norm: str) -> None:
        scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + EPSILON).sqrt()
        folded[f"{name}.weight"] = state[f"{convolution}.weight"] * scale[:, None, None, None]
        folded[f"{name}.bias"] = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale

    add("stem", "_conv_stem", "_bn0")
    number = 0
    for stage, (_, _, expansion, _, blocks) in enumerate(STAGES):
        for block in range(blocks):
            ours, theirs = f"stages.{stage}.{block}", f"_blocks.{number}"
            if expansion > 1:
                add(f"{ours}.expand", f"{theirs}._expand_conv", f"{theirs}._bn0")
            add(f"{ours}.filter", f"{theirs}._depthwise_conv", f"{theirs}._bn1")
            add(f"{ours}.project", f"{theirs}._project_conv", f"{theirs}._bn2")
            number += 1
    return folded
