from __future__ import annotations

import pytest

from demo.texts import language
from demo.words import in_words
from iph_core.adjustment import Adjustment
from iph_core.description import ALMOST_NOTHING, Change

NOTHING = Change(0, 0, 0, 1, 1)
DARKER = Change(-1, 1.5, 0, 1, 0.5)


class Changed:
    """A result whose change is known: at full strength, and as it is asked for."""

    def __init__(self, full: Change, asked: Change) -> None:
        self._full, self._asked = full, asked

    def change(self, *asked: object) -> Change:
        return self._asked if asked else self._full


@pytest.mark.parametrize("change", [DARKER, NOTHING, Change(0.1, -9, 3.5, 1.3, 1)])
def test_english_is_what_the_library_says(change: Change) -> None:
    assert in_words(Changed(change, change), 1, Adjustment()) == change.words()


def test_nothing_by_the_settings_alone() -> None:
    assert in_words(Changed(DARKER, NOTHING), 0, Adjustment()) == ALMOST_NOTHING


def test_german() -> None:
    token = language.set("de")
    try:
        said = in_words(Changed(DARKER, DARKER), 1, Adjustment())
    finally:
        language.reset(token)
    assert said == "Dunkler, etwas wärmer, weniger Farbe."
