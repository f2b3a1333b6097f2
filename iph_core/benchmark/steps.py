"""One photo of one size on one device, step by step, in a process of its own.

`python -m iph_core.benchmark.steps` reads its order from stdin and answers on stdout, in JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from iph_core.benchmark import peers
from iph_core.benchmark.clock import Clock
from iph_core.benchmark.memory import peak_mb, reset_peak
from iph_core.errors import InputError
from iph_core.models import Models
from iph_core.photo import encode_photo, open_mask, open_photo
from iph_core.photo.photo import Photo
from iph_core.pipeline import Scene
from iph_core.regions.mask import Region
from iph_core.result import Result

FORWARD = "network's own forward"
STEPS = ("decode", "embedding", "saliency", "tap", "network", "fit", "apply", "encode")
AGAIN = ("another reference", "another strength")


def measure(
    photo_file: Path, mask_file: Path, device: str, repeats: int, with_peers: bool
) -> dict[str, Any]:
    """{"width", "height", "box_megapixels", "loaded_mb", "steps", "peers", "notes"}.

    loaded_mb: the memory that libraries and models take before any photo is open. with_peers:
    whether others than Pillow are measured beside, which take long.
    """
    models = Models(device=device)
    models.warm_up()
    reset_peak()
    loaded = peak_mb()
    clock, beside = Clock(repeats), Clock(repeats)
    data = photo_file.read_bytes()
    photo = clock.step("decode", lambda: open_photo(data, name=photo_file.name))
    foreground = Scene(photo, models).region(open_mask(mask_file, photo.size))
    others = Region((foreground.mask == 0).astype(np.float32))
    _regions(clock, photo, foreground, models)
    scene, result = _harmonized(clock, photo, foreground, others, models)
    clock.step("apply", result.pixels)
    _encoded(clock, photo, result.pixels())
    clock.step(AGAIN[1], lambda: result.pixels(0.5))
    if others.mask[:, : photo.width // 2].any():
        others.mask[:, photo.width // 2 :] = 0
    clock.step(AGAIN[0], lambda: scene.harmonize(foreground, Region(others.mask)))
    peers.pillow_lut(beside, photo.pixels, result.color_map)
    notes = _slow_peers(beside, photo, foreground) if with_peers else []
    x0, y0, x1, y1 = foreground.box
    return {
        "width": photo.width,
        "height": photo.height,
        "box_megapixels": (x1 - x0) * (y1 - y0) / 1e6,
        "loaded_mb": loaded,
        "steps": clock.noted,
        "peers": beside.noted,
        "notes": notes,
    }


def _regions(clock: Clock, photo: Photo, foreground: Region, models: Models) -> None:
    """Embedding and saliency, each time in a scene that has none yet, then a tap."""

    def embedded() -> Scene:
        scene = Scene(photo, models)
        _ = scene.regions.embedding
        return scene

    scene = clock.step("embedding", embedded)
    clock.step("saliency", lambda: Scene(photo, models).regions.saliency)
    tap = middle_of(foreground.mask)
    clock.step("tap", lambda: scene.pick(taps=[tap]))


def _harmonized(
    clock: Clock, photo: Photo, foreground: Region, others: Region, models: Models
) -> tuple[Scene, Result]:
    """Network and fit, each time of a scene and regions that are new; `network` is all but the fit:
    averaging the photo and both masks down, and the network itself."""
    for _ in range(clock.repeats):
        scene = Scene(photo, models)
        fresh = Region(foreground.mask), Region(others.mask)
        reset_peak()
        start = time.perf_counter()
        result = scene.harmonize(*fresh)
        seconds, peak = time.perf_counter() - start, peak_mb()
        clock.note("network", seconds - result.timings["fit"], peak)
        clock.note("fit", result.timings["fit"], peak)
    view = np.full((*foreground.square.shape, 3), 128, np.uint8)
    inside, guide = foreground.square, 1 - foreground.square
    clock.step(FORWARD, lambda: models.recolor(view, inside, view, guide))
    return scene, result


def _encoded(clock: Clock, photo: Photo, pixels: np.ndarray) -> None:
    changed = photo.with_pixels(pixels)
    clock.step("encode", lambda: encode_photo(changed, ".png"))


def _slow_peers(clock: Clock, photo: Photo, foreground: Region) -> list[str]:
    pixels = photo.pixels
    x0, y0, x1, y1 = foreground.box
    peers.seamless_clone(clock, pixels, foreground.mask, foreground.box)
    box = np.ascontiguousarray(pixels[y0:y1, x0:x1])
    # To be matched: as large a piece of the photo as the box, in its corner.
    match = np.ascontiguousarray(pixels[: y1 - y0, : x1 - x0])
    missing = peers.color_transfers(clock, box, match)
    return [missing] if missing else []


def middle_of(mask: np.ndarray) -> tuple[float, float]:
    """(x, y) of the place in a mask that is farthest from its edge."""
    depth = cv2.distanceTransform(np.pad(mask > 0.5, 1).astype(np.uint8), cv2.DIST_L2, 5)
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(x - 1), float(y - 1)


def main() -> int:
    """Read the order, measure, answer; 2 and one sentence for input that cannot be used."""
    order = json.load(sys.stdin)
    try:
        answer = measure(
            Path(order["photo"]),
            Path(order["mask"]),
            order["device"],
            order["repeats"],
            order["peers"],
        )
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
