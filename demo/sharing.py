"""Gradio's temporary public link, where the network allows it."""

from __future__ import annotations

import secrets


def open_tunnel(host: str, port: int) -> str | None:
    """The public address of this server, or None when the sharing service cannot be reached."""
    from gradio.networking import setup_tunnel

    try:
        return setup_tunnel(host, port, secrets.token_urlsafe(32), None, None)
    except Exception:  # the service raises whatever its network library does
        return None
