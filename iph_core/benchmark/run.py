"""The photo at every size, each size in a process of its own, so that peaks are true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from iph_core import runtime
from iph_core.benchmark.peers import PILLOW
from iph_core.benchmark.steps import FORWARD
from iph_core.errors import InputError
from iph_core.photo import Photo, save_mask, save_photo
from iph_core.photo.photo import photo_from_array

CHECKOUT = Path(__file__).parents[2]
HARMONIZING = ("network", "fit", "apply")


def benchmark(
    photo: Photo,
    mask: np.ndarray,
    megapixels: Sequence[float],
    *,
    repeats: int = 3,
    peers_up_to: float = 12,
    show: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """What `steps.measure` says for each size and device, and how it stands against the bars.

    photo: 8 bits. mask: float32 HW in [0, 1], the foreground. megapixels: the sizes, to which the
    photo is scaled. peers_up_to: megapixels above which only Pillow is measured beside.
    """
    runs = []
    for device in runtime.devices():
        for size in megapixels:
            show(f"{size:g} megapixels on {device} ...")
            with tempfile.TemporaryDirectory() as folder:
                order: dict[str, Any] = {"device": device, "repeats": repeats}
                order |= {"peers": size <= peers_up_to}
                order |= scaled_files(photo, mask, size, Path(folder))
                run = {"megapixels": size, "device": device, **_measured(order)}
            runs.append(run | {"bars": bars(run)})
    return {
        "photo": photo.name,
        "cores": runtime.thread_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "runs": runs,
        "bytes_a_pixel": bytes_a_pixel([run for run in runs if run["device"] == "cpu"]),
    }


def scaled_files(photo: Photo, mask: np.ndarray, megapixels: float, folder: Path) -> dict[str, str]:
    """Photo (JPEG) and mask (PNG) scaled to a number of megapixels, as files."""
    scale = (megapixels * 1e6 / (photo.width * photo.height)) ** 0.5
    side = (max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = photo_from_array(cv2.resize(photo.srgb(), side, interpolation=way))
    inside = cv2.resize(mask, side, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    names = {"photo": str(folder / "photo.jpg"), "mask": str(folder / "mask.png")}
    save_photo(picture, names["photo"])
    save_mask(inside, names["mask"])
    return names


def _measured(order: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-m", "iph_core.benchmark.steps"]
    search = os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command,
        input=json.dumps(order),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": search},
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        reason = lines[-1] if lines else f"it ended with {done.returncode}"
        raise InputError(f"This size could not be measured: {reason}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def bars(run: dict[str, Any]) -> dict[str, float]:
    """Harmonizing against its floor, and the most memory that it takes.

    seconds: network + fit + apply. floor: Pillow's 3D LUT on the whole photo and the network's own
    forward. ratio: of the two; both are left out where Pillow was not measured.
    """
    steps = run["steps"]
    seconds = sum(steps[name]["seconds"] for name in HARMONIZING)
    found = {"seconds": seconds, "peak_mb": max(steps[name]["peak_mb"] for name in HARMONIZING)}
    if PILLOW in run["peers"]:
        floor = run["peers"][PILLOW]["seconds"] + steps[FORWARD]["seconds"]
        found |= {"floor": floor, "ratio": seconds / floor}
    return found


def bytes_a_pixel(runs: Sequence[dict[str, Any]]) -> dict[str, float]:
    """How the peak of each step grows from the smallest to the largest of the runs; empty for one
    size."""
    ordered = sorted(runs, key=lambda run: float(run["megapixels"]))
    if len(ordered) < 2 or ordered[0]["megapixels"] == ordered[-1]["megapixels"]:
        return {}
    first, last = ordered[0], ordered[-1]
    pixels = [run["width"] * run["height"] / 1e6 for run in (first, last)]
    return {
        name: (step["peak_mb"] - first["steps"][name]["peak_mb"]) / (pixels[1] - pixels[0])
        for name, step in last["steps"].items()
    }
