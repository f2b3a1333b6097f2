"""How good the edges of picks are: hard, feathered and refined masks against an exact alpha."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core.data.folder import Example, read_folder
from iph_core.errors import InputError
from iph_core.evaluation.alpha_metrics import gradient_error, mse, sad
from iph_core.evaluation.edge_scenes import EdgeScene, edge_scenes
from iph_core.regions.mask import full_size_mask

PEOPLE_SOURCE = "ccp"
METHODS = ("hard", "feathered", "ours")
METRICS = ("sad", "mse", "gradient")
AROUND = 15
"""Pixels around the true edge within which errors count: what lies farther off is picking's."""

Mask = NDArray[np.float32]
Rows = list[tuple[str, dict[str, dict[str, float]]]]


def scenes_of(
    folder: Path, split: str | None = None, count: int = 60, people_source: str = PEOPLE_SOURCE
) -> Iterable[EdgeScene]:
    """Scenes with an exact alpha, made of the people of one source over photos of the others.

    Raises InputError where one of them is missing.
    """
    examples = read_folder(folder, split)
    people = [example for example in examples if example.source == people_source]
    others = [example for example in examples if not _kin(example, people_source)]
    if not people or not others:
        raise InputError(
            f"Edges need photos of source {people_source!r} and photos of other sources to set"
            " their people into: give a folder or a split that has both."
        )
    return edge_scenes(people, others, count)


def _kin(example: Example, source: str) -> bool:
    """Whether a source shows the same kind of photo, as "ccp-auto" does for "ccp"."""
    return example.source.split("-")[0] == source.split("-")[0]


def measure_edges(scenes: Iterable[EdgeScene]) -> Rows:
    """(kind, errors of each method) for every scene; see METHODS and METRICS.

    sad and gradient are sums in thousands of pixels, mse is a mean in thousandths.
    """
    rows: Rows = []
    for scene in scenes:
        where = around_edge(scene.alpha)
        size = (scene.alpha.shape[1], scene.alpha.shape[0])
        feathered = full_size_mask(scene.logits, size)
        masks = {
            "hard": (feathered >= 0.5).astype(np.float32),
            "feathered": feathered,
            "ours": full_size_mask(scene.logits, size, pixels=scene.pixels),
        }
        errors = {name: _errors(mask, scene.alpha, where) for name, mask in masks.items()}
        rows.append((scene.kind, errors))
    return rows


def around_edge(alpha: Mask) -> NDArray[np.bool_]:
    """Where an alpha is soft or steps, and AROUND pixels about it."""
    solid = (alpha >= 0.5).astype(np.uint8)
    three = np.ones((3, 3), np.uint8)
    edge = (alpha > 0) & (alpha < 1) | (cv2.dilate(solid, three) != cv2.erode(solid, three))
    side = 2 * AROUND + 1
    return cv2.dilate(edge.astype(np.uint8), np.ones((side, side), np.uint8)) > 0


def _errors(mask: Mask, truth: Mask, where: NDArray[np.bool_]) -> dict[str, float]:
    return {
        "sad": sad(mask, truth, where) / 1000,
        "mse": mse(mask, truth, where) * 1000,
        "gradient": gradient_error(mask, truth, where) / 1000,
    }


def report(rows: Rows) -> dict[str, Any]:
    """For each kind of edge and for "all": n, and of each method the mean of each metric."""
    figures = {}
    for kind in [*sorted({kind for kind, _ in rows}), "all"]:
        figures[kind] = _means([errors for own, errors in rows if kind in (own, "all")])
    return figures


def _means(errors: list[dict[str, dict[str, float]]]) -> dict[str, Any]:
    means: dict[str, Any] = {"n": len(errors)}
    for method in METHODS:
        means[method] = {
            metric: float(np.mean([error[method][metric] for error in errors]))
            for metric in METRICS
        }
    return means


def text_table(figures: dict[str, Any]) -> str:
    """The report as lines for people."""
    lines = [f"{'':22}{'SAD':>9}{'MSE':>9}{'gradient':>10}   (thousands, thousandths, thousands)"]
    for kind, figure in figures.items():
        lines.append(f"{kind} ({figure['n']})")
        for method in METHODS:
            row = figure[method]
            lines.append(
                f"  {method:20}{row['sad']:>9.3f}{row['mse']:>9.2f}{row['gradient']:>10.3f}"
            )
    return "\n".join(lines)
