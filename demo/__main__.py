"""`python -m demo`: serve the page."""

from __future__ import annotations

import argparse
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from demo.texts import START
from demo.web import bundle_is_built

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

VOTES = "votes.sqlite"  # In the study's folder.


def main() -> None:
    arguments = parse_arguments()
    if arguments.export_votes:
        export_votes(arguments.study, arguments.export_votes)
        return
    if not bundle_is_built():
        sys.exit(START["no_bundle"])
    listening = listen(arguments.host, arguments.port)
    app = create(arguments.study)
    host, port = listening.getsockname()[:2]
    serve(app, listening, host, port, share=arguments.share)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description="Serve the page.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=7860, help="port to listen on; 0 picks one")
    parser.add_argument("--share", action="store_true", help="open a temporary public link")
    parser.add_argument(
        "--study", metavar="DIR", type=Path, help="serve a blind comparison of DIR/METHOD/NAME.png"
    )
    parser.add_argument(
        "--export-votes", metavar="VOTES.csv", type=Path, help="write that study's votes and end"
    )
    arguments = parser.parse_args()
    if arguments.export_votes and not arguments.study:
        parser.error("--export-votes needs --study DIR: say whose votes.")
    return arguments


def export_votes(folder: Path, file: Path) -> None:
    from demo.study import votes
    from iph_core.errors import InputError

    try:
        count = votes.export_votes(folder / VOTES, file)
    except InputError as error:
        sys.exit(str(error))
    print(START["votes"].format(count=count, file=file))


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; one sentence and exit 2 when the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError):
        print(START["port_taken"].format(host=host, port=port), file=sys.stderr)
        sys.exit(2)
    return listening


def create(study: Path | None) -> FastAPI:
    """The page, or that of a study; one sentence and exit 1 for a setting that cannot be."""
    from iph_core.errors import InputError

    try:
        return create_study(study) if study else create_page()
    except InputError as error:
        sys.exit(str(error))


def create_study(folder: Path) -> FastAPI:
    from demo.study.app import create_study_app
    from demo.study.pairs import read_study
    from demo.study.votes import Votes

    return create_study_app(read_study(folder), Votes(folder / VOTES))


def create_page() -> FastAPI:
    from demo.app import create_app
    from demo.log import start_logging
    from demo.settings import Settings

    settings = Settings.from_environment()
    start_logging(requests=settings.request_log)
    return create_app(settings)


def serve(app: FastAPI, listening: socket.socket, host: str, port: int, share: bool) -> None:
    import uvicorn

    config = uvicorn.Config(
        app,
        log_config=None,  # demo/log.py decides how
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # demo/proxies.py decides who is believed
        timeout_graceful_shutdown=3,  # an open tab holds a connection that never ends by itself
    )
    server = uvicorn.Server(config)
    shown = f"[{host}]" if ":" in host else host
    announce = threading.Thread(
        target=announce_when_up, args=(server, shown, port, share), daemon=True
    )
    announce.start()
    with suppress(KeyboardInterrupt):  # Ctrl-C has stopped the server by then
        server.run(sockets=[listening])


def announce_when_up(server: uvicorn.Server, host: str, port: int, share: bool) -> None:
    from demo.sharing import open_tunnel

    while not server.started:
        time.sleep(0.05)
    print(START["address"].format(address=f"http://{host}:{port}"), flush=True)
    if share:
        link = open_tunnel(host, port)
        text = START["share_link"].format(address=link) if link else START["share_failed"]
        print(text, flush=True)


if __name__ == "__main__":
    main()
