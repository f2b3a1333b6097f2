"""What harmonizing did, in words of the language that is spoken (page: src/result/words.ts)."""

from __future__ import annotations

from typing import Any

import numpy as np

from demo.texts import PAGE
from iph_core import description
from iph_core.adjustment import Adjustment


def in_words(result: Any, strength: float, adjustment: Adjustment) -> str:
    """One short sentence, as `iph_core.Result.summary` in English."""
    change = result.change(strength, adjustment)
    if change.is_small:
        return PAGE["already_matched" if result.change().is_small else "almost_nothing"]
    sentence = ", ".join(phrases(change))
    return f"{sentence[0].upper()}{sentence[1:]}."


def phrases(change: description.Change) -> list[str]:
    steps = {
        "exposure": change.exposure / description.EXPOSURE_STEP,
        "warmth": change.warmth / description.WARMTH_STEP,
        "tint": change.tint / description.TINT_STEP,
        "contrast": np.log(change.contrast) / description.CONTRAST_STEP,
        "saturation": np.log(change.saturation) / description.SATURATION_STEP,
    }
    found = []
    for name, size in steps.items():
        word = PAGE[f"word_{name}_{'up' if size > 0 else 'down'}"]
        if abs(size) >= description.LARGE:
            found.append(word)
        elif abs(size) >= 1:
            found.append(PAGE["word_little"].format(word=word))
    return found
