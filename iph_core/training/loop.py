"""The training loop: one process, one device, every draw fixed by seed and step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from iph_core.data.bank import Bank
from iph_core.data.recipe import PROTOCOLS
from iph_core.data.synthesis import Batch, Synthesizer
from iph_core.errors import InputError
from iph_core.evaluation.protocols import one_region_a_photo, score, test_batches
from iph_core.network import build, parameter_count, save_network
from iph_core.runtime import autocast
from iph_core.training.checkpoint import Averaged, load_state, save_state
from iph_core.training.losses import (
    decibel_loss,
    harmonization_loss,
    luminance_matching_loss,
)
from iph_core.training.schedule import Schedule


@dataclass(frozen=True)
class Run:
    """Where a training writes, how often it looks at the validation photos, and its seed."""

    folder: Path
    seed: int = 0
    validate_every: int = 1000
    save_every_s: float = 120.0
    log_every: int = 50


class Trainer:
    """Trains one schedule on one bank; `train()` goes on from the folder's checkpoint if any.

    Raises InputError where that checkpoint does not fit the schedule.
    """

    def __init__(
        self,
        schedule: Schedule,
        train: Bank,
        validation: Bank,
        run: Run,
        device: torch.device,
    ) -> None:
        torch.manual_seed(run.seed)
        self.schedule, self.run, self.device = schedule, run, device
        self.validation = validation.to(device)
        self.synthesizer = Synthesizer(train.to(device), schedule.recipe, schedule.size)
        self.weights = source_weights(train)
        self.network: nn.Module = build(schedule.config).to(device)
        self.averaged = Averaged(self.network, schedule.average)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), schedule.rate, weight_decay=schedule.weight_decay
        )
        self.step, self.best = 0, float("-inf")
        run.folder.mkdir(parents=True, exist_ok=True)
        self.log = SummaryWriter(str(run.folder / "tensorboard"))
        if self.state_path.exists():
            self._restore()

    @property
    def state_path(self) -> Path:
        return self.run.folder / "last.pt"

    def start_from(self, network: nn.Module) -> None:
        """Begin with a trained network's weights; InputError for another configuration."""
        try:
            self.network.load_state_dict(network.state_dict())
        except RuntimeError as error:
            raise InputError(
                f"The weights to start from are not of {self.schedule.config}: choose others."
            ) from error
        self.averaged.network.load_state_dict(network.state_dict())

    def train(self) -> None:
        """Train to the schedule's last step, saving and validating on the way."""
        print(
            f"{self.schedule.config}: {parameter_count(self.network):,} parameters,"
            f" {len(self.synthesizer.bank.photos)} photos, step {self.step}",
            flush=True,
        )
        saved = started = time.monotonic()
        first = self.step
        for made in self._batches():
            losses = self._one_step(made)
            self.step += 1
            if self.step % self.run.log_every == 0:
                pace = (time.monotonic() - started) / (self.step - first)
                self._report(losses, pace)
            if self.step % self.run.validate_every == 0 or self.step == self.schedule.steps:
                self._validate()
                self._save()
            elif time.monotonic() - saved > self.run.save_every_s:
                self._save()
                saved = time.monotonic()
        self.log.close()

    def _batches(self) -> Iterator[Batch]:
        """The batches of the steps that are left, each made while the one before is learned."""
        with ThreadPoolExecutor(1) as maker:
            coming = maker.submit(self._make, self.step)
            for step in range(self.step + 1, self.schedule.steps + 1):
                made = coming.result()
                if step < self.schedule.steps:
                    coming = maker.submit(self._make, step)
                yield made

    @torch.no_grad()
    def _make(self, step: int) -> Batch:
        seed = (self.run.seed << 32) + step
        generator = torch.Generator(self.device).manual_seed(seed)
        rows = torch.multinomial(
            self.weights,
            self.schedule.batch,
            replacement=True,
            generator=torch.Generator().manual_seed(seed),
        )
        return self.synthesizer.batch(rows.to(self.device), generator)

    def _one_step(self, made: Batch) -> dict[str, Tensor]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule.rate_at(self.step)
        with autocast(self.device):
            output = self.network(made.composite, made.mask, made.reference, made.guide)
        losses = self._losses(output.float(), made)
        self.optimizer.zero_grad(set_to_none=True)
        losses["total"].backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.averaged.update(self.network, self.step)
        return losses

    def _losses(self, output: Tensor, made: Batch) -> dict[str, Tensor]:
        losses = {"harmonization": harmonization_loss(output, made.truth, made.score)}
        if self.schedule.decibel:
            losses["decibel"] = decibel_loss(output, made.truth, made.score)
        if self.schedule.luminance:
            losses["luminance"] = luminance_matching_loss(
                output, made.score, made.reference, made.guide
            )
        if self.schedule.luminance_truth:
            losses["luminance_truth"] = luminance_matching_loss(
                output, made.score, made.truth, made.score
            )
        total = sum(getattr(self.schedule, name) * value for name, value in losses.items())
        return {**losses, "total": torch.as_tensor(total)}

    def _report(self, losses: dict[str, Tensor], pace: float) -> None:
        for name, value in losses.items():
            self.log.add_scalar(f"loss/{name}", value.item(), self.step)
        self.log.add_scalar("seconds_per_step", pace, self.step)
        print(
            f"step {self.step}  {pace:.3f} s  "
            + "  ".join(f"{name} {value.item():.4f}" for name, value in losses.items()),
            flush=True,
        )

    def _validate(self) -> None:
        """Score the averaged network on both protocols; keep it where it is the best so far."""
        network = self.averaged.network
        rows = one_region_a_photo(self.validation)
        gains = []
        for name in ("standard", "look"):
            batches = test_batches(self.validation, PROTOCOLS[name], self.schedule.size, rows=rows)
            result = score(
                batches,
                lambda made: network(made.composite, made.mask, made.reference, made.guide),
                self.validation.sources,
            )
            gains.append(result.gain)
            self.log.add_scalar(f"gain/{name}", result.gain, self.step)
            self.log.add_scalar(f"worse/{name}", result.worse, self.step)
            means = {source: round(row["gain"], 2) for source, row in result.table().items()}
            print(f"  {name}: {means} worse {result.worse:.2f}", flush=True)
        if sum(gains) > self.best:
            self.best = sum(gains)
            save_network(
                network,
                self.schedule.config,
                self.run.folder / "best.safetensors",
                step=str(self.step),
                size=str(self.schedule.size),
            )

    def _save(self) -> None:
        save_state(
            self.state_path,
            self.step,
            self.best,
            network=self.network.state_dict(),
            averaged=self.averaged.network.state_dict(),
            optimizer=self.optimizer.state_dict(),
        )

    def _restore(self) -> None:
        try:
            state = load_state(self.state_path, self.device)
            self.step, self.best = state["step"], state["best"]
            self.network.load_state_dict(state["network"])
            self.averaged.network.load_state_dict(state["averaged"])
            self.optimizer.load_state_dict(state["optimizer"])
        except (EOFError, KeyError, RuntimeError, ValueError, UnpicklingError) as error:
            raise InputError(
                f"{self.state_path} is damaged or of another configuration than"
                f" {self.schedule.config}: train in another folder or remove it."
            ) from error


def source_weights(bank: Bank) -> Tensor:
    """How often each region is drawn: a source by the root of its photos, its photos alike."""
    photos_of: dict[str, set[int]] = {}
    regions_of: dict[int, int] = {}
    for photo, source in zip(bank.regions[:, 0].tolist(), bank.region_sources, strict=True):
        photos_of.setdefault(source, set()).add(photo)
        regions_of[photo] = regions_of.get(photo, 0) + 1
    return torch.tensor(
        [
            len(photos_of[source]) ** -0.5 / regions_of[photo]
            for photo, source in zip(bank.regions[:, 0].tolist(), bank.region_sources, strict=True)
        ]
    )
