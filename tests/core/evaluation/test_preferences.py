"""Scores from votes, against examples that others have published."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from iph_core.errors import InputError
from iph_core.evaluation.preferences import (
    Vote,
    bradley_terry,
    preferences,
    read_votes,
    table,
    thurstone,
)

# Guilford (1954): share of 148 judges that prefer the vegetable of the column to that of the row
# (turnips, cabbage, beets, asparagus, carrots, spinach, string beans, peas, corn).
VEGETABLES = np.array([
    [0.500, 0.818, 0.770, 0.811, 0.878, 0.892, 0.899, 0.892, 0.926],
    [0.182, 0.500, 0.601, 0.723, 0.743, 0.736, 0.811, 0.845, 0.858],
    [0.230, 0.399, 0.500, 0.561, 0.736, 0.676, 0.845, 0.797, 0.818],
    [0.189, 0.277, 0.439, 0.500, 0.561, 0.588, 0.676, 0.601, 0.730],
    [0.122, 0.257, 0.264, 0.439, 0.500, 0.493, 0.574, 0.709, 0.764],
    [0.108, 0.264, 0.324, 0.412, 0.507, 0.500, 0.628, 0.682, 0.628],
    [0.101, 0.189, 0.155, 0.324, 0.426, 0.372, 0.500, 0.527, 0.642],
    [0.108, 0.155, 0.203, 0.399, 0.291, 0.318, 0.473, 0.500, 0.628],
    [0.074, 0.142, 0.182, 0.270, 0.236, 0.372, 0.358, 0.372, 0.500],
])  # fmt: skip
SCALE = [0.00, 0.52, 0.65, 0.98, 1.12, 1.14, 1.40, 1.44, 1.63]

# American League East, 1987 (Agresti, Categorical Data Analysis): games won by the row's team
# against the column's (Milwaukee, Detroit, Toronto, New York, Boston, Cleveland, Baltimore).
BASEBALL = np.array([
    [0, 7, 9, 7, 7, 9, 11],
    [6, 0, 7, 5, 11, 9, 9],
    [4, 6, 0, 7, 7, 8, 12],
    [6, 8, 6, 0, 6, 7, 10],
    [6, 2, 6, 7, 0, 7, 12],
    [4, 4, 5, 6, 6, 0, 6],
    [2, 4, 1, 3, 1, 7, 0],
], float)  # fmt: skip
STRENGTHS = [1.581, 1.436, 1.294, 1.248, 1.108, 0.684, 0.0]


def test_thurstone_scales_guilfords_vegetables():
    wins = VEGETABLES.T * 148
    np.fill_diagonal(wins, 0)
    values = thurstone(wins)
    assert (values - values[0]).round(2).tolist() == SCALE
    assert values.mean() == pytest.approx(0)


def test_bradley_terry_of_a_season():
    values = bradley_terry(BASEBALL)
    assert (values - values[-1]).round(3).tolist() == STRENGTHS
    assert values.mean() == pytest.approx(0)


def test_pairs_that_nobody_compared_are_told_by_the_others():
    wins = np.array([[0, 80, 0], [20, 0, 80], [0, 20, 0]], float)
    values = thurstone(wins)
    assert values[0] - values[2] == pytest.approx(2 * (values[0] - values[1]))
    strengths = bradley_terry(wins)
    assert strengths[0] - strengths[1] == pytest.approx(np.log(4), abs=1e-6)


def test_a_method_that_always_wins_has_a_finite_score():
    wins = np.array([[0, 9], [0, 0]], float)
    assert bradley_terry(wins)[0] - bradley_terry(wins)[1] == pytest.approx(np.log(9.5 / 0.5))
    assert 0 < thurstone(wins)[0] < 2


def votes(rng, strengths, photos=60):
    names = sorted(strengths)
    for photo in range(photos):
        for first in range(len(names)):
            for second in range(first):
                a, b = names[first], names[second]
                chance = 1 / (1 + np.exp(strengths[b] - strengths[a]))
                winner, loser = (a, b) if rng.random() < chance else (b, a)
                yield Vote(f"photo {photo}", winner, loser)


def test_intervals_hold_the_truth_and_shrink_with_photos():
    truth = {"ours": 1.0, "theirs": 0.0, "nothing": -1.0}
    rng = np.random.default_rng(0)
    few = preferences(list(votes(rng, truth, 30)), resamples=100)
    many = preferences(list(votes(rng, truth, 300)), resamples=100)
    assert list(many) == ["ours", "theirs", "nothing"]
    for name, value in truth.items():
        low, high = many[name]["bradley_terry"]["ci95"]
        assert low <= value <= high
        assert high - low < 0.6 * np.ptp(few[name]["bradley_terry"]["ci95"])
    assert many["ours"]["votes"] == 600
    assert few == preferences(list(votes(np.random.default_rng(0), truth, 30)), resamples=100)


def test_votes_of_a_file(tmp_path):
    file = tmp_path / "votes.csv"
    file.write_text("photo,method_a,method_b,choice\n1.jpg,x,y,a\n1.jpg,x,y,b\n2.jpg,y,x,x\n")
    assert read_votes(file) == [
        Vote("1.jpg", "x", "y"),
        Vote("1.jpg", "y", "x"),
        Vote("2.jpg", "x", "y"),
    ]


def test_votes_of_a_spreadsheet(tmp_path):
    """Excel's "CSV UTF-8" begins with a byte order mark."""
    file = tmp_path / "votes.csv"
    file.write_text("photo,method_a,method_b,choice\n1.jpg,x,y,a\n", encoding="utf-8-sig")
    assert read_votes(file) == [Vote("1.jpg", "x", "y")]


