"""Make the example composites that the page ships: `python -m demo.examples.make`.

Every picture used is in the public domain and carried by a package of requirements.txt, so the
composites are ours to give away (CREDITS.md). People are cut out with the saliency network and
closed-form matting, graded to a look that does not belong, and pasted the way people paste:
standing at the bottom edge of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pymatting
import skimage.data
from PIL import Image

from iph_core.regions.saliency import Saliency

HERE = Path(__file__).parent
SCALE = 2.0  # the sources are 512 px portraits; everything is composed at twice their size
LONG_SIDE = 1600

# Flags beside the sleeve and the hat fool saliency and matting: polygons in pixels of the source.
COLLINS_FLAG = [
    *[(0, 190), (106, 198), (57, 246), (37, 300)],
    *[(20, 349), (14, 411), (19, 474), (38, 511), (0, 511)],
]
HOPPER_FLAG = [
    *[(0, 0), (240, 0), (226, 30), (200, 42), (180, 60)],
    *[(168, 84), (150, 92), (146, 110), (0, 110)],
]


@dataclass(frozen=True)
class CutOut:
    """A person without background: color float HWC in [0, 1], alpha float HW in [0, 1]."""

    color: np.ndarray
    alpha: np.ndarray

    def resized(self, factor: float) -> CutOut:
        size = (round(self.alpha.shape[1] * factor), round(self.alpha.shape[0] * factor))
        color = cv2.resize(self.color, size, interpolation=cv2.INTER_CUBIC)
        alpha = cv2.resize(self.alpha, size, interpolation=cv2.INTER_CUBIC)
        return CutOut(color.clip(0, 1), alpha.clip(0, 1))

    def graded(self, look: Look) -> CutOut:
        return CutOut(look.apply(self.color), self.alpha)


@dataclass(frozen=True)
class Look:
    """A color grade in sRGB: gain and gamma per channel, contrast about middle gray, saturation."""

    gain: tuple[float, float, float] = (1, 1, 1)
    gamma: float = 1
    contrast: float = 1
    saturation: float = 1

    def apply(self, color: np.ndarray) -> np.ndarray:
        graded = (color * self.gain).clip(0, 1) ** self.gamma
        luma = graded @ np.array([0.299, 0.587, 0.114])
        graded = luma[..., None] + self.saturation * (graded - luma[..., None])
        return (0.5 + self.contrast * (graded - 0.5)).clip(0, 1)


TOO_BLUE_AND_BRIGHT = Look(gain=(0.86, 1.02, 1.34), gamma=0.72, contrast=0.88)
WARM_AND_FLAT = Look(gain=(1.16, 1.0, 0.52), gamma=0.85, contrast=0.8, saturation=0.9)
DUSK = Look(gain=(0.62, 0.66, 0.82), gamma=1.12, contrast=0.88, saturation=0.8)
STUDIO = Look(gain=(1.08, 1.02, 0.92), gamma=0.86)


def portrait(pixels: np.ndarray) -> np.ndarray:
    """uint8 RGB -> float RGB at the size we compose at."""
    image = pixels[..., :3].astype(np.float64) / 255
    return cv2.resize(image, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_CUBIC).clip(0, 1)


def cut_out(
    image: np.ndarray,
    saliency: Saliency,
    background: Sequence[tuple[int, int]] = (),
    unsure: int = 25,
) -> CutOut:
    """The salient person; a band of `unsure` pixels about the outline is decided by matting.

    `background` is a polygon, in pixels of the source, that is known to be no part of them.
    """
    salient = saliency.predict(np.round(image * 255).astype(np.uint8))
    inside = largest_part(salient > 0.5)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (unsure, unsure))
    # Past the frame the person goes on, so the frame itself is no outline.
    padded = cv2.copyMakeBorder(inside, unsure, unsure, unsure, unsure, cv2.BORDER_REPLICATE)
    crop = (slice(unsure, -unsure), slice(unsure, -unsure))
    trimap = np.full(inside.shape, 0.5)
    trimap[cv2.erode(padded, kernel)[crop] > 0] = 1
    trimap[cv2.dilate(padded, kernel)[crop] == 0] = 0
    if background:
        corners = np.round(np.array(background) * SCALE).astype(np.int32)
        cv2.fillPoly(trimap, [corners], 0)
    alpha = pymatting.estimate_alpha_cf(image, trimap)
    alpha = ((alpha - 0.08) / 0.84).clip(0, 1)
    return CutOut(pymatting.estimate_foreground_ml(image, alpha), alpha)


def largest_part(inside: np.ndarray) -> np.ndarray:
    """The largest connected part of a mask with its holes filled, uint8."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8))
    part = (labels == 1 + np.argmax(stats[1:, cv2.CC_STAT_AREA])).astype(np.uint8)
    outlines, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(part, outlines, -1, 1, cv2.FILLED)


