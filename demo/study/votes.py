"""The questions and votes of a study, in one SQLite file."""

from __future__ import annotations

import csv
import io
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from demo.study.pairs import Pair
from iph_core.cli.report import check_targets, write_text
from iph_core.errors import InputError

Choice = Literal["a", "b"]
COLUMNS = ("photo", "method_a", "method_b", "choice")  # As `iph_core preferences` reads them.
SCHEMA = """
CREATE TABLE IF NOT EXISTS questions (
    id TEXT PRIMARY KEY,
    voter TEXT NOT NULL,
    photo TEXT NOT NULL,
    method_a TEXT NOT NULL,
    method_b TEXT NOT NULL,
    asked REAL NOT NULL,
    choice TEXT CHECK (choice IN ('a', 'b')),
    answered REAL
)
"""


@dataclass(frozen=True)
class Question:
    """A pair as one voter sees it: method_a on the left or above, method_b beside or below it."""

    id: str
    photo: str
    method_a: str
    method_b: str


class Votes:
    """Each method is one transaction, durable when it returns. Usable from several threads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(file, check_same_thread=False)
            with self._transaction() as rows:
                rows.execute("PRAGMA synchronous=FULL")
                rows.execute(SCHEMA)
        except sqlite3.Error as error:
            raise InputError(f"{file} cannot keep votes ({error}): choose another file.") from error

    def question(self, voter: str, pairs: Sequence[Pair]) -> Question | None:
        """The voter's open question, else a new one; None when they have judged every pair.

        New is the pair with the fewest votes so far, drawn among equals, on random sides.
        """
        with self._transaction() as rows:
            known = {(pair.photo, *pair.methods) for pair in pairs}
            asked = rows.execute(
                "SELECT id, photo, method_a, method_b, choice FROM questions WHERE voter = ?",
                (voter,),
            ).fetchall()
            for *shown, choice in asked:
                if choice is None and (shown[1], *sorted(shown[2:])) in known:
                    return Question(*shown)
            done = {(photo, *sorted((a, b))) for _, photo, a, b, _ in asked}
            left = [pair for pair in pairs if (pair.photo, *pair.methods) not in done]
            if not left:
                return None
            return self._ask(rows, voter, left)

    def vote(self, voter: str, question_id: str, choice: Choice) -> bool:
        """Keep a vote; False where the question is not the voter's or has its vote already."""
        with self._transaction() as rows:
            changed = rows.execute(
                "UPDATE questions SET choice = ?, answered = ?"
                " WHERE id = ? AND voter = ? AND choice IS NULL",
                (choice, time.time(), question_id, voter),
            )
            return changed.rowcount == 1

    def find(self, voter: str, question_id: str) -> Question | None:
        """A question of this voter."""
        with self._transaction() as rows:
            found = rows.execute(
                "SELECT id, photo, method_a, method_b FROM questions WHERE id = ? AND voter = ?",
                (question_id, voter),
            ).fetchone()
            return Question(*found) if found else None

    def count(self, voter: str) -> int:
        """How many pairs the voter has judged."""
        with self._transaction() as rows:
            sql = "SELECT COUNT(*) FROM questions WHERE voter = ? AND choice IS NOT NULL"
            return int(rows.execute(sql, (voter,)).fetchone()[0])

    def export(self, file: Path) -> int:
        """Write all votes as the CSV that `iph_core preferences` reads; how many there are.

        Raises InputError for a file that cannot be written, and for the votes' own.
        """
        check_targets([file], [self._file])
        sql = (
            f"SELECT {', '.join(COLUMNS)} FROM questions WHERE choice IS NOT NULL ORDER BY answered"
        )
        with self._transaction() as rows:
            votes = rows.execute(sql).fetchall()
        table = io.StringIO(newline="")
        csv.writer(table).writerows([COLUMNS, *votes])
        write_text(file, table.getvalue())
        return len(votes)

    def close(self) -> None:
        self._connection.close()

    def _ask(self, rows: sqlite3.Cursor, voter: str, left: Sequence[Pair]) -> Question:
        votes = {
            (photo, *sorted((a, b))): 0
            for photo, a, b in ((pair.photo, *pair.methods) for pair in left)
        }
        for photo, a, b in rows.execute(
            "SELECT photo, method_a, method_b FROM questions WHERE choice IS NOT NULL"
        ):
            if (key := (photo, *sorted((a, b)))) in votes:
                votes[key] += 1
        fewest = min(votes.values())
        photo, *methods = secrets.choice([key for key, count in votes.items() if count == fewest])
        if secrets.randbelow(2):
            methods.reverse()
        question = Question(secrets.token_urlsafe(16), photo, *methods)
        rows.execute(
            "INSERT INTO questions (id, voter, photo, method_a, method_b, asked)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (question.id, voter, photo, *methods, time.time()),
        )
        return question

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        with self._lock, self._connection:
            yield self._connection.cursor()


def export_votes(database: Path, file: Path) -> int:
    """Write the votes of a study that was served, as `Votes.export` does; how many there are.

    Raises InputError where there is no database, and as `Votes.export` does.
    """
    if not database.is_file():  # Opening it would make an empty one.
        raise InputError(f"There is no {database}: give the folder of a study that was served.")
    votes = Votes(database)
    try:
        return votes.export(file)
    finally:
        votes.close()
