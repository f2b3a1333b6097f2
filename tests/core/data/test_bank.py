"""Photos in memory: sizes, labels, regions that can be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage.transform
import torch
from PIL import Image

from iph_core.data.bank import load_bank, usable_labels
from iph_core.data.folder import Example, read_folder
from iph_core.errors import InputError
from tests.folders import PICTURES, pixels, tiny_bank, write_folder


def example(folder: Path, photo: np.ndarray, label: np.ndarray) -> Example:
    Image.fromarray(photo).save(folder / "photo.png")
    Image.fromarray(label).save(folder / "label.png")
    return Example(folder / "photo.png", folder / "label.png", "test", "train")


def test_content_of_a_folder():
    bank = tiny_bank(64)
    assert bank.photos.shape == (5, 3, 64, 64)
    assert bank.labels.shape == (5, 64, 64)
    assert bank.photos.dtype == bank.labels.dtype == torch.uint8
    assert bank.size == 64
    assert bank.sources == ("portraits", "portraits", "animals", "things", "things")
    # Two regions a photo; the strip of 255 is none.
    assert bank.regions.tolist() == [
        [0, 1], [0, 101], [1, 1], [1, 2],
        [2, 101], [2, 102], [3, 101], [3, 102], [4, 101], [4, 102],
    ]  # fmt: skip
    assert bank.region_sources[:5] == ["portraits"] * 4 + ["animals"]


def test_photos_are_scaled_by_area():
    small = tiny_bank(64).photos[0].numpy() / 255
    original = np.asarray(pixels(PICTURES[0].name)) / 255
    expected = skimage.transform.resize(original, (64, 64), anti_aliasing=True)
    assert np.abs(small.transpose(1, 2, 0) - expected).mean() < 0.02


def test_labels_keep_their_values_and_lie_where_the_photo_lies(tmp_path):
    """A bright square and its label stay together, also at a scale that is no whole number."""
    label = np.zeros((93, 93), np.uint8)
    label[30:60, 20:70] = 3
    photo = np.where(label[..., None] > 0, 255, 0).astype(np.uint8).repeat(3, 2)
    bank = load_bank([example(tmp_path, photo, label)], 31)
    assert bank.labels.unique().tolist() == [0, 3]
    assert torch.equal(bank.labels[0] == 3, bank.photos[0, 0] > 127)


def test_labels_do_not_drift_to_one_side(tmp_path):
    generator = np.random.default_rng(0)
    label = generator.integers(1, 3, (40, 64), np.uint8)
    photo = np.zeros((40, 64, 3), np.uint8)
    straight = load_bank([example(tmp_path, photo, label)], 20).labels[0]
    turned = load_bank([example(tmp_path, photo, label[:, ::-1])], 20).labels[0]
    # Sampled at their centers, pixels of a label and of its mirror image differ at exact ties only.
    assert (straight == turned.flip(-1)).float().mean() > 0.9


@pytest.mark.parametrize(
    ("share", "usable"), [(0.005, False), (0.02, True), (0.69, True), (0.75, False)]
)
@pytest.mark.parametrize("value", [1, 99, 101, 199])
def test_regions_of_one_to_seventy_percent_are_usable(value, share, usable):
    label = np.zeros(10_000, np.uint8)
    label[: int(share * 10_000)] = value
    assert usable_labels(label.reshape(100, 100)) == ([value] if usable else [])


@pytest.mark.parametrize("value", [0, 100, 200, 255])
def test_values_that_are_no_region(value):
    label = np.zeros((10, 10), np.uint8)
    label[:5] = value
    assert usable_labels(label) == []


def test_no_region_at_all(tmp_path):
    nothing = example(tmp_path, np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8))
    with pytest.raises(InputError, match="No photo has a labeled region"):
        load_bank([nothing], 8)


def test_a_missing_photo_and_a_label_in_color(tmp_path):
    folder = write_folder(tmp_path / "data")
    (folder / "photos/coffee.jpg").unlink()
    with pytest.raises(InputError, match=r"coffee\.jpg"):
        load_bank(read_folder(folder, "val"), 16)
    pixels("astronaut").save(folder / "labels/hopper.png")
    with pytest.raises(InputError, match="8-bit gray"):
        load_bank(read_folder(folder, "train"), 16)


def test_a_mask_of_black_and_white_is_told_what_labels_are(tmp_path):
    label = np.zeros((8, 8), np.uint8)
    label[2:6, 2:6] = 255
    masked = example(tmp_path, np.zeros((8, 8, 3), np.uint8), label)
    with pytest.raises(InputError, match=r"label people 1 to 99 .* \(255 is unknown\)"):
        load_bank([masked], 8)
