"""The page as an app: Chromium would install it, and without a connection it says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect, sync_playwright

from demo.texts import LANGUAGES
from tests.browser.conftest import ARGUMENTS
from tests.browser.visit import Visit

APP = LANGUAGES["en"]["APP"]
SHELL_READY = "navigator.serviceWorker.ready.then((it) => it.active.state)"
KEPT = """async () => {
    const names = await caches.keys();
    const caught = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return caught.flat().map((request) => request.url);
}"""


@pytest.fixture
def profile(chromium_path: str, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser with a profile on disk: without one nothing can be installed."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=chromium_path, args=ARGUMENTS, locale="en-US"
        )
        yield context
        context.close()


def test_chromium_would_install_it(profile: BrowserContext, address: str) -> None:
    here = Visit(profile.new_page(), address)
    expect(here.page.locator(".iph-drop")).to_be_visible()
    here.page.wait_for_function(SHELL_READY)
    devtools = here.devtools()
    manifest = devtools.send("Page.getAppManifest")
    assert manifest["errors"] == [] and manifest["url"] == f"{address}/manifest.json"
    assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    here.assert_calm()


def test_without_a_connection_it_says_so_and_comes_back(
    profile: BrowserContext, address: str
) -> None:
    here = Visit(profile.new_page(), address)
    here.page.locator(".iph-example").first.click()
    here.expect_step("step_change")
    here.page.wait_for_function(SHELL_READY)

    kept = here.page.evaluate(KEPT)
    assert len(kept) == 4
    assert not [url for url in kept if "/photos/" in url or "/s/" in url or "/examples/" in url]

    profile.set_offline(True)
    here.page.reload()
    expect(here.page.get_by_role("heading")).to_have_text(APP["offline_title"])
    profile.set_offline(False)
    here.page.get_by_role("link", name=APP["offline_again"]).click()
    here.expect_step("step_change")
