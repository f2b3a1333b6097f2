"""The augmentations that made IntHarmony (Valanarasu et al., appendix): one a picture.

Each takes pictures N3HW in [0, 1] and returns pictures of that shape, every sample by its own draw.
Global ones change colors everywhere alike; local ones blend in a layer of one color through a soft
mask made up at random, by the layer modes that GIMP documents. The paper names them; how strong
they were could not be checked, so the ranges are ours: visible, and seldom absurd.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from iph_core.data.disturbances import apply_lattice, lattice, sample_lattice, uniform
from iph_core.network.statistics import LUMA

Augmentation = Callable[[Tensor, Generator], Tensor]

LUT_NODES = 4
LUT_STRENGTH = 0.13
LARGEST_DODGE = 0.6


def brightness(pictures: Tensor, generator: Generator) -> Tensor:
    """All values times 0.45 to 1.7."""
    return pictures * _draw(pictures, 0.45, 1.7, generator)


def contrast(pictures: Tensor, generator: Generator) -> Tensor:
    """Differences to the picture's mean luma times 0.4 to 1.9."""
    middle = _gray(pictures).mean((2, 3), keepdim=True)
    return middle + (pictures - middle) * _draw(pictures, 0.4, 1.9, generator)


def color_jitter(pictures: Tensor, generator: Generator) -> Tensor:
    """Hue turned by up to 45 degrees around the gray axis, saturation times 0.2 to 2."""
    angle = _draw(pictures, -math.pi / 4, math.pi / 4, generator)
    gray = _gray(pictures)
    chroma = (pictures - gray) * _draw(pictures, 0.2, 2.0, generator)
    axis = torch.full((1, 3, 1, 1), 1 / math.sqrt(3), device=pictures.device)
    along = (chroma * axis).sum(1, keepdim=True) * axis
    across = torch.linalg.cross(axis.expand_as(chroma), chroma, dim=1)
    # Rodrigues' rotation formula.
    return gray + along + (chroma - along) * angle.cos() + across * angle.sin()


def gamma(pictures: Tensor, generator: Generator) -> Tensor:
    """Values to the power of 0.5 to 2."""
    return pictures.clamp(1e-4, 1) ** _draw(pictures, -math.log(2), math.log(2), generator).exp()


def lut(pictures: Tensor, generator: Generator) -> Tensor:
    """A smooth random 3D LUT: 4 x 4 x 4 drawn offsets, interpolated."""
    count = len(pictures)
    offsets = LUT_STRENGTH * torch.randn(
        count, 3, *3 * (LUT_NODES,), generator=generator, device=pictures.device
    )
    nodes = lattice(count, pictures.device)
    return apply_lattice(pictures, (nodes + sample_lattice(offsets, nodes)).clamp(0, 1))


def soft_light(pictures: Tensor, generator: Generator) -> Tensor:
    """Layer mode soft light, local: (1 - I) M I + I S with the screen S = 1 - (1 - M) (1 - I)."""
    layer = _color(pictures, 0.0, 1.0, generator)
    screen = 1 - (1 - layer) * (1 - pictures)
    return _local(pictures, (1 - pictures) * layer * pictures + pictures * screen, generator)


def dodge(pictures: Tensor, generator: Generator) -> Tensor:
    """Layer mode dodge, local: I / (1 - M)."""
    layer = _color(pictures, 0.1, LARGEST_DODGE, generator)
    return _local(pictures, pictures / (1 - layer), generator)


def grain_merge(pictures: Tensor, generator: Generator) -> Tensor:
    """Layer mode grain merge, local: I + M - 0.5."""
    return _local(pictures, pictures + _color(pictures, 0.15, 0.85, generator) - 0.5, generator)


def grain_extract(pictures: Tensor, generator: Generator) -> Tensor:
    """Layer mode grain extract, local: I - M + 0.5."""
    return _local(pictures, pictures - _color(pictures, 0.15, 0.85, generator) + 0.5, generator)


AUGMENTATIONS: dict[str, Augmentation] = {
    "brightness": brightness,
    "contrast": contrast,
    "color-jitter": color_jitter,
    "gamma": gamma,
    "lut": lut,
    "soft-light": soft_light,
    "dodge": dodge,
    "grain-merge": grain_merge,
    "grain-extract": grain_extract,
}
NAMES = tuple(AUGMENTATIONS)


def augment(pictures: Tensor, kinds: Tensor, generator: Generator) -> Tensor:
    """Change each picture by its own augmentation: `kinds` N holds indices into NAMES."""
    result = pictures
    for index, change in enumerate(AUGMENTATIONS.values()):
        chosen = (kinds == index).nonzero()[:, 0]
        if len(chosen):
            changed = change(pictures[chosen], generator).clamp(0, 1)
            result = result.index_copy(0, chosen, changed)
    return result


def soft_mask(pictures: Tensor, generator: Generator) -> Tensor:
    """A random soft mask N1HW in [0, 1]: a few large blobs or a slope over the picture."""
    coarse = 2.5 * torch.randn(len(pictures), 1, 3, 3, generator=generator, device=pictures.device)
    fine = F.interpolate(coarse, pictures.shape[-2:], mode="bicubic", align_corners=True)
    return torch.sigmoid(fine)


def _local(pictures: Tensor, blended: Tensor, generator: Generator) -> Tensor:
    mask = soft_mask(pictures, generator) * _draw(pictures, 0.6, 1.0, generator)
    return pictures + mask * (blended.clamp(0, 1) - pictures)


def _color(pictures: Tensor, low: float, high: float, generator: Generator) -> Tensor:
    """The color N311 of a layer."""
    drawn = torch.rand(len(pictures), 3, 1, 1, generator=generator, device=pictures.device)
    return low + (high - low) * drawn


def _draw(pictures: Tensor, low: float, high: float, generator: Generator) -> Tensor:
    return uniform(len(pictures), low, high, generator)[..., None]


def _gray(pictures: Tensor) -> Tensor:
    weights = torch.tensor(LUMA, device=pictures.device).view(1, 3, 1, 1)
    return (pictures * weights).sum(1, keepdim=True)
