"""Weights as files: safetensors in half precision."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from iph_core.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor


def write_tensors(path: Path, tensors: Mapping[str, Tensor], notes: dict[str, str]) -> None:
    """Write tensors as fp16 with notes as metadata; whole or not at all (InputError)."""
    from safetensors.torch import save

    halves = {name: value.detach().half().cpu().contiguous() for name, value in tensors.items()}
    partial = path.with_suffix(".partial")
    try:
        # Not by safetensors' save_file, whose files nobody but their owner may read.
        partial.write_bytes(save(halves, metadata=notes))
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(
            f"{path} cannot be written ({error.strerror}): make room or choose another folder."
        ) from error
