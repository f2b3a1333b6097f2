from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from iph_core.errors import InputError
from iph_core.regions.picking import (
    Prompts,
    Tap,
    answer,
    check,
    choose,
    iou,
    is_one_tap,
    outlined,
    second_look,
    stability,
    surer,
    taken_for,
)
from iph_core.regions.sam import Candidates

SIZE = (512, 512)
ONE_TAP = Prompts((Tap(100, 100),))


def disc(radius, sharpness=5.0):
    """Logits of a disc around the photo's point (100, 100)."""
    y, x = np.mgrid[:256, :256]
    return ((radius - np.hypot(x - 50, y - 50)) * sharpness).astype(np.float32)


def candidates(*logits, scores=(0.1, 0.9, 0.5, 0.2)):
    return Candidates(np.stack(logits), np.array(scores, np.float32))


def test_one_tap_means_the_largest_candidate_not_the_best_score():
    options = candidates(disc(5), disc(10), disc(20), disc(40))
    np.testing.assert_array_equal(choose(options, ONE_TAP, SIZE), options.logits[3])


def test_nearly_the_whole_photo_is_not_a_thing():
    options = candidates(disc(5), disc(10), disc(20), disc(400))
    np.testing.assert_array_equal(choose(options, ONE_TAP, SIZE), options.logits[2])


def test_padding_does_not_make_a_candidate_smaller():
    wide = (512, 128)  # A quarter of the frame: the rest of the logits is padding.
    everything = np.full((256, 256), -9, np.float32)
    everything[:64] = 9
    options = candidates(disc(5), disc(10), disc(20), everything)
    np.testing.assert_array_equal(choose(options, ONE_TAP, wide), options.logits[2])


def test_an_unstable_candidate_is_passed_over():
    options = candidates(disc(5), disc(10), disc(20), disc(40, sharpness=0.05))
    assert stability(options.logits[3]) < 0.6
    np.testing.assert_array_equal(choose(options, ONE_TAP, SIZE), options.logits[2])


def test_where_nothing_is_sensible_the_best_score_counts():
    options = candidates(*[disc(400 + i) for i in range(4)])
    np.testing.assert_array_equal(choose(options, ONE_TAP, SIZE), options.logits[1])


def test_a_negative_tap_rules_out_what_holds_it():
    options = candidates(disc(5), disc(10), disc(20), disc(40))
    prompts = ONE_TAP.with_tap(Tap(160, 100, positive=False))
    np.testing.assert_array_equal(choose(options, prompts, SIZE), options.logits[2])


def test_a_second_positive_tap_rules_out_what_misses_it():
    options = candidates(disc(5), disc(10), disc(30), np.roll(disc(40), 120, axis=0))
    prompts = ONE_TAP.with_tap(Tap(150, 100))
    np.testing.assert_array_equal(choose(options, prompts, SIZE), options.logits[2])


def test_a_box_takes_the_single_mask_token():
    options = candidates(disc(5), disc(10), disc(20), disc(40))
    for prompts in (ONE_TAP.with_box((50, 50, 150, 150)), Prompts(box=(50, 50, 150, 150))):
        np.testing.assert_array_equal(choose(options, prompts, SIZE), options.logits[0])


def taught(*logits):
    return replace(candidates(*logits), whole=3)


def test_the_people_decoders_taught_candidate_is_the_answer_to_taps():
    options = taught(disc(5), disc(10), disc(90), disc(40))
    np.testing.assert_array_equal(choose(options, ONE_TAP, SIZE), options.logits[3])
    added = ONE_TAP.with_tap(Tap(120, 100))
    np.testing.assert_array_equal(choose(options, added, SIZE), options.logits[3])


def test_the_taught_candidate_stands_only_as_long_as_it_obeys():
    options = taught(disc(5), disc(10), disc(20), disc(40))
    removed = ONE_TAP.with_tap(Tap(160, 100, positive=False))  # 30 pixels of the logits away
    np.testing.assert_array_equal(choose(options, removed, SIZE), options.logits[2])
    nothing = taught(disc(5), disc(10), disc(20), disc(-5))
    np.testing.assert_array_equal(choose(nothing, ONE_TAP, SIZE), nothing.logits[2])


