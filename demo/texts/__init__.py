"""All texts that people read on the page: one file for each language, found by its name.

Another language is another file: copy en.toml. Who asks for PAGE["harmonize"] gets the text in the
language of the request that is being answered (demo/language.py), or English where there is none.
Words in braces are filled in where the text is used.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from demo.texts.terminal import START

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

__all__ = ["APP", "ERRORS", "LANGUAGES", "LIBRARY", "PAGE", "SHARE", "START", "STUDY"]

ENGLISH = "en"
LANGUAGES: dict[str, dict[str, Any]] = {
    file.stem: tomllib.loads(file.read_text("utf-8"))
    for file in sorted(Path(__file__).parent.glob("*.toml"))
}
"""The tables of each language by its code, as browsers name it, in small letters."""

language: ContextVar[str] = ContextVar("language", default=ENGLISH)
"""The code of the language that is spoken now."""


class Table(Mapping[str, str]):
    """The texts of one name in the language that is spoken now; English where one is missing."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def _texts(self) -> Mapping[str, str]:
        return ChainMap(LANGUAGES[language.get()][self._name], LANGUAGES[ENGLISH][self._name])

    def __getitem__(self, key: str) -> str:
        return self._texts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


PAGE = Table("PAGE")
"""Goes to the browser as JSON."""
ERRORS = Table("ERRORS")
"""Sentences that the server answers with."""
SHARE = Table("SHARE")
"""The public page of a shared picture."""
STUDY = Table("STUDY")
"""The page of a preference study."""
APP = Table("APP")
"""The page as an installed app."""
LIBRARY = Table("LIBRARY")
"""Sentences of `iph_core` that can reach the page."""


def names() -> dict[str, str]:
    """What each language calls itself, by its code."""
    return {code: tables["name"] for code, tables in LANGUAGES.items()}


def of_the_library(sentence: str) -> str:
    """An English sentence of `iph_core` in the language that is spoken now, where it is known."""
    if language.get() == ENGLISH:
        return sentence
    for key, pattern in PATTERNS.items():
        if found := pattern.fullmatch(sentence):
            return LIBRARY[key].format(**found.groupdict())
    return sentence


def pattern(text: str) -> re.Pattern[str]:
    """What finds a text again, and what its words in braces stood for."""
    parts = re.split(r"\{(\w+)\}", text)
    marked = [
        f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    ]
    return re.compile("".join(marked), re.DOTALL)


PATTERNS = {key: pattern(text) for key, text in LANGUAGES[ENGLISH]["LIBRARY"].items()}
