"""Published sets in their layouts, told apart and read; damaged ones name what was expected."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from iph_core.data.coco import read_coco, run_lengths, segmentation_mask, split_of
from iph_core.data.harmony_sets import read_guided_set, read_iharmony4, read_ready_set
from iph_core.data.mhp import read_mhp
from iph_core.data.readers import holds_composites, read_composites, read_labeled
from iph_core.data.triples import load_triple_bank, load_triples
from iph_core.errors import InputError
from iph_core.evaluation.metrics import fpsnr
from tests.core.data.sets import (
    DARKER,
    write_coco,
    write_guided_set,
    write_iharmony4,
    write_mhp,
)
from tests.core.evaluation.ready_folder import SIZE, write_ready_set
from tests.folders import PICTURES, write_folder


def test_iharmony4_by_its_lists(tmp_path):
    folder = write_iharmony4(tmp_path / "iHarmony4")
    train, val = read_iharmony4(folder, "train"), read_iharmony4(folder, "val")
    assert [triple.source for triple in train + val] == ["HCOCO", "HFlickr"]
    assert val[0].real.name == "f_9_2.jpg"
    assert val[0].mask.name == "f_9_2_1.png"
    assert val[0].reference is None
    assert len(read_iharmony4(folder)) == 2
    # One part alone, without lists: every composite.
    assert read_iharmony4(folder / "HFlickr")[0].composite == val[0].composite


def test_what_was_darkened_is_measured(tmp_path):
    folder = write_iharmony4(tmp_path / "iHarmony4")
    made = load_triples(read_composites([folder]), 32)
    error = (((1 - DARKER) * made.truth) ** 2 * made.score).sum((1, 2, 3))
    expected = -10 * torch.log10(error / (3 * made.score.sum((1, 2, 3))))
    got = fpsnr(made.composite, made.truth, made.score)
    torch.testing.assert_close(got, expected, atol=0.8, rtol=0)


def test_guided_sets(tmp_path):
    folder = write_guided_set(tmp_path / "PortraitTest")
    train, val = read_guided_set(folder, "train"), read_guided_set(folder, "val")
    assert [triple.composite.stem for triple in train + val] == ["astronaut", "coffee"]
    assert train[0].reference.parent.name == "guide_masks"
    assert train[0].source == "PortraitTest"
    bank = load_triple_bank(read_guided_set(folder), 32)
    background = load_triples(read_ready_set(write_ready_set(tmp_path / "ready")), 32).guide[1]
    assert 0 < (bank.guides[0] > 0).sum() < (background > 0).sum()


@pytest.mark.parametrize("version", [1, 2])
def test_mhp(tmp_path, version):
    folder = write_mhp(tmp_path / "mhp", version)
    (example,) = read_mhp(folder, "train")
    label = example.read_labels()
    assert label.shape == SIZE[::-1]
    assert label[20, 10] == label[40, 10] == 1  # whatever the part
    assert label[5, 10] == 0
    assert label[5, 70] == 2
    assert example.read_photo().shape == (*SIZE[::-1], 3)


def test_coco(tmp_path):
    (example,) = read_coco(write_coco(tmp_path / "coco"), "val")
    label = example.read_labels()
    assert label[20, 25] == 1
    assert label[35, 35] == 101  # the cup lies on top of the person
    assert label[2, 2] == 255  # the crowd: 4 of the first 8 columns' pixels
    assert label[6, 2] == 0
    assert np.count_nonzero(label == 1) == pytest.approx(1600 - 100, abs=60)
    assert example.source == "coco"


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("val2017", "val"),
        ("val", "val"),
        ("my-VAL_2", "val"),
        ("minival2014", "val"),
        ("train2017", "train"),
        ("festival", "train"),
        ("valley2020", "train"),
        ("interval_val", "val"),
        # As the authors name what they train on together.
        ("trainval35k", "train"),
        ("train_val", "train"),
        ("valminusminival2014", "train"),
        ("people", "train"),
    ],
)
def test_splits_of_coco_are_words(tmp_path, name, split):
    folder = write_coco(tmp_path / "coco")
    (folder / "val2017").rename(folder / "images")
    annotations = folder / "annotations"
    (annotations / "instances_val2017.json").rename(annotations / f"instances_{name}.json")
    assert [example.split for example in read_coco(folder, split)] == [split]
    assert split_of(f"instances_{name}") == split
    assert read_coco(folder, "train" if split == "val" else "val") == []


def test_one_of_several_places_may_lack_a_split(tmp_path):
    ours, val = write_folder(tmp_path / "ours"), write_coco(tmp_path / "coco")
    train = [write_folder(tmp_path / "trainonly", PICTURES[:3]), write_mhp(tmp_path / "mhp", 2)]
    assert len(read_labeled([ours, *train], "val")) == 2
    assert len(read_labeled([*train, ours, val], "train")) == 3 + 1 + 3
    assert len(read_labeled([*train, val], "val")) == 1


def test_nothing_in_any_place_names_them_all(tmp_path):
    train = [write_folder(tmp_path / "trainonly", PICTURES[:3]), write_mhp(tmp_path / "mhp", 2)]
    with pytest.raises(InputError, match=r"/trainonly, .*/mhp hold no photo of split 'val': choos"):
        read_labeled(train, "val")
    with pytest.raises(InputError, match="/trainonly holds no photo of split 'val'"):
        read_labeled(train[:1], "val", ["animals"])
    ready, guided = write_made_set(tmp_path / "made", "train"), write_guided_set(tmp_path / "int")
    (guided / "test.txt").unlink()
    with pytest.raises(InputError, match=r"/made, .*/int hold no composite of split 'val'"):
        read_composites([ready, guided], "val")
    (train[0] / "index.csv").write_text("photo,labels,source,split\n")
    with pytest.raises(InputError, match="/trainonly holds no photo: give other data"):
        read_labeled(train[:1])


def test_coco_without_instances(tmp_path):
    folder = write_coco(tmp_path / "coco")
    annotations = folder / "annotations"
    (annotations / "instances_val2017.json").rename(annotations / "captions_val2017.json")
    with pytest.raises(InputError, match=r"no annotations/instances_NAME\.json: COCO holds"):
        read_labeled([folder])


def write_made_set(folder, split):
    """A ready set whose composites are all of one split."""
    write_ready_set(folder)
    rows = "".join(f"{name},{split}\n" for name in ("a[1]", "b", "b_old"))
    (folder / "made.csv").write_text("name,split\n" + rows)
    return folder


def without_lists(folder):
    for file in folder.rglob("*.txt"):
        file.unlink()
    return folder


@pytest.mark.parametrize(
    ("write", "names", "count"),
    [
        (write_ready_set, ["made.csv", "set"], 3),
        (lambda folder: without_lists(write_guided_set(folder)), ["lists", "set"], 2),
        (lambda folder: without_lists(write_iharmony4(folder)), ["set/HCOCO", "set/HFlickr"], 2),
        (lambda folder: without_lists(write_iharmony4(folder)) / "HFlickr", ["set/HFlickr"], 1),
    ],
)
def test_a_set_without_splits_says_so(tmp_path, capsys, write, names, count):
    folder = write(tmp_path / "set")
    assert len(read_composites([folder])) == count
    assert capsys.readouterr().err == ""
    assert len(read_composites([folder], "val")) == count
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "there are no splits: all composites of " in said
    assert said.endswith(" are used as val.\n")
    assert all(name in said for name in names)


def test_a_set_with_splits_says_nothing(tmp_path, capsys):
    sets = [write_made_set(tmp_path / "made", "val"), write_iharmony4(tmp_path / "i4")]
    sets.append(write_guided_set(tmp_path / "int"))
    assert len(read_composites(sets, "val")) == 3 + 1 + 1
    assert capsys.readouterr().err == ""


def test_run_lengths_as_pycocotools_writes_them():
    # Encoded by pycocotools: 1 in rows 1 to 4 and columns 2 to 6 of 6 x 9, but for (2, 4).
    mask = np.zeros((6, 9), bool)
    mask[1:5, 2:7] = True
    mask[2, 4] = False
    encoded = {"size": [6, 9], "counts": "=4200MO11200;"}
    assert np.array_equal(segmentation_mask(encoded, 9, 6), mask)
    assert sum(run_lengths(encoded["counts"])) == 54
    with pytest.raises(InputError, match="does not fill 9x7"):
        segmentation_mask(encoded, 9, 7)


def test_layouts_are_told_apart(tmp_path):
    labeled = [write_folder(tmp_path / "ours"), write_coco(tmp_path / "coco")]
    labeled += [write_mhp(tmp_path / f"v{version}", version) for version in (1, 2)]
    made = [write_iharmony4(tmp_path / "i4"), write_guided_set(tmp_path / "int")]
    made.append(write_ready_set(tmp_path / "ready"))
    assert not any(holds_composites(folder) for folder in labeled)
    assert all(holds_composites(folder) for folder in made)
    assert len(read_labeled(labeled)) == 5 + 1 + 1 + 1
    assert len(read_composites(made)) == 2 + 2 + 3
    assert {e.source for e in read_labeled([labeled[0], labeled[2]], "train")} == {
        "portraits",
        "animals",
        "mhp",
    }


@pytest.mark.parametrize("write", [write_iharmony4, write_guided_set, write_ready_set])
def test_hidden_files_are_no_composites(tmp_path, write):
    folder = write(tmp_path / "set")
    wanted = read_composites([folder])
    for place in [folder, *(file for file in folder.rglob("*") if file.is_dir())]:
        for name in (".DS_Store", "._astronaut.png", "._c1_1_1.jpg", "._b_composite.jpg"):
            (place / name).write_bytes(b"not a picture")
    assert read_composites([folder]) == wanted
    for part in ("HCOCO", "HFlickr"):
        if (folder / part).is_dir():
            assert len(read_iharmony4(folder / part)) == 1


@pytest.mark.parametrize("version", [1, 2])
def test_hidden_files_are_no_annotations(tmp_path, version):
    folder = write_mhp(tmp_path / "mhp", version)
    wanted = read_mhp(folder)
    (wanted[0].labels / "._0007_02_01.png").write_bytes(b"not a picture")
    assert read_mhp(folder) == wanted


@pytest.mark.parametrize(
    "lines",
    [
        "astronaut.png\n",
        "astronaut\n",
        "\n  astronaut.png \r\n\n \n",
        "composite_images/astronaut.png",
    ],
)
def test_lists_of_guided_sets_name_files_or_stems(tmp_path, lines):
    folder = write_guided_set(tmp_path / "set")
    (folder / "train.txt").write_text(lines)
    (folder / "test.txt").unlink()
    assert [triple.composite.stem for triple in read_guided_set(folder, "train")] == ["astronaut"]
    # No list names the other one.
    assert read_guided_set(folder, "val") == []
    assert len(read_guided_set(folder)) == 2


def test_stems_may_hold_dots(tmp_path):
    folder = write_guided_set(tmp_path / "set")
    for part in folder.glob("*/coffee.png"):
        part.rename(part.with_name("coffee.v2.png"))
    (folder / "test.txt").write_text("coffee.v2")
    assert [triple.mask.name for triple in read_guided_set(folder, "val")] == ["coffee.v2.png"]


def test_a_guided_set_without_lists_has_no_splits(tmp_path):
    folder = write_guided_set(tmp_path / "set")
    for name in ("train.txt", "test.txt"):
        (folder / name).unlink()
    assert len(read_guided_set(folder, "train")) == len(read_guided_set(folder, "val")) == 2


def test_lists_of_iharmony4_and_mhp_are_stripped(tmp_path):
    folder = write_iharmony4(tmp_path / "i4")
    lines = (folder / "IHD_test.txt").read_text()
    (folder / "IHD_test.txt").write_bytes(b" " + lines.strip().encode() + b" \r\n\r\n")
    assert len(read_iharmony4(folder, "val")) == 1
    folder = write_mhp(tmp_path / "mhp", 1)
    (folder / "train_list.txt").write_text("\n")
    (folder / "test_list.txt").write_text(" 0007.jpg \r\n")
    assert len(read_mhp(folder, "val")) == 1


def load_composites(folders):
    return load_triples(read_composites(folders), 32)


def load_labels(folders):
    return [example.read_labels() for example in read_labeled(folders)]


def write_bytes(file, content=b"\x89PNG\xff\xfe"):
    return lambda folder: (folder / file).write_bytes(content)


def lacking(part, key, wrong=None):
    """Takes a key out of a COCO file's first image, annotation or category, or spoils it."""

    def damage(folder):
        file = folder / "annotations/instances_val2017.json"
        content = json.loads(file.read_text())
        content[part][0].pop(key)
        if wrong is not None:
            content[part][0][key] = wrong
        file.write_text(json.dumps(content))

    return damage


