"""The averaged network and saved states."""

from __future__ import annotations

import pickle

import pytest
import torch
from torch import nn

from iph_core.errors import InputError
from iph_core.training.checkpoint import Averaged, load_state, save_state


def test_average_by_hand():
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, 1.0)
    averaged = Averaged(network, 0.5)
    nn.init.constant_(network.weight, 3.0)
    averaged.update(network, 0)  # early on it follows fast: decay 1/10
    assert averaged.network.weight.item() == pytest.approx(0.1 * 1 + 0.9 * 3)
    averaged.update(network, 1000)
    assert averaged.network.weight.item() == pytest.approx(0.5 * 2.8 + 0.5 * 3)
    assert not averaged.network.weight.requires_grad
    assert not averaged.network.training
    assert network.weight.requires_grad
    assert network.weight.item() == 3


def test_state_round_trip(tmp_path):
    path = tmp_path / "last.pt"
    save_state(path, 7, float("-inf"), network={"weight": torch.arange(3.0)})
    save_state(path, 8, 1.5, network={"weight": torch.arange(4.0)})
    assert [file.name for file in tmp_path.iterdir()] == ["last.pt"]
    state = load_state(path, torch.device("cpu"))
    assert state["step"] == 8
    assert state["best"] == 1.5
    assert torch.equal(state["network"]["weight"], torch.arange(4.0))


def test_a_state_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(InputError, match=r"last\.pt cannot be written"):
        save_state(tmp_path / "nowhere" / "last.pt", 1, 0.0)


class Touch:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_a_state_runs_no_code(tmp_path):
    torch.save({"step": Touch(tmp_path / "ran")}, tmp_path / "last.pt")
    with pytest.raises(pickle.UnpicklingError):
        load_state(tmp_path / "last.pt", torch.device("cpu"))
    assert not (tmp_path / "ran").exists()