def test_a_and_b_are_columns_before_they_are_methods(tmp_path):
    file = tmp_path / "votes.csv"
    file.write_text("photo,method_a,method_b,choice\n1,b,a,b\n2,b,a,a\n3,c,a,a\n4,a,c,c\n")
    assert [vote.winner for vote in read_votes(file)] == ["a", "b", "c", "c"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("photo,method_a,choice\n", "lacks the column 'method_b'"),
        ("photo,method_a,method_b,choice\n", "holds no vote"),
        ("photo,method_a,method_b,choice\n1,x,y,z\n", "Line 2 of .* has the choice 'z'"),
        ("photo,method_a,method_b,choice\n1,x,x,a\n", "compares 'x' with itself"),
        ("photo,method_a,method_b,choice\n\np1,x\n", "Line 3 of .* has no method_b: fill"),
        ("photo,method_a,method_b,choice\n1,,y,a\n", "Line 2 of .* has no method_a: fill"),
        ("photo,method_a,method_b,choice\n1,x, ,a\n", "Line 2 of .* has no method_b: fill"),
        ("photo,method_a,method_b,choice\n,x,y,a\n", "Line 2 of .* has no photo: fill"),
        (f"photo,method_a,method_b,choice\n{'1' * 200_000},x,y,a\n", "cannot be read"),
    ],
)
def test_unusable_votes(tmp_path, content, sentence):
    file = tmp_path / "votes.csv"
    file.write_text(content)
    with pytest.raises(InputError, match=sentence):
        read_votes(file)
    with pytest.raises(InputError, match="cannot be read"):
        read_votes(tmp_path / "none.csv")


def test_methods_never_compared_have_no_common_scale():
    apart = [Vote("1", "a", "b"), Vote("2", "c", "d")]
    with pytest.raises(InputError, match="never compared"):
        preferences(apart)


def test_a_chain_with_one_vote_a_photo_has_scores_without_intervals():
    """Hardly ever do photos drawn again hold every link."""
    names = [f"m{number:02}" for number in range(17)]
    chain = [Vote(winner, winner, loser) for winner, loser in pairwise(names)]
    results = preferences(chain, resamples=100)
    assert list(results) == names
    for row in results.values():
        assert row["thurstone"]["ci95"] is None and row["bradley_terry"]["ci95"] is None
    assert table(results).count("(no interval)") == 2 * 17


@pytest.mark.parametrize(("copies", "known"), [(1, False), (5, True)])
def test_intervals_need_sets_that_connect(copies, known):
    """Two of nine sets of three photos hold all three links; with five photos a link, most do."""
    links = [("x", "y"), ("y", "z"), ("z", "v")]
    cast = [Vote(f"{link} {copy}", *link) for link in links for copy in range(copies)]
    results = preferences(cast, resamples=200)
    assert (results["x"]["thurstone"]["ci95"] is not None) == known
    assert (results["v"]["bradley_terry"]["ci95"] is not None) == known


def test_a_single_photo_says_nothing_about_others():
    cast = [Vote("1.jpg", *pair) for pair in [("x", "y")] * 3 + [("y", "x")]]
    results = preferences(cast, resamples=100)
    assert results["x"]["votes"] == 4
    for row in results.values():
        assert row["thurstone"]["ci95"] is None and row["bradley_terry"]["ci95"] is None
    results = preferences([*cast, Vote("2.jpg", "y", "x")], resamples=100)
    assert results["x"]["thurstone"]["ci95"] is not None


def test_spaces_around_a_name_are_no_part_of_it(tmp_path):
    file = tmp_path / "votes.csv"
    file.write_text("photo,method_a,method_b,choice\n1, x,y , a\n 1,x,y,y \n")
    assert read_votes(file) == [Vote("1", "x", "y"), Vote("1", "y", "x")]
