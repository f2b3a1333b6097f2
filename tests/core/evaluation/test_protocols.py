"""Fixed test composites and their score."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from iph_core.data.composites import joined
from iph_core.data.recipe import PROTOCOLS, STANDARD
from iph_core.errors import InputError
from iph_core.evaluation import protocols
from iph_core.evaluation.metrics import fpsnr
from iph_core.evaluation.protocols import (
    RECIPES,
    Score,
    again,
    in_turn,
    made_set,
    one_region_a_photo,
    places_of,
    score,
    spread,
    together,
    without,
)
from tests.folders import tiny_bank

SIZE = 32


def batches(recipe=STANDARD, batch=2):
    return list(protocols.test_batches(tiny_bank(2 * SIZE), recipe, SIZE, batch))


def test_one_region_a_photo_and_a_person_first():
    bank = tiny_bank(2 * SIZE)
    rows = one_region_a_photo(bank)
    chosen = bank.regions[rows]
    assert chosen[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert chosen[0, 1] == 1  # the astronaut, not the strip beside her
    assert chosen[1, 1] in (1, 2)
    assert (chosen[2:, 1] > 100).all()
    assert torch.equal(rows, one_region_a_photo(bank))


@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_composites_are_the_same_at_every_call(protocol):
    first, second = batches(PROTOCOLS[protocol]), batches(PROTOCOLS[protocol])
    assert [len(made.mask) for made in first] == [2, 2, 1]
    for one, other in zip(first, second, strict=True):
        for field in fields(one):
            assert torch.equal(getattr(one, field.name), getattr(other, field.name))


def test_families_come_in_turn():
    families = torch.cat([made.family for made in batches()])
    assert families.tolist() == [0, 1, 2, 3, 4]


def test_composites_of_the_untouched_protocol_are_the_truth():
    for made in batches(PROTOCOLS["untouched"]):
        torch.testing.assert_close(made.composite, made.truth, atol=1e-6, rtol=0)


def test_score_of_known_methods():
    sources = tiny_bank(2 * SIZE).sources
    nothing = score(iter(batches()), lambda made: made.composite, sources)
    assert nothing.gain == 0
    assert nothing.worse == 0
    assert nothing.sources == list(sources)
    perfect = score(iter(batches()), lambda made: made.truth, sources)
    assert perfect.result == pytest.approx([70] * 5)
    assert perfect.composite == nothing.composite
    half = score(iter(batches()), lambda made: (made.composite + made.truth) / 2, sources)
    # Half the error is a quarter of its square: 6.02 dB.
    assert half.gains == pytest.approx([6.0206] * 5, abs=1e-3)
    assert half.worse == 0
    double = score(iter(batches()), lambda made: 2 * made.composite - made.truth, sources)
    assert double.worse == 1
    one = batches()[0]
    expected = fpsnr(one.composite, one.truth, one.score).tolist()
    assert nothing.composite[:2] == pytest.approx(expected)


def test_every_source_counts_once():
    sources = ["a"] * 10 + ["b"] * 20
    made = Score([15.0] * 30, [17.0] * 10 + [14.0] * 5 + [15.5] * 15, sources)
    assert made.gain == pytest.approx(1.0625)
    assert made.worse == pytest.approx(0.125)


def test_a_made_set_knows_sources_and_families_of_its_composites():
    bank = tiny_bank(2 * SIZE)
    test_set = made_set(bank, STANDARD, SIZE)
    batch = next(test_set.batches())
    assert test_set.sources == [bank.sources[photo] for photo in batch.photo_index]
    assert test_set.families == [STANDARD.families[family] for family in batch.family]
    assert torch.equal(batch.composite, next(test_set.batches()).composite)


def test_every_source_sees_all_families_and_the_whole_range():
    sources = ["a", "b"] * 6 + ["a"] * 51
    families, wanted = in_turn(sources, STANDARD)
    middle = (STANDARD.strongest + STANDARD.weakest) / 2
    for places in places_of(sources).values():
        assert wanted[places].mean() == pytest.approx(middle)
        low, high = wanted[places].min().item(), wanted[places].max().item()
        assert low - STANDARD.strongest == pytest.approx(STANDARD.weakest - high, abs=1e-4)
        counts = torch.bincount(families[places], minlength=len(STANDARD.families))
        assert counts.max() - counts.min() <= 1
    # And each family many strengths.
    of_a = torch.tensor(places_of(sources)["a"])
    for family in range(len(STANDARD.families)):
        assert wanted[of_a[families[of_a] == family]].mean() == pytest.approx(middle, abs=0.9)


@pytest.mark.parametrize("protocol", ["standard", "look"])
def test_few_photos_are_as_hard_as_many(protocol):
    bank = tiny_bank(2 * SIZE)
    for size in (1, 2, 5):
        rows = torch.arange(size)
        some = replace(bank, regions=bank.regions[torch.isin(bank.regions[:, 0], rows)])
        some = replace(some, sources=("one",) * 5)
        made = score(
            made_set(some, PROTOCOLS[protocol], SIZE).batches(),
            lambda made: made.truth,
            some.sources,
        )
        assert 16 < np.mean(made.composite) < 20


def test_what_is_left_out_changes_no_other_composite():
    bank = tiny_bank(2 * SIZE)
    whole = made_set(bank, STANDARD, SIZE, skin=bank)
    kept = without(whole, ["portraits"])
    assert kept.sources == ["animals", "things", "things"]
    assert kept.families == whole.families[2:]
    assert torch.equal(kept.skin(), whole.skin()[2:])
    (made,), (everything,) = list(kept.batches()), list(whole.batches())
    for field in fields(made):
        assert torch.equal(getattr(made, field.name), getattr(everything, field.name)[2:])
    with pytest.raises(InputError, match="leave fewer sources out"):
        without(whole, ["portraits", "animals", "things"])


def test_a_batch_of_sources_left_out_is_not_there():
    test_set = replace(made_set(tiny_bank(2 * SIZE), STANDARD, SIZE), batches=lambda: batches())
    kept = list(without(test_set, ["portraits", "animals"]).batches())
    assert [made.photo_index.tolist() for made in kept] == [[3], [4]]
    assert [len(made.mask) for made in together(iter(kept))] == [2]


def test_no_true_pixel_is_left_in_the_rim():
    bank = tiny_bank(2 * SIZE)
    plain = next(made_set(bank, STANDARD, SIZE).batches())
    painted = next(made_set(bank, RECIPES["recolored-rim"], SIZE).batches())
    torch.testing.assert_close(plain.truth, painted.truth)
    outside = plain.mask == 0
    changed = [
        ((made.composite != made.truth).any(1, keepdim=True) & outside).sum().item()
        for made in (plain, painted)
    ]
    assert changed[1] > 2 * changed[0]


def test_again_takes_the_first_result_in_8_bits_for_the_truth():
    test_set = made_set(tiny_bank(2 * SIZE), STANDARD, SIZE)
    made, first = next(test_set.batches()), next(again(test_set, darker).batches())
    expected = (made.composite * 0.7 * 255).round() / 255
    assert torch.equal(first.composite, expected)
    assert torch.equal(first.truth, expected)


def test_a_result_is_harmonized_again_with_what_it_shows_itself():
    test_set = made_set(tiny_bank(2 * SIZE), STANDARD, SIZE)
    made = next(test_set.batches())
    elsewhere = torch.cat((made.truth[:1].flip(-1), made.reference[1:]))
    given = replace(test_set, batches=lambda: iter([replace(made, reference=elsewhere)]))
    first = next(again(given, darker).batches())
    assert torch.equal(first.reference[1:], first.composite[1:])
    assert torch.equal(first.reference[0], elsewhere[0])  # a reference of another picture stays


def darker(made):
    return made.composite * 0.7


def test_a_last_photo_is_not_left_alone():
    apart = batches()
    assert [len(made.mask) for made in together(iter(apart))] == [2, 3]
    assert [len(made.mask) for made in together(iter(apart[:2]))] == [2, 2]
    assert [len(made.mask) for made in together(iter(apart[2:]))] == [1]
    assert [len(made.mask) for made in together(iter((apart[2], apart[0])))] == [3]
    assert list(together(iter(()))) == []


def test_composites_of_one_photo_are_not_left_alone():
    first, second, _ = batches()
    alone = replace(first, photo_index=torch.tensor([7, 7]))
    got = list(together(iter((alone, second))))
    assert [made.photo_index.tolist() for made in got] == [[7, 7, 2, 3]]
    got = list(together(iter((first, second, alone))))
    assert [made.photo_index.tolist() for made in got] == [[0, 1], [2, 3, 7, 7]]
    assert torch.equal(got[1].composite, joined([second, alone]).composite)


def test_spread_takes_from_every_source_alike():
    sources = ["a"] * 20 + ["b"] * 2 + ["c"] * 10
    chosen = spread(sources, 8)
    assert [sources[place] for place in chosen] == ["a"] * 3 + ["b"] * 2 + ["c"] * 3
    assert chosen == [3, 10, 16, 20, 21, 23, 27, 30]
    assert spread(sources, 100) == list(range(32))
    assert spread(sources, 1) == [10]
    assert len(np.unique(spread(sources, 31))) == 31


def scattered(bank, photos):
    """The bank with some photos labeled by single pixels alone, a ninth of them all."""
    labels, regions = bank.labels.clone(), bank.regions.clone()
    for photo in photos:
        labels[photo] = 0
        labels[photo, ::3, ::3] = 1
        regions[regions[:, 0] == photo, 1] = 1
    return replace(bank, labels=labels, regions=regions)


def test_regions_that_vanish_are_not_measured():
    bank = tiny_bank(2 * SIZE)
    test_set = made_set(scattered(bank, [1, 3]), STANDARD, SIZE)
    made = joined(list(test_set.batches()))
    assert made.photo_index.tolist() == [0, 2, 4]
    assert test_set.sources == [bank.sources[photo] for photo in (0, 2, 4)]
    assert made.score.flatten(1).any(1).all()
    with pytest.raises(InputError, match="Nothing is left of any labeled region at 32 pixels"):
        made_set(scattered(bank, range(5)), STANDARD, SIZE)
