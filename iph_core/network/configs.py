"""Named configurations of the network."""

from __future__ import annotations

from typing import Any

from torch import nn

from iph_core.errors import InputError
from iph_core.network.bargain import BargainNet
from iph_core.network.color_head import IPHColor
from iph_core.network.harmonizer import IPH
from iph_core.network.match_head import IPHMatch, IPHMatchTransfer
from iph_core.network.plain import HNet
from iph_core.network.transfer import IPHTransfer

BASE: dict[str, Any] = {
    "channels": (64, 128, 256, 512),
    "blocks": (1, 1, 2, 2),
    "style_channels": (64, 128, 256, 512, 512),
    "style": 512,
}
SMALL: dict[str, Any] = {
    "channels": (24, 48, 96, 128),
    "blocks": (1, 1, 1, 1),
    "style_channels": (32, 64, 96, 128),
    "style": 128,
}

MATCH: dict[str, Any] = {
    "width": 96,
    "layers": 3,
    "heads": 4,
    "hidden": 320,
    "foreground_cells": 38,
    "reference_cells": 50,
}

PAPER_SIZE = 256
"""Side of the square picture that the network reads (Valanarasu et al., section 4)."""

CONFIGS: dict[str, tuple[type[nn.Module], dict[str, Any]]] = {
    # The paper's network with its 27 M parameters.
    "iph-base": (IPH, BASE),
    # The same network, small enough to train on two CPU cores.
    "iph-small": (IPH, SMALL),
    # With a second style encoder for color transfer.
    "transfer-base": (IPHTransfer, BASE),
    "transfer-small": (IPHTransfer, SMALL),
    # To compare with: no style encoder; the code concatenated to the input.
    "hnet-base": (HNet, {name: BASE[name] for name in ("channels", "blocks")}),
    "hnet-small": (HNet, {name: SMALL[name] for name in ("channels", "blocks")}),
    "bargain-base": (BargainNet, BASE),
    "bargain-small": (BargainNet, SMALL),
    # Cells of the foreground look at cells of the reference: one color change of the foreground.
    "iph-match": (IPHMatch, MATCH),
    # With a second matcher for color transfer.
    "match-transfer": (IPHMatchTransfer, MATCH),
    # Style codes to one color change of the whole foreground.
    "iph-color": (
        IPHColor,
        {
            "style_channels": (32, 64, 128, 160),
            "style": 128,
            "hidden": 512,
            "working_size": 64,
        },
    ),
}


def build(name: str) -> nn.Module:
    """A network with fresh weights. Raises InputError for an unknown name."""
    if name not in CONFIGS:
        raise InputError(f"Unknown configuration {name!r}: choose one of {', '.join(CONFIGS)}.")
    kind, arguments = CONFIGS[name]
    return kind(**arguments)


def parameter_count(network: nn.Module) -> int:
    """Number of trained numbers."""
    return sum(parameter.numel() for parameter in network.parameters())
