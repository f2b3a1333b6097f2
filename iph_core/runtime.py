"""The one place that asks which device there is and how many threads to use."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from iph_core.errors import InputError

if TYPE_CHECKING:
    import onnxruntime
    import torch

Question = TypeVar("Question")
Answer = TypeVar("Answer")

log = logging.getLogger(__name__)

GPU_SECONDS = 15  # asked of a Space for one run of the network, the start of a process included
LENT_DEVICE = "cuda"
LENDING_VARIABLE = "SPACES_ZERO_GPU"  # Set by Hugging Face where a GPU is lent call by call.

DEVICES = ("auto", "cpu", "cuda", "mps")

KEEPING = {-4: 0, -1: 2**31 - 1, -2: 2**28}
"""Parameters of glibc's mallopt: M_MMAP_MAX, M_TRIM_THRESHOLD and M_TOP_PAD."""


def select_device(name: str = "auto") -> torch.device:
    """The torch device called `name`; `auto` takes CUDA, then MPS, then the CPU.

    Raises InputError when the name is unknown or the machine has no such device.
    """
    import torch

    there = devices()
    if name == "auto":
        name = there[-1]
    if name not in DEVICES:
        raise InputError(f"Unknown device {name!r}: choose one of {', '.join(DEVICES)}.")
    if name not in there:
        raise InputError(f"This machine has no {name!r} device: use --device auto or cpu.")
    return torch.device(name)


def devices() -> tuple[str, ...]:
    """The names of the devices that this machine has, the fastest last."""
    import torch

    found = ["cpu"]
    if torch.backends.mps.is_available():
        found.append("mps")
    # A lent GPU is there inside of a lent call alone, whatever torch is made to say outside.
    if torch.cuda.is_available() and not lends_gpu():
        found.append("cuda")
    return tuple(found)


def autocast(device: torch.device) -> contextlib.AbstractContextManager[None]:
    """Mixed precision where the device gains from it: bfloat16 on CUDA, nothing elsewhere."""
    import torch

    if device.type == "cuda":
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return contextlib.nullcontext()


def lends_gpu() -> bool:
    """Whether this is a Hugging Face Space that lends a GPU call by call (ZeroGPU)."""
    if os.environ.get(LENDING_VARIABLE, "").lower() not in ("1", "t", "true"):
        return False
    return importlib.util.find_spec("spaces") is not None


def on_lent_gpu(
    function: Callable[[Question], Answer], here: Callable[[Question], Answer]
) -> Callable[[Question], Answer]:
    """`function`, for which a Space lends a GPU while it runs; where none can be lent (a visitor's
    share is used up, the GPU's process ends), `here` answers instead, and the log says so.

    `function` runs in a process forked for it: nothing that it touches may wait for a lock that
    another thread can hold. What it is asked and what it answers is pickled.
    """
    import spaces

    lent = spaces.GPU(duration=GPU_SECONDS)(function)

    def run(question: Question) -> Answer:
        try:
            return lent(question)
        except Exception as error:  # Theirs are of many kinds, and Gradio's; ours come again here.
            log.warning("No GPU was lent (%s): computed without one.", error)
            return here(question)

    return run


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Run small networks on the CPU without torch's other threads.

    They finish in hundredths of a second; beside other work, waiting for a second thread at every
    layer has cost ten times of what it gains.
    """
    import torch

    before = torch.get_num_threads()  # Of this thread alone, as OpenMP counts them.
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


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


def keep_memory() -> bool:
    """From now on, keep freed memory in this process for its next use; whether that can be done.

    A step of a training frees gigabytes and asks for them again. glibc gives large blocks back to
    the system, which hands them out anew page by page and cleared: two fifths of a step on two
    cores (docs/training.md). The process then holds about a third more. Without glibc, nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all(mallopt(*parameter) for parameter in KEEPING.items())


def onnx_session(model: Path | bytes) -> onnxruntime.InferenceSession:
    """An ONNX Runtime session for a model file or a serialized model, on CUDA where it is there."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = thread_count()
    options.log_severity_level = 3
    # Threads that wait sleep: a server has other work for the cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # The arena keeps for ever what one run needed: 0.9 GB for all models together, where doing
    # without it makes an embedding a tenth of a second longer (docs/benchmark.md).
    options.enable_cpu_mem_arena = False
    wanted = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    there = onnxruntime.get_available_providers()
    providers = [provider for provider in wanted if provider in there]
    source = str(model) if isinstance(model, Path) else model
    return onnxruntime.InferenceSession(source, options, providers=providers)
