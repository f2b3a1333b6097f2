"""What is measured and how it is put together; no test asks how fast anything is."""

from __future__ import annotations

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest

from iph_core.benchmark import peers
from iph_core.benchmark.clock import Clock
from iph_core.benchmark.peers import PILLOW
from iph_core.benchmark.run import bars, benchmark, bytes_a_pixel, scaled_files
from iph_core.benchmark.steps import AGAIN, FORWARD, STEPS, middle_of
from iph_core.benchmark.table import text_tables
from iph_core.color_map import ColorMap
from iph_core.errors import InputError
from iph_core.photo import open_mask, open_photo, photo_from_array

GROW = """
import numpy as np
from iph_core.benchmark.memory import peak_mb, reset_peak
reset_peak()
before = peak_mb()
large = np.ones(40_000_000, np.uint8)
grown = peak_mb() - before
del large
reset_peak()
print(grown, peak_mb() - before)
"""


def test_the_shortest_time_and_the_highest_peak():
    clock = Clock(3)
    for seconds, peak in ((3, 10), (1, 30), (2, 20)):
        clock.note("step", seconds, peak)
    assert clock.noted == {"step": {"seconds": 1, "peak_mb": 30}}


def test_a_step_runs_as_often_as_asked_and_gives_what_it_made():
    done = []
    assert Clock(3).step("step", lambda: done.append(0) or len(done)) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="peaks of a step are known on Linux alone")
def test_the_peak_is_that_of_the_step():
    # In a process of its own: what other tests freed would be used again.
    done = subprocess.run([sys.executable, "-c", GROW], capture_output=True, text=True, check=True)
    grown, left = map(float, done.stdout.split())
    assert 38 < grown < 60
    assert left < 20


def test_the_middle_is_the_deepest_place():
    mask = np.zeros((60, 80), np.float32)
    mask[10:41, 20:71] = 1
    x, y = middle_of(mask)
    assert y == 25
    assert 35 <= x <= 55


def test_photo_and_mask_are_scaled_together(tmp_path, noise, left):
    files = scaled_files(photo_from_array(noise), left, 0.05, tmp_path)
    photo = open_photo(files["photo"])
    assert photo.size == (258, 194)  # 50,000 pixels of 4:3
    mask = open_mask(files["mask"], photo.size)
    assert mask.mean() == pytest.approx(left.mean(), rel=0.02)
    scaled = cv2.resize(noise, photo.size, interpolation=cv2.INTER_CUBIC)
    assert np.abs(photo.pixels.astype(int) - scaled).mean() < 3


def test_the_bars_by_hand():
    step = {"seconds": 0.2, "peak_mb": 900.0}
    run = {"steps": dict.fromkeys((*STEPS, FORWARD), step), "peers": {}}
    assert bars(run) == pytest.approx({"seconds": 0.6, "peak_mb": 900})
    run["peers"][PILLOW] = {"seconds": 0.3, "peak_mb": 2000.0}
    assert bars(run) == pytest.approx({"seconds": 0.6, "peak_mb": 900, "floor": 0.5, "ratio": 1.2})


def test_growth_is_counted_between_the_smallest_and_the_largest():
    def of(side, peak):
        steps = {"apply": {"peak_mb": peak}}
        return {"megapixels": side, "width": side * 1000, "height": 1000, "steps": steps}

    assert bytes_a_pixel([of(2, 140), of(1, 100), of(4, 190)]) == {"apply": 30}
    assert bytes_a_pixel([of(2, 140)]) == {}


def test_pillow_works_on_the_whole_photo_and_others_on_the_box(noise, left):
    clock = Clock(1)
    peers.pillow_lut(clock, noise, ColorMap.identity())
    peers.seamless_clone(clock, noise, left, (10, 20, 50, 80))
    assert list(clock.noted) == [PILLOW, peers.POISSON]


def test_color_transfers(noise):
    pytest.importorskip("color_matcher")
    clock = Clock(1)
    assert peers.color_transfers(clock, noise[:40, :40], noise[40:80, 40:80]) is None
    assert len(clock.noted) == len(peers.TRANSFERS)


def test_without_color_matcher_a_sentence_says_so(noise, monkeypatch):
    monkeypatch.setitem(sys.modules, "color_matcher", None)
    clock = Clock(1)
    assert "pip install color-matcher" in peers.color_transfers(clock, noise, noise)
    assert not clock.noted


@pytest.fixture(scope="module")
def measured():
    rng = np.random.default_rng(3)
    pixels = cv2.resize(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8), (320, 240))
    mask = np.zeros((240, 320), np.float32)
    mask[60:200, 40:140] = 1
    return benchmark(photo_from_array(pixels, "tiny.png"), mask, [0.05], repeats=1, peers_up_to=1)


def test_every_step_is_measured(measured):
    (run,) = measured["runs"]
    assert run["width"] * run["height"] == pytest.approx(50_000, rel=0.01)
    assert run["box_megapixels"] == pytest.approx(0.05 * 140 * 100 / (240 * 320), rel=0.05)
    assert set(run["steps"]) == {*STEPS, FORWARD, *AGAIN}
    for noted in (run["steps"] | run["peers"]).values():
        assert noted["seconds"] > 0
        assert noted["peak_mb"] > 100
    assert {PILLOW, peers.POISSON} <= set(run["peers"])
    assert run["bars"]["ratio"] > 0
    json.dumps(measured)


def test_the_table_has_a_row_for_every_step(measured):
    text = text_tables(measured)
    rows = [line.split("  ")[0] for line in text.splitlines()]
    for name in (*STEPS, FORWARD, *AGAIN, PILLOW, peers.POISSON, "network + fit + apply"):
        assert rows.count(name) == 1
    assert "CPU" in text
    assert "0.05 MP" in text
    assert "against the floor" in text


def test_what_cannot_be_measured_ends_in_one_sentence(monkeypatch, noise, left):
    def refused(*_, **__):
        return subprocess.CompletedProcess([], 2, "", "a warning\nNo such device.\n")

    monkeypatch.setattr(subprocess, "run", refused)
    with pytest.raises(InputError, match=r"^This size could not be measured: No such device\.$"):
        benchmark(photo_from_array(noise), left, [0.05])
