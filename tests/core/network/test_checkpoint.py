"""Networks as files."""

from __future__ import annotations

import os

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from iph_core.errors import MissingWeightsError
from iph_core.network import build, load_network, save_network

CPU = torch.device("cpu")


@pytest.fixture
def network():
    torch.manual_seed(0)
    network = build("iph-color")
    torch.nn.init.normal_(network.head[-1].weight, std=0.05)
    return network


def test_round_trip_in_half_precision(network, tmp_path):
    path = tmp_path / "some.safetensors"
    save_network(network, "iph-color", path, step="12", size="64")
    assert [file.name for file in tmp_path.iterdir()] == ["some.safetensors"]
    with safe_open(path, framework="pt") as file:
        assert file.metadata() == {"config": "iph-color", "step": "12", "size": "64"}
        assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.float16}  # noqa: SIM118
    loaded = load_network(path, CPU)
    assert type(loaded) is type(network)
    assert not loaded.training
    for (name, value), (other, original) in zip(
        loaded.state_dict().items(), network.state_dict().items(), strict=True
    ):
        assert name == other
        assert value.dtype == torch.float32
        assert torch.equal(value, original.half().float())


def test_a_loaded_network_computes_the_same(network, tmp_path):
    save_network(network, "iph-color", tmp_path / "some.safetensors")
    loaded = load_network(tmp_path / "some.safetensors", CPU)
    picture, mask, guide = (
        torch.rand(1, 3, 64, 64),
        torch.zeros(1, 1, 64, 64),
        torch.ones(1, 1, 64, 64),
    )
    mask[..., 10:40, 10:40] = 1
    with torch.no_grad():
        expected = network.eval()(picture, mask, picture, guide)
        torch.testing.assert_close(
            loaded(picture, mask, picture, guide), expected, atol=5e-3, rtol=0
        )


def test_a_file_may_be_read_by_whom_the_umask_says(network, tmp_path):
    before = os.umask(0o027)
    try:
        save_network(network, "iph-color", tmp_path / "some.safetensors")
    finally:
        os.umask(before)
    assert (tmp_path / "some.safetensors").stat().st_mode & 0o777 == 0o640


def write_text(network, path):
    path.write_text("these are not weights")


def write_half(network, path):
    save_network(network, "iph-color", path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def write_unknown_config(network, path):
    save_network(network, "iph-huge", path)


def write_other_config(network, path):
    save_network(network, "iph-small", path)


def write_without_config(network, path):
    save_file({"x": torch.zeros(1)}, path)


@pytest.mark.parametrize(
    "write",
    [
        write_text,
        write_half,
        write_unknown_config,
        write_other_config,
        write_without_config,
    ],
)
def test_other_files_are_told_in_a_sentence(network, tmp_path, write):
    path = tmp_path / "mine.safetensors"
    write(network, path)
    with pytest.raises(
        MissingWeightsError,
        match=r"^mine\.safetensors is not .*: give another file or train",
    ) as error:
        load_network(path, CPU)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    told = r"gone\.safetensors does not exist: give another file\.$"
    with pytest.raises(MissingWeightsError, match=told):
        load_network(tmp_path / "gone.safetensors", CPU)
