"""The reader and every file of the corpus: a photo, or one clear sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from iph_core.errors import InputError
from iph_core.photo import open_mask, open_photo
from tests.hostile.corpus import CASES, Case, face, jpeg, noise

pytestmark = pytest.mark.filterwarnings("ignore:Corrupt EXIF data", "ignore:Truncated File Read")


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES)
def case(request: pytest.FixtureRequest) -> tuple[Case, bytes]:
    return request.param, request.param.make()


def is_one_sentence(text: str) -> bool:
    return text.endswith(".") and "\n" not in text and len(text) < 250 and "Error" not in text


def test_a_photo_or_one_sentence(case: tuple[Case, bytes], no_hang: None) -> None:
    expected, data = case
    if expected.outcome == "refused":
        with pytest.raises(InputError) as refused:
            open_photo(data, name="holiday.jpg")
        assert is_one_sentence(str(refused.value)) and "holiday.jpg" in str(refused.value)
        return
    photo = open_photo(data)
    assert photo.size == expected.size
    assert photo.pixels.dtype in (np.uint8, np.uint16) and photo.pixels.shape[2] == 3
    assert photo.srgb(max_side=32).shape[2] == 3


def test_as_a_mask(case: tuple[Case, bytes], no_hang: None) -> None:
    expected, data = case
    try:
        mask = open_mask(data, expected.size or (10, 10))
    except InputError as refused:
        assert is_one_sentence(str(refused))
    else:
        assert expected.outcome == "read"
        assert mask.shape[::-1] == expected.size and 0 <= mask.min() <= mask.max() <= 1


@pytest.mark.parametrize("name", ["HTML as its comment", "a ZIP behind it"])
def test_what_hides_in_a_photo_is_not_in_the_result(name: str, tmp_path: Path) -> None:
    from iph_core.photo import save_photo

    data = CASES[f"JPEG with {name}"].make()
    assert b"alert(" in data or b"escaped.txt" in data
    save_photo(open_photo(data), tmp_path / "out.png")
    written = (tmp_path / "out.png").read_bytes()
    assert b"alert(" not in written and b"escaped.txt" not in written


def test_the_wrong_suffix_is_no_matter(tmp_path: Path) -> None:
    for suffix in (".png", ".gif", ".exe", ""):
        path = tmp_path / f"photo{suffix}"
        path.write_bytes(jpeg())
        assert open_photo(path).size == face().size


def test_100_mb(tmp_path: Path, no_hang: None) -> None:
    path = tmp_path / "large.jpg"
    with path.open("wb") as file:
        file.write(jpeg())
        file.truncate(100_000_000)
    assert open_photo(path).size == face().size, "zeros behind a picture do no harm"
    with pytest.raises(InputError, match="100 MB and the limit is 60 MB"):
        open_photo(path, max_bytes=60_000_000)


@pytest.mark.parametrize("path", ["a\0b.jpg", ".", "/dev/zero", "x" * 5000, "../../nobody.jpg"])
def test_paths_that_are_no_files(path: str, no_hang: None) -> None:
    with pytest.raises(InputError) as refused:
        open_photo(path)
    assert "\n" not in str(refused.value)


def test_a_photo_cut_at_every_length(no_hang: None) -> None:
    data = jpeg() + noise(1, 10)
    outcomes = set()
    for length in range(0, len(data), 7):
        try:
            outcomes.add(open_photo(data[:length]).size)
        except InputError as refused:
            assert is_one_sentence(str(refused))
    assert outcomes <= {face().size}
