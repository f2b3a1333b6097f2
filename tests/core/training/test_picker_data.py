from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from iph_core.data.folder import read_folder
from iph_core.errors import InputError
from iph_core.regions.sam import Embedding
from iph_core.training.picker_data import (
    Picture,
    draw_chances,
    embedded,
    group_pictures,
    label_grid,
    read_labeled,
    training_pictures,
    usable_labels,
    validation_pictures,
    whole_person,
    without_padding,
)
from tests.folders import PICTURES, write_folder


class Encoder:
    """Gives the mean of a picture as its embedding, and counts."""

    def __init__(self):
        self.calls = 0

    def embed(self, rgb, size=None):
        self.calls += 1
        return Embedding(np.full((1, 256, 64, 64), rgb.mean(), np.float32), rgb.shape[1::-1])


def gray(level):
    labels = np.full((20, 40), level, np.uint8)
    return Picture(f"gray {level}", "test", lambda: (np.full((20, 40, 3), level, np.uint8), labels))


def test_embeddings_are_computed_once_and_only_where_missing(tmp_path):
    path, encoder = tmp_path / "new/rows.npy", Encoder()
    pictures = [gray(level) for level in (10, 20, 30)]
    rows = embedded(pictures, path, lambda: encoder, say=False)
    np.testing.assert_array_equal(rows["features"][:, 5, 5, 5], [10, 20, 30])
    np.testing.assert_array_equal(rows["labels"][:, 127, 255], [10, 20, 30])
    rows["key"][1] = b""  # stopped within the second
    rows.flush()
    again = embedded([*pictures[:2], gray(40)], path, lambda: encoder, say=False)
    np.testing.assert_array_equal(again["features"][:, 0, 0, 0], [10, 20, 40])
    assert encoder.calls == 5

    def never():
        raise AssertionError("nothing is missing")

    embedded([*pictures[:2], gray(40)], path, never, say=False)


def test_a_file_of_other_rows_is_an_error(tmp_path):
    path = tmp_path / "rows.npy"
    embedded([gray(1)], path, Encoder, say=False)
    with pytest.raises(InputError, match="holds embeddings of 1 pictures, not of 2"):
        embedded([gray(1), gray(2)], path, Encoder, say=False)
    path.write_bytes(b"no array")
    with pytest.raises(InputError, match="is not a file of embeddings"):
        embedded([gray(1)], path, Encoder, say=False)


def test_labels_of_another_size_than_the_photo_are_refused(tmp_path):
    example = read_folder(write_folder(tmp_path), "train")[0]
    assert read_labeled(example)[1].ndim == 2
    Image.fromarray(np.zeros((7, 9), np.uint8)).save(example.labels)
    with pytest.raises(InputError, match=r"and its labels \(9x7\) differ in size"):
        read_labeled(example)


def test_grid_of_labels_is_the_logits_grid():
    labels = np.zeros((200, 400), np.uint8)
    labels[:, 200:] = 7
    grid = label_grid(labels)
    assert grid.shape == (256, 256)
    assert np.all(grid[:128, :128] == 0)
    assert np.all(grid[:128, 128:] == 7)
    assert np.all(grid[128:] == 255)
    assert without_padding(grid).shape == (128, 256)


def test_small_regions_and_the_unknown_are_not_tapped():
    labels = np.zeros((100, 100), np.uint8)
    labels[:50] = 255
    labels[60, :25] = 3  # 0.5 % of what is known: not more
    labels[70, :26] = 4
    labels[80:90] = 101
    assert usable_labels(labels) == [4, 101]


def test_a_whole_person_is_tall_and_not_cropped_at_the_sides():
    person = np.zeros((300, 200), bool)
    person[20:280, 50:150] = True
    assert whole_person(person)
    assert not whole_person(person[:, 50:])
    assert not whole_person(person[:150])
    low = person.copy()
    low[:150] = False
    assert not whole_person(low)


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "data")


def test_photos_with_several_regions_come_first_and_nobody_is_a_lone_object(folder):
    drawn = read_folder(folder, "train")
    pictures = training_pictures(drawn, drawn, 9, seed=0)
    names = [picture.name for picture in pictures]
    assert sum(name.startswith("variant") for name in names) == 2
    assert {name.rsplit("/", 1)[-1] for name in names} == {
        "astronaut.jpg", "hopper.jpg", "chelsea.jpg",
    }  # fmt: skip
    assert len(training_pictures(drawn, drawn, 2, seed=0)) == 2
    with pytest.raises(InputError, match="split val shows people"):
        validation_pictures(read_folder(folder, "val"), 9, seed=0)


def test_groups_are_pasted_of_whole_people_over_scenes(tmp_path):
    folder = write_folder(tmp_path / "data", PICTURES[:3])
    rng = np.random.default_rng(0)
    for name in ("astronaut", "hopper"):  # a red and a blue person
        labels = np.zeros((400, 300), np.uint8)
        labels[30:380, 80:220] = 1
        colors = rng.integers(0, 9, (400, 300, 3), dtype=np.uint8)
        colors[labels == 1] = (250, 0, 0) if name == "hopper" else (0, 0, 250)
        Image.fromarray(labels).save(folder / f"labels/{name}.png")
        Image.fromarray(colors).save(folder / f"photos/{name}.jpg", quality=98)
    scene = np.zeros((330, 330), np.uint8)
    Image.fromarray(scene + 101).save(folder / "labels/chelsea.png")
    Image.fromarray(np.stack([scene, scene + 200, scene], 2)).save(folder / "photos/chelsea.jpg")
    examples = read_folder(folder, "train")
    pictures = training_pictures(examples, examples, 5, seed=1)
    groups = [picture for picture in pictures if picture.source == "pasted"]
    assert len(groups) == 2
    for group in groups:
        rgb, labels = group.make()
        assert rgb.shape[:2] == labels.shape
        values = set(np.unique(labels)) - {0}
        assert values
        assert values <= {1, 2}
        assert np.median(rgb[labels == 0][:, 1]) > 150
        means = {int(rgb[labels == value].mean(0).argmax()) for value in values}
        assert len(means) == len(values)  # each label is one person's
        assert means <= {0, 2}
        np.testing.assert_array_equal(group.make()[0], rgb)  # the same every time
    people, scenes = examples[:2], examples[2:]
    other = group_pictures(people, scenes, 1, seed=2)[0]
    assert other.key not in {picture.key for picture in pictures}


def test_sources_are_drawn_by_the_root_of_their_pictures():
    def picture(source):
        return Picture("a picture", source, lambda: None)

    pictures = [picture("large")] * 4 + [picture("small")]
    grids = np.zeros((5, 256, 256), np.uint8)
    grids[:, 100:200, 100:200] = 1
    grids[1][grids[1] > 0] = 101  # nobody: drawn half as often as those with people
    grids[2] = 0  # nothing to learn
    chances = draw_chances(pictures, grids)
    assert chances.sum() == pytest.approx(1)
    assert chances[4] == pytest.approx(1 / 3)
    assert chances[2] == 0
    assert chances[1] == pytest.approx(chances[0] / 2)
    with pytest.raises(InputError, match="large enough to learn"):
        draw_chances(pictures[2:3], grids[2:3])


def test_embeddings_that_cannot_be_a_file(tmp_path):
    with pytest.raises(InputError, match="is not a file of embeddings"):
        embedded([gray(1)], tmp_path, Encoder, say=False)
    link = tmp_path / "link.npy"
    link.symlink_to(tmp_path / "gone/rows.npy")
    with pytest.raises(InputError, match=r"link\.npy cannot be written \(No such file"):
        embedded([gray(1)], link, Encoder, say=False)
