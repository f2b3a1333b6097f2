"""The training loop: every draw fixed by seed and step, on one process or several."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from iph_core.data.composites import Batch
from iph_core.errors import InputError
from iph_core.evaluation.protocols import TestSet, score
from iph_core.evaluation.summary import by_source
from iph_core.network import new_network, parameter_count, save_network
from iph_core.photo import make_folder
from iph_core.runtime import autocast
from iph_core.training.checkpoint import DAMAGE, Averaged, load_state, save_state
from iph_core.training.distributed import Team
from iph_core.training.identity import check, identity
from iph_core.training.schedule import Schedule
from iph_core.training.sources import (
    Data,
    apart,
    made_in_pieces,
    seed_of,
    source_of,
    validation_sets,
)

STATE = "last.pt"


@dataclass(frozen=True)
class Run:
    """Where a training writes, how often it looks at the validation photos, and its seed.

    leave_out: sources of the validation photos that have no say in which weights are the best.
    start: SHA-256 of the weights that are named to begin with, if any: a folder goes on with those.
    """

    folder: Path
    seed: int = 0
    validate_every: int = 1000
    save_every_s: float = 120.0
    log_every: int = 50
    leave_out: tuple[str, ...] = ()
    start: str | None = None


class Trainer:
    """Trains one schedule on photos or composites; `train()` goes on from the folder's checkpoint.

    In a team every process trains, and the first one alone validates and writes.
    Raises InputError where that checkpoint does not fit the schedule, seed and data, and where
    nothing can be written.
    """

    def __init__(
        self,
        schedule: Schedule,
        train: Data,
        validation: Data,
        run: Run,
        device: torch.device,
        team: Team | None = None,
    ) -> None:
        torch.manual_seed(run.seed)
        self.schedule, self.run, self.device = schedule, run, device
        self.team = team or Team()
        self.share = self.team.share(schedule.batch)
        self.validation, self.left_out = apart(validation.to(device), run.leave_out)
        self._sets(self.validation)  # InputError now where nothing can be measured, not later.
        if self.left_out is not None:
            self._sets(self.left_out)
        self.photos = len(train.sources)
        self.identity = identity(schedule, run.seed, run.leave_out, train, run.start)
        self.source, self.weights = source_of(train.to(device), schedule)
        self.network: nn.Module = new_network(schedule.config).to(device)
        if schedule.channels_last:
            self.network = self.network.to(memory_format=torch.channels_last)
        self.averaged = Averaged(self.network, schedule.average)
        self._freeze()
        self.optimizer = torch.optim.AdamW(
            [p for p in self.network.parameters() if p.requires_grad],
            schedule.rate,
            weight_decay=schedule.weight_decay,
        )
        self.step, self.best, self.seconds = 0, float("-inf"), 0.0
        self.validated = 0  # The step that was validated last.
        self.planned = schedule.minutes  # Or what the folder's checkpoint was to take.
        make_folder(run.folder)
        self.log = SummaryWriter(str(run.folder / "tensorboard")) if self.team.is_first else None
        state = self.team.of_first(self._read_state() if self.team.is_first else None)
        if state is not None:
            self._restore(state)

    @property
    def state_path(self) -> Path:
        return self.run.folder / STATE

    @property
    def best_path(self) -> Path:
        """The averaged weights that scored best."""
        return self.run.folder / "best.safetensors"

    def start_from(self, network: nn.Module) -> None:
        """Begin with a trained network's weights; InputError for another configuration.

        A network with a second encoder takes those of one without, and the other way round: what
        the second one learned is then left behind.
        """
        adopt = getattr(self.network, "adopt", None)
        try:
            if adopt is not None and type(network) is not type(self.network):
                adopt(network)
            else:
                self.network.load_state_dict(self._without_second(network.state_dict()))
        except RuntimeError as error:
            raise InputError(
                f"The weights to start from are not of {self.schedule.config}: choose others."
            ) from error
        self.averaged.network.load_state_dict(self.network.state_dict())

    def _without_second(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """Weights without the second encoder where the network that trains has none."""
        if hasattr(self.network, "transfer_encoder"):
            return state
        return {
            name: value for name, value in state.items() if not name.startswith("transfer_encoder.")
        }

    def train(self) -> None:
        """Train to the schedule's last step or minute, saving and validating on the way."""
        self._say(
            f"{self.schedule.config}: {parameter_count(self.network):,} parameters,"
            f" {self.photos} photos, step {self.step}"
        )
        if self._is_done:
            self._conclude()
        saved = started = time.monotonic()
        first, before = self.step, self.seconds
        for made in () if self._is_done else self._batches():
            losses = self._one_step(made)
            self.step += 1
            self._count_time(before + time.monotonic() - started)
            if self.step % self.run.log_every == 0:
                self._report(losses, (self.seconds - before) / (self.step - first))
            if self.step % self.run.validate_every == 0 or self._is_done:
                paused = time.monotonic()
                self._check(losses)
                if self.team.is_first:
                    self._validate()
                    self._save()
                started += time.monotonic() - paused
            elif self.team.is_first and time.monotonic() - saved > self.run.save_every_s:
                self._check(losses)
                self._save()
                saved = time.monotonic()
            if self._is_done:
                break
        self.team.of_first(None)  # Nobody goes on before the best weights are written.
        if self.log is not None:
            self.log.close()

    def _conclude(self) -> None:
        """Validate where a run that was stopped has come to its end by being made shorter."""
        if self.team.is_first and self.validated != self.step:
            self._validate()
            self._save()

    @property
    def _is_done(self) -> bool:
        return self.step >= self.schedule.steps or self._spent >= 1

    @property
    def _spent(self) -> float:
        """Share of the schedule's time that has gone; 0 where it has none."""
        minutes = self.schedule.minutes
        return min(1.0, self.seconds / 60 / minutes) if minutes else 0.0

    def _freeze(self) -> None:
        if self.schedule.trained:
            for name, parameter in self.network.named_parameters():
                parameter.requires_grad_(name.startswith(self.schedule.trained))

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
        """This process's share of a step's batch."""
        seed = seed_of(self.run.seed, step)
        rows = torch.multinomial(
            self.weights,
            self.schedule.batch,
            replacement=True,
            generator=torch.Generator().manual_seed(seed),
        )
        return made_in_pieces(
            self.source, rows, self.schedule.pieces, self.share, seed, self.device
        )

    def _apply(self, network: nn.Module, made: Batch) -> Tensor:
        ratio = {"transfer": self.schedule.transfer} if self.schedule.transfer else {}
        return network(made.composite, made.mask, made.reference, made.guide, **ratio)

    def _one_step(self, made: Batch) -> dict[str, Tensor]:
        # What the network itself draws (dropout, views) hangs on the step as well; batches, made
        # beside this in a thread, have generators of their own.
        torch.manual_seed(seed_of(self.run.seed, self.step, 1 + self.team.rank))
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule.rate_at(self.step, self._spent)
        with autocast(self.device):
            output = self._apply(self.network, made)
        losses = self.schedule.losses(self.network, output.float(), made)
        self.optimizer.zero_grad(set_to_none=True)
        losses["total"].backward()
        self.team.average_gradients(self.network)
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.averaged.update(self.network, self.step)
        return losses

    def _check(self, losses: dict[str, Tensor]) -> None:
        """InputError where training has diverged: such weights are neither judged nor saved."""
        if not torch.isfinite(losses["total"]):
            raise InputError(
                f"Training diverged by step {self.step}: its loss is no number. Choose a schedule"
                " of a lower rate; the last checkpoint is kept."
            )

    def _count_time(self, seconds: float) -> None:
        # One clock ends the training of all: the first process's.
        self.seconds = self.team.of_first(seconds) if self.schedule.minutes else seconds

    def _say(self, line: str) -> None:
        if self.team.is_first:
            print(line, flush=True)

    def _report(self, losses: dict[str, Tensor], pace: float) -> None:
        if self.log is not None:
            for name, value in losses.items():
                self.log.add_scalar(f"loss/{name}", value.item(), self.step)
            self.log.add_scalar("seconds_per_step", pace, self.step)
        self._say(
            f"step {self.step}  {pace:.3f} s  "
            + "  ".join(f"{name} {value.item():.4f}" for name, value in losses.items())
        )

    def _validate(self) -> None:
        """Score the averaged network on every validation set; keep it where it is the best.

        Sources that are left out are scored for people alone.
        """
        gains = [
            self._gain(name, test_set, self.validation)
            for name, test_set in self._sets(self.validation).items()
        ]
        if self.left_out is not None:
            for name, test_set in self._sets(self.left_out).items():
                self._gain(f"{name}-left-out", test_set, self.left_out)
        self.validated = self.step
        if sum(gains) > self.best:
            self.best = sum(gains)
            save_network(
                self.averaged.network,
                self.schedule.config,
                self.best_path,
                step=str(self.step),
                size=str(self.schedule.size),
            )

    def _sets(self, data: Data) -> dict[str, TestSet]:
        return validation_sets(data, self.schedule.size, self.schedule.recipe.families)

    def _gain(self, name: str, test_set: TestSet, data: Data) -> float:
        """The averaged network's gain on a set, which is logged and said with its sources."""
        assert self.log is not None
        network = self.averaged.network
        result = score(test_set.batches(), lambda made: self._apply(network, made), data.sources)
        self.log.add_scalar(f"gain/{name}", result.gain, self.step)
        self.log.add_scalar(f"worse/{name}", result.worse, self.step)
        means = {**by_source(result.gains, result.sources), "mean": result.gain}
        shown = {source: round(mean, 2) for source, mean in means.items()}
        self._say(f"  {name}: {shown} worse {result.worse:.2f}")
        return result.gain

    def _save(self) -> None:
        save_state(
            self.state_path,
            self.step,
            self.best,
            network=self.network.state_dict(),
            averaged=self.averaged.network.state_dict(),
            optimizer=self.optimizer.state_dict(),
            clock={
                "seconds": self.seconds,
                "minutes": self.schedule.minutes,
                "validated": self.validated,
            },
            identity=self.identity,
        )

    def _read_state(self) -> dict | None:
        if not self.state_path.exists():
            return None
        with self._fitting():
            return load_state(self.state_path, torch.device("cpu"))

    def _restore(self, state: dict) -> None:
        with self._fitting():
            before = state["identity"]
        check(self.run.folder, before, self.identity)
        self.identity = before  # With the start that it had, named again or not.
        with self._fitting():
            self.step, clock = state["step"], state.get("clock", {})
            self.seconds = clock.get("seconds", 0.0)
            self.planned = clock.get("minutes", self.planned)
            if self.best_path.exists():
                self.best = state["best"]
                self.validated = clock.get("validated", 0)
            self.network.load_state_dict(state["network"])
            self.averaged.network.load_state_dict(state["averaged"])
            self.optimizer.load_state_dict(state["optimizer"])

    @contextmanager
    def _fitting(self) -> Iterator[None]:
        try:
            yield
        except DAMAGE as error:
            raise InputError(
                f"{self.state_path} is damaged or of another configuration than"
                f" {self.schedule.config}: train in another folder or remove it."
            ) from error
