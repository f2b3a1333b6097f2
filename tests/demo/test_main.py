from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from demo import __main__ as command
from demo import web


def test_missing_bundle_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(web.STATIC_FILES, "stage.js", tmp_path / "missing.js")
    monkeypatch.setattr(sys, "argv", ["demo", "--port", "0"])
    with pytest.raises(SystemExit, match="make setup"):
        command.main()


def test_taken_port_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as stopped:
            command.listen("127.0.0.1", port)
    assert stopped.value.code == 2
    assert f"Port {port}" in capsys.readouterr().err
