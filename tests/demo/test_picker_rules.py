"""The page's picking rules (TypeScript) against the library's, on the same candidates."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from iph_core.regions.mask import content
from iph_core.regions.picking import (
    LEVELS,
    Prompts,
    Tap,
    answer,
    is_one_tap,
    outlined,
    second_look,
    surer,
    taken_for,
)
from iph_core.regions.sam import FRAME_SIDE, Candidates, Embedding, decoder_prompts
from iph_core.regions.wire import PARTS, pack_candidates, pack_embedding
from tests.demo.node import answer_of, bundled, needs_node, node_tests

SIZES = [(640, 480), (333, 500), (100, 100), (4000, 3000), (1000, 50)]

pytestmark = needs_node


def blobs(rng: np.random.Generator) -> np.ndarray:
    """Four masks as SAM gives them: soft discs, some nested, some unstable, some empty or full."""
    y, x = np.mgrid[:256, :256]
    center = rng.uniform(10, 150, 2)
    logits = []
    for radius in np.sort(rng.uniform(3, 160, 4)):
        middle = center + rng.normal(0, radius / 8, 2)
        sharpness = rng.choice([0.05, 0.3, 2.0])
        logits.append((radius - np.hypot(x - middle[0], y - middle[1])) * sharpness)
    if rng.random() < 0.2:
        logits[rng.integers(4)][:] = rng.choice([-9, 9])
    if rng.random() < 0.3:
        logits[2] = logits[3] + rng.normal(0, 0.3)
    return np.stack(logits).astype(np.float32)


def cases() -> list[tuple[Candidates, Prompts, tuple[int, int]]]:
    rng = np.random.default_rng(4)
    made = []
    for number in range(90):
        size = SIZES[number % len(SIZES)]
        scores = rng.uniform(0, 1, 4).astype(np.float32)
        whole = 3 if number % 2 else None
        taps = tuple(
            Tap(float(rng.uniform(0, size[0])), float(rng.uniform(0, size[1])), bool(inside))
            for inside in [True, rng.random() < 0.5, rng.random() < 0.5][: rng.integers(1, 4)]
        )
        box = (-3.0, 2.0, size[0] / 2, size[1] + 9.0) if number % 9 == 0 else None
        prompts = Prompts(taps, box, LEVELS[number % 3])
        made.append((Candidates(blobs(rng), scores, whole), prompts, size))
    return made


def as_json(candidates: Candidates, prompts: Prompts, size: tuple[int, int]) -> dict[str, Any]:
    return {
        "packed": base64.b64encode(pack_candidates(candidates, size)).decode(),
        "size": {"width": size[0], "height": size[1]},
        "prompts": {
            "taps": [[tap.x, tap.y, tap.positive] for tap in prompts.taps],
            "box": prompts.box,
            "level": prompts.level,
        },
        "whole": candidates.whole,
        "salient": base64.b64encode(salient(candidates, size).tobytes()).decode(),
    }


def salient(candidates: Candidates, size: tuple[int, int]) -> np.ndarray:
    """What stands out: much like the whole person, moved to the right and less sharp."""
    moved = np.roll(content(candidates.logits[3], size), 3, axis=1)
    return np.rint(255 / (1 + np.exp(-0.2 * moved))).astype(np.uint8)


@pytest.fixture(scope="module")
def features() -> np.ndarray:
    channels = np.random.default_rng(1).normal(0, 1, (1, 256, 64, 64))
    return (channels * np.linspace(0.01, 3, 256)[:, None, None]).astype(np.float32)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, features: np.ndarray) -> dict[str, Any]:
    """What the page makes of all cases."""
    script = bundled("src/decoder/parity.test.ts", tmp_path_factory.mktemp("page"))
    packed = base64.b64encode(pack_embedding(Embedding(features, (640, 480)))).decode()
    asked = {"cases": [as_json(*case) for case in cases()], "embedding": packed}
    return answer_of(script, asked)


def test_page_and_library_choose_the_same_candidate_level_and_cycle(told):
    seen = set()
    for (candidates, prompts, size), page in zip(cases(), told["answers"], strict=True):
        ours = answer(candidates, prompts, size)
        assert (page["level"], tuple(page["levels"])) == (ours.level, ours.levels)
        assert page["next"] == ours.next_level
        assert page["score"] == pytest.approx(float(candidates.scores[ours.index]))
        # The first of equal ones, where two candidates are the same all over.
        assert page["index"] <= ours.index
        np.testing.assert_array_equal(
            candidates.logits[page["index"]] > 0, candidates.logits[ours.index] > 0
        )
        seen.add((len(ours.levels), ours.level))
    assert len(seen) >= 5  # The cases are not all alike.


def test_page_and_library_take_a_second_look_alike(told):
    made = cases()
    looked = 0
    for number, page in enumerate(told["answers"]):
        candidates, prompts, size = made[number]
        again = second_look(candidates, prompts, size, number % 5)
        if again is None:
            assert page["again"] is None
        else:
            looked += 1
            ours = [[tap.x, tap.y, tap.positive] for tap in again.taps]
            np.testing.assert_allclose(page["again"], ours, rtol=1e-6)
        second, *_ = made[(number + 5) % len(made)]
        np.testing.assert_allclose(page["surer"], surer(candidates, second).scores)
    assert looked >= 2


def test_page_and_library_take_the_only_person_alike(told):
    made = cases()
    taken = []
    for number, page in enumerate(told["answers"]):
        candidates, prompts, size = made[number]
        assert page["oneTap"] == is_one_tap(prompts)
        person = made[(number + 5) % len(made)][0].logits[0]  # Sizes repeat after five cases.
        ours = taken_for(candidates, prompts, person, size)
        if ours is None:
            assert page["taken"] is None
        else:
            assert page["taken"] == np.count_nonzero(content(ours.logits[ours.whole], size) > 0)
        taken.append(ours is not None)
    assert 5 <= sum(taken) <= len(taken) - 50


def test_page_and_library_outline_what_stands_out_alike(told):
    changed = []
    for (candidates, prompts, size), page in zip(cases(), told["answers"], strict=True):
        shown = salient(candidates, size)
        sent = np.ceil(candidates.logits * PARTS).clip(-128, 127) / np.float32(PARTS)
        candidates = replace(candidates, logits=sent.astype(np.float32))
        ours = outlined(candidates, prompts, shown, size)
        if ours.whole is None:
            assert page["outlined"] is None
            continue
        cells = np.count_nonzero(content(ours.logits[ours.whole], size) > 0)
        assert page["outlined"] == pytest.approx(cells, abs=2)  # Of a sum of 0, to a rounding.
        changed.append(ours is not candidates)
    assert 5 <= sum(changed) <= len(changed) - 5


def test_page_and_library_place_prompts_alike(told):
    for (candidates, prompts, size), page in zip(cases(), told["answers"], strict=True):
        box = prompts.clipped_box(size)
        points, labels = decoder_prompts(size, prompts.points(), prompts.labels(), box)
        np.testing.assert_allclose(page["points"], points.ravel(), rtol=1e-5, atol=1e-4)
        np.testing.assert_array_equal(page["labels"], labels.ravel())
        rows, columns = content(candidates.logits[0], size).shape
        assert page["content"] == [columns, rows]
        cell = FRAME_SIDE // 64
        for cells, pixels in zip(page["extent"], page["content"], strict=True):
            assert cells * cell >= min(4 * (pixels + 1), FRAME_SIDE)  # A pixel beyond the rim.
            assert (cells - 1) * cell < 4 * (pixels + 1)


def test_an_embedding_survives_the_way_within_half_a_step(told, features):
    flat = features.reshape(256, -1)
    steps = (flat.max(axis=1) - flat.min(axis=1)) / 255
    there = np.array(told["embedding"])
    error = np.abs(there - features.ravel()[: there.size])
    assert np.all(error <= 0.51 * np.repeat(steps, 4096)[: there.size])


def test_packed_logits_keep_every_side_that_a_rule_asks_for():
    logits = np.array([-20, -1.01, -1, -0.99, -0.01, 0, 1e-4, 0.99, 1, 1.01, 40], np.float32)
    field = np.resize(logits, (4, 256, 256))
    packed = pack_candidates(Candidates(field, np.zeros(4, np.float32)), (512, 512))
    back = np.frombuffer(packed, np.int8, offset=16).reshape(4, 256, 256) / PARTS
    for threshold in (-1, 0, 1):
        np.testing.assert_array_equal(back > threshold, field > threshold)


def test_the_queue_of_decodes(tmp_path):
    node_tests("src/decoder/queue.test.ts", tmp_path)
