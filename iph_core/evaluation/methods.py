"""The methods by name: a batch of composites in, harmonized pictures N3HW out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from iph_core.color_map import ColorMap
from iph_core.data.composites import Batch
from iph_core.evaluation.baselines import (
    Colors,
    histogram,
    match_luminance,
    mkl,
    poisson,
    reinhard,
)
from iph_core.evaluation.protocols import Method
from iph_core.models import Models
from iph_core.network.masks import OUTER_BAND, core, surroundings
from iph_core.photo import photo_from_array
from iph_core.pipeline import Reference, Scene
from iph_core.regions.mask import Region

COMPOSITE, IPH, ORACLE = "composite", "iph", "oracle-color-map"
WRONG_REFERENCE, COLOR_MAP = "iph-wrong-reference", "iph-color-map"
NETWORK_METHODS = (IPH, WRONG_REFERENCE, "iph-background", COLOR_MAP)
BASELINES = (
    "reinhard",
    "reinhard-half",
    "mkl",
    "histogram",
    "luminance-statistics",
    "poisson",
)
METHODS = (COMPOSITE, *NETWORK_METHODS, *BASELINES, ORACLE)

Transfer = Callable[[Colors, Colors, Colors], Colors]


@dataclass(frozen=True)
class Sample:
    """One composite as arrays: pictures float32 HWC in [0, 1], masks HW (bool but `mask`)."""

    composite: NDArray[np.float32]
    truth: NDArray[np.float32]
    reference: NDArray[np.float32]
    mask: NDArray[np.float32]
    core: NDArray[np.bool_]
    guide: NDArray[np.bool_]
    score: NDArray[np.bool_]


def registry(models: Models) -> dict[str, Method]:
    """Every method of METHODS; the network is loaded when the first of its methods runs."""
    return {
        COMPOSITE: lambda made: made.composite,
        IPH: network_method(models),
        WRONG_REFERENCE: lambda made: run_network(models, made, *wrong_reference(made)),
        "iph-background": lambda made: run_network(
            models, made, made.composite, (surroundings(made.mask) > 0.5).float()
        ),
        COLOR_MAP: photo_by_photo(lambda sample: full_size_way(models, sample), blend=False),
        "reinhard": photo_by_photo(from_reference(reinhard)),
        "reinhard-half": at_half_strength(photo_by_photo(from_reference(reinhard))),
        "mkl": photo_by_photo(from_reference(mkl)),
        "histogram": photo_by_photo(from_reference(histogram)),
        "luminance-statistics": photo_by_photo(from_reference(match_luminance)),
        "poisson": photo_by_photo(poisson_blend),
        ORACLE: photo_by_photo(oracle_color_map),
    }


def network_method(models: Models) -> Method:
    """A network as a method of its own, to be compared with."""
    return lambda made: run_network(models, made, made.reference, made.guide)


def run_network(models: Models, made: Batch, reference: Tensor, guide: Tensor) -> Tensor:
    return models.network(made.composite, made.mask, reference, guide)


def wrong_reference(made: Batch) -> tuple[Tensor, Tensor]:
    """For each composite the reference and guide of the next one in the batch that shows another
    photo; after the last one comes the first. ValueError for a batch of a single photo.
    """
    photos = made.photo_index
    another = photos != photos[:, None]
    if not another.any():
        raise ValueError("A reference of another photo needs a batch of two photos.")
    order = torch.arange(len(photos), device=photos.device)
    steps = (order - order[:, None]) % len(photos)
    following = torch.where(another, steps, len(photos)).argmin(1)
    return made.reference[following], made.guide[following]


def full_size_way(models: Models, sample: Sample) -> NDArray[np.floating]:
    """What the product gives: a color map fitted to the network's answer, on 8-bit pixels."""
    scene = Scene(photo_from_array(_to_8_bits(sample.composite)), models)
    look = photo_from_array(_to_8_bits(sample.reference))
    result = scene.harmonize(Region(sample.mask), Reference(look, sample.guide.astype(np.float32)))
    return result.pixels() / np.float32(255)


def poisson_blend(sample: Sample) -> NDArray[np.floating]:
    """Poisson blending, blended once more by the soft mask."""
    band = round(OUTER_BAND * max(sample.mask.shape))
    return poisson(_to_8_bits(sample.composite), sample.mask > 0.5, band) / np.float32(255)


def oracle_color_map(sample: Sample) -> NDArray[np.floating]:
    """The best color map of 11 terms, fitted to the truth where it is measured: the ceiling of any
    polynomial color change."""
    fitted = ColorMap.fit(sample.composite[sample.score], sample.truth[sample.score])
    return fitted.apply(sample.composite)


def from_reference(transfer: Transfer) -> Callable[[Sample], NDArray[np.floating]]:
    """Recolor the foreground as the change from its core (without the inner band) to the visible
    reference region says. Without a visible reference nothing changes."""

    def recolor(sample: Sample) -> NDArray[np.floating]:
        target = sample.reference[sample.guide].astype(np.float64)
        source = sample.composite[sample.core].astype(np.float64)
        changed = sample.composite.copy()
        if len(target) > 1 and len(source) > 1:
            inside = sample.mask > 0
            changed[inside] = transfer(changed[inside].astype(np.float64), source, target)
        return changed

    return recolor


def photo_by_photo(recolor: Callable[[Sample], NDArray[np.floating]], blend: bool = True) -> Method:
    """A method out of what recolors one picture; blended by the mask unless that is done."""

    def method(made: Batch) -> Tensor:
        pictures = np.stack([recolor(sample) for sample in samples(made)])
        recolored = torch.from_numpy(pictures).movedim(-1, 1).to(made.composite).clamp(0, 1)
        if not blend:
            return recolored
        return made.composite + made.mask * (recolored - made.composite)

    return method


def at_half_strength(method: Method) -> Method:
    return lambda made: (made.composite + method(made)) / 2


def samples(made: Batch) -> list[Sample]:
    """The composites of a batch one by one."""
    pictures = (_pictures(part) for part in (made.composite, made.truth, made.reference))
    inside = [_planes(part) > 0.5 for part in (core(made.mask), made.guide, made.score)]
    return [
        Sample(composite, truth, reference, mask, middle, guide, score)
        for composite, truth, reference, mask, middle, guide, score in zip(
            *pictures, _planes(made.mask), *inside, strict=True
        )
    ]


def _pictures(pictures: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(pictures.float().movedim(1, -1).cpu().numpy())


def _planes(masks: Tensor) -> NDArray[np.float32]:
    return masks[:, 0].float().cpu().numpy()


def _to_8_bits(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(picture * 255).clip(0, 255).astype(np.uint8)
