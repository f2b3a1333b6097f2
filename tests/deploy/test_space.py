"""The folder of a Hugging Face Space, and the GPU that a Space lends."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from iph_core import runtime
from iph_core.models import Models

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make", CHECKOUT / "deploy/space/make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_the_package_nothing_is_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spaces", None)
    assert runtime.on_lent_gpu(len) is len


def test_the_network_runs_on_the_gpu_that_is_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    lent = []

    def gpu(duration: int) -> Callable[[Callable], Callable]:
        def wrap(function: Callable) -> Callable:
            def run(questions: list) -> list:
                lent.append((duration, len(questions)))
                return function(questions)

            return run

        return wrap

    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=gpu))
    models = Models(device="cpu")
    monkeypatch.setattr(models, "_answers", lambda questions: [q.composite for q in questions])
    picture, mask = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.float32)
    assert models.recolor(picture, mask, picture, mask) is picture
    assert lent == [(runtime.GPU_SECONDS, 1)]


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
