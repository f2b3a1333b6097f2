from __future__ import annotations

import re

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from demo import pwa, web
from demo.texts import LANGUAGES

GERMAN = {"Accept-Language": "de"}


@pytest.fixture
def manifest(client: TestClient) -> dict:
    answer = client.get("/manifest.json")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    return answer.json()


def test_manifest_has_what_installing_asks_for(manifest: dict) -> None:
    assert manifest["name"] and len(manifest["short_name"]) <= 12
    assert manifest["display"] == "standalone"
    assert manifest["start_url"] == manifest["scope"] == "./"


def test_manifest_speaks_the_language(client: TestClient) -> None:
    german = client.get("/manifest.json", headers=GERMAN).json()
    assert german["lang"] == "de" and german["name"] == LANGUAGES["de"]["PAGE"]["title"]


def test_icons_are_as_large_as_they_say(client: TestClient, manifest: dict) -> None:
    sizes = set()
    for icon in manifest["icons"]:
        answer = client.get("/" + icon["src"])
        assert answer.status_code == 200 and answer.headers["content-type"] == icon["type"]
        if icon["type"] == "image/png":
            picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
            assert "{1}x{0}".format(*picture.shape) == icon["sizes"]
            sizes.add((icon["sizes"], icon.get("purpose", "any")))
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes


def test_maskable_icon_keeps_its_middle_free_of_the_mask() -> None:
    """All that is drawn lies within the circle of 40 % around the middle; the rest is ground."""
    data = np.frombuffer(web.STATIC_FILES["icon-maskable-512.png"].read_bytes(), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR).astype(int)
    rows, columns = np.mgrid[:512, :512]
    outside = np.hypot(rows - 255.5, columns - 255.5) > 0.4 * 512
    assert np.abs(picture[outside] - picture[0, 0]).max() <= 2
    assert np.abs(picture - picture[0, 0]).max() > 100


def test_worker_may_serve_the_page_and_is_looked_for_anew(client: TestClient) -> None:
    answer = client.get("/iph/service-worker.js")
    assert answer.headers["service-worker-allowed"] == "/"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_worker_keeps_the_shell_alone(client: TestClient) -> None:
    for path in pwa.shell():
        assert re.match(r"(static/[\w.]+\?v=\w+|offline\?language=\w+)$", path)
        assert client.get(f"/iph/{path}").status_code == 200
    source = client.get("/iph/service-worker.js").text
    assert source.count("addAll(SHELL)") == 1
    assert ".put(" not in source and ".add(" not in source  # nothing is kept later


def test_worker_is_another_one_in_another_language(client: TestClient) -> None:
    english = client.get("/iph/service-worker.js").text
    assert english != client.get("/iph/service-worker.js", headers=GERMAN).text


def test_offline_page_needs_nothing_else(client: TestClient) -> None:
    page = client.get("/iph/offline", headers=GERMAN).text
    assert '<html lang="de">' in page and LANGUAGES["de"]["APP"]["offline_title"] in page
    assert not re.search(r"<script|<link|<img|url\(", page)


def test_page_names_theme_colors_and_the_manifest(client: TestClient) -> None:
    page = client.get("/").text
    assert 'rel="manifest"' in page
    assert page.count('name=\\"theme-color\\"') == 2 or page.count('name="theme-color"') == 2


def test_gradios_icons_stay_closed(client: TestClient) -> None:
    """They are made in any size that is asked for."""
    assert client.get("/pwa_icon").status_code == 404
    assert client.get("/pwa_icon/512").status_code == 404
