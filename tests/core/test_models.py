from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from iph_core import weights
from iph_core.errors import InputError, MissingWeightsError
from iph_core.models import Models, Question
from iph_core.network import build, save_network


@pytest.fixture
def manifest_alone(tmp_path, monkeypatch):
    """A weights folder that holds the manifest and no model file."""
    shutil.copy(weights.directory() / weights.MANIFEST, tmp_path)
    monkeypatch.setenv("IPH_WEIGHTS", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("model", "file"),
    [
        ("sam", "sam-people.safetensors"),
        ("saliency", "u2netp.onnx"),
        ("network", "iph-match.safetensors"),
    ],
)
def test_a_missing_file_is_named_with_what_to_run(manifest_alone, model, file):
    with pytest.raises(MissingWeightsError, match=rf"{file} is missing: run `.+`\.$"):
        getattr(Models(), model)


def test_warm_up_says_that_files_are_missing(manifest_alone):
    with pytest.raises(MissingWeightsError):
        Models().warm_up()


def test_a_file_that_comes_later_is_found(manifest_alone, untrained_weights):
    path = manifest_alone / "later.safetensors"
    models = Models(path)
    with pytest.raises(MissingWeightsError, match=r"later\.safetensors does not exist"):
        _ = models.network
    shutil.copy(untrained_weights, path)
    assert models.network is models.network


def test_a_file_that_is_no_network_is_refused(tmp_path):
    path = tmp_path / "wrong.safetensors"
    path.write_bytes(b"not a network")
    with pytest.raises(MissingWeightsError, match=r"wrong\.safetensors is not a weights file"):
        _ = Models(path).network


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match=r"No network is called 'best'.*iph-color"):
        _ = Models("best").network


def test_an_unknown_device_is_refused(untrained_weights):
    with pytest.raises(InputError, match="device"):
        _ = Models(untrained_weights, device="abacus").network


def test_nothing_is_loaded_before_it_is_needed():
    Models("no such weights", device="abacus")


def test_threads_share_one_of_each(untrained_weights):
    models = Models(untrained_weights, device="cpu")
    barrier = threading.Barrier(4)

    def load(_):
        barrier.wait()
        models.warm_up()
        return models.sam, models.saliency, models.network

    with ThreadPoolExecutor(4) as pool:
        loaded = list(pool.map(load, range(4)))
    assert len({tuple(map(id, three)) for three in loaded}) == 1


def test_recolor_gives_back_the_picture_of_an_untrained_network(untrained, noise, left, right):
    output = untrained.recolor(noise, left, noise, right)
    assert output.dtype == np.float32
    assert np.array_equal(output, noise.astype(np.float32) / 255)


def test_recolor_changes_the_foreground_alone(redder, noise, left, right):
    change = redder.recolor(noise, left, noise, right) * 255 - noise
    inside = left > 0
    assert np.abs(change[inside] - (20, 0, 0)).max() < 0.1
    assert np.abs(change[~inside]).max() < 1e-3


def test_several_questions_are_answered_as_each_alone(redder, noise, left, right):
    pictures = [noise[::-1], noise, 255 - noise, noise[:, ::-1], noise // 2]
    questions = [Question(picture, left, picture, right, 0.0) for picture in pictures]
    answers = redder.recolor_all(questions)
    assert len(answers) == 5
    for (picture, *_), answer in zip(questions, answers, strict=True):
        np.testing.assert_allclose(answer, redder.recolor(picture, left, picture, right), atol=1e-5)
    assert redder.recolor_all([]) == []


def test_recolor_reads_the_reference_inside_its_guide_alone(curious, noise, left, right):
    results = []
    for place in (left > 0, right > 0):
        reference = noise.copy()
        reference[place] //= 2
        results.append(curious.recolor(noise, left, reference, right))
    untouched = curious.recolor(noise, left, noise, right)
    assert np.array_equal(results[0], untouched)
    assert np.abs(results[1] - untouched)[left > 0].max() > 1 / 255


@pytest.fixture
def curious(tmp_path):
    """A network of random weights, which answers differently to whatever it sees."""
    torch.manual_seed(4)
    network = build("iph-color")
    torch.nn.init.normal_(network.head[-1].weight, std=0.05)
    save_network(network, "iph-color", tmp_path / "curious.safetensors")
    return Models(tmp_path / "curious.safetensors", device="cpu")
