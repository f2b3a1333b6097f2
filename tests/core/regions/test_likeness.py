"""What a region is like: means by hand, and people told from things in real photos."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
import torch

from iph_core.regions.likeness import WIDTH, Likeness, description, trunk_features
from iph_core.regions.sam import Embedding
from iph_core.trunk.network import FEATURES
from iph_core.trunk.published import load_trunk


@pytest.fixture(scope="module")
def trunk():
    return load_trunk()


def test_a_description_is_the_two_means_in_the_mask():
    features = np.zeros((1, 256, 64, 64), np.float32)
    features[0, 3, 10:20, 10:20] = 1
    seen = np.zeros((FEATURES, 24, 24), np.float32)
    seen[5, :12] = 2
    inside = np.zeros((256, 256), bool)
    inside[40:80, 40:120] = True  # cells 10 to 20 and 10 to 30: half of it in the square
    vector = description(Embedding(features, (1024, 1024)), seen, inside)
    expected = np.zeros(WIDTH)
    expected[3], expected[256 + 5] = 0.5, 2
    np.testing.assert_allclose(vector, expected, atol=1e-5)


def test_a_mask_without_a_cell_is_like_nobody(trunk):
    embedding = Embedding(np.zeros((1, 256, 64, 64), np.float32), (1024, 768))
    seen = np.zeros((FEATURES, 21, 28), np.float32)
    nothing = np.zeros((192, 256), bool)
    assert description(embedding, seen, nothing) is None
    assert Likeness(trunk, np.ones(WIDTH, np.float32), 5.0).of(embedding, seen, nothing) == 0


def test_the_chance_is_logistic(trunk):
    embedding = Embedding(np.ones((1, 256, 64, 64), np.float32), (1024, 1024))
    weight = np.zeros(WIDTH, np.float32)
    weight[7] = 2
    everything = np.ones((256, 256), bool)
    seen = np.zeros((FEATURES, 28, 28), np.float32)
    chance = Likeness(trunk, weight, -1.0).of(embedding, seen, everything)
    assert chance == pytest.approx(1 / (1 + np.exp(-1)))


def test_features_are_the_trunks_of_the_view_at_its_shape(trunk):
    view = skimage.data.coffee()  # 600 x 400
    seen = trunk_features(trunk, view)
    assert seen.shape == (FEATURES, 19, 28)
    assert seen.dtype == np.float32
    flat = np.full((448, 448, 3), 128, np.uint8)
    with torch.inference_mode():
        expected = trunk(torch.full((1, 3, 448, 448), 128 / 255))[0]
    np.testing.assert_allclose(trunk_features(trunk, flat), expected, atol=1e-5)


def test_people_are_told_from_things(head, sam, astronaut, pair):
    for view, window, least, most in (
        (astronaut, np.s_[20:250, 80:150], 0.6, 1),
        (pair, np.s_[10:128, 140:250], 0.6, 1),
        (skimage.data.coffee(), np.s_[20:150, 60:200], 0, 0.3),
        (skimage.data.chelsea(), np.s_[10:160, 20:200], 0, 0.4),
        (skimage.data.rocket(), np.s_[20:160, 120:150], 0, 0.6),
    ):
        embedding = sam.embed(view)
        rows = round(256 * view.shape[0] / max(view.shape[:2]))
        columns = round(256 * view.shape[1] / max(view.shape[:2]))
        inside = np.zeros((rows, columns), bool)
        inside[window] = True
        chance = head.likeness.of(embedding, head.likeness.see(view), inside)
        assert least <= chance <= most
