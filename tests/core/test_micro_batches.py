"""Batches gathered from many threads: each gets its own answer, and only its own error."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import skimage.data
import torch

from iph_core import runtime
from iph_core.errors import InputError
from iph_core.micro_batches import MicroBatches, Overloaded
from iph_core.models import Models

LONG_ENOUGH = 1.0
"""Seconds to gather: threads that start together are there by then; `most` ends the wait."""

EQUAL = 1e-4
"""Largest difference of answers that are the same."""

ORANGE = (1.5, 1, 0.6)


def ask_together(batches, questions):
    with ThreadPoolExecutor(len(questions)) as pool:
        return list(pool.map(batches.ask, questions))


def test_what_comes_together_is_answered_together():
    seen = []

    def squares(questions):
        seen.append(sorted(questions))
        return [question**2 for question in questions]

    batches = MicroBatches(squares, seconds=LONG_ENOUGH, most=4)
    assert ask_together(batches, [3, 1, 4, 2]) == [9, 1, 16, 4]
    assert seen == [[1, 2, 3, 4]]


def test_a_batch_is_no_larger_than_allowed():
    sizes = []

    def same(questions):
        sizes.append(len(questions))
        return questions

    batches = MicroBatches(same, seconds=LONG_ENOUGH, most=3)
    assert ask_together(batches, list(range(9))) == list(range(9))
    assert sizes == [3, 3, 3]


def test_only_one_kind_shares_a_batch():
    seen = []

    def same(questions):
        seen.append({type(question) for question in questions})
        return questions

    batches = MicroBatches(same, kind=type, seconds=LONG_ENOUGH, most=4)
    assert ask_together(batches, [1, "a", 2, "b"]) == [1, "a", 2, "b"]
    assert sorted(map(str, seen)) == sorted(map(str, [{int}, {str}]))


def test_the_error_of_one_harms_no_other():
    def inverses(questions):
        return [1 / question for question in questions]

    batches = MicroBatches(inverses, seconds=LONG_ENOUGH, most=3)
    with ThreadPoolExecutor(3) as pool:
        wrong, *right = [pool.submit(batches.ask, question) for question in (0, 2, 4)]
        assert [future.result() for future in right] == [0.5, 0.25]
        with pytest.raises(ZeroDivisionError):
            wrong.result()
    assert MicroBatches.ask(batches, 5) == 0.2  # and the thread still answers


def test_the_queue_is_bounded():
    free, busy = threading.Event(), threading.Event()

    def slow(questions):
        busy.set()
        free.wait(30)
        return questions

    batches = MicroBatches(slow, seconds=0, most=1, waiting=2)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(batches.ask, 1)
        assert busy.wait(30)
        waiting = [pool.submit(batches.ask, number) for number in (2, 3)]
        while batches._queue.qsize() < 2:
            pass
        with pytest.raises(Overloaded, match="try again in a few seconds"):
            batches.ask(4)
        free.set()
        assert [future.result() for future in (first, *waiting)] == [1, 2, 3]
    assert issubclass(Overloaded, InputError)


# The network behind it


@pytest.fixture(scope="module")
def asked():
    """Four different questions of 256 x 256, as the pipeline asks them, with casts to undo."""
    photos = (skimage.data.astronaut(), skimage.data.coffee())
    pictures = [photo[:256, :256].copy() for photo in photos]
    pictures += [pictures[0][::-1].copy(), pictures[1] // 2]
    masks = np.zeros((4, 256, 256), np.float32)
    for number, (picture, mask) in enumerate(zip(pictures, masks, strict=True)):
        mask[40:200, 20 + 20 * number : 120] = 1
        picture[mask > 0] = np.clip(picture[mask > 0] * ORANGE, 0, 255)
    guide = np.zeros((256, 256), np.float32)
    guide[30:220, 150:250] = 1
    others = pictures[1:] + pictures[:1]
    return [(*views, guide) for views in zip(pictures, masks, others, strict=True)]


def test_batches_give_what_single_calls_give(models, asked, monkeypatch):
    single = [models.recolor(*question) for question in asked]
    gathered = Models(device="cpu", batches=True)
    gathered.load_network()
    gathered._batches._seconds, gathered._batches._most = LONG_ENOUGH, len(asked)
    sizes = []
    forward = gathered.network.forward

    def counted(composite, *others):
        sizes.append(len(composite))
        return forward(composite, *others)

    monkeypatch.setattr(gathered.network, "forward", counted)
    with ThreadPoolExecutor(len(asked)) as pool:
        together = list(pool.map(lambda question: gathered.recolor(*question), asked))
    assert sizes == [len(asked)]
    for alone, batched, (picture, mask, *_) in zip(single, together, asked, strict=True):
        assert np.abs(alone - batched).max() < EQUAL
        assert np.array_equal(batched[mask == 0], picture[mask == 0].astype(np.float32) / 255)
        assert np.abs(batched - picture / np.float32(255)).max() > 10 * EQUAL, "nothing was done"


def test_other_sizes_come_out_in_their_own_size(models, asked):
    gathered = Models(device="cpu", batches=True)
    gathered.load_network()
    gathered._batches._seconds, gathered._batches._most = LONG_ENOUGH, 2
    smaller = tuple(np.ascontiguousarray(array[40:200, 20:240]) for array in asked[0])
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda question: gathered.recolor(*question), (asked[1], smaller)))
    for answer, question in zip(answers, (asked[1], smaller), strict=True):
        assert np.abs(answer - models.recolor(*question)).max() < 1e-4


def test_the_half_precision_of_gpus_costs_less_than_a_level(models, asked, monkeypatch):
    """On the CPU, with the same data type: there is no GPU to test on everywhere."""
    exact = [models.recolor(*question) for question in asked]
    monkeypatch.setattr(
        runtime, "autocast", lambda device: torch.autocast(device.type, dtype=torch.bfloat16)
    )
    for question, expected in zip(asked, exact, strict=True):
        rounded = models.recolor(*question)
        assert rounded.dtype == np.float32
        assert 0 < np.abs(rounded - expected).mean() * 255 < 1