def test_an_unsure_tap_is_asked_again_with_points_around_it():
    unsure = taught(disc(5), disc(10), disc(20), disc(3))
    unsure = replace(unsure, scores=np.array([0.9, 0.9, 0.9, 0.69], np.float32))
    again = second_look(unsure, Prompts((Tap(100, 30),)), (512, 400))
    # 8 % of the long side aside, within the photo.
    aside = pytest.approx(40.96)
    places = [(tap.x - 100, tap.y - 30) for tap in again.taps]
    assert places == [(0, 0), (0, -30), (0, aside), (pytest.approx(-40.96), 0), (aside, 0)]
    low = second_look(unsure, Prompts((Tap(500, 390),)), (512, 400))
    assert (low.taps[2], low.taps[4]) == (Tap(500, 399), Tap(511, 390))


def test_no_second_look_where_the_decoder_is_sure_or_more_was_said():
    unsure = taught(disc(5), disc(10), disc(20), disc(3))
    unsure = replace(unsure, scores=np.array([0.1, 0.1, 0.1, 0.3], np.float32))
    sure = replace(unsure, scores=np.array([0.1, 0.1, 0.1, 0.71], np.float32))
    assert second_look(sure, ONE_TAP, SIZE) is None
    assert second_look(unsure, ONE_TAP, SIZE, people=3) is not None
    assert second_look(unsure, ONE_TAP, SIZE, people=4) is None
    assert second_look(replace(unsure, whole=None), ONE_TAP, SIZE) is None
    assert second_look(unsure, ONE_TAP.with_tap(Tap(1, 1)), SIZE) is None
    assert second_look(unsure, ONE_TAP.with_box((0, 0, 9, 9)), SIZE) is None


def test_the_second_look_stands_only_where_it_is_surer():
    first = taught(disc(5), disc(10), disc(20), disc(3))
    first = replace(first, scores=np.array([0.7, 0.8, 0.9, 0.4], np.float32))
    second = taught(disc(1), disc(2), disc(3), disc(60))
    second = replace(second, scores=np.array([0, 0, 0, 0.55], np.float32))
    joined = surer(first, second)
    np.testing.assert_array_equal(joined.logits[3], second.logits[3])
    np.testing.assert_array_equal(joined.logits[:3], first.logits[:3])
    np.testing.assert_allclose(joined.scores, [0.7, 0.8, 0.9, 0.55])
    hardly = replace(second, scores=np.array([0, 0, 0, 0.49], np.float32))
    assert surer(first, hardly) is first


def test_one_tap_is_a_tap_alone_that_adds():
    assert is_one_tap(ONE_TAP)
    assert not is_one_tap(ONE_TAP.with_tap(Tap(1, 1)))
    assert not is_one_tap(ONE_TAP.with_box((0, 0, 9, 9)))
    assert not is_one_tap(Prompts((Tap(100, 100, positive=False),)))


def test_whoever_is_alone_is_taken_where_the_tap_hits_them():
    options = taught(disc(5), disc(10), disc(20), disc(3))
    taken = taken_for(options, ONE_TAP, disc(50), SIZE)
    np.testing.assert_array_equal(taken.logits[3], disc(50))
    np.testing.assert_array_equal(taken.logits[:3], options.logits[:3])
    assert taken_for(options, Prompts((Tap(300, 300),)), disc(50), SIZE) is None
    assert taken_for(replace(options, whole=None), ONE_TAP, disc(50), SIZE) is None


def test_what_stands_out_lends_its_outline_where_it_is_the_same():
    options = taught(disc(5), disc(10), disc(20), disc(30, sharpness=1.0))
    wider = np.where(disc(36) > 0, 255, 0).astype(np.uint8)
    joined = outlined(options, ONE_TAP, wider, SIZE)
    # Saliency of 255 weighs log(999) = 6.9, more than the 4 at which the person's own are cut.
    np.testing.assert_array_equal(joined.logits[3] > 0, wider > 0)
    unsure = np.where(disc(36) > 0, 191, 0).astype(np.uint8)  # log(191 / 64) = 1.09
    between = outlined(options, ONE_TAP, unsure, SIZE).logits[3] > 0
    assert np.count_nonzero(between) == pytest.approx(np.pi * 31.1**2, rel=0.02)
    np.testing.assert_array_equal(joined.logits[:3], options.logits[:3])
    np.testing.assert_array_equal(joined.scores, options.scores)


def test_what_is_something_else_lends_nothing():
    options = taught(disc(5), disc(10), disc(20), disc(30))
    larger = np.where(disc(39) > 0, 255, 0).astype(np.uint8)  # IoU 0.59
    assert outlined(options, ONE_TAP, larger, SIZE) is options
    assert outlined(replace(options, whole=None), ONE_TAP, larger, SIZE).whole is None
    hole = np.where((disc(30) > 0) & (disc(5) < 0), 255, 0).astype(np.uint8)
    assert outlined(options, ONE_TAP, hole, SIZE) is options  # The tap would lie outside.


