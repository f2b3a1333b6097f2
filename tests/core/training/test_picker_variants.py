from __future__ import annotations

import numpy as np
import pytest

from iph_core.training import picker_variants
from iph_core.training.picker_variants import around, draw_window, portrait, recolored, vary


@pytest.fixture
def random():
    return np.random.default_rng(11)


@pytest.fixture
def scene():
    """A person, 200 of 400 pixels high, whose pixels say where they were: (x, y, 9)."""
    labels = np.zeros((400, 500), np.uint8)
    labels[100:300, 200:260] = 1
    y, x = np.mgrid[:400, :500] // 2
    return np.dstack([x, y, np.full_like(x, 9)]).astype(np.uint8), labels


def test_labels_go_where_their_pixels_go(scene, random, monkeypatch):
    monkeypatch.setattr(picker_variants, "RECOLOR_CHANCE", 0)
    rgb, labels = scene
    for _ in range(40):
        varied, moved = vary(rgb, labels, random)
        assert varied.shape[:2] == moved.shape
        x, y = varied[..., 0].astype(int), varied[..., 1].astype(int)
        there = (x >= 100) & (x < 130) & (y >= 50) & (y < 150)
        np.testing.assert_array_equal(moved == 1, there)
        assert (moved == 1).any()


def test_every_variant_differs_from_its_photo(scene, random):
    rgb, labels = scene
    for _ in range(20):
        varied, _ = vary(rgb, labels, random)
        assert varied.shape != rgb.shape or not np.array_equal(varied, rgb)


def test_a_portrait_ends_between_chest_and_knees(scene, random):
    inside = scene[1] == 1
    for _ in range(40):
        x0, y0, x1, y1 = portrait(inside, random)
        assert y0 < 100
        assert 140 <= y1 <= 215
        assert x0 < 200
        assert x1 > 260


def test_a_window_holds_a_part_of_the_person(scene, random):
    inside = scene[1] == 1
    for _ in range(40):
        x0, y0, x1, y1 = around(inside, random)
        assert inside[y0:y1, x0:x1].any()
        assert 0 <= x0 < x1 <= 500
        assert 0 <= y0 < y1 <= 400


def test_where_nobody_is_large_nothing_is_cropped(random):
    labels = np.zeros((400, 500), np.uint8)
    labels[:3, :3] = 1
    labels[100:300] = 101
    assert draw_window(labels, random) is None


def test_only_a_person_is_recolored(scene, random, monkeypatch):
    monkeypatch.setattr(picker_variants, "RECOLOR_CHANCE", 1)
    monkeypatch.setattr(picker_variants, "CROP_CHANCE", 0)
    rgb, labels = scene
    varied, moved = vary(rgb, labels, random)
    np.testing.assert_array_equal(varied[moved == 0], rgb[:, ::-1][moved == 0])
    assert np.abs(varied[moved == 1].astype(int) - rgb[:, ::-1][moved == 1]).mean() > 3


def test_gray_stays_between_black_and_white(random):
    for _ in range(20):
        colors = recolored(np.full((2, 2, 3), 200, np.uint8), random)
        assert colors.min() > 60
