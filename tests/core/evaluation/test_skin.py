"""Skin in test composites: mirrored and scaled as the photos are."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from iph_core.data.bank import load_bank
from iph_core.data.folder import read_folder
from iph_core.data.recipe import PROTOCOLS
from iph_core.evaluation.measure import SKIN_METRIC, measure, with_composite
from iph_core.evaluation.metrics import de2000
from iph_core.evaluation.protocols import made_set
from iph_core.evaluation.report import methods_table
from iph_core.evaluation.skin import SKIN, of_enough, parsing_of, skin_bank
from tests.folders import PICTURES, Picture, write_folder

SIZE = 64


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """Photos whose parsing says: the left half of each person is skin."""
    folder = write_folder(tmp_path_factory.mktemp("data") / "ours", PICTURES)
    (folder / "photos-parsing").mkdir()
    for picture in PICTURES[:2]:
        write_parsing(folder, picture)
    return read_folder(folder)


def write_parsing(folder, picture: Picture):
    labels = np.array(Image.open(folder / f"labels/{picture.name}.png"))
    parsing = np.where(labels < 100, labels, 0)
    for person in np.unique(parsing[parsing > 0]):
        rows, columns = np.nonzero(labels == person)
        left = columns < columns.mean()
        parsing[rows[left], columns[left]] = SKIN
    Image.fromarray(parsing).save(folder / f"photos-parsing/{picture.name}.png")


def test_where_parsings_lie(examples):
    assert parsing_of(examples[0]).name == "astronaut.png"
    assert parsing_of(examples[2]) is None
    bank = load_bank(examples, 2 * SIZE)
    skin = skin_bank(examples, bank)
    share = (skin.photos[:, 0] == 255).float().mean((1, 2))
    assert share[0] > 0.05 and share[1] > 0.05
    assert share[2:].max() == 0
    assert skin_bank(examples[2:], bank) is None


@pytest.mark.parametrize("protocol", ["standard", "look"])
def test_skin_goes_the_way_of_its_photo(examples, protocol):
    bank = load_bank(examples, 2 * SIZE)
    test_set = made_set(bank, PROTOCOLS[protocol], SIZE, skin_bank(examples, bank))
    skin, made = test_set.skin(), next(test_set.batches())
    assert skin.shape == made.mask.shape
    for sample in range(2):
        # Skin is half of the foreground, on the side to which the photo was turned.
        inside = skin[sample, 0] & (made.mask[sample, 0] > 0.5)
        whole = (made.mask[sample] > 0.5).sum().item()
        assert inside.sum().item() == pytest.approx(whole / 2, rel=0.15)
        columns = torch.arange(SIZE).float().expand(SIZE, SIZE)
        center = columns[inside].mean() - columns[made.mask[sample, 0] > 0.5].mean()
        plain = bank.photos[made.photo_index[sample]].float()
        small = torch.nn.functional.interpolate(plain[None] / 255, (SIZE, SIZE), mode="area")[0]
        luma, ways = made.truth[sample].mean(0), (small.mean(0), small.mean(0).flip(-1))
        flipped = (luma - ways[1]).std() < (luma - ways[0]).std()
        assert (center > 0) == bool(flipped)


def test_the_table_shows_skin_where_it_is_known(examples):
    bank = load_bank(examples, 2 * SIZE)
    test_set = made_set(bank, PROTOCOLS["standard"], SIZE, skin_bank(examples, bank))
    measured = measure(test_set, with_composite({}))
    values = measured.values["composite"][SKIN_METRIC]
    assert [math.isnan(value) for value in values] == [False, False, True, True, True]
    made = next(test_set.batches())
    inside = (test_set.skin() & (made.score > 0.5)).float()
    assert values[:2] == pytest.approx(de2000(made.composite, made.truth, inside)[:2].tolist())
    figures = measured.figures()
    assert figures["composite"][SKIN_METRIC]["n"] == 2
    assert figures["composite"][SKIN_METRIC]["mean"] == pytest.approx(sum(values[:2]) / 2)
    assert "skin dE" in methods_table("standard", figures)
    without = measure(made_set(bank, PROTOCOLS["standard"], SIZE), with_composite({})).figures()
    assert SKIN_METRIC not in without["composite"]
    assert "skin dE" not in methods_table("standard", without)


def test_too_little_skin_says_nothing():
    skin, score = torch.zeros(2, 1, 8, 8).bool(), torch.ones(2, 1, 8, 8)
    skin[0, 0, 0, :5] = True
    skin[1, 0, :5] = True
    assert of_enough(skin, score).sum((1, 2, 3)).tolist() == [0, 40]


def test_photos_in_the_folder_that_one_is_in(examples, monkeypatch):
    monkeypatch.chdir(examples[0].photo.parent)
    here, gone = (replace(each, photo=Path(each.photo.name)) for each in examples[1:3])
    assert parsing_of(here) == parsing_of(examples[1])
    assert parsing_of(gone) is None
