"""The one place that asks which device there is and how many threads to use."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from iph_core.errors import InputError

if TYPE_CHECKING:
    import onnxruntime
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")


def select_device(name: str = "auto") -> torch.device:
    """The torch device called `name`; `auto` takes CUDA, then MPS, then the CPU.

    Raises InputError when the name is unknown or the machine has no such device.
    """
    import torch

    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if name == "auto":
        name = next(device for device in ("cuda", "mps", "cpu") if available[device])
    if name not in available:
        raise InputError(f"Unknown device {name!r}: choose one of {', '.join(DEVICES)}.")
    if not available[name]:
        raise InputError(f"This machine has no {name!r} device: use --device auto or cpu.")
    return torch.device(name)


def autocast(device: torch.device) -> contextlib.AbstractContextManager[None]:
    """Mixed precision where the device gains from it: bfloat16 on CUDA, nothing elsewhere."""
    import torch

    if device.type == "cuda":
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return contextlib.nullcontext()


def thread_count() -> int:
    """Threads for one heavy computation: `IPH_THREADS`, or every core this process may use.

    Raises InputError when `IPH_THREADS` is not a whole number above 0.
    """
    if configured := os.environ.get("IPH_THREADS"):
        if not configured.isdecimal() or int(configured) < 1:
            raise InputError(f"IPH_THREADS is {configured!r}: set it to a number of threads.")
        return int(configured)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def onnx_session(model: Path | bytes) -> onnxruntime.InferenceSession:
    """An ONNX Runtime session for a model file or a serialized model, on CUDA where it is there."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = thread_count()
    options.log_severity_level = 3
    wanted = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    there = onnxruntime.get_available_providers()
    providers = [provider for provider in wanted if provider in there]
    source = str(model) if isinstance(model, Path) else model
    return onnxruntime.InferenceSession(source, options, providers=providers)
