from __future__ import annotations

import numpy as np
import pytest

from iph_core.photo import encode_png
from tests.load.report import describe, table
from tests.load.visitor import Tally, WrongAnswer, check


@pytest.fixture
def photo() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (40, 60, 3), np.uint8)


def test_result_is_accepted_where_only_the_person_changed(photo: np.ndarray) -> None:
    result = photo.copy()
    result[10:20, 10:20] //= 2
    check(photo, encode_png(result), [10, 10, 20, 20])


def test_result_of_another_photo_is_noticed(photo: np.ndarray) -> None:
    other = photo.copy()
    other[35, 55] ^= 1
    for wrong in (encode_png(other), encode_png(photo[1:]), b"no picture"):
        with pytest.raises(WrongAnswer):
            check(photo, wrong, [10, 10, 20, 20])


def test_numbers_are_those_of_the_visits() -> None:
    tally = Tally(visits=30, busy=2, errors=["ReadTimeout: "])
    for seconds in range(101):
        tally.add("tap", float(seconds))
    memory = [500.0, 900.0, 1000.0, 1000.0, 1001.0, 1002.0, 1003.0, 1004.0]
    report = describe(tally, memory, seconds=3600 * 8, visitors=4)
    assert report["visits_per_minute"] == pytest.approx(30 / 480, abs=0.005)
    assert report["steps"]["tap"] == {"count": 101, "p50": 50.0, "p95": 95.0}
    assert report["memory_mb"]["growth_per_hour"] == 1
    assert (report["memory_mb"]["start"], report["memory_mb"]["end"]) == (500, 1004)
    shown = table(report)
    assert "1 errors, 2 answers" in shown and "ReadTimeout" in shown and "+1 MB an hour" in shown
