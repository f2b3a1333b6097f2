"""The network: pictures and masks in, a harmonized picture out. It knows nothing of files."""

from iph_core.network.checkpoint import load_network, new_network, save_network
from iph_core.network.configs import CONFIGS, PAPER_SIZE, build, parameter_count

__all__ = [
    "CONFIGS",
    "PAPER_SIZE",
    "build",
    "load_network",
    "new_network",
    "parameter_count",
    "save_network",
]
