"""What a matching network sees of its pictures."""

from __future__ import annotations

import pytest
import torch

from iph_core.network import views
from iph_core.network.views import (
    close_up,
    drawn_view,
    in_a_window,
    kept,
    scaled,
    squares,
    window,
)

SIDE = 128


@pytest.fixture
def pictures():
    """Two of 256 px; the second one's foreground lies in the corner."""
    generator = torch.Generator().manual_seed(0)
    composite = torch.rand(2, 3, 256, 256, generator=generator)
    mask, guide = torch.zeros(2, 1, 256, 256), torch.zeros(2, 1, 256, 256)
    mask[0, :, 32:128, 32:128] = 1
    mask[1, :, :40, :40] = 1
    guide[..., 160:, :] = 1
    return composite, mask, composite.flip(-1), guide


def test_windows_by_hand():
    picture = torch.arange(100.0).view(1, 1, 10, 10)
    assert torch.equal(window(picture, 1.0, False), picture)
    seen = window(picture, 0.7, True)
    assert seen.shape == (1, 1, 7, 7)
    assert seen[0, 0, 0].tolist() == [17, 16, 15, 14, 13, 12, 11]
    region = torch.ones(2, 1, 10, 10)
    seen = torch.zeros(2, 1, 7, 7)
    seen[0, 0].view(-1)[:31] = 1
    seen[1, 0].view(-1)[:29] = 1
    assert kept(region, seen).tolist() == [True, False]


def test_a_window_that_shows_too_little_gives_way_to_all(pictures):
    for found, picture in zip(in_a_window(pictures, 0.75, SIDE), pictures, strict=True):
        torch.testing.assert_close(found[:1], scaled(picture[:1, :, 32:224, 32:224], SIDE))
        torch.testing.assert_close(found[1:], scaled(picture[1:], SIDE))


def test_squares_by_hand():
    region = torch.zeros(4, 1, 100, 100)
    region[0, :, 40:60, 50:90] = 1  # 40 wide: with half of that beside it, a square of 60
    region[1, :, 2:6, 2:6] = 1  # small, in a corner
    region[2, :, :, 10:20] = 1  # as high as the picture
    assert squares(region, 0.5) == [(20, 40, 60), (0, 0, 35), (0, 0, 100), (0, 0, 100)]


def test_each_region_is_seen_close_up_where_it_lies(pictures):
    composite, mask, reference, guide = close_up(pictures, 0.5, SIDE)
    for found, picture, (top, left, side) in (
        (composite, pictures[0], (8, 8, 144)),
        (mask, pictures[1], (8, 8, 144)),
        (reference, pictures[2], (0, 0, 256)),
        (guide, pictures[3], (0, 0, 256)),
    ):
        cut = picture[:1, :, top : top + side, left : left + side]
        torch.testing.assert_close(found[:1], scaled(cut, SIDE))


@pytest.mark.parametrize(
    ("close", "windowed", "expected"),
    [
        (1.0, 0.0, lambda pictures: close_up(pictures, 0.3, SIDE)),
        (0.0, 1.0, lambda pictures: in_a_window(pictures, 0.6, SIDE)),
        (0.0, 0.0, lambda pictures: tuple(scaled(picture, SIDE) for picture in pictures)),
    ],
)
def test_the_kinds_of_views_are_drawn(pictures, monkeypatch, close, windowed, expected):
    monkeypatch.setattr(views, "CLOSE_UP", close)
    monkeypatch.setattr(views, "WINDOWED", windowed)
    monkeypatch.setattr(torch.Tensor, "uniform_", lambda drawn, low, high: drawn.fill_(low))
    for found, wanted in zip(drawn_view(pictures, SIDE), expected(pictures), strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-6, rtol=0)
