"""The page recolors by itself while sliders move: its colors against the library's."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from demo.results import BLENDS, TABLE_SCALE, change_table, fixed_numbers, points, unblended
from iph_core.adjustment import Adjustment
from iph_core.color_map import ColorMap
from iph_core.description import RATIOS, STEPS
from iph_core.photo import Photo, photo_from_array
from iph_core.regions.mask import Region
from iph_core.result import Blend, Result
from tests.core.photo import conftest as files
from tests.demo.node import answer_of, bundled, needs_node

pytestmark = needs_node

STRENGTHS = (0.0, 0.3, 1.0)
MOVED = [
    Adjustment(),
    Adjustment(exposure=0.8),
    Adjustment(exposure=-1.2, warmth=12),
    Adjustment(warmth=-15, tint=8, saturation=0.3),
    Adjustment(contrast=1.4, saturation=1.7),
    Adjustment(0.4, 6, -5, 0.7, 1.2),
    Adjustment(highlights=-1, shadows=0.6),
    Adjustment(0.5, 6, -5, 1.2, 1.2, 0.4, -0.8),
]
SIDE = 64


def result_of(photo: Photo) -> Result:
    """A change such as the network makes: warmer, darker, less contrast, and a soft mask."""
    rng = np.random.default_rng(3)
    coefficients = np.eye(11, 3) + rng.normal(0, 0.04, (11, 3))
    coefficients[-1] += (0.03, 0, -0.03)
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[8:-8, 8:-8] = np.linspace(0.2, 1, SIDE - 16)
    return Result(photo, Region(mask), ColorMap(coefficients), None, "region")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the page makes of a result's preview at all strengths and settings, and what it says
    that this changed."""
    script = bundled("src/result/colors.test.ts", tmp_path_factory.mktemp("page"))

    def run(
        result: Result, cases: list[tuple[float, Adjustment]], blend: float = 0.5
    ) -> list[tuple[np.ndarray, dict[str, float]]]:
        before = result.photo.to_srgb(result.photo.pixels)
        levels = np.rint(result.foreground.mask * 255).astype(int)
        opaque = np.full((SIDE, SIDE, 1), 255)
        first, second = unblended(result), None
        if result.blend:
            second = {
                "table": base64.b64encode(change_table(result.at_blend(1))).decode(),
                "points": [points(result.at_blend(share)) for share in BLENDS],
            }
        asked = {
            "numbers": {
                "size": 33,
                "scale": TABLE_SCALE,
                "points": points(first),
                "light": fixed_numbers(),
            },
            "table": base64.b64encode(change_table(first)).decode(),
            "second": second,
            "pixels": np.concatenate([before, opaque], -1).ravel().tolist(),
            "mask": np.repeat(levels[..., None], 4, -1).ravel().tolist(),
            "cases": [
                {"strength": strength, "moved": moved.as_dict(), "blend": blend}
                for strength, moved in cases
            ],
        }
        return [
            (np.reshape(it["pixels"], (SIDE, SIDE, 4))[..., :3], it["change"])
            for it in answer_of(script, asked)
        ]

    return run


CASES = [(strength, moved) for strength in STRENGTHS for moved in MOVED]


def colors() -> np.ndarray:
    """Colors as photos have them: everywhere in the cube, most near gray."""
    rng = np.random.default_rng(1)
    gray = rng.uniform(0, 255, (SIDE, SIDE, 1))
    return np.clip(gray + rng.normal(0, 25, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)


def test_page_and_library_make_the_same_colors(page: Any) -> None:
    result = result_of(photo_from_array(colors()))
    for (strength, moved), (shown, _) in zip(CASES, page(result, CASES), strict=True):
        ours = result.preview(strength, SIDE, moved).astype(int)
        away = np.abs(shown - ours)
        assert away.max() <= 2, (strength, moved)
        outside = result.foreground.mask == 0
        assert np.array_equal(shown[outside], result.photo.pixels[outside])


def test_page_and_library_measure_alike(page: Any) -> None:
    """Within a fifth of a step that people see: both round to 8 bits, each after its own sums."""
    result = result_of(photo_from_array(colors()))
    for (strength, moved), (_, said) in zip(CASES, page(result, CASES), strict=True):
        ours = result.change(strength, moved).as_dict()
        for name, value in ours.items():
            away = np.log(said[name] / value) if name in RATIOS else said[name] - value
            assert abs(away) < 0.2 * STEPS[name], (strength, moved, name)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.625, 1.0])
def test_page_and_library_blend_alike(page: Any, share: float) -> None:
    result = result_of(photo_from_array(colors()))
    other = ColorMap(np.eye(11, 3) * (0.8, 0.9, 1.1))
    both = replace(result, blend=Blend(result.color_map, other, Region(np.ones((2, 2))), 0.0))
    for (strength, moved), (shown, _) in zip(CASES, page(both, CASES, share), strict=True):
        ours = both.at_blend(share).preview(strength, SIDE, moved).astype(int)
        assert np.abs(shown - ours).max() <= 2, (strength, moved)


def test_photo_in_another_space_comes_close_too(page: Any) -> None:
    """Display P3. Not as close: the page starts from sRGB of 8 bits, in which what P3 has beyond it
    is clipped, and sliders enlarge that rounding; the server adjusts the photo's own colors."""
    profile = display_p3()
    photo = replace(photo_from_array(colors()), profile=profile)
    result = result_of(photo)
    for (strength, moved), (shown, _) in zip(CASES, page(result, CASES), strict=True):
        ours = result.preview(strength, SIDE, moved).astype(int)
        away = np.abs(shown - ours)
        assert np.percentile(away, 95) <= 6, (strength, moved)
        assert away.mean() < 1.5, (strength, moved)


def display_p3() -> bytes:
    """Display P3's primaries with a plain gamma, put together as the tests of photos do it."""
    tags = files._text_tags() | {b"wtpt": files._xyz([0.9642, 1.0, 0.8249])}
    for name, column in zip("rgb", files.P3_TO_XYZ_D50.T, strict=True):
        tags[f"{name}XYZ".encode()] = files._xyz(column)
        tags[f"{name}TRC".encode()] = files._curve()
    return files._icc(b"RGB ", tags)
