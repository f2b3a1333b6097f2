"""The folder of a Hugging Face Space, and the GPU that a Space lends."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import pickle
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from iph_core import runtime
from iph_core.models import Models, Question

CHECKOUT = Path(__file__).parents[2]
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make", CHECKOUT / "deploy/space/make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class ForkedGpu:
    """A stand-in for ZeroGPU's package, no GPU: as the real one does (spaces 0.51), it forks a
    process that has the function, and pickles what it is asked and what it answers."""

    def __init__(self) -> None:
        self.lent: list[int] = []  # seconds asked for, a call each
        self.used_up = False

    def GPU(self, duration: int) -> Callable[[Callable], Callable]:
        def wrap(function: Callable) -> Callable:
            def run(*arguments: object) -> object:
                if self.used_up:
                    raise RuntimeError("You have exceeded your GPU quota")
                self.lent.append(duration)
                return in_a_process(function, pickle.dumps(arguments))

            return run

        return wrap


def in_a_process(function: Callable, arguments: bytes) -> object:
    ours, theirs = FORK.Pipe()

    def work() -> None:
        theirs.send_bytes(pickle.dumps((os.getpid(), function(*pickle.loads(arguments)))))

    process = FORK.Process(target=work, daemon=True)
    process.start()
    assert ours.poll(30), "the process does not answer"
    pid, answer = pickle.loads(ours.recv_bytes())
    process.join()
    assert pid != os.getpid()
    return answer


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> ForkedGpu:
    """A Space that lends a GPU, which is the processor here; CUDA seems to be there, as on one."""
    package = ForkedGpu()
    module = ModuleType("spaces")
    module.GPU, module.__spec__ = package.GPU, ModuleSpec("spaces", None)
    monkeypatch.setitem(sys.modules, "spaces", module)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(runtime, "LENT_DEVICE", "cpu")
    return package


def asked() -> tuple[np.ndarray, ...]:
    picture = np.random.default_rng(5).integers(0, 256, (64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), np.float32)
    mask[8:40, 8:40] = 1
    return picture, mask, picture, 1 - mask


def test_only_a_space_with_the_package_lends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not runtime.lends_gpu()
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setitem(sys.modules, "spaces", None)
    assert not runtime.lends_gpu()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_the_network_runs_in_the_process_that_has_the_gpu(lent: ForkedGpu) -> None:
    expected = Models(device="cpu", batches=False)
    here = expected._answered_here([Question(*asked(), 0.0)])[0]
    models = Models()
    models.load_network()
    assert next(models.network.parameters()).device.type == "cpu"  # a GPU is there when lent alone
    answered, held, done = models._answered, threading.Event(), threading.Event()
    threading.Thread(target=hold, args=(models, held, done), daemon=True).start()
    held.wait()
    # Forked while another thread holds the lock: what runs there must not want it.
    np.testing.assert_array_equal(answered([Question(*asked(), 0.0)])[0], here)
    done.set()
    assert lent.lent == [runtime.GPU_SECONDS]


def hold(models: Models, held: threading.Event, done: threading.Event) -> None:
    with models._lock:
        held.set()
        done.wait(60)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_requests_share_a_lent_gpu(lent: ForkedGpu) -> None:
    models = Models()
    models.load_network()
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _: models.recolor(*asked()), range(3)))
    assert models._batches is not None and 1 <= len(lent.lent) <= 3
    for result in results[1:]:
        np.testing.assert_allclose(result, results[0], atol=1e-4)


def test_where_no_gpu_can_be_lent_the_processor_answers(
    lent: ForkedGpu, caplog: pytest.LogCaptureFixture
) -> None:
    lent.used_up = True
    result = Models().recolor(*asked())
    assert result.shape == (64, 64, 3) and not lent.lent
    assert "exceeded your GPU quota" in caplog.text


def test_starting_asks_for_no_gpu(lent: ForkedGpu) -> None:
    Models().warm_up()
    assert not lent.lent


def test_the_space_is_whole(maker: ModuleType, tmp_path: Path) -> None:
    if not (CHECKOUT / "demo/web/dist/stage.js").exists():
        pytest.skip("the page is not built")
    maker.make(tmp_path)
    head = (tmp_path / "README.md").read_text(encoding="utf-8").split("---")[1]
    said = dict(re.findall(r'^(\w+): "?(.*?)"?$', head, re.MULTILINE))
    assert (said["sdk"], said["app_file"], said["python_version"]) == (
        "gradio",
        "app.py",
        "3.12.12",
    )
    assert said["sdk_version"].startswith("6.") and len(said["short_description"]) <= 60
    # Started in another folder, so that nothing of the checkout is found.
    code = "import app, demo, demo.web; print(demo.web.bundle_is_built(), demo.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["True", str(tmp_path / "demo" / "__init__.py")]


def test_its_packages_leave_torch_to_the_hardware(maker: ModuleType) -> None:
    text = maker.requirements((CHECKOUT / "requirements.txt").read_text(encoding="utf-8"))
    names = re.findall(r"^[\w-]+", text, re.MULTILINE)
    assert "torch>=2.8,<2.12\n" in text and names.count("torch") == 1
    assert {"onnxruntime", "pillow", "sqlalchemy"} <= set(names)
    assert not {"pytest", "playwright", "gradio"} & set(names)
