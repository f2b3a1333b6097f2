"""Teaching SAM's mask decoder that a tap on a person means the whole person.

The encoder stays as it is, so its embeddings are computed once. Candidate 3 learns the answer to
taps, token 0 the answer to boxes, both as Kirillov et al. 2023 (appendix A) teach masks and scores;
candidates 1 and 2 are held to the stock decoder's, so that parts stay within reach.
"""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from iph_core.data.folder import UNKNOWN
from iph_core.errors import InputError
from iph_core.evaluation.picks import KINDS, iou, measured_labels, middle
from iph_core.photo import make_folder
from iph_core.regions.decoder_weights import save_decoder, torch_modules
from iph_core.regions.sam import WHOLE_CANDIDATE
from iph_core.training.checkpoint import DAMAGE, Averaged, load_state, save_state
from iph_core.training.identity import check, picker_identity
from iph_core.training.picker_cells import Sample, draw_sample, mask_losses, overlap, patches
from iph_core.training.picker_data import Rows, without_padding
from iph_core.training.picker_decoder import PATCH, SIDE, decode_cells
from iph_core.training.picker_prompts import STEP, PromptBatch, draw_batch

if TYPE_CHECKING:
    from segment_anything.modeling import MaskDecoder

PARTS = slice(1, WHOLE_CANDIDATE)
WARM_UP = 0.03  # Of the training.
CHUNK = 8  # Prompts decoded at once in validation.
STATE, DECODER = "last.pt", "sam-people.safetensors"


@dataclass(frozen=True)
class PickerPlan:
    """How to train: for `steps`, or for `minutes` of wall clock (one of the two).

    photos, prompts: pictures of a step, and prompts for each of them.
    cells: of a picture's 4096, those that a prompt's losses look at.
    distill_every: steps from one comparison with the stock decoder to the next.
    bf16: mixed precision on the CPU too, for CPUs that compute in bfloat16.
    """

    steps: int | None = None
    minutes: float | None = None
    rate: float = 1.2e-4
    photos: int = 3
    prompts: int = 4
    cells: int = 1408
    distill_every: int = 4
    distill_weight: float = 10.0
    average: float = 0.998
    bf16: bool = False
    seed: int = 0
    validate_every: int = 250
    save_every_s: float = 120.0
    log_every: int = 20

    def rate_at(self, progress: float) -> float:
        """Learning rate where `progress` in [0, 1] of the training is done."""
        if progress < WARM_UP:
            return self.rate * (0.05 + 0.95 * progress / WARM_UP)
        falling = (min(progress, 1.0) - WARM_UP) / (1 - WARM_UP)
        return self.rate * (0.01 + 0.99 * (1 + math.cos(math.pi * falling)) / 2)


