"""Measuring picks: where the tap lands, what counts, what the figures say."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from PIL import Image

from iph_core.errors import InputError
from iph_core.evaluation.picks import (
    Pick,
    head_of,
    human_drawn,
    iou,
    measure_picks,
    measured_labels,
    middle,
    report,
    text_table,
)
from iph_core.regions.photo_regions import PhotoRegions
from iph_core.regions.sam import Candidates, Embedding
from tests.folders import PICTURES, write_folder


class Disc:
    """A segmenter that answers every tap with a disc of 40 pixels (of a photo of 160) around it."""

    def embed(self, rgb, size=None):
        return Embedding(np.zeros((1, 256, 64, 64), np.float32), size or rgb.shape[1::-1])

    def decode(self, embedding, points, labels, box=None):
        scale = 256 / max(embedding.size)
        (x, y), reach = points[0] * scale, 40 * scale
        rows, columns = np.mgrid[:256, :256]
        logits = (reach - np.hypot(columns - x, rows - y)).astype(np.float32)
        return Candidates(np.stack([logits] * 4), np.ones(4, np.float32), whole=3)


class Flat:
    def predict(self, rgb):
        return np.zeros(rgb.shape[:2], np.float32)


def opened(photo):
    """A photo in which discs are picked; nothing is salient, nobody is known."""
    return PhotoRegions(photo.srgb(), photo.size, Disc(), Flat())


def test_iou_by_hand():
    mask, truth = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    mask[:2], truth[1:3] = True, True
    assert iou(mask, truth) == pytest.approx(4 / 12)
    known = np.ones((4, 4), bool)
    known[0] = False
    assert iou(mask, truth, known) == pytest.approx(4 / 8)
    assert iou(truth & ~truth, truth & ~truth) == 1


def test_the_tap_is_the_middle_of_the_thickest_part():
    truth = np.zeros((100, 120), np.uint8)
    cv2.circle(truth, (80, 40), 20, 1, -1)
    truth[38:43, 5:80] = 1  # a thin arm, whose center of mass would lie elsewhere
    np.testing.assert_allclose(middle(truth > 0), (80, 40), atol=1)


def test_the_tap_keeps_away_from_the_photos_rim():
    truth = np.ones((101, 51), bool)
    x, y = middle(truth)
    assert x == 25
    assert 25 <= y <= 75


def test_people_and_objects_above_one_percent_count():
    labels = np.zeros((100, 100), np.uint8)
    labels[:20, :20] = 1
    labels[50:60, 50:60] = 120  # exactly 1 %: not above
    labels[80:, 80:] = 101
    labels[:, 40] = 255
    assert list(measured_labels(labels)) == [("single", 1), ("objects", 101)]
    labels[99, 0] = 7  # somebody small: no longer alone, but not measured
    assert list(measured_labels(labels)) == [("group", 1), ("objects", 101)]


def test_figures_by_hand():
    picks = [Pick("single", "a", 0.9), Pick("group", "a", 0.4), Pick("group", "b", 0.6)]
    figures = report(picks)
    assert figures["single"] == {
        "mean_iou": 0.9,
        "below_half": 0,
        "n": 1,
        "by_source": {"a": {"mean_iou": 0.9, "below_half": 0, "n": 1}},
    }
    assert figures["group"]["mean_iou"] == pytest.approx(0.5)
    assert figures["group"]["below_half"] == pytest.approx(0.5)
    assert figures["group"]["by_source"]["a"]["below_half"] == 1
    assert figures["objects"] == {"mean_iou": None, "below_half": None, "n": 0, "by_source": {}}
    json.dumps(figures, allow_nan=False)
    assert "0.500" in text_table(figures)


def test_picks_of_a_folder_are_those_of_a_segmenter_with_known_answers(tmp_path):
    folder = write_folder(tmp_path / "data", PICTURES[:1])
    examples = human_drawn([folder])
    labels = np.asarray(Image.open(folder / "labels/astronaut.png"))
    picks = measure_picks(examples, opened)
    assert [(pick.kind, pick.source) for pick in picks] == [
        ("single", "portraits"),
        ("face", "portraits"),
        ("objects", "portraits"),
    ]
    for pick, value in zip(picks, (1, 1, 101), strict=True):
        truth = labels == value
        x, y = middle(head_of(truth) if pick.kind == "face" else truth)
        rows, columns = np.mgrid[: truth.shape[0], : truth.shape[1]]
        expected = iou(np.hypot(columns - x, rows - y) < 40, truth, labels != 255)
        assert pick.iou == pytest.approx(expected, abs=0.03)
        assert pick.iou > 0.05


def test_only_masks_that_a_human_drew_are_measured(tmp_path):
    folder = write_folder(tmp_path / "data")
    index = folder / "index.csv"
    lines = index.read_text().splitlines()
    lines[1] = lines[1].replace("human", "model")
    index.write_text("\n".join(lines))
    names = [example.photo.stem for example in human_drawn([folder])]
    assert names == ["hopper", "chelsea", "coffee", "rocket"]
    names = [example.photo.stem for example in human_drawn([folder], "train", ["portraits"])]
    assert names == ["hopper"]
    with pytest.raises(InputError, match="is of source 'weddings'"):
        human_drawn([folder], sources=["weddings"])
    index.write_text(index.read_text().replace("human", "model"))
    with pytest.raises(InputError, match="masks drawn by a human"):
        human_drawn([folder])


def test_an_index_of_a_spreadsheet(tmp_path):
    """Excel's "CSV UTF-8" begins with a byte order mark."""
    folder = write_folder(tmp_path / "data", PICTURES[:2])
    index = folder / "index.csv"
    index.write_text(index.read_text(), encoding="utf-8-sig")
    assert [example.photo.stem for example in human_drawn([folder])] == ["astronaut", "hopper"]


def test_labels_of_another_size_are_an_error(tmp_path):
    folder = write_folder(tmp_path / "data", PICTURES[:1])
    labels = folder / "labels/astronaut.png"
    Image.open(labels).resize((80, 80), Image.Resampling.NEAREST).save(labels)
    with pytest.raises(InputError, match=r"and its labels \(80x80\) differ in size"):
        measure_picks(human_drawn([folder]), opened)


def test_the_head_is_the_uppermost_sixth():
    truth = np.zeros((100, 60), bool)
    truth[20:80, 10:30] = True
    head = head_of(truth)
    assert head[20:30, 10:30].all()
    assert np.count_nonzero(head) == 200
