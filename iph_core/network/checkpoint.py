"""Networks as files: safetensors with the configuration's name inside, half precision."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from iph_core import weights
from iph_core.errors import MissingWeightsError
from iph_core.network.configs import build
from iph_core.tensor_file import write_tensors
from iph_core.trunk.published import read_trunk


def save_network(network: nn.Module, config: str, path: Path, **notes: str) -> None:
    """Write the weights as fp16 with `config` and notes as metadata; whole or not at all
    (InputError)."""
    write_tensors(path, network.state_dict(), {"config": config, **notes})


def new_network(config: str) -> nn.Module:
    """A network with fresh weights, and with the published ones in its trunk where it has one.

    Raises InputError for an unknown name, MissingWeightsError where the trunk's file is missing.
    """
    network = build(config)
    trunk = getattr(network, "trunk", None)
    if trunk is not None:
        trunk.load_state_dict(read_trunk(weights.path("trunk")))
    return network


def load_network(path: Path, device: torch.device) -> nn.Module:
    """The network of a file, in evaluation mode.

    Raises MissingWeightsError for a file that is not there or does not fit.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            config = (file.metadata() or {}).get("config", "")
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        network = build(config)
        network.load_state_dict(tensors)
    except FileNotFoundError:
        raise MissingWeightsError(f"{path} does not exist: {weights.remedy(path)}.") from None
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        raise MissingWeightsError(
            f"{path.name} is not a weights file of this version: {weights.remedy(path)} or train"
            f" it again ({type(error).__name__})."
        ) from error
    return network.eval().to(device)
