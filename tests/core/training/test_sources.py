"""Where batches come from."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from iph_core.data.harmony_sets import read_ready_set
from iph_core.data.scenery import with_scenery
from iph_core.data.synthesis import Synthesizer
from iph_core.data.triples import load_triple_bank
from iph_core.errors import InputError
from iph_core.network.match_head import SIDE
from iph_core.training.sources import (
    apart,
    bank_side,
    composite_weights,
    made_in_pieces,
    scenery_weights,
    seed_of,
    source_of,
    source_weights,
    validation_sets,
    with_people_only,
)
from iph_core.training.stages import schedule
from tests.core.evaluation.ready_folder import write_ready_set
from tests.folders import tiny_bank

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def triples(tmp_path_factory):
    folder = write_ready_set(tmp_path_factory.mktemp("sets") / "triples")
    return load_triple_bank(read_ready_set(folder), 32)


@pytest.mark.parametrize("pieces", [1, 2, 4])
def test_a_share_is_that_part_of_the_batch(pieces):
    source = Synthesizer(tiny_bank(64), schedule("color").recipe, 32)
    rows = torch.arange(8) % len(source.bank.regions)
    whole = made_in_pieces(source, rows, pieces, slice(0, 8), 7, CPU)
    half = made_in_pieces(source, rows, pieces, slice(4, 8), 7, CPU)
    assert torch.equal(half.composite, whole.composite[4:])
    assert torch.equal(half.guide, whole.guide[4:])


def test_a_piece_that_nobody_wants_is_not_made():
    calls = []

    class Recorder:
        def batch(self, rows, generator):
            calls.append(rows.tolist())
            synthesizer = Synthesizer(tiny_bank(64), schedule("color").recipe, 16)
            return synthesizer.batch(rows, generator)

    made_in_pieces(Recorder(), torch.arange(8), 4, slice(4, 8), 0, CPU)
    assert calls == [[4, 5], [6, 7]]
    with pytest.raises(InputError, match="8 has no 3 equal pieces"):
        made_in_pieces(Recorder(), torch.arange(8), 3, slice(0, 8), 0, CPU)


def test_pieces_have_draws_of_their_own():
    source = Synthesizer(tiny_bank(64), schedule("color").recipe, 32)
    rows = torch.zeros(4, dtype=torch.long)
    made = made_in_pieces(source, rows, 4, slice(0, 4), 7, CPU)
    assert len({tuple(each.flatten().tolist()) for each in made.composite}) == 4


def test_seeds_of_different_numbers_differ_in_what_the_cpu_reads():
    seeds = [seed_of(seed, step) for seed in range(3) for step in range(3)]
    assert len({seed % 2**32 for seed in seeds}) == 9
    assert seed_of(2, 5) == seed_of(2, 5)
    assert seed_of(-1, 0) != seed_of(1, 0)


def test_sources_set_apart(triples):
    bank = tiny_bank(64)
    kept, left_out = apart(bank, ["portraits", "nowhere"])
    assert set(kept.region_sources) == {"animals", "things"}
    assert set(left_out.region_sources) == {"portraits"}
    assert apart(bank, [])[1] is None
    mixed = replace(triples, sources=("a", "b", "a"))
    kept, left_out = apart(mixed, ["b"])
    assert (kept.sources, left_out.sources) == (("a", "a"), ("b",))
    assert torch.equal(kept.composites, triples.composites[[0, 2]])
    with pytest.raises(InputError, match="leave fewer sources out"):
        apart(mixed, ["a", "b"])


def test_people_only():
    bank = tiny_bank(64)
    assert set(with_people_only(bank).regions[:, 1].tolist()) == {1, 2}
    nobody = replace(bank, regions=bank.regions[bank.regions[:, 1] > 100])
    with pytest.raises(InputError, match="needs people"):
        with_people_only(nobody)


def test_composites_are_made_larger_than_the_network_reads_them():
    assert bank_side(schedule("paper-1")) == 512
    match = schedule("match")
    assert SIDE < match.size == bank_side(match) == bank_side(schedule("match-transfer"))


def test_stages_take_their_own_regions():
    plan = replace(schedule("paper-cpu-3"), size=32, people_only=False)
    source, weights = source_of(tiny_bank(64), plan)
    assert len(weights) == 10
    made = source.batch(torch.arange(4), torch.Generator().manual_seed(0))
    assert made.composite.shape == (4, 3, 32, 32)


def test_pieces_of_scenes_are_drawn_in_their_share():
    bank = tiny_bank(64)
    plan = replace(schedule("color"), recipe=replace(schedule("color").recipe, scenery=0.3))
    source, weights = source_of(bank, plan)
    labeled, pieces = weights[: len(bank.regions)], weights[len(bank.regions) :]
    assert len(source.bank.regions) == len(weights)
    assert pieces.sum() / weights.sum() == pytest.approx(0.3)
    own = source_weights(bank)
    assert torch.allclose(labeled / labeled.sum(), own / own.sum())


def test_pieces_of_scenes_are_drawn_as_often_in_each_photo_of_a_source():
    bank = with_scenery(tiny_bank(64))
    labeled = source_weights(tiny_bank(64))
    pieces = scenery_weights(bank, labeled, 0.5)[len(labeled) :]
    photos = bank.regions[len(labeled) :, 0]
    in_things = [float(pieces[photos == photo].sum()) for photo in (3, 4)]
    assert in_things[0] == pytest.approx(in_things[1]) != 0


def test_labeled_regions_alone_where_no_photo_has_a_piece():
    bank = tiny_bank(64)
    weights = source_weights(bank)
    assert scenery_weights(bank, weights, 0.3) is weights


def test_composites_are_a_source(triples):
    source, weights = source_of(triples, schedule("paper-1"))
    assert torch.equal(weights, composite_weights(triples))
    made = source.batch(torch.tensor([0, 0, 0, 0, 1]), torch.Generator().manual_seed(1))
    plain = triples.plain(torch.tensor([0]))
    mirrored = [not torch.equal(each, plain.composite[0]) for each in made.composite[:4]]
    assert any(mirrored) and not all(mirrored)
    for sample, flipped in enumerate(mirrored):
        for name in ("composite", "truth", "mask", "guide"):
            there = getattr(plain, name)[0]
            there = there.flip(-1) if flipped else there
            assert torch.equal(getattr(made, name)[sample], there)


def test_what_a_run_is_judged_by(triples):
    assert list(validation_sets(tiny_bank(64, "val"), 32)) == ["standard", "look"]
    for judged in validation_sets(tiny_bank(64, "val"), 32, ("exposure", "tone")).values():
        assert judged.families == ["exposure", "tone"]
    ready = validation_sets(triples, 32)
    assert list(ready) == ["ready"]
    assert [len(made.mask) for made in ready["ready"].batches()] == [3]
