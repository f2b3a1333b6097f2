from __future__ import annotations

import sys
from collections import Counter

import pytest

from demo import __main__ as command
from demo.study.pairs import Pair
from demo.study.votes import Votes
from iph_core.errors import InputError
from iph_core.evaluation.preferences import preferences, read_votes

PAIRS = [Pair(f"photo{number}", ("iph", "mkl")) for number in range(8)]


@pytest.fixture
def votes(tmp_path):
    kept = Votes(tmp_path / "votes.sqlite")
    yield kept
    kept.close()


def judge(votes: Votes, voter: str, better: str = "iph") -> None:
    """Vote for one method until every pair is done."""
    while question := votes.question(voter, PAIRS):
        assert votes.vote(voter, question.id, "a" if question.method_a == better else "b")


def test_every_pair_is_asked_once_and_the_open_question_stays(votes):
    first = votes.question("anna", PAIRS)
    assert votes.question("anna", PAIRS) == first
    judge(votes, "anna")
    assert votes.count("anna") == 8 and votes.question("anna", PAIRS) is None
    assert votes.count("bo") == 0


def test_sides_are_drawn(votes):
    sides = Counter()
    for voter in range(20):
        while question := votes.question(f"voter {voter}", PAIRS):
            sides[question.method_a] += 1
            votes.vote(f"voter {voter}", question.id, "a")
    # 160 fair draws lie outside of this once in 10^11.
    assert 40 < sides["iph"] < 120


def test_the_pair_with_the_fewest_votes_comes_first(votes):
    for number in range(4):
        question = votes.question("anna", PAIRS)
        votes.vote("anna", question.id, "b")
        assert votes.count("anna") == number + 1
    seen = {row[0] for row in votes._connection.execute("SELECT photo FROM questions")}
    for _ in range(4):
        question = votes.question("bo", PAIRS)
        assert question.photo not in seen
        votes.vote("bo", question.id, "a")


def test_one_vote_a_question_and_only_ones_own(votes):
    question = votes.question("anna", PAIRS)
    assert not votes.vote("bo", question.id, "a")
    assert votes.find("bo", question.id) is None
    assert votes.vote("anna", question.id, "a")
    assert not votes.vote("anna", question.id, "b")
    assert votes.find("anna", question.id) == question


def test_what_is_written_is_what_preferences_read(votes, tmp_path):
    judge(votes, "anna")
    question = votes.question("bo", PAIRS)
    votes.vote("bo", question.id, "a" if question.method_a == "mkl" else "b")
    votes.question("bo", PAIRS)  # open: no vote
    assert votes.export(tmp_path / "votes.csv") == 9
    scores = preferences(read_votes(tmp_path / "votes.csv"), resamples=50)
    assert scores["iph"]["votes"] == 9
    assert scores["iph"]["won"] == pytest.approx(8 / 9)


def test_votes_stay_when_the_server_starts_again(votes, tmp_path):
    judge(votes, "anna")
    again = Votes(tmp_path / "votes.sqlite")
    assert again.count("anna") == 8
    again.close()


def test_a_pair_that_is_gone_is_asked_no_more(votes):
    question = votes.question("anna", PAIRS)
    left = [pair for pair in PAIRS if pair.photo != question.photo]
    assert votes.question("anna", left).photo != question.photo


def test_no_database(tmp_path):
    (tmp_path / "votes.sqlite").write_bytes(b"no database, but something else" * 100)
    with pytest.raises(InputError, match="cannot keep votes"):
        Votes(tmp_path / "votes.sqlite")


@pytest.fixture
def export(tmp_path, monkeypatch):
    """The command that writes the votes of this folder."""

    def run(file, folder=tmp_path):
        words = ["demo", "--study", str(folder), "--export-votes", str(file)]
        monkeypatch.setattr(sys, "argv", words)
        command.main()

    return run


def test_the_command_tells_how_many_it_wrote(votes, tmp_path, export, capsys):
    judge(votes, "anna")
    export(tmp_path / "votes.csv")
    assert "8 votes written" in capsys.readouterr().out
    assert len(read_votes(tmp_path / "votes.csv")) == 8


def test_votes_are_never_written_over_the_database(votes, tmp_path, export):
    judge(votes, "anna")
    (tmp_path / "linked.csv").symlink_to(tmp_path / "votes.sqlite")
    for name in ("votes.sqlite", "linked.csv"):
        with pytest.raises(SystemExit, match="write to another file"):
            export(tmp_path / name)
    assert votes.count("anna") == 8
    assert (tmp_path / "votes.sqlite").read_bytes().startswith(b"SQLite")


def test_a_folder_without_votes_gets_none(tmp_path, export):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SystemExit, match="give the folder of a study"):
            export(tmp_path / "votes.csv", folder)
    assert list(tmp_path.iterdir()) == []


def test_votes_that_cannot_be_written(votes, tmp_path, export):
    with pytest.raises(SystemExit, match="does not exist"):
        export(tmp_path / "nowhere" / "votes.csv")
