"""Teaching SAM's mask decoder that a tap on a person means the whole person.

The encoder stays as it is, so its embeddings are computed once. Candidate 3 learns the answer to
taps, token 0 the answer to boxes, both as Kirillov et al. 2023 (appendix A) teach masks and scores;
candidates 1 and 2 are held to the stock decoder's, so that parts stay within reach.
"""

from __future__ import annotations

import copy
import math
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from iph_core.data.folder import UNKNOWN
from iph_core.errors import InputError
from iph_core.evaluation.picks import KINDS, iou, measured_labels, middle
from iph_core.regions.decoder_weights import save_decoder, torch_modules
from iph_core.regions.sam import WHOLE_CANDIDATE
from iph_core.runtime import autocast
from iph_core.training.checkpoint import Averaged, load_state, save_state
from iph_core.training.picker_data import Rows, usable_labels, without_padding
from iph_core.training.picker_prompts import STEP, PromptBatch, draw_batch

if TYPE_CHECKING:
    from segment_anything.modeling import MaskDecoder

PARTS = slice(1, WHOLE_CANDIDATE)
WARM_UP = 0.03  # Of the training.
BCE_WEIGHT = 5.0
CHUNK = 8  # Prompts decoded at once in validation.
STATE, DECODER = "last.pt", "sam-people.safetensors"


@dataclass(frozen=True)
class PickerPlan:
    """How to train: for `steps`, or for `minutes` of wall clock (one of the two).

    photos, prompts: pictures of a step, and prompts for each of them.
    distill_every: steps from one comparison with the stock decoder to the next.
    bf16: mixed precision on the CPU too, for CPUs that compute in bfloat16.
    """

    steps: int | None = None
    minutes: float | None = None
    rate: float = 6e-5
    photos: int = 2
    prompts: int = 4
    distill_every: int = 4
    distill_weight: float = 10.0
    average: float = 0.995
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

    Raises InputError where that checkpoint cannot be used.
    """

    def __init__(
        self,
        export: Path,
        train: Rows,
        validation: Rows,
        plan: PickerPlan,
        folder: Path,
        device: torch.device,
    ) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.folder, self.device = plan, folder, device
        self.train_rows, self.validation = train, validation
        self.usable = [i for i, grid in enumerate(train["labels"]) if usable_labels(grid)]
        if not self.usable:
            raise InputError("No picture has a person or object that is large enough to learn.")
        prompt_encoder, decoder = torch_modules(export)
        self.prompt_encoder = prompt_encoder.to(device).requires_grad_(False)
        self.stock = copy.deepcopy(decoder).to(device).requires_grad_(False)
        self.decoder = decoder.to(device)
        self.averaged = Averaged(self.decoder, plan.average)
        self.optimizer = torch.optim.AdamW(self.decoder.parameters(), plan.rate, weight_decay=0.01)
        self.step, self.best, self.spent = 0, float("-inf"), 0.0
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / STATE).exists():
            self._restore()

    @property
    def progress(self) -> float:
        """The part of the training that is done, in [0, 1]."""
        if self.plan.steps:
            return min(1.0, self.step / self.plan.steps)
        return min(1.0, self.spent / (60 * (self.plan.minutes or 1)))

    def train(self) -> None:
        """Train to the end of the plan, saving and validating on the way."""
        print(f"{len(self.usable)} pictures, step {self.step}", flush=True)
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
        chosen = random.choice(self.usable, self.plan.photos)
        batch = draw_batch(self.train_rows["labels"][chosen], self.plan.prompts, random)
        features = torch.from_numpy(self.train_rows["features"][chosen]).to(self.device).float()
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.rate_at(self.progress)
        losses = self._losses(features, batch)
        total = torch.stack(list(losses.values())).sum()
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self.decoder.parameters(), 1.0)
        self.optimizer.step()
        self.averaged.update(self.decoder, self.step)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _losses(self, features: Tensor, batch: PromptBatch) -> dict[str, Tensor]:
        prompts = self._prompts(batch)
        several = features[torch.from_numpy(batch.rows).to(self.device)]
        with self._precision():
            logits, scores = self._decode(self.decoder, several, prompts)
        losses = {}
        if batch.targets is not None:
            target = torch.from_numpy(batch.targets).to(self.device)
            known = torch.from_numpy(batch.known).to(self.device)
            ours = logits[:, batch.candidate]
            losses = mask_losses(ours, target, known)
            truth = overlap(ours.detach() > 0, target, known)
            losses["score"] = functional.mse_loss(scores[:, batch.candidate], truth)
        alike = slice(None) if batch.targets is None else PARTS
        due = batch.boxes is None and self.step % self.plan.distill_every == 0
        if batch.targets is None or due:
            with torch.no_grad(), self._precision():
                stock, stock_scores = self._decode(self.stock, several, prompts)
            error = functional.mse_loss(logits[:, alike].sigmoid(), stock[:, alike].sigmoid())
            losses["stock"] = self.plan.distill_weight * error
            losses["stock score"] = functional.mse_loss(scores[:, alike], stock_scores[:, alike])
        return losses

    def _prompts(self, batch: PromptBatch) -> tuple[Tensor, Tensor]:
        """Sparse and dense embeddings of a batch's prompts."""
        points = None
        if batch.points.shape[1]:
            points = (
                torch.from_numpy(batch.points).to(self.device),
                torch.from_numpy(batch.labels).to(self.device),
            )
        boxes = None if batch.boxes is None else torch.from_numpy(batch.boxes).to(self.device)
        sparse, dense = self.prompt_encoder(points, boxes, None)
        return sparse, dense

    def _decode(
        self, decoder: MaskDecoder, features: Tensor, prompts: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor]:
        position = self.prompt_encoder.get_dense_pe()
        logits, scores = decode(decoder, features, position, *prompts)
        return logits.float(), scores.float()

    def _precision(self) -> AbstractContextManager[None]:
        if self.plan.bf16 and self.device.type == "cpu":
            return torch.autocast("cpu", dtype=torch.bfloat16)
        return autocast(self.device)

    @torch.no_grad()
    def _validate(self) -> None:
        """Tap everyone in the validation pictures; keep the decoder where it is the best so far."""
        decoder = self.averaged.network
        found: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for row in self.validation:
            for kind, value in self._picked(decoder, row):
                found[kind].append(value)
        means = {kind: float(np.mean(values)) for kind, values in found.items() if values}
        people = [means[kind] for kind in ("single", "group") if kind in means]
        result = float(np.mean(people)) if people else 0.0
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
            prompts = self.prompt_encoder((points, torch.ones_like(points[..., 0])), None, None)
            logits, _ = self._decode(decoder, features.expand(len(part), -1, -1, -1), prompts)
            masks = (logits[:, WHOLE_CANDIDATE] > 0).cpu().numpy()
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
        )

    def _restore(self) -> None:
        path = self.folder / STATE
        try:
            state = load_state(path, self.device)
            self.step, self.best = state["step"], state["best"]
            self.spent = state["clock"]["spent"]
            self.decoder.load_state_dict(state["decoder"])
            self.averaged.network.load_state_dict(state["averaged"])
            self.optimizer.load_state_dict(state["optimizer"])
        except (EOFError, KeyError, RuntimeError, ValueError, UnpicklingError) as error:
            raise InputError(
                f"{path} is damaged or of another kind of training: train in another folder or"
                " remove it."
            ) from error


