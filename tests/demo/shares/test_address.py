from __future__ import annotations

import pytest
from fastapi import Request

from demo.settings import Settings
from demo.shares.address import base_address, check_public_url
from iph_core.errors import InputError


def request(host: str = "10.0.0.5:7860", root: str = "", **headers: str) -> Request:
    sent = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    scope = {"type": "http", "scheme": "http", "path": "/", "root_path": root, "headers": raw}
    return Request({**scope, "server": ("10.0.0.5", 7860), "query_string": b""})


def test_setting_wins() -> None:
    settings = Settings(public_url="https://example.org/")
    assert base_address(request(), settings) == "https://example.org"
    assert base_address(request(), Settings()) == "http://10.0.0.5:7860"


@pytest.mark.parametrize("host", ['"><script>', "a b", "", "evil.example/path", "host:port", "a@b"])
def test_host_that_is_none_is_not_repeated(host: str) -> None:
    assert base_address(request(host), Settings()) == "http://localhost"


@pytest.mark.parametrize("host", ["example.org", "[::1]:7860", "127.0.0.1", "a-b.example:443"])
def test_hosts(host: str) -> None:
    assert base_address(request(host, root="/iph-page/"), Settings()) == f"http://{host}/iph-page"


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPH_PUBLIC_URL", " https://example.org/photos ")
    monkeypatch.setenv("IPH_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8")
    monkeypatch.setenv("IPH_SHARE_DAYS", "7")
    settings = Settings.from_environment()
    assert settings.public_url == "https://example.org/photos"
    assert settings.trusted_proxies == "127.0.0.1, 10.0.0.0/8"
    assert settings.share_days == 7
    check_public_url(settings)
    check_public_url(Settings())


@pytest.mark.parametrize("url", ["example.org", "ftp://example.org", 'https://a"b', "https://"])
def test_public_address_that_is_none_is_one_sentence(url: str) -> None:
    with pytest.raises(InputError, match="IPH_PUBLIC_URL must look like"):
        check_public_url(Settings(public_url=url))
