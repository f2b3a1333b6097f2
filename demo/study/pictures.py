"""What voters see of a study: its pictures, decoded when they are asked for."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import Literal

from demo.study.pairs import Study
from demo.study.votes import Question, Votes
from iph_core.errors import InputError
from iph_core.photo import encode_jpeg, open_photo

log = logging.getLogger(__name__)

SIDE, QUALITY = 1600, 95  # pixels of the long side; JPEG of a quality that hides no difference
KEPT_PICTURES = 64

Shown = Literal["a", "b", "reference"]


class Pictures:
    """The pictures of a study. One that cannot be read takes its pairs with it, from when it is
    asked for until the server starts again: half a question must not get a vote.

    pairs: those that can be asked for, as far as is known.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self.pairs = study.pairs

    def question(self, votes: Votes, voter: str) -> Question | None:
        """The voter's next question that can be shown; None when they have judged them all."""
        while question := votes.question(voter, self.pairs):
            if self.can_show(question):
                return question
        return None

    def can_show(self, question: Question) -> bool:
        """Whether every picture of a question is there and can be read."""
        places: list[Shown] = ["a", "b"]
        if self.has_reference(question):
            places.append("reference")
        return all(self.jpeg(question, place) is not None for place in places)

    def has_reference(self, question: Question) -> bool:
        """Whether a picture of whom to match stands above the pair."""
        return question.photo in self._study.references

    def jpeg(self, question: Question, shown: Shown) -> bytes | None:
        """What a question shows at one place, without metadata that could tell its method; None
        where there is nothing (any more)."""
        file = self._file(question, shown)
        if file is None:
            return None
        try:
            return rendered(file)
        except InputError as error:
            self._leave_out(file, str(error))
            return None

    def _file(self, question: Question, shown: Shown) -> Path | None:
        if shown == "reference":
            return self._study.references.get(question.photo)
        method = question.method_a if shown == "a" else question.method_b
        return self._study.results.get(method, {}).get(question.photo)

    def _leave_out(self, file: Path, reason: str) -> None:
        left = [pair for pair in self.pairs if file not in self._study.files(pair)]
        if len(left) < len(self.pairs):
            log.warning("%s Its pairs are left out of the study.", reason)
        self.pairs = left


@lru_cache(maxsize=KEPT_PICTURES)
def rendered(file: Path) -> bytes:
    """A picture as JPEG, at most SIDE pixels long; InputError where it cannot be read."""
    photo = open_photo(file, name=f"{file.parent.name}/{file.name}")
    return encode_jpeg(photo.srgb(max_side=SIDE), QUALITY)
