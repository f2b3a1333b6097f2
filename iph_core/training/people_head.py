"""Training the network that sees where people are in SAM's embedding; quick, also on one core.

Losses: focal for the centers (Zhou et al. 2019, equation 1); and, as further teachers that nobody
reads later, cross-entropy for person or not, and generalized IoU (Rezatofighi et al. 2019) for how
far the person reaches to each side (Tian et al., "FCOS", ICCV 2019). Every person counts the same.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from iph_core.data.folder import LAST_PERSON, UNKNOWN
from iph_core.evaluation import picks
from iph_core.photo import make_folder
from iph_core.regions import likeness
from iph_core.regions.box import mask_box
from iph_core.regions.people_head import CELLS, CENTER, DILATIONS
from iph_core.tensor_file import write_tensors
from iph_core.training.checkpoint import Averaged
from iph_core.training.people_regions import fit_region
from iph_core.training.picker_data import PASTED, Picture, Rows
from iph_core.trunk.published import load_trunk

WIDTH = 64
PERSON, REACH = 1, slice(2, 6)  # Channels of the answer, beside the centers.
LONGEST = 4.5  # Logarithm of the longest reach, in cells.
STEP = 4  # Labels along a cell's side.
LEAST_SHARE = 0.003  # Of the picture: smaller people are neither taught nor held against it.
SPREAD = (0.12, 0.7, 3.0)  # Of a center: of the root of the person's area; least and most cells.
LEAST_PEAK = 0.03
FOCUS, FORGIVING = 2.0, 4.0
HEAD = "people-head.safetensors"
NOBODY_KNOWS = 3  # Cells around pasted people that are surely background; scenes hold people too.

Grid = NDArray[np.uint8]


class Block(nn.Module):
    """Looks around each cell; adds what it finds."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(width, width, 3, 1, dilation, dilation, width)
        self.mix = nn.Conv2d(width, 2 * width, 1)
        self.back = nn.Conv2d(2 * width, width, 1)

    def forward(self, state: Tensor) -> Tensor:
        changed: Tensor = state + self.back(functional.relu(self.mix(self.around(state))))
        return changed


