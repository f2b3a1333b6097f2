"""What `python -m demo` says in the terminal: English, as the whole command line."""

from __future__ import annotations

START = {
    "address": "The page is at {address}",
    "no_bundle": (
        "The page's script is not built yet: run `make setup`, "
        "or `npm ci && npm run build` in demo/web."
    ),
    "port_taken": "Port {port} on {host} is taken: choose another one with --port.",
    "share_link": "Temporary public link: {address}",
    "votes": "{count} votes written to {file}.",
    "share_failed": "No public link: Gradio's sharing service could not be reached from here.",
}
