"""Devices and threads."""

from __future__ import annotations

import os

import pytest
import torch

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