class PickerTrainer:
    """Fine-tunes the decoder of an export; goes on from the folder's checkpoint if any.

    chances: how likely each of the rows `train` is drawn, adding up to 1. start: SHA-256 of the
    decoder that is named to begin with, if any.
    Raises InputError where that checkpoint cannot be used or was begun as another training.
    """

    def __init__(
        self,
        export: Path,
        train: Rows,
        chances: NDArray[np.float64],
        validation: Rows,
        plan: PickerPlan,
        folder: Path,
        device: torch.device,
        start: str | None = None,
    ) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.folder, self.device = plan, folder, device
        self.train_rows, self.validation = train, validation
        self.chances = chances
        prompt_encoder, decoder = torch_modules(export)
        self.prompt_encoder = prompt_encoder.to(device).requires_grad_(False)
        self.position = cells_of(self.prompt_encoder.get_dense_pe())[0]
        self.stock = copy.deepcopy(decoder).to(device).requires_grad_(False)
        self.decoder = decoder.to(device)
        self.averaged = Averaged(self.decoder, plan.average)
        self.optimizer = torch.optim.AdamW(self.decoder.parameters(), plan.rate, weight_decay=0.01)
        self.step, self.best, self.spent = 0, float("-inf"), 0.0
        self.identity = picker_identity(plan, train, start)
        make_folder(folder)
        if (folder / STATE).exists():
            self._restore()

    def start_from(self, taught: nn.Module) -> None:
        """Begin with a taught decoder instead of SAM's own."""
        self.decoder.load_state_dict(taught.state_dict())
        self.averaged.network.load_state_dict(taught.state_dict())

    @property
    def progress(self) -> float:
        """The part of the training that is done, in [0, 1]."""
        if self.plan.steps:
            return min(1.0, self.step / self.plan.steps)
        return min(1.0, self.spent / (60 * (self.plan.minutes or 1)))

    def train(self) -> None:
        """Train to the end of the plan, saving and validating on the way."""
        print(f"{np.count_nonzero(self.chances)} pictures, step {self.step}", flush=True)
        if self.step == 0:
            self._validate()
        clock = saved = time.monotonic()
        while self.progress < 1:
            losses = self.one_step()
            self.step += 1
            now = time.monotonic()
            self.spent, clock = self.spent + now - clock, now
            if self.step % self.plan.log_every == 0:
                self._report(losses)
            if self.step % self.plan.validate_every == 0 or self.progress == 1:
                self._validate()
                self._save()
            elif now - saved > self.plan.save_every_s:
                self._save()
                saved = now

    def one_step(self) -> dict[str, float]:
        """Learn from one batch of prompts; the losses."""
        random = np.random.default_rng([self.plan.seed, self.step])
        chosen = random.choice(len(self.chances), self.plan.photos, p=self.chances)
        batch = draw_batch(list(self.train_rows["labels"][chosen]), self.plan.prompts, random)
        features = torch.from_numpy(self.train_rows["features"][chosen]).to(self.device).float()
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.rate_at(self.progress)
        losses = self._losses(features, batch, random)
        total = torch.stack(list(losses.values())).sum()
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self.decoder.parameters(), 1.0)
        self.optimizer.step()
        self.averaged.update(self.decoder, self.step)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _losses(
        self, features: Tensor, batch: PromptBatch, random: np.random.Generator
    ) -> dict[str, Tensor]:
        tokens = self._tokens(batch).unflatten(0, (len(features), -1))
        shown = batch.regions if batch.targets is None else batch.targets
        sample = draw_sample(shown, batch.regions, self.plan.cells, random)
        distill = batch.targets is None
        if batch.boxes is None and self.step % self.plan.distill_every == 0:
            distill = True
        candidates = slice(None) if distill else slice(batch.candidate, batch.candidate + 1)
        logits, scores = self._decode(self.decoder, features, tokens, sample, candidates)
        losses = {}
        if batch.targets is not None:
            target = torch.from_numpy(patches(batch.targets, sample.cells)).to(self.device)
            known = patches(batch.known, sample.cells) * sample.weights[..., None, None]
            counted = torch.from_numpy(known).to(self.device)
            ours = logits[:, batch.candidate if distill else 0]
            losses = mask_losses(ours, target, counted)
            truth = overlap(ours.detach() > 0, target, counted)
            losses["score"] = functional.mse_loss(scores[:, batch.candidate], truth)
        if distill:
            alike = slice(None) if batch.targets is None else PARTS
            with torch.no_grad():
                stock, stock_scores = self._decode(self.stock, features, tokens, sample, candidates)
            error = functional.mse_loss(logits[:, alike].sigmoid(), stock[:, alike].sigmoid())
            losses["stock"] = self.plan.distill_weight * error
            losses["stock score"] = functional.mse_loss(scores[:, alike], stock_scores[:, alike])
        return losses

    def _tokens(self, batch: PromptBatch) -> Tensor:
        """The embeddings (P, T, 256) of a batch's prompts."""
        points = None
        if batch.points.shape[1]:
            points = (
                torch.from_numpy(batch.points).to(self.device),
                torch.from_numpy(batch.labels).to(self.device),
            )
        boxes = None if batch.boxes is None else torch.from_numpy(batch.boxes).to(self.device)
        tokens: Tensor = self.prompt_encoder(points, boxes, None)[0]
        return tokens

    def _decode(
        self,
        decoder: MaskDecoder,
        features: Tensor,
        tokens: Tensor,
        sample: Sample | None,
        candidates: slice,
    ) -> tuple[Tensor, Tensor]:
        cells = None if sample is None else torch.from_numpy(sample.cells).to(self.device)
        keys = cells_of(features) + self.prompt_encoder.no_mask_embed.weight
        precision = torch.bfloat16 if self._half() else torch.float32
        return decode_cells(decoder, keys, self.position, tokens, cells, candidates, precision)

    def _half(self) -> bool:
        return self.device.type == "cuda" or (self.plan.bf16 and self.device.type == "cpu")

    @torch.no_grad()
    def _validate(self) -> None:
        """Tap everyone in the validation pictures; keep the decoder where it is the best so far.

        InputError where nobody in them is large enough to be measured.
        """
        decoder = self.averaged.network
        found: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for row in self.validation:
            for kind, value in self._picked(decoder, row):
                found[kind].append(value)
        means = {kind: float(np.mean(values)) for kind, values in found.items() if values}
        people = [means[kind] for kind in ("single", "group") if kind in means]
        if not people:
            raise InputError(
                "No person in the validation pictures takes more than 1 % of one: give larger"
                " people in the split val."
            )
        result = float(np.mean(people))
        shown = "  ".join(f"{kind} {value:.3f}" for kind, value in means.items())
        print(f"  step {self.step}  validation: {shown}", flush=True)
        if result > self.best:
            self.best = result
            notes = {"step": str(self.step), "validation": shown}
            save_decoder(decoder, self.folder / DECODER, **notes)

    def _picked(self, decoder: MaskDecoder, row: np.void) -> list[tuple[str, float]]:
        """(kind, IoU) of one tap on everyone and everything in a validation picture."""
        grid = without_padding(row["labels"])
        targets = list(measured_labels(grid))
        features = torch.from_numpy(row["features"])[None].to(self.device).float()
        results = []
        for first in range(0, len(targets), CHUNK):
            part = targets[first : first + CHUNK]
            taps = np.array([[middle(grid == value)] for _, value in part], np.float32)
            points = torch.from_numpy((taps + 0.5) * STEP).to(self.device)
            tokens = self.prompt_encoder((points, torch.ones_like(points[..., 0])), None, None)[0]
            last = slice(WHOLE_CANDIDATE, WHOLE_CANDIDATE + 1)
            logits, _ = self._decode(decoder, features, tokens[None], None, last)
            masks = (whole_map(logits)[:, 0] > 0).cpu().numpy()
            for mask, (kind, value) in zip(masks, part, strict=True):
                mask = mask[: grid.shape[0], : grid.shape[1]]
                results.append((kind, iou(mask, grid == value, grid != UNKNOWN)))
        return results

    def _report(self, losses: dict[str, float]) -> None:
        shown = "  ".join(f"{name} {value:.4f}" for name, value in losses.items())
        print(
            f"step {self.step}  {self.spent / self.step:.2f} s  {self.progress:.1%}  {shown}",
            flush=True,
        )

    def _save(self) -> None:
        save_state(
            self.folder / STATE,
            self.step,
            self.best,
            clock={"spent": self.spent},
            decoder=self.decoder.state_dict(),
            averaged=self.averaged.network.state_dict(),
            optimizer=self.optimizer.state_dict(),
            identity=self.identity,
        )

    def _restore(self) -> None:
        path = self.folder / STATE
        try:
            state = load_state(path, self.device)
            # Checkpoints of earlier versions do not say what they are.
            before = state.get("identity", self.identity)
            check(self.folder, before, self.identity)
            self.identity = before  # With the start that it had, named again or not.
            self.step, self.best = state["step"], state["best"]
            self.spent = state["clock"]["spent"]
            self.decoder.load_state_dict(state["decoder"])
            self.averaged.network.load_state_dict(state["averaged"])
            self.optimizer.load_state_dict(state["optimizer"])
        except InputError:
            raise
        except DAMAGE as error:
            raise InputError(
                f"{path} is damaged or of another kind of training: train in another folder or"
                " remove it."
            ) from error


def cells_of(features: Tensor) -> Tensor:
    """Embeddings (G, C, 64, 64) as cells (G, 4096, C)."""
    return features.flatten(2).transpose(1, 2)


def whole_map(patches: Tensor) -> Tensor:
    """The patches (P, C, 4096, 4, 4) of all cells as a map (P, C, 256, 256)."""
    rows = patches.unflatten(2, (SIDE, SIDE)).transpose(3, 4)
    return rows.reshape(*patches.shape[:2], SIDE * PATCH, SIDE * PATCH)
