from __future__ import annotations

import pytest

from demo.examples_shipped import FOLDER, Example, load_examples
from demo.texts import PAGE
from iph_core.photo import open_mask, open_photo

EXAMPLES = load_examples()


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_taps_hit_the_pasted_person_and_somebody_else(example: Example) -> None:
    photo = open_photo(example.photo)
    mask = open_mask(example.mask, photo.size)
    (x, y), (other_x, other_y) = example.change, example.match
    assert mask[int(y), int(x)] == 1
    assert mask[int(other_y), int(other_x)] == 0
    assert PAGE[f"example_{example.name}"] and example.credit


def test_there_are_a_few_small_ones_with_credits() -> None:
    assert 2 <= len(EXAMPLES) <= 4
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 1_500_000
    assert "public domain" in (FOLDER / "CREDITS.md").read_text("utf-8")