def test_a_tap_inside_a_selection_goes_from_person_to_part_to_object_and_back():
    options = candidates(disc(5), disc(10), disc(20), disc(40), scores=(0.1, 0.6, 0.95, 0.2))
    asked, seen = ONE_TAP, []
    for _ in range(4):
        found = answer(options, asked, SIZE)
        assert found.level == asked.level
        assert found.levels == ("person", "part", "object")
        seen.append((found.level, found.index))
        asked = asked.with_level(found.next_level)
    # The largest, the smallest, SAM's own answer, and from the start.
    assert seen == [("person", 3), ("part", 0), ("object", 2), ("person", 3)]
    surest_is_whole = replace(options, scores=np.array([0, 0, 0, 1], np.float32), whole=3)
    assert answer(surest_is_whole, ONE_TAP, SIZE).levels == ("person", "part")


def test_a_level_that_gives_the_same_mask_is_skipped():
    options = candidates(disc(39), disc(39.5), disc(39.8), disc(40))
    assert answer(options, ONE_TAP, SIZE).levels == ("person",)
    asked = answer(options, ONE_TAP.with_level("object"), SIZE)
    assert (asked.level, asked.index, asked.next_level) == ("person", 3, "person")


def test_a_part_obeys_the_taps_and_is_stable():
    vague, elsewhere = disc(12, sharpness=0.05), np.roll(disc(10), 120, axis=0)
    options = candidates(vague, elsewhere, disc(15), disc(40), scores=(0.99, 0.98, 0.2, 0.1))
    assert answer(options, ONE_TAP.with_level("part"), SIZE).index == 2


def test_the_object_is_what_sam_itself_answers():
    options = candidates(disc(20), disc(5), disc(10), disc(40), scores=(0.99, 0.5, 0.9, 0.2))
    one = answer(options, ONE_TAP.with_level("object"), SIZE)
    several = answer(options, ONE_TAP.with_tap(Tap(104, 100)).with_level("object"), SIZE)
    assert (one.index, several.index) == (2, 0)


def test_a_box_has_one_level():
    options = candidates(disc(5), disc(10), disc(20), disc(40))
    found = answer(options, Prompts(box=(50, 50, 150, 150), level="object"), SIZE)
    assert (found.index, found.level, found.levels) == (0, "person", ("person",))


def test_iou_of_masks():
    a = np.array([[True, True, False]])
    assert iou(a, ~a) == 0
    assert iou(a, np.array([[True, False, False]])) == 0.5
    assert iou(a & ~a, a & ~a) == 1


def test_stability_is_the_iou_of_a_stricter_and_a_laxer_mask():
    logits = np.array([[2.0, 0.5, -0.5, -2.0]], np.float32)
    assert stability(logits) == pytest.approx(1 / 3)
    assert stability(np.full((2, 2), -9, np.float32)) == 0


def test_undo_is_the_value_before():
    first = Prompts((Tap(1, 2),))
    second = first.with_tap(Tap(3, 4, positive=False))
    assert first == Prompts((Tap(1, 2),))
    np.testing.assert_array_equal(second.points(), [[1, 2], [3, 4]])
    np.testing.assert_array_equal(second.labels(), [1, 0])
    assert Prompts().points().shape == (0, 2)


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        (Prompts((Tap(512, 5),)), r"512,5 lies outside the photo: it is 512 x 300"),
        (Prompts((Tap(5, -1),)), "lies outside the photo"),
        (Prompts((Tap(5, 5), Tap(5, 300, False))), "5,300 lies outside the photo"),
        (Prompts((Tap(5, 5, False),)), "Tap what you want"),
        (Prompts(), "Tap what you want"),
        (Prompts(box=(10, 10, 10, 40)), "box is empty"),
        (Prompts(box=(40, 10, 10, 40)), "box is empty"),
        (Prompts(box=(600, 10, 700, 40)), r"box lies outside the photo: it is 512 x 300"),
        (Prompts(box=(-9, -9, 0, 0)), "box lies outside"),
    ],
)
def test_prompts_that_mean_nothing_are_explained(prompts, message):
    with pytest.raises(InputError, match=message):
        check(prompts, (512, 300))


def test_a_box_over_the_rim_is_clipped():
    prompts = Prompts(box=(-10, 20, 900, 280))
    check(prompts, (512, 300))
    assert prompts.clipped_box((512, 300)) == (0, 20, 512, 280)
