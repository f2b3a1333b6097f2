"""What harmonizing did, in words of the language that is spoken (page: src/result/words.ts)."""

from __future__ import annotations

from typing import Any

from demo.texts import PAGE
from iph_core.adjustment import Adjustment
from iph_core.description import LARGE, Change


def in_words(result: Any, strength: float, adjustment: Adjustment) -> str:
    """One short sentence, as `iph_core.Result.summary` in English."""
    change = result.change(strength, adjustment)
    if change.is_small:
        return PAGE["already_matched" if result.change().is_small else "almost_nothing"]
    sentence = ", ".join(phrases(change))
    return f"{sentence[0].upper()}{sentence[1:]}."


def phrases(change: Change) -> list[str]:
    return [_phrase(name, size) for name, size in change.steps().items()]


def _phrase(name: str, size: float) -> str:
    word = PAGE[f"word_{name}_{'up' if size > 0 else 'down'}"]
    return word if abs(size) >= LARGE else PAGE["word_little"].format(word=word)
