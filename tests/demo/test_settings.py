from __future__ import annotations

import pytest

from demo.settings import Settings


def test_environment_changes_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPH_MAX_UPLOAD_MB", "7")
    monkeypatch.setenv("IPH_EMBEDDED", "true")
    settings = Settings.from_environment()
    assert settings.max_upload_mb == 7
    assert settings.embedded is True
    assert settings.workers == Settings().workers


@pytest.mark.parametrize("value", ["many", "0", "-3", ""])
def test_nonsense_is_one_sentence(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("IPH_WORKERS", value)
    with pytest.raises(SystemExit, match="IPH_WORKERS must be a whole number above 0"):
        Settings.from_environment()


@pytest.mark.parametrize("value, meant", [("On", True), ("1", True), ("no", False), ("", False)])
def test_yes_and_no_in_the_words_that_people_use(
    monkeypatch: pytest.MonkeyPatch, value: str, meant: bool
) -> None:
    monkeypatch.setenv("IPH_REQUEST_LOG", value)
    assert Settings.from_environment().request_log is meant


def test_neither_yes_nor_no_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPH_EMBEDDED", "ture")
    with pytest.raises(SystemExit, match="IPH_EMBEDDED must be true or false, not 'ture'"):
        Settings.from_environment()
