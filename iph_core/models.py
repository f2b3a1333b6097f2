"""The models that a program keeps: loaded once, on first use, shared by threads."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from iph_core import runtime, weights
from iph_core.errors import InputError, MissingWeightsError
from iph_core.regions.saliency import Saliency
from iph_core.regions.sam_checkpoint import load_sam

if TYPE_CHECKING:
    from torch import nn

    from iph_core.regions.sam import Segmenter

DEFAULT_WEIGHTS = "iph-color"


class Models:
    """SAM, saliency and the harmonization network.

    weights: a name of `weights/manifest.toml` or a path of a .safetensors file; None is what ships.
    device: where the network runs: auto, cpu, cuda or mps.
    Raises MissingWeightsError on first use of a model whose file is not in place.
    """

    def __init__(self, weights: str | Path | None = None, device: str = "auto") -> None:
        self.weights = str(weights or DEFAULT_WEIGHTS)
        self._device_name = device
        self._lock = threading.RLock()

    def warm_up(self) -> None:
        """Load everything now."""
        _ = self.sam, self.saliency
        self.load_network()

    def load_network(self) -> None:
        """Load the network now; later calls return at once."""
        _ = self.network

    @property
    def sam(self) -> Segmenter:
        with self._lock:
            return self._sam

    @property
    def saliency(self) -> Saliency:
        with self._lock:
            return self._saliency

    @property
    def network(self) -> nn.Module:
        with self._lock:
            return self._network

    def recolor(
        self, composite: np.ndarray, mask: np.ndarray, reference: np.ndarray, guide: np.ndarray
    ) -> np.ndarray:
        """Run the network on pictures uint8 HWC sRGB and masks float32 HW, all of one size.

        Returns the harmonized picture as float32 HWC in [0, 1].
        """
        import torch

        device = runtime.select_device(self._device_name)

        def picture(array: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(array.transpose(2, 0, 1)[None].astype(np.float32) / 255).to(
                device
            )

        def plane(array: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(array[None, None].astype(np.float32)).to(device)

        with torch.inference_mode(), runtime.autocast(device):
            output = self.network(picture(composite), plane(mask), picture(reference), plane(guide))
        return output[0].float().cpu().numpy().transpose(1, 2, 0)

    @cached_property
    def _sam(self) -> Segmenter:
        return load_sam(self._device_name)

    @cached_property
    def _saliency(self) -> Saliency:
        return Saliency.load()

    @cached_property
    def _network(self) -> nn.Module:
        from iph_core.network import load_network

        return load_network(self._weights_file(), runtime.select_device(self._device_name))

    def _weights_file(self) -> Path:
        if not self.weights.endswith(".safetensors"):
            return self._listed_file()
        file = Path(self.weights).expanduser()
        if not file.is_file():
            raise MissingWeightsError(f"{file} does not exist: give the path of a weights file.")
        return file

    def _listed_file(self) -> Path:
        names = [entry.name for entry in weights.entries() if entry.name.startswith("iph-")]
        if self.weights not in names:
            raise InputError(
                f"No network is called {self.weights!r}: choose one of {', '.join(names)}, or give"
                " the path of a .safetensors file."
            )
        return weights.path(self.weights)
