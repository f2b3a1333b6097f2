"""The address under which this server is known to others."""

from __future__ import annotations

import re

from fastapi import Request

from demo.settings import Settings
from iph_core.errors import InputError

PUBLIC_FORM = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?")
HOST_FORM = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def check_public_url(settings: Settings) -> None:
    """InputError where the setting is no address that a link could start with."""
    if settings.public_url and not PUBLIC_FORM.fullmatch(settings.public_url):
        raise InputError("IPH_PUBLIC_URL must look like https://example.org or ...org/folder.")


def base_address(request: Request, settings: Settings) -> str:
    """Scheme, host and path without a slash at the end.

    IPH_PUBLIC_URL where it is set; else as the request names it, or a proxy that is trusted
    (demo/proxies.py).
    """
    if settings.public_url:
        return settings.public_url.rstrip("/")
    scheme, host = request.url.scheme, request.headers.get("host", "")
    if not HOST_FORM.fullmatch(host):
        host = "localhost"
    return f"{scheme}://{host}{request.scope.get('root_path', '').rstrip('/')}"
