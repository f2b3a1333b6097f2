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

    IPH_PUBLIC_URL where it is set; else as the request names it. What a proxy says in
    X-Forwarded-Proto and X-Forwarded-Host counts only with IPH_TRUST_PROXY, as anybody can send it.
    """
    if settings.public_url:
        return settings.public_url.rstrip("/")
    scheme, host = request.url.scheme, request.headers.get("host", "")
    if settings.trust_proxy:
        scheme = first(request, "x-forwarded-proto") or scheme
        host = first(request, "x-forwarded-host") or host
    if not HOST_FORM.fullmatch(host):
        host = "localhost"
    if scheme not in ("http", "https"):
        scheme = "http"
    return f"{scheme}://{host}{request.scope.get('root_path', '').rstrip('/')}"


def first(request: Request, header: str) -> str:
    """The value that the outermost proxy wrote."""
    return request.headers.get(header, "").split(",")[0].strip()
