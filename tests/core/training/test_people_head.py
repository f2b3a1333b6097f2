"""The people head: what it is taught, that it learns, that ONNX says what PyTorch says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from iph_core.errors import MissingWeightsError
from iph_core.regions.people_head import PeopleHead, people_map
from iph_core.regions.sam import Embedding
from iph_core.training.people_head import (
    HeadPlan,
    PeopleHeadNetwork,
    apart,
    average_precision,
    judged_peaks,
    save_head,
    train_head,
    truth_of,
)
from iph_core.training.people_regions import logistic, regions_of
from iph_core.training.picker_data import ROW, Picture

CPU = torch.device("cpu")


@pytest.fixture
def grid():
    """Somebody, a hat of him that is another's, an object, somebody tiny, a crowd, padding."""
    grid = np.zeros((256, 256), np.uint8)
    grid[40:120, 40:80] = 1
    grid[40:120, 160:240] = 101
    grid[150:154, 20:24] = 2
    grid[160:180] = 255
    grid[192:] = 255
    return grid


def test_truth_by_hand(grid):
    truth = truth_of(grid, pasted=False)
    assert truth.center.max() == 1
    row, column = np.unravel_index(truth.center.argmax(), (64, 64))
    assert 12 <= row < 28
    assert 13 <= column <= 16
    assert truth.person[15, 15] == 1
    assert truth.person[15, 50] == 0  # an object
    assert truth.person[37, 5] == -1  # too small
    assert truth.person[42, 30] == truth.person[60, 30] == -1
    np.testing.assert_array_equal(truth.boxes[:, 15, 15], [10, 10, 20, 30])
    assert truth.weights.sum() == pytest.approx(1)
    assert truth.weights[15, 50] == 0


def test_far_from_pasted_people_nobody_knows(grid):
    truth = truth_of(grid, pasted=True)
    assert truth.person[15, 15] == 1
    assert truth.person[15, 22] == 0
    assert truth.person[15, 30] == -1


def test_boxes_apart_by_hand():
    reach = torch.log(torch.tensor([2.0, 2.0, 2.0, 2.0]))[None, :, None, None].expand(1, 4, 64, 64)
    boxes = torch.zeros(1, 4, 64, 64)
    boxes[0, :, 10, 20] = torch.tensor([18.5, 8.5, 22.5, 12.5])  # exactly around the cell
    boxes[0, :, 30, 30] = torch.tensor([30.5, 28.5, 34.5, 32.5])  # half of it
    errors = apart(reach, boxes)
    assert errors[0, 10, 20].item() == pytest.approx(0, abs=1e-5)
    # Intersection 8, union 24, hull 6 x 4.
    assert errors[0, 30, 30].item() == pytest.approx(1 - 8 / 24, abs=1e-5)


def test_a_second_peak_on_the_same_person_is_wrong_and_the_unknown_does_not_count():
    center = np.zeros((64, 64), np.float32)
    everyone, person = np.zeros((64, 64), np.uint8), np.zeros((64, 64), np.float32)
    everyone[:20, :20] = 7
    person[40:] = -1
    center[5, 5], center[15, 15], center[50, 50], center[5, 50] = 0.6, 0.9, 0.8, 0.3
    judged = judged_peaks(center, everyone, person)
    np.testing.assert_allclose([height for height, _ in judged], [0.9, 0.6, 0.3])
    assert [right for _, right in judged] == [True, False, False]


def test_average_precision_by_hand():
    assert average_precision([(0.9, True), (0.8, True), (0.1, False)], 2) == 1
    assert average_precision([(0.1, True), (0.9, False), (0.5, True)], 2) == pytest.approx(
        (1 / 2 + 2 / 3) / 2
    )
    assert average_precision([(0.9, True)], 4) == 0.25
    assert average_precision([], 3) == 0


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A head that was taught two pictures in which channel 0 shows where the person is."""
    folder = tmp_path_factory.mktemp("head")
    rows = np.zeros(2, ROW)
    for row, corner in zip(rows, (20, 120), strict=True):
        row["labels"][corner : corner + 80, corner : corner + 48] = 1
        row["features"][0] = row["labels"][2::4, 2::4]
        y, x = np.mgrid[:64, :64]
        row["features"][1:3] = np.stack([x, y]) / 32 - 1
    plan = HeadPlan(steps=80, rate=1e-2, pictures=2, average=0.9, validate_every=80)
    view = np.full((1024, 1024, 3), 128, np.uint8)
    pictures = [Picture(name, "ours", lambda: (view, view[..., 0])) for name in "ab"]
    train_head(pictures, rows, np.full(2, 0.5), rows, plan, folder, CPU)
    return folder / "people-head.safetensors", rows


def test_it_learns_where_people_are(trained):
    file, rows = trained
    head = PeopleHead.from_file(file)
    for row, corner in zip(rows, (20, 120), strict=True):
        seen = head.see(Embedding(row["features"].astype(np.float32)[None], (1024, 1024)))
        first = seen.sightings(0.05, 9)[0]
        x, y = (value / 4 for value in first.point)
        assert corner <= x <= corner + 48
        assert corner <= y <= corner + 80


def test_onnx_says_what_pytorch_says(tmp_path):
    torch.manual_seed(5)
    network = PeopleHeadNetwork(width=16).half().float()
    save_head(network, tmp_path / "head.safetensors")
    features = torch.randn(1, 256, 64, 64)
    seen = PeopleHead.from_file(tmp_path / "head.safetensors").see(
        Embedding(features.numpy(), (800, 600))
    )
    with torch.no_grad():
        answer = network(features)[0].numpy()
    expected = people_map(answer, (800, 600))
    np.testing.assert_allclose(seen.center, expected.center, atol=1e-4)


def test_another_file_is_an_error(tmp_path):
    (tmp_path / "people-head.safetensors").write_bytes(b"nothing")
    with pytest.raises(MissingWeightsError, match=r"is not a people head.*: give another file"):
        PeopleHead.from_file(tmp_path / "people-head.safetensors")


def test_regions_are_the_labeled_ones_and_background_of_photos(grid):
    random = np.random.default_rng(0)
    found = regions_of(grid, False, random)
    labeled = [(np.count_nonzero(inside), is_person) for inside, is_person in found[:2]]
    assert labeled == [(3200, True), (6400, False)]  # who is tiny is left out
    for inside, is_person in found[2:]:
        assert not is_person
        assert inside.shape == (192, 256)  # the padding is no background
        assert not np.any(inside & (grid[:192] != 0))
    assert len(regions_of(grid, True, random)) == 2


def test_logistic_regression_finds_the_line():
    random = np.random.default_rng(1)
    vectors = random.normal(0, 1, (400, 3)) * (1, 10, 1)
    positive = vectors[:, 1] > 4  # fewer than half
    weight, bias = logistic(vectors, positive)
    assert np.mean((vectors @ weight + bias > 0) == positive) > 0.9
    assert abs(weight[1]) * 10 > 5 * max(abs(weight[0]), abs(weight[2]))
