"""A double of the library: boxes for regions, a fixed darkening for a result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from demo.engine import Engine
from iph_core.photo import Photo, save_photo
from iph_core.regions.mask import Region


class BoxScene:
    """Every tap finds the 20 x 20 box around it; the default is the box at the origin."""

    def __init__(self, photo: Photo) -> None:
        self.photo = photo

    def prepare(self) -> None:
        pass

    def pick(self, taps: list, box: object = None) -> Region:
        mask = np.zeros(self.photo.pixels.shape[:2], np.float32)
        for x, y, adds in taps:
            rows, columns = (
                slice(max(0, int(y) - 10), int(y) + 10),
                slice(max(0, int(x) - 10), None),
            )
            mask[rows, columns][:, :20] = float(adds)
        return Region(mask)

    def default_reference(self, exclude: Region) -> Region:
        return self.pick([(10, 10, True)])

    def harmonize(self, region: Region, reference: Region | None) -> DarkResult:
        return DarkResult(self.photo, region, reference)


@dataclass
class DarkResult:
    """Half as bright inside the region at full strength."""

    photo: Photo
    region: Region
    reference: Region | None

    def pixels(self, strength: float) -> np.ndarray:
        factor = 1 - 0.5 * strength * self.region.mask[..., None]
        return np.round(self.photo.pixels * factor).astype(np.uint8)

    def preview(self, strength: float, max_side: int) -> np.ndarray:
        return self.photo.with_pixels(self.pixels(strength)).srgb(max_side)

    def save(self, path: Path, strength: float) -> None:
        save_photo(self.photo.with_pixels(self.pixels(strength)), path)

    def summary(self) -> str:
        return f"darker, as {self.reference and list(self.reference.box)}"


class BoxEngine(Engine):
    def warm_up(self) -> None:
        self.state = "ready"

    def scene(self, photo: Photo) -> BoxScene:
        return BoxScene(photo)
