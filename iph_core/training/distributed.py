"""Several processes that train one network: as `torchrun` starts them, or this one alone.

Every process holds the whole network, learns its share of each batch, and averages the gradients
with the others. Shares are equal, so that the average of the shares' gradients is the gradient of
the whole batch, and one process with the same batch ends at the same weights but for rounding.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from iph_core.errors import InputError

PATIENCE = timedelta(hours=1)
"""How long the others wait for the first one, which validates alone."""


@dataclass(frozen=True)
class Team:
    """This process's place among `size` ones."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that validates, prints and writes."""
        return self.rank == 0

    def share(self, batch: int) -> slice:
        """The samples of a batch that this process learns; InputError where it does not divide."""
        if batch % self.size:
            raise InputError(
                f"A batch of {batch} cannot be shared by {self.size} processes: give a --batch that"
                f" {self.size} divides."
            )
        part = batch // self.size
        return slice(self.rank * part, (self.rank + 1) * part)

    def average_gradients(self, network: nn.Module) -> None:
        """Give every process the mean of all processes' gradients."""
        if self.size == 1:
            return
        gradients = [p.grad for p in network.parameters() if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(flat)
        flat /= self.size
        parts = flat.split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def of_first(self, value: Any) -> Any:
        """The first process's value, on every process."""
        if self.size == 1:
            return value
        values = [value]
        dist.broadcast_object_list(values, src=0)
        return values[0]


@contextmanager
def join(device: torch.device) -> Iterator[Team]:
    """The team that `torchrun`'s environment describes (NCCL on CUDA, gloo elsewhere); left at the
    end. Without that environment, a team of one."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Team()
        return
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield Team(dist.get_rank(), size)
    finally:
        dist.destroy_process_group()