def v1(folder):
    return write_mhp(folder, 1)


def v2(folder):
    return write_mhp(folder, 2)


def remove(file):
    return lambda folder: (folder / file).unlink()


def spoil(folder):
    (folder / "annotations/instances_val2017.json").write_text(json.dumps({"images": []}))


@pytest.mark.parametrize(
    ("write", "damage", "read", "sentence"),
    [
        (write_iharmony4, remove("HCOCO/masks/c1_1.png"), read_composites, "iHarmony4 holds HCOCO"),
        (write_iharmony4, remove("IHD_test.txt"), read_composites, "IHD_test.txt is missing"),
        (write_guided_set, remove("guide_masks/coffee.png"), read_composites, "and guide_masks"),
        (write_coco, remove("val2017/000000000009.jpg"), read_labeled, "COCO holds annotations"),
        (write_coco, spoil, read_labeled, "is damaged"),
        (v2, remove("train/images/0007.jpg"), read_labeled, "MHP v1 holds"),
        (write_iharmony4, write_bytes("IHD_train.txt"), read_composites, "IHD_train.*iHarmony4 ho"),
        (write_iharmony4, write_bytes("HCOCO/masks/c1_1.png"), load_composites,
         "HCOCO/masks/c1_1.png; iHarmony4 holds"),
        (write_iharmony4, write_bytes("HCOCO/real_images/c1.jpg"), load_composites,
         "real_images/c1.jpg; iHarmony4 holds"),
        (write_guided_set, write_bytes("guide_masks/coffee.png"), load_composites,
         "IntHarmony and PortraitTest hold"),
        (write_guided_set, write_bytes("train.txt"), read_composites, "train.txt.*PortraitTest ho"),
        (write_guided_set, write_bytes("test.txt", b"coffee\ntea.png\n"), read_composites,
         "test.txt lists tea.png, which is not there: IntHarmony and PortraitTest hold"),
        (write_guided_set, lambda f: [write_bytes(n, b" \n")(f) for n in ("train.txt", "test.txt")],
         read_composites, "train.txt and .*test.txt list no composite: IntHarmony"),
        (v1, write_bytes("train_list.txt"), read_labeled, "train_list.txt.*MHP v1 holds"),
        (v1, write_bytes("annotations/0007_02_01.png"), load_labels, "MHP v1 holds"),
        (v2, write_bytes("train/parsing_annos/0007_02_02.png"), load_labels, "MHP v1 holds"),
        (write_coco, write_bytes("annotations/instances_val2017.json"), read_labeled, "COCO holds"),
        (write_coco, lacking("annotations", "segmentation"), load_labels,
         "it lacks 'segmentation'.*COCO holds annotations"),
        (write_coco, lacking("annotations", "image_id"), load_labels, "lacks 'image_id'.*COCO hol"),
        (write_coco, lacking("annotations", "area"), load_labels, "it lacks 'area'.*COCO holds"),
        (write_coco, lacking("annotations", "category_id"), load_labels, "lacks 'cat.*COCO holds"),
        (write_coco, lacking("images", "width"), load_labels, "it lacks 'width'.*COCO holds"),
        (write_coco, lacking("images", "file_name"), load_labels, "lacks 'file_name'.*COCO holds"),
        (write_coco, lacking("categories", "name"), load_labels, "it lacks 'name'.*COCO holds"),
        (write_coco, lacking("annotations", "area", "wide"), load_labels, "damaged.*COCO holds"),
        (write_coco, lacking("images", "height", []), load_labels, "is damaged.*COCO holds"),
        (write_coco, lacking("annotations", "segmentation", [[1, 2, 3]]), load_labels,
         "neither polygons nor run lengths: COCO holds"),
        (write_coco, lacking("annotations", "segmentation", {}), load_labels, "neither.*COCO hol"),
    ],
)  # fmt: skip
def test_damaged_sets(tmp_path, write, damage, read, sentence):
    folder = write(tmp_path / "set")
    damage(folder)
    with pytest.raises(InputError, match=sentence):
        read([folder])


def test_a_folder_of_no_known_layout_names_them_all(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(InputError, match=r"no index\.csv.*MHP v1 holds.*COCO holds.*iHarmony4"):
        read_labeled([tmp_path / "photos"])
    with pytest.raises(InputError, match="does not exist"):
        read_composites([tmp_path / "nowhere"])


def test_sources_can_be_left_out(tmp_path):
    folder = write_iharmony4(tmp_path / "set")
    assert [triple.source for triple in read_composites([folder], None, ["HCOCO"])] == ["HFlickr"]
    with pytest.raises(InputError, match="No photo is of source 'HAdobe'"):
        read_composites([folder], None, ["HAdobe"])