class PeopleHeadNetwork(nn.Module):
    """Embeddings (N, 256, 64, 64) to (N, 6, 64, 64): logits of center and person, log of reach."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(256, width, 1)
        self.blocks = nn.Sequential(*(Block(width, dilation) for dilation in DILATIONS))
        self.answer = nn.Conv2d(width, 6, 1)
        self.region = nn.Linear(likeness.WIDTH, 1)  # Of a mask's description: see people_regions.
        with torch.no_grad():
            self.answer.weight.mul_(0.1)
            start = torch.tensor([-3.5, -1.5, 1.5, 1.5, 1.5, 1.5])
            self.answer.bias = nn.Parameter(start)

    def forward(self, features: Tensor) -> Tensor:
        answer: Tensor = self.answer(self.blocks(functional.relu(self.reduce(features))))
        return answer


@dataclass(frozen=True)
class Truth:
    """What the head should say about a picture, (64, 64) each.

    center: float32 in [0, 1]. person: 1, 0, or -1 where nobody knows. boxes: float32 (4, 64, 64),
    x0, y0, x1, y1 in cells. weights: float32, of a cell's box; those of one person add up to 1.
    """

    center: NDArray[np.float32]
    person: NDArray[np.float32]
    boxes: NDArray[np.float32]
    weights: NDArray[np.float32]


def truth_of(grid: Grid, pasted: bool) -> Truth:
    """The truth for labels (256, 256); the scenes behind pasted groups may hold people too."""
    middle = grid[STEP // 2 :: STEP, STEP // 2 :: STEP]
    person = np.where((middle > 0) & (middle <= LAST_PERSON), 1.0, 0.0).astype(np.float32)
    if pasted:
        window = np.ones((2 * NOBODY_KNOWS + 1,) * 2, np.uint8)
        person[cv2.dilate(person, window) == 0] = -1
    person[middle == UNKNOWN] = -1
    center, weights = np.zeros((CELLS, CELLS), np.float32), np.zeros((CELLS, CELLS), np.float32)
    boxes = np.zeros((4, CELLS, CELLS), np.float32)
    known = np.count_nonzero(grid != UNKNOWN)
    for value in np.unique(grid[(grid > 0) & (grid <= LAST_PERSON)]):
        inside, cells = grid == value, middle == value
        area = int(np.count_nonzero(inside))
        if area < LEAST_SHARE * known:
            person[cells] = -1
            continue
        center = np.maximum(center, bump(inside, area))
        boxes[:, cells] = np.array(mask_box(inside), np.float32)[:, None] / STEP
        weights[cells] = 1 / max(1, int(np.count_nonzero(cells)))
    return Truth(center, person, boxes, weights)


def bump(inside: NDArray[np.bool_], area: int) -> NDArray[np.float32]:
    """A Gaussian of height 1 around the cell that holds a mask's middle."""
    x, y = picks.middle(inside)
    share, least, most = SPREAD
    sigma = float(np.clip(share * math.sqrt(area) / STEP, least, most))
    rows, columns = np.mgrid[:CELLS, :CELLS]
    squared = (rows - y // STEP) ** 2 + (columns - x // STEP) ** 2
    return np.exp(-squared / (2 * sigma**2)).astype(np.float32)


def losses_of(answer: Tensor, truths: list[Truth]) -> dict[str, Tensor]:
    """The losses of answers (N, 6, 64, 64)."""

    def stacked(name: str) -> Tensor:
        values = np.stack([getattr(truth, name) for truth in truths])
        return torch.from_numpy(values).to(answer.device)

    person, center, weights = stacked("person"), stacked("center"), stacked("weights")
    known = (person >= 0).float()
    return {
        "center": focal(answer[:, CENTER], center, known),
        "person": (
            functional.binary_cross_entropy_with_logits(
                answer[:, PERSON], person.clamp_min(0), reduction="none"
            )
            * known
        ).sum()
        / known.sum().clamp_min(1),
        "box": (apart(answer[:, REACH], stacked("boxes")) * weights).sum()
        / weights.sum().clamp_min(1),
    }


def focal(logits: Tensor, truth: Tensor, known: Tensor) -> Tensor:
    """Zhou et al. 2019, equation 1, over the number of centers."""
    chance = logits.sigmoid()
    is_center = truth > 0.99
    hit = functional.logsigmoid(logits) * (1 - chance) ** FOCUS
    miss = functional.logsigmoid(-logits) * chance**FOCUS * (1 - truth) ** FORGIVING
    total = torch.where(is_center, hit, miss * known).sum()
    return -total / is_center.sum().clamp_min(1)


def apart(reach: Tensor, boxes: Tensor) -> Tensor:
    """1 - generalized IoU (N, 64, 64) of the boxes that reaches (N, 4, 64, 64) mean."""
    y, x = torch.meshgrid(*(torch.arange(CELLS, device=reach.device) + 0.5,) * 2, indexing="ij")
    left, top, right, bottom = reach.clamp_max(LONGEST).exp().unbind(1)
    x0, y0, x1, y1 = x - left, y - top, x + right, y + bottom
    u0, v0, u1, v1 = boxes.unbind(1)
    both = (x1.minimum(u1) - x0.maximum(u0)).clamp_min(0) * (
        y1.minimum(v1) - y0.maximum(v0)
    ).clamp_min(0)
    either = (x1 - x0) * (y1 - y0) + (u1 - u0) * (v1 - v0) - both
    hull = (x1.maximum(u1) - x0.minimum(u0)) * (y1.maximum(v1) - y0.minimum(v0))
    return 1 - both / either.clamp_min(1e-6) + (hull - either) / hull.clamp_min(1e-6)


@dataclass(frozen=True)
class HeadPlan:
    """How to train. pictures: of a step. bf16: mixed precision, for CPUs that compute in it."""

    steps: int = 1500
    rate: float = 2e-3
    pictures: int = 8
    average: float = 0.995
    bf16: bool = False
    seed: int = 0
    validate_every: int = 250

    def rate_at(self, progress: float) -> float:
        warm = min(1.0, progress / 0.03)
        return self.rate * warm * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)


