"""The models that a program keeps: loaded once, on first use, shared by threads."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from iph_core import runtime, weights
from iph_core.errors import InputError, MissingWeightsError
from iph_core.micro_batches import MicroBatches
from iph_core.regions.mask import SQUARE_SIDE
from iph_core.regions.people_head import PeopleHead, head_for
from iph_core.regions.saliency import Saliency
from iph_core.regions.sam_checkpoint import load_sam

if TYPE_CHECKING:
    from torch import nn

    from iph_core.regions.sam import Segmenter

DEFAULT_WEIGHTS = "iph-match"
AT_ONCE = 4  # Questions that are answered together where memory, not time, is short.


class Question(NamedTuple):
    """What the network is asked: pictures uint8 HWC sRGB, masks float32 HW, all of one size."""

    composite: np.ndarray
    mask: np.ndarray
    reference: np.ndarray
    guide: np.ndarray
    transfer: float


Answering = Callable[[Sequence[Question]], list[np.ndarray]]


class Models:
    """SAM, saliency and the harmonization network.

    weights: a name of `weights/manifest.toml` or a path of a .safetensors file; None is what ships.
    device: where the network runs: auto, cpu, cuda or mps.
    batches: whether what several threads ask the network within a few milliseconds is answered
        together; None: on CUDA alone, where that saves time.
    Raises MissingWeightsError on first use of a model whose file is not in place.
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        device: str = "auto",
        batches: bool | None = None,
    ) -> None:
        self.weights = str(weights or DEFAULT_WEIGHTS)
        self._device_name = device
        self._batched = batches
        self._lock = threading.RLock()

    def warm_up(self) -> None:
        """Load everything now, and run once what is slow the first time."""
        _ = self.sam, self.saliency, self.people_head
        side = (SQUARE_SIDE, SQUARE_SIDE)
        gray, left = np.full((*side, 3), 128, np.uint8), np.zeros(side, np.float32)
        left[:, : SQUARE_SIDE // 2] = 1
        with self._lock:
            here = self._answered_here  # Nobody is there yet whose share of a GPU this may use.
        here([Question(gray, left, gray, 1 - left, 0.0)])
        if runtime.select_device(self._device_name).type == "cuda":
            self.sam.embed(gray)

    def fingerprint(self) -> str:
        """SHA-256 of the network's weights in hex: other weights, another result."""
        return weights.sha256(self._weights_file())

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
    def people_head(self) -> PeopleHead | None:
        """What finds people; None with a SAM checkpoint of the user, whose embeddings it cannot
        read.
        """
        with self._lock:
            return self._people_head

    @property
    def network(self) -> nn.Module:
        with self._lock:
            return self._network

    @property
    def can_transfer(self) -> bool:
        """Whether the network has a second style encoder, for color transfer."""
        return hasattr(self.network, "transfer_encoder")

    def recolor(
        self,
        composite: np.ndarray,
        mask: np.ndarray,
        reference: np.ndarray,
        guide: np.ndarray,
        transfer: float = 0.0,
    ) -> np.ndarray:
        """Run the network on pictures uint8 HWC sRGB and masks float32 HW, all of one size.

        transfer: from harmonization (0) to color transfer (1). Returns the harmonized picture as
        float32 HWC in [0, 1]. InputError for a transfer that the network cannot do, and where
        too many requests wait already.
        """
        if transfer and not self.can_transfer:
            raise InputError(
                f"{self.weights} cannot transfer colors: give weights with a second style encoder"
                " (docs/training.md) or leave --transfer out."
            )
        question = Question(composite, mask, reference, guide, transfer)
        with self._lock:
            answered, batches = self._answered, self._batches
        return answered([question])[0] if batches is None else batches.ask(question)

    def recolor_all(self, questions: Sequence[Question]) -> list[np.ndarray]:
        """The same for several questions of one size, which nobody waits for: a lent GPU is not
        taken for them."""
        with self._lock:
            here = self._answered_here
        return [
            answer
            for first in range(0, len(questions), AT_ONCE)
            for answer in here(questions[first : first + AT_ONCE])
        ]

    @cached_property
    def _answered(self) -> Answering:
        if runtime.lends_gpu():
            # A process forked for the GPU has the network itself, and no lock of this object.
            on_gpu = partial(answers, self.network, runtime.LENT_DEVICE)
            return runtime.on_lent_gpu(on_gpu, self._answered_here)
        return self._answered_here

    @cached_property
    def _answered_here(self) -> Answering:
        return partial(answers, self.network, runtime.select_device(self._device_name).type)

    @cached_property
    def _batches(self) -> MicroBatches[Question, np.ndarray] | None:
        on_gpu = runtime.lends_gpu() or runtime.select_device(self._device_name).type == "cuda"
        if not (on_gpu if self._batched is None else self._batched):
            return None
        return MicroBatches(
            self._answered, lambda asked: (*(array.shape for array in asked[:4]), asked.transfer)
        )

    @cached_property
    def _sam(self) -> Segmenter:
        return load_sam(self._device_name)

    @cached_property
    def _saliency(self) -> Saliency:
        return Saliency.load()

    @cached_property
    def _people_head(self) -> PeopleHead | None:
        return head_for(self.sam)

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


def answers(network: nn.Module, device: str, questions: Sequence[Question]) -> list[np.ndarray]:
    """The harmonized pictures, float32 HWC in [0, 1], for questions of one size and one transfer.

    device: of torch, where the network lies or is brought to.
    """
    import torch

    where = torch.device(device)
    transfer = questions[0].transfer
    ratio = {"transfer": transfer} if transfer else {}

    def pictures(arrays: Sequence[np.ndarray]) -> torch.Tensor:
        stacked = np.stack([array.transpose(2, 0, 1) for array in arrays])
        return torch.from_numpy(stacked.astype(np.float32) / 255).to(where)

    def planes(arrays: Sequence[np.ndarray]) -> torch.Tensor:
        return torch.from_numpy(np.stack(arrays)[:, None].astype(np.float32)).to(where)

    composites, masks, references, guides, _ = zip(*questions, strict=True)
    threads = runtime.one_thread() if where.type == "cpu" else contextlib.nullcontext()
    with torch.inference_mode(), runtime.autocast(where), threads:
        output = network.to(where)(
            pictures(composites), planes(masks), pictures(references), planes(guides), **ratio
        )
    return list(output.float().cpu().numpy().transpose(0, 2, 3, 1))
