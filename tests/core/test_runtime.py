"""Devices and threads."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper

from iph_core import runtime
from iph_core.errors import InputError


def machine(monkeypatch, cuda, mps):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_auto_takes_the_fastest(monkeypatch, cuda, mps, expected):
    machine(monkeypatch, cuda, mps)
    assert runtime.select_device().type == expected
    assert runtime.select_device("cpu").type == "cpu"


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_device_that_is_not_there(monkeypatch, name):
    machine(monkeypatch, False, False)
    with pytest.raises(InputError, match=f"no '{name}' device: use --device auto or cpu"):
        runtime.select_device(name)


def test_an_unknown_device():
    with pytest.raises(InputError, match=r"'gpu'.*auto, cpu, cuda, mps"):
        runtime.select_device("gpu")


@pytest.mark.filterwarnings("ignore:CUDA is not available")
def test_mixed_precision_on_cuda_only():
    product = torch.ones(2, 2)
    with runtime.autocast(torch.device("cpu")):
        assert (product @ product).dtype == torch.float32
    assert runtime.autocast(torch.device("cuda")).fast_dtype == torch.bfloat16


def test_threads(monkeypatch):
    monkeypatch.setenv("IPH_THREADS", "3")
    assert runtime.thread_count() == 3
    monkeypatch.delenv("IPH_THREADS")
    assert 1 <= runtime.thread_count() <= os.cpu_count()


@pytest.mark.parametrize("value", ["many", "0", "-2", "1.5"])
def test_threads_that_are_no_number(monkeypatch, value):
    monkeypatch.setenv("IPH_THREADS", value)
    with pytest.raises(InputError, match=f"IPH_THREADS is '{value}'"):
        runtime.thread_count()


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(True, False, ("cpu", "cuda")), (False, True, ("cpu", "mps")), (False, False, ("cpu",))],
)
def test_the_devices_of_a_machine(monkeypatch, cuda, mps, expected):
    machine(monkeypatch, cuda, mps)
    assert runtime.devices() == expected


def test_small_networks_run_on_one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with runtime.one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        with pytest.raises(KeyError), runtime.one_thread():
            raise KeyError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def a_model():
    """ONNX: the sum of each row of `input`, float32 (rows, 3)."""
    node = helper.make_node("ReduceSum", ["input", "axes"], ["output"], keepdims=0)
    graph = helper.make_graph(
        [node],
        "sums",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ("rows", 3))],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ("rows",))],
        [helper.make_tensor("axes", TensorProto.INT64, [1], [1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return model.SerializeToString()


def test_sessions_give_their_memory_back(monkeypatch):
    monkeypatch.setenv("IPH_THREADS", "1")
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    session = runtime.onnx_session(a_model())
    options = session.get_session_options()
    assert not options.enable_cpu_mem_arena
    assert options.intra_op_num_threads == 1
    assert session.run(None, {"input": rows})[0].tolist() == [3, 12]


PAGES_OF_EACH = """
import resource
import numpy as np
from iph_core import runtime

assert runtime.keep_memory() == {can}
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.empty(2**26, np.uint8).fill(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(faults(), faults(), faults())
"""


def test_kept_memory_is_used_again():
    """The system hands the pages of 64 MB out once; without glibc, nothing is promised."""
    can = platform.libc_ver()[0] == "glibc"
    script = PAGES_OF_EACH.format(can=can)
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    first, *later = map(int, answer.stdout.split())
    if can:
        assert max(later) < 100 < first