def train_head(
    pictures: Sequence[Picture],
    train: Rows,
    chances: NDArray[np.float64],
    validation: Rows,
    plan: HeadPlan,
    folder: Path,
    device: torch.device,
) -> None:
    """Train to the end of the plan; the best averaged weights are FOLDER/people-head.safetensors.

    train: the rows of the pictures. chances: of each to be drawn, adding up to 1.
    """
    torch.manual_seed(plan.seed)
    make_folder(folder)
    network = PeopleHeadNetwork().to(device)
    fit_region(network.region, pictures, train, load_trunk().to(device), plan.seed)
    pasted = [picture.source == PASTED for picture in pictures]
    network.region.requires_grad_(False)
    averaged = Averaged(network, plan.average)
    learning = [value for value in network.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(learning, plan.rate, weight_decay=0.05)
    random = np.random.default_rng(plan.seed)
    truths: dict[int, Truth] = {}
    best, start = float("-inf"), time.monotonic()
    for step in range(1, plan.steps + 1):
        chosen = random.choice(len(chances), plan.pictures, p=chances)
        for index in set(chosen.tolist()) - set(truths):
            truths[index] = truth_of(train["labels"][index], pasted[index])
        features = torch.from_numpy(train["features"][chosen].astype(np.float32)).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=plan.bf16):
            answer = network(features)
        losses = losses_of(answer.float(), [truths[index] for index in chosen.tolist()])
        for group in optimizer.param_groups:
            group["lr"] = plan.rate_at(step / plan.steps)
        optimizer.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        averaged.update(network, step)
        if step % plan.validate_every == 0 or step == plan.steps:
            figures = measure(averaged.network, validation, device)
            shown = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
            taught = "  ".join(f"{name} {value.item():.3f}" for name, value in losses.items())
            print(
                f"step {step}  {time.monotonic() - start:.0f} s  {taught}  validation: {shown}",
                flush=True,
            )
            if sum(figures.values()) > best:
                best = sum(figures.values())
                save_head(averaged.network, folder / HEAD, step=str(step), validation=shown)


@torch.no_grad()
def measure(network: nn.Module, rows: Rows, device: torch.device) -> dict[str, float]:
    """Mean generalized IoU of the boxes at people's middles, and average precision of the centers:
    a peak is right when it lies on somebody on whom no higher one does.
    """
    network.eval()
    boxes: list[float] = []
    peaks: list[tuple[float, bool]] = []
    people = 0
    for row in rows:
        truth = truth_of(row["labels"], pasted=False)
        features = torch.from_numpy(row["features"].astype(np.float32))[None].to(device)
        answer = network(features)
        fit = 1 - apart(answer[:, REACH], torch.from_numpy(truth.boxes)[None].to(device))[0]
        middles = (truth.center > 0.99) & (truth.weights > 0)
        boxes += fit.cpu().numpy()[middles].tolist()
        middle = row["labels"][STEP // 2 :: STEP, STEP // 2 :: STEP]
        everyone = np.where(truth.weights > 0, middle, 0)
        people += len(np.unique(everyone[everyone > 0]))
        peaks += judged_peaks(answer[0, CENTER].sigmoid().cpu().numpy(), everyone, truth.person)
    network.train()
    return {"box": float(np.mean(boxes)), "people": average_precision(peaks, people)}


def judged_peaks(
    center: NDArray[np.float32], everyone: Grid, person: NDArray[np.float32]
) -> list[tuple[float, bool]]:
    """(height, right or not) of the peaks in a picture, those left out of which nobody knows."""
    around = cv2.dilate(center, np.ones((3, 3), np.uint8))
    peaks = np.argwhere((center >= around) & (person >= 0) & (center > LEAST_PEAK))
    judged, seen = [], {0}
    for row, column in sorted(peaks.tolist(), key=lambda place: -center[tuple(place)]):
        who = int(everyone[row, column])
        judged.append((float(center[row, column]), who not in seen))
        seen.add(who)
    return judged


def average_precision(judged: list[tuple[float, bool]], everyone: int) -> float:
    """The mean over everyone of the precision at which they are found; 0 for those who are not."""
    right = np.array([hit for _, hit in sorted(judged, key=lambda peak: -peak[0])], np.float64)
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    return float((precision * right).sum() / max(1, everyone))


def save_head(network: nn.Module, path: Path, **notes: str) -> None:
    """Write the network as fp16 with notes as metadata; whole or not at all (InputError)."""
    write_tensors(path, network.state_dict(), {"model": "people-head", **notes})
