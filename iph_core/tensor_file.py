"""Weights as files: safetensors in half precision."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from iph_core.photo import write_file

if TYPE_CHECKING:
    from torch import Tensor


def write_tensors(path: Path, tensors: Mapping[str, Tensor], notes: dict[str, str]) -> None:
    """Write tensors as fp16 with notes as metadata; whole or not at all (InputError)."""
    from safetensors.torch import save

    halves = {name: value.detach().half().cpu().contiguous() for name, value in tensors.items()}
    # Not by safetensors' save_file, whose files nobody but their owner may read.
    write_file(path, save(halves, metadata=notes))