def paste(scene: np.ndarray, person: CutOut, left: int, top: int) -> tuple[np.ndarray, np.ndarray]:
    """The scene with the person on it, cropped by the frame, and the mask of where they stand."""
    height, width = scene.shape[:2]
    color, mask = np.zeros_like(scene), np.zeros((height, width))
    x0, y0 = max(left, 0), max(top, 0)
    x1 = min(left + person.alpha.shape[1], width)
    y1 = min(top + person.alpha.shape[0], height)
    source = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    color[y0:y1, x0:x1] = person.color[source]
    mask[y0:y1, x0:x1] = person.alpha[source]
    return scene + mask[..., None] * (color - scene), mask


def widen(scene: np.ndarray, columns: int, rows: int | None = None) -> np.ndarray:
    """Go on with an out-of-focus studio backdrop at the right side.

    Only the first `rows` rows of the right edge show the backdrop; below, the last of them goes on.
    """
    strip = 60
    edge = scene[:, -strip:].mean(axis=1)
    if rows is not None:
        edge[rows:] = edge[rows - strip : rows].mean(axis=0)
        edge = cv2.GaussianBlur(edge[:, None], (1, 0), sigmaX=1, sigmaY=40)[:, 0]
    backdrop = np.repeat(edge[:, None], columns + strip, axis=1)
    random = np.random.default_rng(0)
    clouds = cv2.GaussianBlur(random.standard_normal(backdrop.shape[:2]), (0, 0), 50)
    grain = cv2.GaussianBlur(random.standard_normal(backdrop.shape[:2]), (0, 0), 1)
    fade_in = np.linspace(0, 1, columns + strip).clip(0, 0.3)[None, :, None] / 0.3
    backdrop += fade_in * 0.025 * (clouds / clouds.std())[..., None]
    backdrop += 0.012 * (grain / grain.std())[..., None]
    blend = np.linspace(0, 1, strip)[None, :, None]
    joined = scene.copy()
    if rows is None:
        rows = len(scene)
    joined[:rows, -strip:] += blend * (backdrop[:rows, :strip] - joined[:rows, -strip:])
    return np.concatenate([joined, backdrop[:, strip:]], axis=1).clip(0, 1)


def main() -> None:
    saliency = Saliency.load()
    samples = Path(matplotlib.get_data_path()) / "sample_data"
    collins_photo = portrait(skimage.data.astronaut())
    hopper_photo = portrait(np.asarray(Image.open(samples / "grace_hopper.jpg").convert("RGB")))
    launch_pad = portrait(skimage.data.rocket())
    collins = cut_out(collins_photo, saliency, background=COLLINS_FLAG)
    hopper = cut_out(hopper_photo, saliency, background=HOPPER_FLAG)

    visitor = hopper.resized(0.68).graded(TOO_BLUE_AND_BRIGHT)
    scene = widen(collins_photo, 440)
    save("pioneers", *paste_at_right(scene, visitor, top=215))

    visitor = collins.resized(1.25).graded(WARM_AND_FLAT)
    scene = widen(hopper_photo, 860, rows=700)
    save("visitor", *paste_at_right(scene, visitor, top=150))

    standing = collins.resized(0.8).graded(DUSK)
    scene, _ = paste(launch_pad[:, :1240], standing, left=-15, top=45)
    visitor = hopper.resized(0.57).graded(STUDIO)
    save("launch-pad", *paste_at_right(scene, visitor, top=180))


def paste_at_right(scene: np.ndarray, person: CutOut, top: int) -> tuple[np.ndarray, np.ndarray]:
    return paste(scene, person, scene.shape[1] - person.alpha.shape[1], top)


def save(name: str, composite: np.ndarray, mask: np.ndarray) -> None:
    factor = min(1, LONG_SIDE / max(mask.shape))
    size = (round(mask.shape[1] * factor), round(mask.shape[0] * factor))
    picture = Image.fromarray(np.round(composite * 255).astype(np.uint8))
    picture = picture.resize(size, Image.Resampling.LANCZOS)
    picture.save(HERE / f"{name}.jpg", quality=88, optimize=True)
    Image.fromarray(np.round(mask * 255).astype(np.uint8)).resize(size).save(
        HERE / f"{name}-mask.png", optimize=True
    )
    picture.thumbnail((480, 480), Image.Resampling.LANCZOS)
    picture.save(HERE / f"{name}-small.jpg", quality=82, optimize=True)


if __name__ == "__main__":
    main()
