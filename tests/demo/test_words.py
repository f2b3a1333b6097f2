from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from demo.texts import PAGE, language
from demo.words import in_words
from iph_core.adjustment import LIMITS, Adjustment
from iph_core.description import ALMOST_NOTHING, LARGE, RATIOS, STEPS, Change
from tests.demo.node import answer_of, bundled, needs_node

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


def thresholds() -> list[Change]:
    """Each number a little below and above where it is seen, and where it is large, both ways."""
    steps = [sign * size * near for size in (1, LARGE) for near in (0.99, 1.01) for sign in (-1, 1)]
    return [
        Change(**{**NOTHING.as_dict(), name: float(np.exp(x)) if name in RATIOS else x})
        for name, step in STEPS.items()
        for x in (step * count for count in steps)
    ]


@needs_node
@pytest.mark.parametrize("code", ["en", "de"])
def test_the_page_says_the_same(code: str, tmp_path: Path) -> None:
    changes = [DARKER, NOTHING, *thresholds()]
    script = bundled("src/result/words.test.ts", tmp_path)
    token = language.set(code)
    try:
        told = answer_of(script, {"texts": dict(PAGE), "changes": [c.as_dict() for c in changes]})
        ours = [None if c.is_small else in_words(Changed(c, c), 1, Adjustment()) for c in changes]
    finally:
        language.reset(token)
    assert told["said"] == ours
    assert {name: tuple(limits) for name, limits in told["limits"].items()} == LIMITS
