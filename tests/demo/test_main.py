from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

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


def test_what_the_server_logs_goes_through_our_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """demo/log.py leaves names of photos out; uvicorn's own handlers would not."""
    configured = []

    class Server:
        started = True

        def __init__(self, config: uvicorn.Config) -> None:
            configured.append(config)

        def run(self, sockets: list[socket.socket]) -> None:
            pass

    monkeypatch.setattr(uvicorn, "Server", Server)
    command.serve(FastAPI(), socket.socket(), "127.0.0.1", 0, share=False)
    assert configured[0].log_config is None
