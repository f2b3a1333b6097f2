"""The training loop: it learns, it goes on where it stopped, it keeps the best."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from iph_core.data.bank import Bank
from iph_core.data.disturbances import FAMILIES
from iph_core.data.recipe import STANDARD
from iph_core.data.synthesis import Synthesizer
from iph_core.errors import InputError
from iph_core.evaluation.protocols import score
from iph_core.network import build, load_network
from iph_core.training.checkpoint import load_state, save_state
from iph_core.training.distributed import Team
from iph_core.training.loop import Run, Trainer
from iph_core.training.losses import harmonization_loss
from iph_core.training.sources import source_weights, validation_sets
from iph_core.training.stages import schedule
from tests.folders import tiny_bank

CPU = torch.device("cpu")
PLAN = replace(schedule("color"), size=32, batch=4, steps=6)
MATCH = replace(schedule("match"), size=16, batch=2, steps=6)


class Stopped(Exception):
    """Stands for a power cut."""


def trainer(folder, plan=PLAN, seed=0, validate_every=3):
    run = Run(folder, seed, validate_every, log_every=2)
    return Trainer(plan, tiny_bank(64, "train"), tiny_bank(64, "val"), run, CPU)


def stop_before(monkeypatch, step):
    """Make the training die when it comes to a step, after its last save."""
    one_step = Trainer._one_step

    def dying(self, made):
        if self.step == step:
            raise Stopped
        return one_step(self, made)

    monkeypatch.setattr(Trainer, "_one_step", dying)


def weights(network):
    return torch.cat([value.flatten() for value in network.state_dict().values()])


@pytest.mark.parametrize("plan", [PLAN, MATCH], ids=["color", "match"])
def test_a_resumed_run_is_an_uninterrupted_one(tmp_path, monkeypatch, plan):
    whole = trainer(tmp_path / "whole", plan)
    start = weights(whole.network).clone()
    whole.train()
    with monkeypatch.context() as patch:
        stop_before(patch, 5)
        with pytest.raises(Stopped):
            trainer(tmp_path / "parts", plan).train()
    resumed = trainer(tmp_path / "parts", plan)
    assert resumed.step == 3  # steps 3 and 4 came after the last save
    resumed.train()
    assert resumed.step == whole.step == 6
    assert resumed.best == whole.best
    assert not torch.equal(weights(whole.network), start)
    assert torch.equal(weights(resumed.network), weights(whole.network))
    assert torch.equal(weights(resumed.averaged.network), weights(whole.averaged.network))
    first, second = (
        weights(load_network(tmp_path / name / "best.safetensors", CPU))
        for name in ("whole", "parts")
    )
    assert torch.equal(first, second)


def test_another_seed_is_another_training(tmp_path):
    plan = replace(PLAN, steps=2)
    runs = [trainer(tmp_path / str(index), plan, seed) for index, seed in enumerate((0, 0, 1))]
    for run in runs:
        run.train()
    first, same, other = (weights(run.network) for run in runs)
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_another_seed_is_another_batch_and_so_is_another_step(tmp_path):
    first, other = trainer(tmp_path / "0"), trainer(tmp_path / "1", seed=1)
    made = first._make(0)
    assert torch.equal(first._make(0).composite, made.composite)
    for another in (other._make(0), first._make(1)):
        assert not torch.equal(another.photo_index, made.photo_index)


def test_processes_draw_dropout_of_their_own(tmp_path):
    begun = trainer(tmp_path, MATCH)
    begun.network.matcher.head[-1].weight.data.normal_(generator=torch.Generator().manual_seed(0))
    made, totals = begun._make(0), []
    for rank in (0, 0, 1):
        begun.team = Team(rank)
        before = copy.deepcopy(begun.network.state_dict())
        totals.append(begun._one_step(made)["total"].item())
        begun.network.load_state_dict(before)
    assert totals[0] == totals[1] != totals[2]


def test_sources_left_out_choose_no_weights(tmp_path, capsys):
    everything = tiny_bank(64)
    run = Run(tmp_path, validate_every=3, leave_out=("portraits", "animals"))
    begun = Trainer(PLAN, tiny_bank(64, "train"), everything, run, CPU)
    begun.step = 3
    begun._validate()
    kept = validation_sets(tiny_bank(64, "val"), PLAN.size)  # the things alone
    network = begun.averaged.network
    gains = [
        score(each.batches(), lambda made: begun._apply(network, made), ("things",) * 2).gain
        for each in kept.values()
    ]
    assert begun.best == pytest.approx(sum(gains), abs=1e-5)
    assert "  look-left-out: " in capsys.readouterr().out


def test_a_family_held_back_chooses_no_weights(tmp_path, monkeypatch):
    def never(colors, generator):
        raise AssertionError("held back")

    monkeypatch.setitem(FAMILIES, "white-balance", never)
    plan = replace(PLAN, recipe=PLAN.recipe.without("white-balance"))
    trainer(tmp_path, plan).train()
    assert (tmp_path / "best.safetensors").is_file()
    with pytest.raises(AssertionError, match="held back"):
        trainer(tmp_path / "all").train()


def test_what_a_run_writes(tmp_path, capsys):
    run = trainer(tmp_path)
    run.train()
    best = load_network(tmp_path / "best.safetensors", CPU)
    assert type(best) is type(run.network)
    assert (tmp_path / "last.pt").exists()
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    for name in ("harmonization", "decibel", "luminance", "luminance_truth", "total"):
        steps = [event.step for event in events.Scalars(f"loss/{name}")]
        assert steps == [2, 4, 6]
    assert [event.step for event in events.Scalars("gain/standard")] == [3, 6]
    gains = {
        step: sum(
            event.value
            for name in ("standard", "look")
            for event in events.Scalars(f"gain/{name}")
            if event.step == step
        )
        for step in (3, 6)
    }
    assert run.best == pytest.approx(max(gains.values()), abs=1e-4)
    assert "iph-color" in capsys.readouterr().out


def test_worse_weights_do_not_replace_the_best(tmp_path):
    run = trainer(tmp_path)
    run.best = 1000.0
    run.train()
    assert not (tmp_path / "best.safetensors").exists()
    assert run.best == 1000


def test_the_total_is_the_weighted_sum(tmp_path):
    plan = replace(PLAN, harmonization=2.0, decibel=0.5, luminance=0.0, luminance_truth=0.25)
    run = trainer(tmp_path, plan)
    losses = run._one_step(run._make(0))
    assert set(losses) == {"harmonization", "decibel", "luminance_truth", "total"}
    expected = (
        2 * losses["harmonization"] + 0.5 * losses["decibel"] + 0.25 * losses["luminance_truth"]
    )
    torch.testing.assert_close(losses["total"], expected)


def test_the_rate_follows_the_schedule(tmp_path):
    run = trainer(tmp_path)
    run.step = 4
    run._one_step(run._make(4))
    assert run.optimizer.param_groups[0]["lr"] == pytest.approx(PLAN.rate_at(4))


def test_another_configurations_state_is_refused(tmp_path):
    run = trainer(tmp_path, replace(PLAN, steps=1))
    run.train()
    with pytest.raises(InputError, match="begun with another schedule: train in another folder"):
        trainer(tmp_path, replace(PLAN, config="iph-small"))
    (tmp_path / "last.pt").write_text("nothing of the kind")
    with pytest.raises(InputError, match="train in another folder"):
        trainer(tmp_path)


def test_a_run_goes_on_only_as_it_was_begun(tmp_path):
    trainer(tmp_path, replace(PLAN, steps=1)).train()
    longer = trainer(tmp_path, replace(PLAN, steps=2, minutes=5.0))
    assert longer.step == 1
    with pytest.raises(InputError, match="begun with another size, seed: train in another folder"):
        trainer(tmp_path, replace(PLAN, size=16), seed=1)
    other = tiny_bank(64, "val")
    with pytest.raises(InputError, match="begun with another data:"):
        Trainer(PLAN, other, other, Run(tmp_path), CPU)


def stopped_at_two(folder, monkeypatch):
    """A run that saves each step and was stopped before it validated anything."""
    run = Run(folder, save_every_s=-1.0)
    with monkeypatch.context() as patch:
        stop_before(patch, 2)
        with pytest.raises(Stopped):
            Trainer(PLAN, tiny_bank(64, "train"), tiny_bank(64, "val"), run, CPU).train()
    assert not (folder / "best.safetensors").exists()


def test_a_run_that_is_made_shorter_ends_with_weights(tmp_path, monkeypatch):
    stopped_at_two(tmp_path, monkeypatch)
    shorter = replace(PLAN, steps=2)
    ended = trainer(tmp_path, shorter)
    ended.train()
    assert ended.step == 2
    best = load_network(tmp_path / "best.safetensors", CPU)
    assert torch.allclose(weights(best), weights(ended.averaged.network), atol=1e-3)
    monkeypatch.setattr(Trainer, "_validate", lambda self: pytest.fail("validated twice"))
    again = trainer(tmp_path, shorter)
    again.train()
    assert again.best == ended.best > float("-inf")


def test_best_weights_that_are_gone_are_chosen_anew(tmp_path):
    run = trainer(tmp_path)
    run.train()
    (tmp_path / "best.safetensors").unlink()
    trainer(tmp_path).train()
    assert (tmp_path / "best.safetensors").is_file()


def test_a_run_goes_on_with_the_start_that_it_had(tmp_path):
    def begun(folder, start):
        run = Run(tmp_path / folder, start=start)
        bank = tiny_bank(64, "train")
        return Trainer(replace(PLAN, steps=1), bank, tiny_bank(64, "val"), run, CPU)

    begun("fresh", None).train()
    begun("given", "a" * 64).train()
    for folder, start in (("fresh", None), ("given", "a" * 64), ("given", None)):
        assert begun(folder, start).step == 1
    for folder in ("fresh", "given"):
        with pytest.raises(InputError, match=f"{folder} was begun with another start: train in"):
            begun(folder, "b" * 64)
    # A checkpoint of an earlier version does not say what it was begun with.
    state = load_state(tmp_path / "given/last.pt", CPU)
    del state["identity"]["start"]
    save_state(tmp_path / "given/last.pt", **state)
    assert begun("given", "b" * 64).step == 1


def test_a_diverged_training_says_so_and_keeps_the_checkpoint(tmp_path):
    run = trainer(tmp_path, replace(PLAN, steps=3))
    run.train()
    kept = (tmp_path / "last.pt").read_bytes()
    wild = trainer(tmp_path, replace(PLAN, steps=6))
    with torch.no_grad():
        wild.network.head[0].bias.fill_(torch.nan)
    with pytest.raises(InputError, match="Training diverged by step 6"):
        wild.train()
    assert (tmp_path / "last.pt").read_bytes() == kept


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="file/run cannot be made"):
        trainer(tmp_path / "file" / "run")


def test_a_batch_can_be_learned():
    """The color head undoes one fixed batch of exposures: it has what it takes."""
    torch.manual_seed(0)
    bank = tiny_bank(64)
    recipe = replace(STANDARD, families=("exposure",))
    made = Synthesizer(bank, recipe, 32).batch(torch.arange(4), torch.Generator().manual_seed(0))
    network = build("iph-color")
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3)
    values = []
    for _ in range(60):
        output = network(made.composite, made.mask, made.reference, made.guide)
        loss = harmonization_loss(output, made.truth, made.score)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        values.append(loss.item())
    assert values[-1] < 0.35 * values[0]


def test_every_source_by_the_root_of_its_photos_and_every_photo_alike():
    # Source a: photos 0 to 3, b: photo 4 with two regions.
    regions = torch.tensor([[0, 1], [0, 2], [1, 1], [2, 1], [3, 1], [4, 1], [4, 101]])
    nothing = torch.zeros(5, 3, 2, 2, dtype=torch.uint8)
    bank = Bank(nothing, nothing[:, 0], regions, ("a", "a", "a", "a", "b"))
    weights = source_weights(bank)
    a, b = weights[:5].sum(), weights[5:].sum()
    assert (a / b).item() == pytest.approx(2)
    assert weights[0] == weights[1]
    assert (weights[0] + weights[1]).item() == pytest.approx(weights[2].item())
    assert weights[5] == weights[6]


def test_a_start_gives_its_weights(tmp_path):
    given = build("iph-color")
    torch.nn.init.constant_(given.head[0].bias, 0.25)
    begun = trainer(tmp_path)
    begun.start_from(given)
    for network in (begun.network, begun.averaged.network):
        assert torch.equal(network.head[0].bias, given.head[0].bias)


def test_what_has_a_second_encoder_starts_one_that_has_none(tmp_path):
    given = build("match-transfer")
    torch.nn.init.constant_(given.matcher.head[-1].bias, 0.25)
    begun = trainer(tmp_path, MATCH)
    begun.start_from(given)
    assert torch.equal(begun.network.matcher.head[-1].bias, given.matcher.head[-1].bias)


def test_only_what_is_named_learns(tmp_path):
    plan = replace(PLAN, trained=("head",), steps=2)
    run = trainer(tmp_path, plan)
    before = {name: value.clone() for name, value in run.network.state_dict().items()}
    run.train()
    for name, value in run.network.state_dict().items():
        assert torch.equal(value, before[name]) != name.startswith("head")


def test_time_ends_a_run(tmp_path):
    run = trainer(tmp_path, replace(PLAN, steps=10_000, minutes=1e-6))
    run.train()
    assert run.step == 1
    assert (tmp_path / "best.safetensors").is_file()
    again = trainer(tmp_path, run.schedule)
    again.train()
    assert again.step == 1


def test_color_transfer_begins_with_a_harmonizer(tmp_path):
    plan = replace(schedule("paper-cpu-transfer"), size=16, batch=2, steps=2)
    run = trainer(tmp_path, plan)
    harmonizer = build("iph-small")
    torch.nn.init.normal_(harmonizer.to_change.weight, std=0.1)
    run.start_from(harmonizer)
    run.train()
    learned = run.network.state_dict()
    for name, value in harmonizer.state_dict().items():
        assert torch.equal(learned[name], value), name
    first, second = (run.network.style_encoder.to_code, run.network.transfer_encoder.to_code)
    assert not torch.equal(first.weight, second.weight)
    with pytest.raises(InputError, match="not of transfer-small"):
        run.start_from(build("iph-color"))


@pytest.mark.parametrize("length", [0, 7, 5000])
def test_a_checkpoint_that_is_cut_short_is_told(tmp_path, length):
    file = trainer(tmp_path).state_path
    save_state(file, 1, 0.0, network={"weight": torch.zeros(9999)})
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(InputError, match=r"last\.pt is damaged"):
        trainer(tmp_path)


def test_validation_that_measures_nothing_is_told_first(tmp_path):
    bank = tiny_bank(64)
    labels = torch.zeros_like(bank.labels)
    labels[:, ::3, ::3] = 1
    regions = torch.tensor([[photo, 1] for photo in range(len(labels))])
    dots = replace(bank, labels=labels, regions=regions)
    with pytest.raises(InputError, match="Nothing is left of any labeled region"):
        Trainer(PLAN, bank, dots, Run(tmp_path), CPU)
