from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data

from iph_core.errors import InputError
from iph_core.evaluation.edge_scenes import (
    KINDS,
    LOGIT_SLOPE,
    edge_scene,
    own_colors,
    picked_logits,
    signed_distance,
    single_person,
)
from iph_core.evaluation.edges import (
    METHODS,
    METRICS,
    around_edge,
    measure_edges,
    report,
    scenes_of,
    text_table,
)
from iph_core.regions.mask import content
from tests.folders import PICTURES, write_folder


@pytest.fixture(scope="module")
def portrait():
    """The astronaut and, roughly, where she is: a head on shoulders."""
    label = np.zeros((512, 512), np.uint8)
    cv2.ellipse(label, (222, 90), (62, 74), 0, 0, 360, 1, -1)
    cv2.ellipse(label, (190, 420), (150, 230), 0, 0, 360, 1, -1)
    return skimage.data.astronaut(), label > 0


def scene(portrait, kind, seed=0):
    photo, label = portrait
    other = skimage.data.chelsea()
    return edge_scene(photo, label, other, kind, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def scenes(portrait):
    return [scene(portrait, kind) for kind in KINDS]


def test_pixels_are_what_alpha_mixes(portrait, scenes):
    for made in scenes:
        assert made.pixels.shape == (1000, 1000, 3)
        assert made.alpha.shape == (1000, 1000)
        assert made.alpha.min() >= 0
        assert made.alpha.max() <= 1
    plain = scenes[0]
    person = cv2.resize(portrait[0], (1000, 1000), interpolation=cv2.INTER_CUBIC)
    core = cv2.erode((plain.alpha >= 1).astype(np.uint8), np.ones((31, 31))) > 0
    error = np.abs(plain.pixels[core].astype(float) - person[core])
    assert np.mean(error) < 2  # Sensor noise and nothing else.
    outside = plain.alpha == 0
    assert np.abs(plain.pixels[outside].astype(float) - person[outside]).mean() > 20


def test_edges_are_as_wide_as_their_kind_says(scenes):
    kinds = dict(zip(KINDS, scenes, strict=True))
    # An antialiased edge (a box of one pixel) under a Gaussian: the steepest rise is known.
    for kind in ("plain", "defocus"):
        sigma = np.hypot(KINDS[kind], 12**-0.5)
        across = kinds[kind].alpha[int(0.85 * 1000)]
        steepest = np.abs(np.diff(across)).max()
        assert steepest == pytest.approx(1 / (sigma * np.sqrt(2 * np.pi)), rel=0.15)
    assert kinds["hair"].alpha.sum() > kinds["plain"].alpha.sum() + 500
    assert np.array_equal(kinds["hair"].alpha[600:], kinds["plain"].alpha[600:])  # Heads only.


def test_logits_are_coarse_and_near_the_outline(portrait):
    label = cv2.resize(portrait[1].astype(np.uint8), (1000, 1000)) > 0
    distance = signed_distance(label)
    logits = picked_logits(distance, np.random.default_rng(1))
    assert logits.shape == (256, 256)
    truth = cv2.resize(distance * 256 / 1000, (256, 256), interpolation=cv2.INTER_AREA)
    near = np.abs(truth) < 1.5
    error = (content(logits, (1000, 1000)) / LOGIT_SLOPE - truth)[near]
    assert np.std(error) == pytest.approx(0.5, abs=0.15)
    assert np.array_equal(logits > 0, truth > 0) is False


def test_signed_distance_by_hand():
    inside = np.zeros((1, 6), bool)
    inside[0, :3] = True
    assert signed_distance(inside)[0] == pytest.approx([2.5, 1.5, 0.5, -0.5, -1.5, -2.5])


def test_own_colors_hold_nothing_of_what_was_behind():
    photo = np.full((60, 60, 3), 200, np.uint8)
    label = np.zeros((60, 60), bool)
    label[15:45, 15:45] = True
    photo[label] = (10, 20, 30)
    assert np.all(own_colors(photo, label) == (10, 20, 30))


def test_one_person_large_enough():
    labels = np.zeros((100, 100), np.uint8)
    assert single_person(labels) is None
    labels[:10, :10] = 1
    assert single_person(labels) is None  # 1 %
    labels[:50, :50] = 1
    labels[60:, 60:] = 101
    assert np.count_nonzero(single_person(labels)) == 2500
    labels[90:, :10] = 2
    assert single_person(labels) is None


def test_ours_is_nearest_to_the_truth(scenes):
    figures = report(measure_edges(scenes))
    assert list(figures) == [*sorted(KINDS), "all"]
    assert figures["all"]["n"] == len(KINDS)
    for kind in figures.values():
        for metric in METRICS:
            assert kind["ours"][metric] < 0.85 * kind["feathered"][metric]
            assert kind["feathered"][metric] <= kind["hard"][metric]
    mean = np.mean([figures[kind]["ours"]["sad"] for kind in KINDS])
    assert figures["all"]["ours"]["sad"] == pytest.approx(mean)
    table = text_table(figures)
    assert all(name in table for name in (*METHODS, *KINDS))


def test_errors_count_around_the_edge_only():
    alpha = np.zeros((100, 100), np.float32)
    alpha[:, 50:] = 1
    where = around_edge(alpha)
    assert where[:, 40:60].all()
    assert not where[:, :30].any()
    assert not where[:, 70:].any()


def test_scenes_of_a_folder_are_the_same_each_time(tmp_path):
    folder = write_folder(tmp_path / "data", PICTURES[:3])
    first, again = (list(scenes_of(folder, people_source="portraits", count=2)) for _ in range(2))
    assert len(first) == 1  # Hopper's label shows two people.
    assert np.array_equal(first[0].pixels, again[0].pixels)
    assert np.array_equal(first[0].logits, again[0].logits)
    with pytest.raises(InputError, match="of source 'ccp'"):
        scenes_of(folder)
    with pytest.raises(InputError, match="one labeled person"):
        list(scenes_of(folder, people_source="animals"))
