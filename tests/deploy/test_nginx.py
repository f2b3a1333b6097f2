"""The page as docs/deployment.md sets it up: nginx with TLS before two replicas, share links in
PostgreSQL and S3. Everything on loopback; skipped where nginx or PostgreSQL is absent."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

from iph_core.photo import encode_png
from tests.demo.shares.test_servers import bucket, free_port, postgres, wait_for  # noqa: F401

CHECKOUT = Path(__file__).parents[2]
TOO_MUCH = 65 * 2**20  # bytes
pytestmark = pytest.mark.long


@dataclass
class Site:
    """What was started: nginx's address, its plain one, the replicas behind it."""

    address: str
    plain: str
    replicas: list[str]
    processes: list[subprocess.Popen]
    trust: ssl.SSLContext

    def visitor(self) -> httpx.Client:
        """A browser that has opened the page."""
        browser = httpx.Client(
            base_url=self.address, verify=self.trust, headers={"X-IPH": "1"}, timeout=300,
            trust_env=False,
        )  # fmt: skip
        assert browser.get("/").status_code == 200
        return browser

    def home(self, visitor: httpx.Client) -> int:
        """The replica that knows a visitor's session."""
        cookie = {"Cookie": f"iph_session={visitor.cookies['iph_session']}"}
        known = [
            httpx.get(f"{at}/iph/state", headers=cookie, trust_env=False).json()["photo"]
            for at in self.replicas
        ]
        (number,) = [number for number, photo in enumerate(known) if photo is not None]
        return number


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for localhost that it signed itself."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext"),
            *("subjectAltName=DNS:localhost", "-keyout", folder / "privkey.pem"),
            *("-out", folder / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def site(
    postgres: str,  # noqa: F811
    bucket: str,  # noqa: F811
    certificate: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    ports = {name: free_port() for name in ("tls", "plain", "one", "other")}
    command = checked_command(folder, certificate, ports)
    replicas = [f"http://127.0.0.1:{ports[name]}" for name in ("one", "other")]
    environment = {
        **os.environ,
        "IPH_DATABASE_URL": postgres,
        "IPH_SHARE_FILES": bucket,
        "IPH_DATA": str(folder / "data"),
        "IPH_TRUSTED_PROXIES": "127.0.0.1",
    }
    with ExitStack() as running:
        processes = [
            started(
                running,
                [sys.executable, "-m", "demo", "--port", str(ports[name])],
                folder / f"{name}.log",
                env=environment,
                cwd=CHECKOUT,
            )
            for name in ("one", "other")
        ]
        for name, process in zip(("one", "other"), processes, strict=True):
            wait_until_it_answers(f"http://127.0.0.1:{ports[name]}/iph/health/live", process)
        wait_for(ports["tls"], started(running, command, folder / "nginx.log"))
        yield Site(
            f"https://localhost:{ports['tls']}",
            f"http://localhost:{ports['plain']}",
            replicas,
            processes,
            ssl.create_default_context(cafile=str(certificate / "fullchain.pem")),
        )


def started(
    running: ExitStack, command: list[str], log: Path, **options: object
) -> subprocess.Popen:
    file = running.enter_context(log.open("wb"))
    process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, **options)
    running.callback(process.wait)
    running.callback(process.terminate)
    return process


def wait_until_it_answers(address: str, process: subprocess.Popen) -> None:
    for _ in range(600):
        with suppress(httpx.HTTPError):
            if httpx.get(address, trust_env=False).status_code == 200:
                return
        assert process.poll() is None, "the replica ended"
        time.sleep(0.2)
    raise AssertionError("the replica did not start")


@pytest.fixture
def away(certificate: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    """A visitor of nginx while no replica runs."""
    ports = {name: free_port() for name in ("tls", "plain", "one", "other")}
    command = checked_command(tmp_path, certificate, ports)
    with ExitStack() as running:
        wait_for(ports["tls"], started(running, command, tmp_path / "nginx.log"))
        trust = ssl.create_default_context(cafile=str(certificate / "fullchain.pem"))
        address = f"https://localhost:{ports['tls']}"
        yield running.enter_context(httpx.Client(base_url=address, verify=trust, trust_env=False))


def checked_command(folder: Path, certificate: Path, ports: dict[str, int]) -> list[str]:
    """What starts nginx with our configuration, which it finds right."""
    if (nginx := shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")) is None:
        pytest.skip("needs nginx (Debian: apt-get install nginx-light)")
    command = [nginx, "-c", str(write_config(folder, certificate, ports)), "-p", str(folder)]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    return command


def write_config(folder: Path, certificate: Path, ports: dict[str, int]) -> Path:
    """deploy/nginx.conf with what is marked CHANGE changed, inside a plain nginx."""
    text = (CHECKOUT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    changes = {
        "127.0.0.1:7861": f"127.0.0.1:{ports['one']}",
        "127.0.0.1:7862": f"127.0.0.1:{ports['other']}",
        "iph.example.org": "localhost",
        "/etc/ssl/iph/": f"{certificate}/",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen 127.0.0.1:{ports['plain']};",
        "listen 443 ssl": f"listen 127.0.0.1:{ports['tls']} ssl",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "iph.conf").write_text(text, encoding="utf-8")
    user = "user root;\n" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"{user}daemon off;\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}include {folder}/iph.conf;\n}}\n",
        encoding="utf-8",
    )
    return config


@pytest.fixture(scope="module")
def visitors(site: Site) -> Iterator[list[httpx.Client]]:
    """Twelve visitors with a photo each, of a width that is theirs alone."""
    visitors = [site.visitor() for _ in range(12)]
    for number, visitor in enumerate(visitors):
        picture = np.full((60, 80 + number, 3), 90, np.uint8)
        assert visitor.post("/iph/photos", content=encode_png(picture)).status_code == 200
    yield visitors
    for visitor in visitors:
        visitor.close()


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ENGLISH, GERMAN = "The server cannot be reached right now", "Der Server ist gerade nicht erreichbar"


@pytest.mark.parametrize("path", ["/", "/iph/s/abc"])
@pytest.mark.parametrize(
    ("said", "language", "sentence"),
    [
        ({}, "en", ENGLISH),
        ({"Accept-Language": "de-AT,de;q=0.9,en;q=0.8"}, "de", GERMAN),
        ({"Accept-Language": "en-GB,de;q=0.5"}, "en", ENGLISH),
        ({"Accept-Language": "en", "Cookie": "iph_language=de"}, "de", GERMAN),
        ({"Accept-Language": "de", "Cookie": "iph_language=en"}, "en", ENGLISH),
    ],
)
def test_who_opens_a_page_while_all_replicas_are_away_gets_a_page(
    away: httpx.Client, path: str, said: dict[str, str], language: str, sentence: str
) -> None:
    page = away.get(path, headers={**BROWSER, **said})
    assert page.status_code == 503 and page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{language}">' in page.text and sentence in page.text
    assert page.headers["strict-transport-security"]
    asked = away.post("/iph/brought", json={}, headers=said)
    assert asked.status_code == 503 and asked.headers["content-type"] == "application/json"
    assert asked.json()["error"].startswith(sentence)


def test_page_over_tls_with_its_headers(site: Site) -> None:
    with closing(site.visitor()) as browser:
        page = browser.get("/")
        assert page.headers["strict-transport-security"].startswith("max-age=")
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "/" not in page.headers["server"], "no version"
        assert browser.cookies["iph_route"]
        assert "set-cookie" not in page.headers, "the route is given once"
    plain = httpx.get(f"{site.plain}/iph/s/abc", trust_env=False)
    assert plain.status_code == 301 and plain.headers["location"].startswith("https://localhost")


def test_an_upload_above_the_limit_gets_a_sentence(site: Site) -> None:
    with closing(site.visitor()) as browser:
        answer = browser.post("/iph/photos", content=bytes(TOO_MUCH))
        assert answer.status_code == 413 and answer.json()["error"].endswith(".")
        almost = browser.post("/iph/photos", content=bytes(62 * 10**6))
        assert almost.status_code == 413 and "60 MB" in almost.json()["error"]


def test_sessions_stay_on_their_replica(site: Site, visitors: list[httpx.Client]) -> None:
    for _ in range(5):
        for number, visitor in enumerate(visitors):
            assert visitor.get("/iph/state").json()["photo"]["width"] == 80 + number
    assert {site.home(visitor) for visitor in visitors} == {0, 1}, "both replicas have visitors"
    cookie = next(it for it in visitors[0].cookies.jar if it.name == "iph_session")
    assert cookie.secure, "the replica knows that visitors come over TLS"


def test_metrics_are_for_those_inside(site: Site) -> None:
    with closing(site.visitor()) as browser:
        assert browser.get("/iph/metrics").status_code == 404
    inside = httpx.get(f"{site.replicas[0]}/iph/metrics", trust_env=False)
    assert inside.status_code == 200 and "iph_sessions" in inside.text


def test_a_share_of_one_replica_is_opened_and_deleted_on_the_other(
    site: Site, visitors: list[httpx.Client]
) -> None:
    maker = visitors[0]
    reader = next(it for it in visitors if site.home(it) != site.home(maker))
    photo = maker.post("/iph/examples/pioneers").json()
    at = f"/iph/photos/{photo['id']}"
    tap = [photo["width"] * 0.7, photo["height"] * 0.6, True]
    for path, body in (("choose", {"role": "change", "taps": [tap]}), ("harmonize", None)):
        answer = maker.post(f"{at}/{path}", json=body)
        assert answer.status_code == 200, answer.text
    made = maker.post(f"{at}/share", json={"strength": 1}, headers={"X-Forwarded-Host": "evil"})
    share = made.json()
    assert share["url"] == f"{site.address}/iph/s/{share['id']}"
    page = reader.get(share["url"])
    assert page.status_code == 200 and re.search(r"<img", page.text)
    assert reader.get(f"{share['url']}/after.jpg").content.startswith(b"\xff\xd8")
    forged = reader.delete(share["url"], headers={"X-Share-Token": "A" * len(share["token"])})
    assert forged.status_code == 403
    token = {"X-Share-Token": share["token"]}
    assert reader.delete(share["url"], headers=token).status_code == 204
    assert maker.get(share["url"]).status_code == 404


def test_the_page_goes_on_when_a_replica_dies(site: Site, visitors: list[httpx.Client]) -> None:
    """The last test: it kills one."""
    homes = [site.home(visitor) for visitor in visitors]
    site.processes[0].kill()
    site.processes[0].wait()
    for visitor, home in zip(visitors, homes, strict=True):
        assert visitor.get("/").status_code == 200
        state = visitor.get("/iph/state").json()
        assert (state["photo"] is not None) == (home == 1)