def decode(
    decoder: MaskDecoder, features: Tensor, position: Tensor, sparse: Tensor, dense: Tensor
) -> tuple[Tensor, Tensor]:
    """SAM's `MaskDecoder.predict_masks` with an embedding for every prompt, so that the prompts of
    several pictures make one batch.

    features: (P, 256, 64, 64). position: (1, 256, 64, 64). Returns logits (P, 4, 256, 256) and
    scores (P, 4).
    """
    count = len(features)
    answers = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
    tokens = torch.cat([answers.expand(count, -1, -1), sparse], 1)
    source = features + dense
    states, seen = decoder.transformer(source, position.expand(count, -1, -1, -1), tokens)
    upscaled = decoder.output_upscaling(seen.transpose(1, 2).reshape(source.shape))
    filters = torch.stack(
        [mlp(states[:, 1 + i]) for i, mlp in enumerate(decoder.output_hypernetworks_mlps)], 1
    )
    logits = (filters @ upscaled.flatten(2)).unflatten(2, upscaled.shape[2:])
    return logits, decoder.iou_prediction_head(states[:, 0])


def mask_losses(logits: Tensor, target: Tensor, known: Tensor) -> dict[str, Tensor]:
    """Binary cross-entropy and dice (Milletari et al. 2016) of masks (P, H, W) where `known`."""
    wanted, counted = target.to(logits.dtype), known.to(logits.dtype)
    errors = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    entropy = (errors * counted).sum((1, 2)) / counted.sum((1, 2)).clamp_min(1)
    inside, wanted = logits.sigmoid() * counted, wanted * counted
    both = (inside * wanted).sum((1, 2))
    dice = 1 - (2 * both + 1) / (inside.sum((1, 2)) + wanted.sum((1, 2)) + 1)
    return {"bce": BCE_WEIGHT * entropy.mean(), "dice": dice.mean()}


def overlap(masks: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """IoU (P,) of boolean masks (P, H, W) where `known`."""
    both = (masks & target & known).sum((1, 2))
    either = ((masks | target) & known).sum((1, 2))
    return both / either.clamp_min(1)
