"""The rules of the house: who may know of whom, who opens files, who asks for devices."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
CORE = CHECKOUT / "iph_core"


def modules(*folders: Path) -> list[Path]:
    found = sorted(file for folder in folders for file in folder.rglob("*.py"))
    assert found
    return found


def name_of(file: Path) -> str:
    parts = file.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(file: Path) -> set[str]:
    """Every module that a file imports, anywhere in it, under its full name; for `from a import b`
    both a and a.b."""
    package = name_of(file).split(".")
    if file.stem != "__init__":
        package = package[:-1]
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


def imports_any(file: Path, *names: str) -> set[str]:
    return {
        found
        for found in imports(file)
        if any(found == name or found.startswith(f"{name}.") for name in names)
    }


def calls(file: Path) -> Iterator[str]:
    """What a file calls, as it is written there: "cv2.imread", "path.open", "open"."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


# What makes the examples that ship is no part of the program.
PROGRAM = [file for file in modules(CORE, CHECKOUT / "demo") if file.name != "make.py"]


@pytest.mark.parametrize("file", modules(CORE), ids=name_of)
def test_the_library_knows_nothing_of_the_page(file):
    assert not imports_any(file, "demo", "gradio")


@pytest.mark.parametrize("file", modules(CORE / "regions", CORE / "photo"), ids=name_of)
def test_regions_and_photos_know_nothing_of_networks_that_recolor(file):
    assert not imports_any(
        file, "iph_core.network", "iph_core.models", "iph_core.pipeline", "iph_core.training"
    )


@pytest.mark.parametrize("file", modules(CORE / "network"), ids=name_of)
def test_networks_know_nothing_of_photos(file):
    assert not imports_any(file, "iph_core.photo", "iph_core.regions", "iph_core.cli")


@pytest.mark.parametrize(
    "file",
    [file for file in modules(CORE / "network") if file.name != "checkpoint.py"],
    ids=name_of,
)
def test_networks_open_no_files(file):
    assert not imports_any(file, "pathlib", "os", "io", "safetensors", "cv2", "PIL")
    assert not {"open", "torch.load", "torch.save"} & set(calls(file))


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in PROGRAM
        # Pillow itself is one of the benchmark's peers.
        if CORE / "photo" not in file.parents and file != CORE / "benchmark" / "peers.py"
    ],
    ids=name_of,
)
def test_only_the_photo_package_opens_or_writes_pictures(file):
    assert not imports_any(
        file, "PIL", "imageio", "tifffile", "pillow_heif", "skimage.io", "matplotlib.image"
    )
    forbidden = {f"cv2.{verb}" for verb in ("imread", "imwrite", "imdecode", "imencode")}
    assert not forbidden & set(calls(file))


@pytest.mark.parametrize("file", PROGRAM, ids=name_of)
def test_only_runtime_asks_which_device_there_is(file):
    questions = {call for call in calls(file) if call.endswith(("is_available", "device_count"))}
    if file != CORE / "runtime.py":
        assert not questions
    else:
        assert "torch.cuda.is_available" in questions


@pytest.mark.parametrize(
    "statement",
    ["import iph_core", "import iph_core; iph_core.open_photo", "import iph_core.cli"],
)
def test_what_needs_no_network_starts_without_torch(statement):
    code = f"{statement}; import sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=False).returncode == 0


def test_the_library_works_where_there_is_no_page():
    code = "import sys; sys.modules['demo'] = sys.modules['gradio'] = None; from iph_core import *"
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True)


def test_every_public_name_is_there():
    import iph_core

    assert set(iph_core.__all__) <= set(dir(iph_core))
    assert all(getattr(iph_core, name).__name__ == name for name in iph_core.__all__)
    with pytest.raises(AttributeError, match="no attribute 'harmonise'"):
        _ = iph_core.harmonise


@pytest.mark.parametrize("file", modules(CORE, CHECKOUT / "demo", CHECKOUT / "tests"), ids=name_of)
def test_files_stay_short(file):
    if "node_modules" not in file.parts:
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 400
