"""Who plays which role: given in one go, ours or people's, somebody or the background."""

from __future__ import annotations

from demo.roles import Choice, Roles
from demo.selection import Selection

HERE = Selection(taps=((1.0, 2.0, True),))
OURS = Selection(mask="found-1", automatic=True)
THERE = Selection(photo="another")


def choice(selection: Selection) -> Choice:
    return Choice(selection, object(), {"of": selection.mask or selection.photo or "taps"})


def test_nobody_is_left_to_us_and_matches_nothing() -> None:
    roles = Roles()
    assert roles.is_ours("match") and roles.matched() is None
    assert roles.describe() == {"background": False, "regions": {}, "other": None}


def test_roles_are_given_and_taken_in_one_go() -> None:
    roles = Roles()
    roles.cast({"change": choice(HERE), "match": choice(OURS)})
    assert set(roles.describe()["regions"]) == {"change", "match"}
    assert roles.is_ours("match") and not roles.is_ours("change")
    roles.cast({"change": None, "match": None})
    assert roles.describe()["regions"] == {}


def test_the_background_stays_wanted_until_it_is_said_otherwise() -> None:
    roles = Roles()
    roles.cast({"match": None}, background=True)
    assert roles.wants_background and roles.matched() == Selection()
    roles.cast({"change": choice(HERE)})
    assert roles.wants_background
    roles.cast({"match": choice(OURS)}, background=False)
    assert not roles.wants_background and roles.matched() == OURS


def test_who_is_elsewhere_is_told_apart() -> None:
    roles = Roles()
    roles.cast({"change": choice(HERE), "match": choice(THERE)})
    told = roles.describe()
    assert set(told["regions"]) == {"change"} and told["other"] == {"of": "another"}


def test_released_regions_leave_the_choices() -> None:
    roles = Roles()
    roles.cast({"change": choice(HERE)})
    roles.release()
    kept = roles.get("change")
    assert kept is not None and kept.region is None and kept.selection == HERE
