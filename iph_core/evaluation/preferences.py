"""Scores from pairwise votes: Thurstone's Case V and Bradley-Terry, with bootstrap intervals.

A vote says which of two methods' pictures of one photo somebody liked better. wins[i, j] counts how
often method i was preferred to method j.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtri

from iph_core.errors import InputError

COLUMNS = ("photo", "method_a", "method_b", "choice")
LAYOUT = f"a file of votes is a CSV file, in UTF-8, with the columns {', '.join(COLUMNS)}"
RESAMPLES = 1000
ROUNDS, ENOUGH = 10_000, 1e-10
PRIOR = 0.5

LEAST_JOINED = 0.5
"""Share of the sets of photos that must connect all methods, or there are no intervals."""

Matrix = NDArray[np.floating]
Scores = Callable[[Matrix], NDArray[np.floating]]


@dataclass(frozen=True)
class Vote:
    """`winner` was preferred to `loser` on a photo."""

    photo: str
    winner: str
    loser: str


def read_votes(file: Path) -> list[Vote]:
    """The votes of a CSV file with the columns photo, method_a, method_b, choice.

    choice is a, b or the name of the preferred method; a and b are the columns, also where a method
    is called so. Raises InputError for a file that cannot be read, a missing column or cell and any
    other choice.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as rows:
            reader = csv.DictReader(rows)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(f"{file} lacks the column {missing[0]!r}: {LAYOUT}.")
            votes = [_vote(row, reader.line_num, file) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} cannot be read ({type(error).__name__}): {LAYOUT}.") from error
    if not votes:
        raise InputError(f"{file} holds no vote: collect some first.")
    return votes


def preferences(
    votes: Sequence[Vote], resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, dict[str, Any]]:
    """For each method, the best first: {"votes", "won" (share), "thurstone", "bradley_terry"}, the
    scores as {"score", "ci95"}; each scale has its mean over the methods at 0.

    Intervals: 2.5 to 97.5 % of the scores of `resamples` sets of photos drawn with replacement, all
    votes of a photo together; None where few sets connect all methods, as with a vote or two of
    each pair, and for a single photo. Raises InputError where not even all votes do.
    """
    methods = sorted({name for vote in votes for name in (vote.winner, vote.loser)})
    of_photo = wins_by_photo(votes, methods)
    wins = of_photo.sum(0)
    if connected_components(wins + wins.T, directed=False)[0] > 1:
        raise InputError("Some methods were never compared with the others: collect those votes.")
    drawn = np.random.default_rng(seed).integers(len(of_photo), size=(resamples, len(of_photo)))
    sets = [resampled for rows in drawn if _joined(resampled := of_photo[rows].sum(0))]
    # A single photo drawn again is always the same: it says nothing about others.
    if len(of_photo) < 2 or len(sets) < LEAST_JOINED * resamples:
        sets = []
    results: dict[str, dict[str, Any]] = {
        name: {"votes": int(shown), "won": float(won / shown)}
        for name, shown, won in zip(methods, (wins + wins.T).sum(1), wins.sum(1), strict=True)
    }
    for scale, scores in (("thurstone", thurstone), ("bradley_terry", bradley_terry)):
        values, spread = scores(wins), np.array([scores(each) for each in sets])
        for column, name in enumerate(methods):
            ci95 = np.percentile(spread[:, column], (2.5, 97.5)).tolist() if sets else None
            results[name][scale] = {"score": float(values[column]), "ci95": ci95}
    return dict(sorted(results.items(), key=lambda item: -item[1]["bradley_terry"]["score"]))


