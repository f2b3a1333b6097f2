"""Networks as files: safetensors with the configuration's name inside, half precision."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from iph_core import weights
from iph_core.errors import MissingWeightsError
from iph_core.network.configs import build
from iph_core.trunk.published import read_trunk

TRUNK = "trunk."
"""Beginning of the names of the weights that are not ours: they stay in their own file."""


def save_network(network: nn.Module, config: str, path: Path, **notes: str) -> None:
    """Write our weights as fp16 with `config` and notes as metadata; whole or not at all."""
    tensors = {
        name: value.detach().half().cpu().contiguous()
        for name, value in network.state_dict().items()
        if not name.startswith(TRUNK)
    }
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, metadata={"config": config, **notes})
    os.replace(partial, path)


def new_network(config: str) -> nn.Module:
    """A network with fresh weights, and with its trunk where it has one.

    Raises InputError for an unknown name, MissingWeightsError where the trunk's file is missing.
    """
    network = build(config)
    load_trunk(network)
    return network


def load_network(path: Path, device: torch.device) -> nn.Module:
    """The network of a file, in evaluation mode.

    Raises MissingWeightsError for a file that does not fit, or where the trunk's file is missing.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            config = (file.metadata() or {}).get("config", "")
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        network = build(config)
        network.load_state_dict(tensors | _trunk(network))
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        raise MissingWeightsError(
            f"{path.name} is not a weights file of this version: restore it with"
            f" `git checkout -- weights/{path.name}` or train it again ({type(error).__name__})."
        ) from error
    load_trunk(network)
    return network.eval().to(device)


def load_trunk(network: nn.Module) -> None:
    """Give a network that has a trunk the published weights; they do not learn.

    Raises MissingWeightsError where their file is missing.
    """
    if not _trunk(network):
        return
    trunk = read_trunk(weights.path("trunk"))
    network.load_state_dict({TRUNK + name: value for name, value in trunk.items()}, strict=False)
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(not name.startswith(TRUNK))


def _trunk(network: nn.Module) -> dict[str, Tensor]:
    return {name: value for name, value in network.state_dict().items() if name.startswith(TRUNK)}
