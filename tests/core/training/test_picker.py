"""Teaching the picker: it learns, it goes on where it stopped, what it writes is used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from iph_core import weights
from iph_core.errors import InputError
from iph_core.evaluation.picks import human_drawn
from iph_core.regions.decoder_weights import load_decoder, taught_decoder
from iph_core.regions.sam import Sam
from iph_core.training.checkpoint import load_state, save_state
from iph_core.training.picker import PickerPlan, PickerTrainer
from iph_core.training.picker_data import embedded, photo_picture
from tests.folders import PICTURES, write_folder

CPU = torch.device("cpu")
PLAN = PickerPlan(
    steps=4, photos=1, prompts=1, cells=700, rate=3e-4, distill_every=2, validate_every=2
)


class Stopped(Exception):
    """Stands for a power cut."""


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Rows of two portraits, made by the real encoder."""
    folder = tmp_path_factory.mktemp("picker")
    examples = human_drawn([write_folder(folder / "data", PICTURES[:2])])
    pictures = [photo_picture(example) for example in examples]
    return embedded(pictures, folder / "rows.npy", lambda: Sam.with_decoder(None), say=False)


def trainer(folder, rows, plan=PLAN, start=None):
    chances = np.full(len(rows), 1 / len(rows))
    words = (rows, chances, rows[:1], plan, folder, CPU, start)
    return PickerTrainer(weights.path("sam-decoder"), *words)


def flat(decoder):
    return torch.cat([value.flatten() for value in decoder.state_dict().values()])


def test_a_few_steps_lower_the_loss(tmp_path, rows):
    learner = trainer(tmp_path, rows)
    stock = flat(learner.stock).clone()
    learner.step = next(step for step in range(99) if is_tap(learner, step))
    learner.plan = replace(PLAN, steps=10 * (learner.step + 1))
    losses = [learner.one_step() for _ in range(6)]  # the same step: the same prompt
    assert losses[-1]["bce"] + losses[-1]["dice"] < 0.7 * (losses[0]["bce"] + losses[0]["dice"])
    assert not torch.equal(flat(learner.decoder), stock)
    assert torch.equal(flat(learner.stock), stock)


def is_tap(learner, step):
    from iph_core.training.picker_prompts import draw_batch

    random = np.random.default_rng([learner.plan.seed, step])
    chosen = random.choice(len(learner.chances), 1, p=learner.chances)
    batch = draw_batch(learner.train_rows["labels"][chosen], 1, random)
    return batch.labels.shape == (1, 1) and batch.boxes is None


def test_a_resumed_run_is_an_uninterrupted_one(tmp_path, rows, monkeypatch):
    whole = trainer(tmp_path / "whole", rows)
    whole.train()
    one_step = PickerTrainer.one_step

    def dying(self):
        if self.step == 3:
            raise Stopped
        return one_step(self)

    with monkeypatch.context() as patch:
        patch.setattr(PickerTrainer, "one_step", dying)
        with pytest.raises(Stopped):
            trainer(tmp_path / "parts", rows).train()
    resumed = trainer(tmp_path / "parts", rows)
    assert resumed.step == 2  # step 3 came after the last save
    resumed.train()
    assert torch.equal(flat(whole.decoder), flat(resumed.decoder))
    assert torch.equal(flat(whole.averaged.network), flat(resumed.averaged.network))
    assert whole.best == resumed.best


def test_the_best_decoder_is_written_and_sam_takes_it(tmp_path, rows):
    learner = trainer(tmp_path, rows, replace(PLAN, steps=1))
    learner.train()
    assert learner.progress == 1
    file = tmp_path / "sam-people.safetensors"
    assert set(load_decoder(file)) == set(learner.decoder.state_dict())
    assert Sam.with_decoder(file)


def test_a_training_begins_with_a_taught_decoder(tmp_path, rows):
    taught = load_decoder(weights.path("sam-people"))
    learner = trainer(tmp_path, rows)
    stock = flat(learner.decoder).clone()
    learner.start_from(taught_decoder(weights.path("sam-decoder"), weights.path("sam-people")))
    for network in (learner.decoder, learner.averaged.network):
        for name, value in network.state_dict().items():
            assert np.array_equal(value.numpy(), taught[name]), name
    assert torch.equal(flat(learner.stock), stock)


def test_a_training_of_minutes_ends_with_its_time(tmp_path, rows):
    learner = trainer(tmp_path, rows, replace(PLAN, steps=None, minutes=1e-4))
    learner.train()
    assert learner.step == 1
    assert learner.spent >= 0.006


@pytest.mark.parametrize("length", [0, 7, 5000])
def test_a_damaged_checkpoint_is_an_error(tmp_path, rows, length):
    file = tmp_path / "last.pt"
    save_state(file, 1, 0.0, decoder={"weight": torch.zeros(9999)})
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(InputError, match=r"last\.pt is damaged"):
        trainer(tmp_path, rows)


def test_a_training_goes_on_only_as_it_was_begun(tmp_path, rows):
    trainer(tmp_path, rows, replace(PLAN, steps=1)).train()
    longer = replace(PLAN, steps=None, minutes=5.0, validate_every=3)
    assert trainer(tmp_path, rows, longer).step == 1
    with pytest.raises(InputError, match="begun with another seed, settings: train in another"):
        trainer(tmp_path, rows, replace(PLAN, rate=1e-5, seed=1))
    with pytest.raises(InputError, match="begun with another data: train in another folder"):
        trainer(tmp_path, rows[:1])
    with pytest.raises(InputError, match="begun with another start: train in another folder"):
        trainer(tmp_path, rows, start="a" * 64)
    trainer(tmp_path / "given", rows, replace(PLAN, steps=1), "a" * 64).train()
    trainer(tmp_path / "given", rows, replace(PLAN, steps=2)).train()  # with the start it had
    assert trainer(tmp_path / "given", rows, start="a" * 64).step == 2
    # A checkpoint of an earlier version does not say what it was begun as.
    state = load_state(tmp_path / "last.pt", CPU)
    del state["identity"]
    save_state(tmp_path / "last.pt", **state)
    assert trainer(tmp_path, rows, replace(PLAN, seed=1), start="a" * 64).step == 1


def test_rate_warms_up_and_falls():
    plan = PickerPlan(steps=100, rate=1.0)
    rates = [plan.rate_at(step / 100) for step in range(101)]
    assert rates[0] == pytest.approx(0.05)
    assert rates[3] == pytest.approx(1)
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[100] == pytest.approx(0.01)


def test_mixed_precision_changes_little(tmp_path, rows):
    full = trainer(tmp_path / "full", rows).one_step()
    half = trainer(tmp_path / "half", rows, replace(PLAN, bf16=True)).one_step()
    assert half == pytest.approx(full, rel=0.1, abs=0.01)


def test_validation_without_anybody_to_measure_is_refused(tmp_path, rows):
    empty = np.array(rows[:1])
    empty["labels"][(empty["labels"] > 0) & (empty["labels"] < 100)] = 0
    words = (rows, np.full(2, 0.5), empty, PLAN, tmp_path, CPU)
    learner = PickerTrainer(weights.path("sam-decoder"), *words)
    with pytest.raises(InputError, match="No person in the validation pictures takes more than"):
        learner.train()
    assert not (tmp_path / "sam-people.safetensors").exists()