def thurstone(wins: Matrix) -> NDArray[np.floating]:
    """Scale values of Thurstone's Case V (Thurstone 1927), mean 0: P(i over j) = Phi(s_i - s_j).

    Least squares over the normal deviates of the observed shares (Mosteller 1951); with every pair
    compared, that is the mean deviate of each row. The unit is the deviation of a difference. A
    share of 0 or 1 counts as half a vote from it.
    """
    count = wins + wins.T
    pairs = [(i, j) for i, j in zip(*np.nonzero(count), strict=True) if i < j]
    design = np.zeros((len(pairs), len(wins)))
    deviates = np.zeros(len(pairs))
    for row, (i, j) in enumerate(pairs):
        half = 0.5 / count[i, j]
        design[row, i], design[row, j] = 1, -1
        deviates[row] = ndtri(np.clip(wins[i, j] / count[i, j], half, 1 - half))
    values = np.linalg.lstsq(design, deviates, rcond=None)[0]
    return values - values.mean()


def bradley_terry(wins: Matrix) -> NDArray[np.floating]:
    """Log strengths of Bradley and Terry (1952), mean 0: P(i over j) = 1 / (1 + exp(s_j - s_i)).

    The maximum of the likelihood by Hunter's iteration (2004, eq. 3). Where it lies at infinity (a
    method that always or never wins), half a vote each way is added to each pair compared.
    """
    count = wins + wins.T
    if connected_components(wins, directed=True, connection="strong")[0] > 1:
        wins = wins + PRIOR * (count > 0)
        count = wins + wins.T
    strength = np.ones(len(wins))
    for _ in range(ROUNDS):
        shares = count / (strength[:, None] + strength[None])
        updated = wins.sum(1) / shares.sum(1)
        updated /= np.exp(np.log(updated).mean())
        done = np.abs(np.log(updated / strength)).max() < ENOUGH
        strength = updated
        if done:
            break
    return np.log(strength)


def wins_by_photo(votes: Sequence[Vote], methods: Sequence[str]) -> Matrix:
    """Wins P x M x M, a matrix a photo."""
    places = {name: place for place, name in enumerate(methods)}
    photos: dict[str, int] = defaultdict(lambda: len(photos))
    cells = [(photos[v.photo], places[v.winner], places[v.loser]) for v in votes]
    wins = np.zeros((len(photos), len(methods), len(methods)))
    np.add.at(wins, tuple(np.array(cells).T), 1)
    return wins


def table(results: dict[str, dict[str, Any]]) -> str:
    """A method a row, both scores with their intervals, where they can be had."""
    lines = [f"{'method':<24}{'votes':>7}{'won':>7}{'Thurstone':>28}{'Bradley-Terry':>28}"]
    for name, row in results.items():
        scores = "".join(f"{_score(row[scale]):>28}" for scale in ("thurstone", "bradley_terry"))
        lines.append(f"{name:<24}{row['votes']:>7}{row['won']:>7.0%}{scores}")
    return "\n".join(lines)


def _score(part: dict[str, Any]) -> str:
    if part["ci95"] is None:
        return f"{part['score']:+.2f} (no interval)"
    low, high = part["ci95"]
    return f"{part['score']:+.2f} ({low:+.2f} to {high:+.2f})"


def _joined(wins: Matrix) -> bool:
    return connected_components(wins + wins.T, directed=False)[0] == 1


def _vote(row: dict[str, str | None], number: int, file: Path) -> Vote:
    # A short line has None at its end; spaces around a name are no part of it.
    cells = {name: (row[name] or "").strip() for name in COLUMNS}
    for name in COLUMNS:
        if not cells[name]:
            raise InputError(f"Line {number} of {file} has no {name}: fill the cell.")
    first, second, choice = (cells[name] for name in COLUMNS[1:])
    if first == second:
        raise InputError(f"Line {number} of {file} compares {first!r} with itself: remove it.")
    # Columns first: a method may be called a or b.
    winners = {first: first, second: second, "a": first, "b": second}
    if choice in winners:
        winner = winners[choice]
        return Vote(cells["photo"], winner, second if winner == first else first)
    raise InputError(
        f"Line {number} of {file} has the choice {choice!r}: it must be a, b or one of its methods."
    )
