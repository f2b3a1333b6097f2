from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from iph_core.compose import Cutout, Placement, Shadow, shadow_picture
from iph_core.compose.shadow import shadow_at
from iph_core.errors import InputError

HEIGHT, WIDTH = 300, 80


@pytest.fixture(scope="module")
def person():
    """A pillar on two legs."""
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[:200] = 1
    alpha[200:, 5:30] = alpha[200:, 50:75] = 1
    return Cutout(np.zeros((HEIGHT, WIDTH, 3), np.uint8), alpha)


def placed(person, shadow, **placement):
    depth, (x, y) = shadow_at(person, Placement(400, 300, **placement), shadow, (800, 600))
    whole = np.zeros((600, 800), np.float32)
    whole[y : y + depth.shape[0], x : x + depth.shape[1]] = depth
    return whole


def test_it_is_darkest_under_each_sole(person):
    depth = placed(person, Shadow(1))
    soles = [depth[449:453, 400 - 40 + x].mean() for x in (17, 40, 62)]
    assert min(soles[0], soles[2]) > soles[1] + 0.1
    assert min(soles[0], soles[2]) > 0.5
    assert depth[453:].max() > depth[470:].max() > depth[490:].max()


def test_nothing_falls_in_the_air(person):
    assert not placed(person, Shadow(1))[:400].any()


def test_strength_is_the_depth(person):
    whole, half = placed(person, Shadow(1)), placed(person, Shadow(0.5))
    assert whole.max() <= 1
    assert 0.4 < half.max() / whole.max() < 0.7
    assert not placed(person, Shadow(0)).any()


@pytest.mark.parametrize(
    ("direction", "across", "along"), [(0, 1, 0), (180, -1, 0), (60, 1, 1), (215, -1, -1)]
)
def test_it_is_cast_where_the_direction_says(person, direction, across, along):
    below = placed(person, Shadow(1))
    cast = np.maximum(placed(person, Shadow(1, direction, 1.0)) - below, 0)
    y, x = np.mgrid[:600, :800]
    center = (cast * x).sum() / cast.sum(), (cast * y).sum() / cast.sum()
    assert np.sign(center[0] - 400) == across
    assert abs(center[0] - 400) > 40
    if along:
        assert np.sign(center[1] - 450) == along
        assert abs(center[1] - 450) > 20


def test_a_longer_shadow_reaches_farther(person):
    ends = []
    for length in (0.4, 0.9):
        columns = np.flatnonzero((placed(person, Shadow(1, 0, length)) > 0.05).any(axis=0))
        ends.append(columns[-1])
    assert ends[1] - ends[0] == pytest.approx(0.5 * HEIGHT, abs=45)


def test_it_follows_the_size(person):
    full, half = placed(person, Shadow(1, 20)), placed(person, Shadow(1, 20), scale=0.5)
    assert half.sum() == pytest.approx(full.sum() / 4, rel=0.02)


def test_it_stands_upright_whatever_the_turn(person):
    """Lying down, the ground is under the long side."""
    depth = placed(person, Shadow(1), rotation=90)
    rows = np.flatnonzero(depth.max(axis=1) > 0.3)
    assert abs(rows.mean() - 340) < 20
    assert (depth[340] > 0.2).sum() > 200


def test_a_flip_mirrors_what_lies_under_the_feet(person):
    alpha = person.alpha.copy()
    alpha[200:, 50:] = 0
    lame = Cutout(person.colors, alpha)
    plain, flipped = placed(lame, Shadow(1)), placed(lame, Shadow(1), flip=True)
    np.testing.assert_allclose(plain, flipped[:, ::-1], atol=0.02)


def test_the_picture_is_small_however_large_the_cutout():
    large = Cutout(np.zeros((3000, 900, 3), np.uint8), np.ones((3000, 900), np.float32))
    picture = shadow_picture(large, Shadow(1, 30, 1.0))
    assert max(picture.depth.shape) < 1600
    x0, y0, x1, y1 = picture.box
    assert x0 < -450 < 450 < x1
    assert y0 < -1500 < 1500 < y1
    assert (x1 - x0) / (y1 - y0) == pytest.approx(
        picture.depth.shape[1] / picture.depth.shape[0], rel=1e-6
    )


def test_out_of_the_scene_there_is_none(person):
    assert shadow_at(person, Placement(-2000, 0), Shadow(), (100, 100)) is None


@pytest.mark.parametrize("numbers", [(1.1,), (-0.1,), (0.5, 0, 4), (0.5, nan), (0.5, inf)])
def test_senseless_numbers_are_refused(numbers):
    with pytest.raises(InputError):
        Shadow(*numbers)
