"""`python deploy/space/make.py FOLDER`: put together what a Hugging Face Space needs.

Run `make setup` first: models and the page's script go along, so that the Space downloads nothing
but packages. The folder is what `git push` sends; model files belong into Git LFS there.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", "src", "*.test.ts")
NOT_THERE = re.compile(r"(torch|torchvision|gradio|pytest|playwright|hypothesis|ruff|mypy)\b")
LARGE = "".join(
    f"*.{kind} filter=lfs diff=lfs merge=lfs -text\n" for kind in ("onnx", "pth", "safetensors")
)


def main() -> int:
    if len(sys.argv) != 2:
        print("Name the folder: python deploy/space/make.py FOLDER", file=sys.stderr)
        return 2
    if not (CHECKOUT / "demo/web/dist/stage.js").exists():
        print("The page is not built: run `make setup` first.", file=sys.stderr)
        return 1
    make(Path(sys.argv[1]))
    return 0


def make(target: Path) -> None:
    """Write the Space into `target`, beside a `.git` that may be there."""
    for name in ("demo", "iph_core", "weights"):
        shutil.copytree(CHECKOUT / name, target / name, ignore=LEFT_OUT, dirs_exist_ok=True)
    for name in ("README.md", "app.py"):
        shutil.copy(CHECKOUT / "deploy/space" / name, target / name)
    shutil.copy(CHECKOUT / "LICENSE", target / "LICENSE")
    text = requirements((CHECKOUT / "requirements.txt").read_text(encoding="utf-8"))
    (target / "requirements.txt").write_text(text, encoding="utf-8")
    (target / ".gitattributes").write_text(LARGE, encoding="utf-8")


def requirements(pinned: str) -> str:
    """The packages of set-up without tests; torch as the Space's hardware has it."""
    lines = [line for line in pinned.splitlines() if line and not NOT_THERE.match(line)]
    kept = [line for line in lines if not line.startswith("#")]
    return "\n".join(["torch>=2.8,<2.12", "torchvision", *kept]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
