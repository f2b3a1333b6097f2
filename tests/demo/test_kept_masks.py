from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from demo.kept_masks import KeptMasks, is_found
from iph_core.errors import InputError


def block(size: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(size[::-1], np.float32)
    mask[size[1] // 4 : size[1] // 2, size[0] // 4 : size[0] // 2] = 1
    return mask


def row(number: int) -> np.ndarray:
    mask = np.zeros((8, 12), np.float32)
    mask[number] = 1
    return mask


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    kept = KeptMasks(tmp_path, (120, 80))
    mask = block((120, 80))
    assert np.array_equal(kept.read(kept.keep_found(mask)), mask)
    assert np.array_equal(kept.read(kept.keep_brought(mask)), mask)


def test_found_masks_of_large_photos_are_small_files_of_the_right_size(tmp_path: Path) -> None:
    size = (5000, 3000)
    kept = KeptMasks(tmp_path, size)
    read = kept.read(kept.keep_found(block(size)))
    assert read.shape == (3000, 5000) and read.dtype == np.float32
    assert np.abs(read - block(size)).mean() < 0.002


def test_the_least_used_go_first(tmp_path: Path) -> None:
    kept = KeptMasks(tmp_path, (12, 8), most=2)
    first, second = kept.keep_found(row(0)), kept.keep_found(row(1))
    kept.read(first)
    third = kept.keep_found(row(2))
    assert kept.read(first).any() and kept.read(third).any()
    with pytest.raises(InputError):
        kept.read(second)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_mask_kept_again_keeps_its_name_and_is_young_again(tmp_path: Path) -> None:
    kept = KeptMasks(tmp_path, (12, 8), most=2)
    first = kept.keep_found(row(0))
    kept.keep_found(row(1))
    assert kept.keep_found(row(0)) == first
    kept.keep_found(row(2))
    assert np.array_equal(kept.read(first), row(0))
    assert len(list(tmp_path.iterdir())) == 2


def test_what_we_find_drives_out_nothing_that_was_brought(tmp_path: Path) -> None:
    kept = KeptMasks(tmp_path, (12, 8), most=2)
    brought = kept.keep_brought(row(0))
    for number in range(8):
        kept.keep_found(row(number))
    assert np.array_equal(kept.read(brought), row(0))
    assert not is_found(brought) and is_found(kept.keep_found(row(1)))


def test_only_names_that_were_given_out_are_read(tmp_path: Path) -> None:
    (tmp_path / "kept-other.png").write_bytes(b"")
    with pytest.raises(InputError):
        KeptMasks(tmp_path, (12, 8)).read("other")


def test_where_a_mask_is_sure_is_kept_and_goes_with_it(tmp_path: Path) -> None:
    kept, sure = KeptMasks(tmp_path, (12, 8), most=1), np.eye(256, dtype=bool)
    name = kept.keep_found(row(0), sure)
    assert kept.sure(name) is sure
    kept.keep_found(row(1))
    assert kept.sure(name) is None
