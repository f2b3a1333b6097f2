"""Ready sets: files to batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from iph_core.data.harmony_sets import is_ready_set, read_iharmony4, read_ready_set
from iph_core.data.triples import load_triples, photo_numbers
from iph_core.errors import InputError
from iph_core.evaluation.metrics import fpsnr
from iph_core.evaluation.ready import ready_set
from iph_core.network.masks import band_radius, dilate
from tests.core.data.sets import write_iharmony4
from tests.core.evaluation.ready_folder import FOREGROUND, REFERENCE, SIZE, write_ready_set

CPU = torch.device("cpu")


@pytest.fixture
def folder(tmp_path):
    return write_ready_set(tmp_path / "triples")


def test_which_folders_are_ready_sets(folder, tmp_path):
    assert is_ready_set(folder)
    assert not is_ready_set(tmp_path)
    assert not is_ready_set(tmp_path / "nowhere")
    (folder / "index.csv").touch()  # of whoever made it
    assert is_ready_set(folder)


def test_files_belong_together_by_name(folder):
    cases = read_ready_set(folder)
    assert [case.composite.name for case in cases] == [
        "a[1]_composite.png",
        "b_composite.jpg",
        "b_old_composite.png",
    ]
    assert [case.real.name for case in cases] == ["a[1]_real.png", "b_real.png", "b_old_real.webp"]
    assert [case.reference is None for case in cases] == [False, True, True]
    assert {case.source for case in cases} == {"triples"}


def test_pictures_masks_and_guides(folder):
    size = 32
    made = load_triples(read_ready_set(folder), size)
    assert made.composite.shape == (3, 3, size, size)
    assert torch.equal(made.reference, made.composite)
    # 96 x 64 pixels onto 32 x 32: every pixel of the first picture is an exact mean of 3 x 2.
    file = np.asarray(Image.open(folder / "a[1]_composite.png"), float)
    means = file.reshape(32, 2, 32, 3, 3).mean((1, 3)) / 255
    np.testing.assert_allclose(made.composite[0].movedim(0, -1), means, atol=0.6 / 255)
    x0, y0, x1, y1 = FOREGROUND
    expected = torch.zeros(size, size)
    expected[y0 // 2 : y1 // 2, x0 // 3 : x1 // 3] = 1
    assert torch.equal(made.mask[0, 0], expected)
    hidden = dilate(made.mask, band_radius(0.03, made.mask))
    x0, y0, x1, y1 = REFERENCE
    region = torch.zeros(size, size)
    region[y0 // 2 : y1 // 2, x0 // 3 : x1 // 3] = 1
    assert torch.equal(made.guide[0, 0], region * (1 - hidden[0, 0]))
    assert torch.equal(made.guide[1], 1 - hidden[1])
    assert made.score.sum() < made.mask.sum()
    assert (made.score <= made.mask).all()


def test_the_composite_is_measured_against_the_real_photo(folder):
    made = load_triples(read_ready_set(folder), 32)
    # The foreground was darkened to 0.6 of what it was.
    error = ((0.4 * made.truth) ** 2 * made.score).sum((1, 2, 3)) / (3 * made.score.sum((1, 2, 3)))
    expected = -10 * torch.log10(error)
    got = fpsnr(made.composite, made.truth, made.score)
    torch.testing.assert_close(got, expected, atol=0.3, rtol=0)


def test_a_set_is_one_source_however_small(folder):
    test_set = ready_set(read_ready_set(folder), 32, CPU)
    assert test_set.sources == ["triples"] * 3
    assert test_set.smallest_source == 1
    assert test_set.families is None
    assert [len(made.mask) for made in test_set.batches()] == [3]
    limited = ready_set(read_ready_set(folder), 32, CPU, limit=2)
    assert len(limited.sources) == 2
    assert [len(made.mask) for made in limited.batches()] == [2]


def test_composites_of_one_photo_are_known_by_it(folder, tmp_path):
    cases = read_ready_set(folder)
    assert photo_numbers(cases) == [0, 1, 2]
    # As `build-data intharmony --per-photo 2` writes them: each has its own copy.
    (folder / "b_real.png").write_bytes((folder / "a[1]_real.png").read_bytes())
    assert photo_numbers(read_ready_set(folder)) == [0, 0, 1]
    made = load_triples(read_ready_set(folder), 32)
    assert made.photo_index.tolist() == [0, 0, 1]
    # As iHarmony4 has them: several composites name one file.
    images = write_iharmony4(tmp_path / "i4") / "HCOCO" / "composite_images"
    (images / "c1_1_2.jpg").write_bytes((images / "c1_1_1.jpg").read_bytes())
    (tmp_path / "i4/IHD_train.txt").unlink()
    lines = [f"HCOCO/composite_images/c1_1_{way}.jpg\n" for way in (1, 2)]
    (tmp_path / "i4/IHD_test.txt").write_text("".join(lines))
    cases = read_iharmony4(tmp_path / "i4", "val")
    assert photo_numbers(cases) == [0, 0]
    assert ready_set(cases, 32, CPU).photos == 1


def test_photos_are_numbered_over_the_whole_set(folder, monkeypatch):
    monkeypatch.setattr("iph_core.evaluation.ready.BATCH", 2)
    (folder / "b_old_real.webp").unlink()
    (folder / "b_old_real.png").write_bytes((folder / "b_real.png").read_bytes())
    test_set = ready_set(read_ready_set(folder), 32, CPU)
    assert [made.photo_index.tolist() for made in test_set.batches()] == [[0, 1], [1]]
    assert test_set.photos == 2


def test_a_hidden_reference_gives_way_to_the_background_and_says_so(folder, capsys):
    Image.open(folder / "a[1]_mask.png").save(folder / "a[1]_reference.png")
    cases = read_ready_set(folder)[:1]
    made = load_triples(cases, 32)
    assert "a[1]_reference.png is too small or hidden" in capsys.readouterr().err
    assert torch.equal(made.guide[0], 1 - dilate(made.mask, band_radius(0.03, made.mask))[0])


def remove(folder, name):
    (folder / name).unlink()


def blank(folder, name):
    Image.new("L", SIZE, 255).save(folder / name)


def shrink(folder, name):
    Image.open(folder / name).resize((30, 20)).save(folder / name)


def dot(folder, name):
    picture = Image.new("L", SIZE)
    picture.putpixel((5, 5), 255)
    picture.save(folder / name)


@pytest.mark.parametrize(
    ("damage", "name", "sentence"),
    [
        (remove, "b_mask.png", "lacks b_mask.png: a ready set holds NAME_composite"),
        (remove, "b_real.png", r"lacks one b_real\.\*"),
        (shrink, "b_real.png", "b_real.png is 30x20 but the composite is 96x64"),
        (shrink, "b_mask.png", "The mask is 30x20"),
        (blank, "b_mask.png", "leaves no background to match"),
        (dot, "b_mask.png", "is too small"),
    ],
)
def test_damaged_sets(folder, damage, name, sentence):
    damage(folder, name)
    with pytest.raises(InputError, match=sentence):
        load_triples(read_ready_set(folder), 32)
