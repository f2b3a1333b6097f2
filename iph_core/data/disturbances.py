"""What makes real composites look wrong, as functions of color: the families of disturbances.

Every family takes colors N x P x 3 (sRGB-encoded, in [0, 1]) and returns colors of that shape, each
of the N samples changed by its own random draw. They run on the nodes of a color lattice
(`lattice`), so a batch costs a few thousand evaluations a sample whatever the pictures' size.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from iph_core.network.statistics import LUMA

NODES = 17
"""Nodes of the color lattice on each axis."""

Family = Callable[[Tensor, Generator], Tensor]


def uniform(samples: int, low: float, high: float, generator: Generator) -> Tensor:
    """Uniform draws N x 1 x 1."""
    draw = torch.rand(samples, 1, 1, generator=generator, device=generator.device)
    return low + (high - low) * draw


def normal(samples: int, *shape: int, generator: Generator) -> Tensor:
    """Standard normal draws N x shape."""
    return torch.randn(samples, *shape, generator=generator, device=generator.device)


def to_linear(colors: Tensor) -> Tensor:
    """sRGB-encoded to linear light (IEC 61966-2-1)."""
    colors = colors.clamp(0, 1)
    return torch.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)


def to_encoded(light: Tensor) -> Tensor:
    """Linear light to sRGB-encoded (IEC 61966-2-1)."""
    light = light.clamp(0, 1)
    return torch.where(
        light <= 0.0031308, light * 12.92, 1.055 * light.clamp_min(1e-6) ** (1 / 2.4) - 0.055
    )


def luma(colors: Tensor) -> Tensor:
    """Luma N x P x 1 of colors."""
    return (colors * torch.tensor(LUMA, device=colors.device)).sum(-1, keepdim=True)


def white_balance(colors: Tensor, generator: Generator) -> Tensor:
    """Another color temperature and tint: gains a channel in linear light, at equal brightness."""
    count = len(colors)
    warmth = 0.5 * normal(count, 1, 1, generator=generator)
    tint = 0.22 * normal(count, 1, 1, generator=generator)
    gains = torch.cat((warmth, tint, -warmth), -1).exp()
    gains = gains / luma(gains)
    return to_encoded(to_linear(colors) * gains)


def exposure(colors: Tensor, generator: Generator) -> Tensor:
    """Up to 1.7 stops brighter or 2.5 darker in linear light, with a soft shoulder above."""
    light = to_linear(colors) * 2 ** uniform(len(colors), -2.5, 1.7, generator)
    shoulder = uniform(len(colors), 0.7, 1.0, generator)
    over = (light - shoulder).clamp_min(0)
    room = (1 - shoulder).clamp_min(1e-3)
    return to_encoded(torch.where(over > 0, shoulder + room * (1 - torch.exp(-over / room)), light))


def tone(colors: Tensor, generator: Generator) -> Tensor:
    """A tone curve: gamma, contrast around a pivot, lifted blacks and lowered whites."""
    count = len(colors)
    gamma = (0.4 * normal(count, 1, 1, generator=generator)).clamp(-1, 1).exp()
    curved = colors.clamp(1e-4, 1) ** gamma
    pivot = uniform(count, 0.3, 0.6, generator)
    slope = (0.45 * normal(count, 1, 1, generator=generator)).clamp(-1, 1).exp()
    steep = torch.sigmoid((curved - pivot) * 4 * slope)
    low = torch.sigmoid(-pivot * 4 * slope)
    high = torch.sigmoid((1 - pivot) * 4 * slope)
    steep = (steep - low) / (high - low)
    straight = (pivot + (curved - pivot) * slope).clamp(0, 1)
    soft = (uniform(count, 0, 1, generator) < 0.6).float()
    shaped = soft * steep + (1 - soft) * straight
    black = uniform(count, -0.12, 0.18, generator)
    white = uniform(count, 0.85, 1.08, generator)
    return black + (white - black) * shaped


def saturation_hue(colors: Tensor, generator: Generator) -> Tensor:
    """More or less saturation around luma, and the hue turned (deviation 0.4 rad)."""
    count = len(colors)
    gray = luma(colors)
    factor = uniform(count, 0.0, 2.6, generator)
    angle = 0.4 * normal(count, 1, 1, generator=generator)
    axis = torch.full((3,), 1 / math.sqrt(3), device=colors.device)
    chroma = (colors - gray) * factor
    turned = (
        chroma * angle.cos()
        + torch.linalg.cross(axis.expand_as(chroma), chroma) * angle.sin()
        + axis * (chroma @ axis)[..., None] * (1 - angle.cos())
    )
    return gray + turned


def look(colors: Tensor, generator: Generator) -> Tensor:
    """A film look: a smooth random 3D LUT and a split toning of shadows and highlights."""
    count = len(colors)
    offsets = 0.15 * normal(count, 3, 4, 4, 4, generator=generator)
    changed = colors + sample_lattice(offsets, colors)
    shadows = 0.1 * normal(count, 1, 3, generator=generator)
    highlights = 0.1 * normal(count, 1, 3, generator=generator)
    bright = luma(colors)
    return changed + shadows * (1 - bright) ** 2 + highlights * bright**2


def crosstalk(colors: Tensor, generator: Generator) -> Tensor:
    """Channels mixed by a random matrix that keeps gray gray, as another sensor would."""
    matrix = 0.3 * normal(len(colors), 3, 3, generator=generator)
    matrix = matrix - matrix.mean(-1, keepdim=True)
    return colors + colors @ matrix.transpose(1, 2)


FAMILIES: dict[str, Family] = {
    "white-balance": white_balance,
    "exposure": exposure,
    "tone": tone,
    "saturation-hue": saturation_hue,
    "look": look,
    "crosstalk": crosstalk,
}
"""Global families. `synthesis` adds `transfer` and `local-light`, which need pictures."""


def draw_chain(
    colors: Tensor, families: Tensor, names: tuple[str, ...], generator: Generator
) -> Tensor:
    """Change each sample by its own family: `families` N holds indices into `names` (-1: none)."""
    result = colors
    for index, name in enumerate(names):
        chosen = (families == index).nonzero()[:, 0]
        if name in FAMILIES and len(chosen):
            changed = FAMILIES[name](colors[chosen], generator).clamp(0, 1)
            result = result.index_copy(0, chosen, changed)
    return result


def lattice(samples: int, device: torch.device) -> Tensor:
    """The nodes of the color lattice as colors N x NODES^3 x 3; red varies fastest."""
    axis = torch.linspace(0, 1, NODES, device=device)
    blue, green, red = torch.meshgrid(axis, axis, axis, indexing="ij")
    nodes = torch.stack((red, green, blue), -1).reshape(1, -1, 3)
    return nodes.expand(samples, -1, -1)


def as_volume(nodes: Tensor) -> Tensor:
    """Colors N x K^3 x 3 at lattice nodes as a volume N x 3 x K x K x K (blue, green, red)."""
    side = round(nodes.shape[1] ** (1 / 3))
    return nodes.transpose(1, 2).unflatten(2, (side, side, side))


def sample_lattice(volume: Tensor, colors: Tensor) -> Tensor:
    """Read a volume N x 3 x K x K x K (blue, green, red) at colors N x P x 3, trilinearly."""
    grid = (colors * 2 - 1)[:, :, None, None, :]
    sampled = F.grid_sample(volume, grid, align_corners=True, padding_mode="border")
    return sampled[..., 0, 0].transpose(1, 2)


def apply_lattice(pictures: Tensor, nodes: Tensor) -> Tensor:
    """Recolor pictures N3HW by what the lattice's nodes N x NODES^3 x 3 became."""
    grid = (pictures * 2 - 1).movedim(1, -1)[:, None]
    sampled = F.grid_sample(as_volume(nodes), grid, align_corners=True, padding_mode="border")
    return sampled[:, :, 0]
