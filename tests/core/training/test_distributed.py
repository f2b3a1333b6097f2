"""Several processes that train as one."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from iph_core.cli import main
from iph_core.data.composites import Batch
from iph_core.errors import InputError
from iph_core.network import build
from iph_core.training.checkpoint import load_state
from iph_core.training.distributed import Team, join
from iph_core.training.loop import Run, Trainer
from iph_core.training.stages import schedule
from tests.folders import tiny_bank, write_folder

CPU = torch.device("cpu")
CHECKOUT = Path(__file__).parents[3]


def weights(run):
    return load_state(run / "last.pt", CPU)["network"]


def test_two_processes_end_at_the_weights_of_one(tmp_path):
    folder = write_folder(tmp_path / "data")
    words = ["train", "--data", folder, "--device", "cpu", "--schedule", "color"]
    words = [str(word) for word in [*words, "--steps", 3, "--batch", 4, "--size", 16]]
    assert main([*words, "--run", str(tmp_path / "one")]) == 0
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    # Without the dashes, Python before 3.12 takes our --run for a word of torchrun.
    torchrun += ["--standalone", "-m", "--", "iph_core", *words]
    done = subprocess.run(
        [*torchrun, "--run", str(tmp_path / "two")],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("step 0") == 1  # one of them speaks
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    apart = torch.cat([(two[name] - value).abs().flatten() for name, value in one.items()])
    # Adam makes whole steps of gradients near 0, of which rounding can turn the sign.
    assert (apart > 2e-5).float().mean() < 1e-3
    torch.manual_seed(0)  # as the run begins
    fresh = build("iph-color").state_dict()
    change = max((one[name] - value).abs().max() for name, value in fresh.items())
    assert change > 1e-3  # so that the agreement says something


@pytest.mark.parametrize("name", ["color", "paper-cpu-1", "paper-cpu-2"])
def test_the_gradient_of_a_batch_is_the_mean_over_its_shares(tmp_path, name):
    plan = replace(schedule(name), size=32, batch=4)
    run = Trainer(plan, tiny_bank(64, "train"), tiny_bank(64, "val"), Run(tmp_path), CPU)
    made = exact(run._make(0))
    run.network.double()
    parts = [gradient(run, made[start : start + 2]) for start in (0, 2)]
    whole = gradient(run, made)
    assert (whole - sum(parts) / 2).norm() < 1e-10 * whole.norm()


def exact(made: Batch) -> Batch:
    """A batch in double precision."""
    tensors = {each.name: getattr(made, each.name) for each in fields(Batch)}
    return Batch(**{n: t.double() if t.is_floating_point() else t for n, t in tensors.items()})


def gradient(run: Trainer, made: Batch) -> Tensor:
    run.network.zero_grad(set_to_none=True)
    losses = run.schedule.losses(run.network, run._apply(run.network, made), made)
    losses["total"].backward()
    found = (value.grad for value in run.network.parameters())
    return torch.cat([grad.flatten() for grad in found if grad is not None])


def test_shares_are_the_batch():
    parts = [Team(rank, 4).share(12) for rank in range(4)]
    assert [list(range(12))[part] for part in parts] == [
        [0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11],
    ]  # fmt: skip
    with pytest.raises(InputError, match="12 cannot be shared by 5 processes"):
        Team(0, 5).share(12)


def test_one_process_needs_nobody(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with join(CPU) as team:
        assert (team.rank, team.size, team.is_first) == (0, 1, True)
        assert team.of_first("mine") == "mine"
