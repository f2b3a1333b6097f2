"""`python -m iph_core.benchmark.boxes`: does time go with the foreground's box, or with the photo?

Harmonizes a photo again (another reference, then another strength) with foregrounds of several
sizes, and prints the processor time of each, which other work on the machine hardly changes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from iph_core.models import Models
from iph_core.photo import photo_from_array
from iph_core.pipeline import Scene
from iph_core.regions.mask import Region

SHARES = (0.01, 0.05, 0.2, 0.6)
RUNS = 5
MEGA = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, nargs="+", default=(12, 50), metavar="N")
    models = Models(device="cpu")
    print("| photo, MP | box, MP | another reference, s | result, s | of it copying, s |")
    print("|---|---|---|---|---|")
    for size in parser.parse_args().megapixels:
        for share in SHARES:
            seconds = " | ".join(f"{value:.3f}" for value in measure(models, size, share))
            print(f"| {size:g} | {size * share:.2f} | {seconds} |", flush=True)


def measure(models: Models, megapixels: float, share: float) -> tuple[float, float, float]:
    """Seconds of the processor to harmonize again, to make the result, and to copy the photo, for
    an ellipse in a box that takes a share of a photo of noise, 3:2."""
    height = round((megapixels * MEGA / 1.5) ** 0.5)
    shape = height, height * 3 // 2
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    scene = Scene(photo_from_array(pixels), models)
    me, her = Region(ellipse(shape, share)), Region(np.zeros(shape, np.float32))
    her.mask[:, -shape[1] // 8 :] = 1
    result = scene.harmonize(me, her)
    return (
        shortest(lambda: scene.harmonize(me, her)),
        shortest(lambda: result.pixels(0.8)),
        shortest(pixels.copy),
    )


def ellipse(shape: tuple[int, int], share: float) -> np.ndarray:
    """A mask float32 HW: an ellipse from the upper left, its box that share of the photo."""
    height, width = (side * share**0.5 for side in shape)
    y, x = np.ogrid[: shape[0], : shape[1]]
    away = ((x / width - 0.5) * 2) ** 2 + ((y / height - 0.5) * 2) ** 2
    return (away < 1).astype(np.float32)


def shortest(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


if __name__ == "__main__":
    main()
