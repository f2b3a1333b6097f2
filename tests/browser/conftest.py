"""A real Chromium for the tests of the page: fixtures `browser` and `page_at`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import MISSING, find
from tests.browser.party import fresh, opened, write_photo
from tests.browser.visit import Visit, served

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder as browser tests."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            if item.path.stem != "test_page":
                item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium to drive; without one the test is skipped, or fails where CI is set."""
    path = find()
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    return path


# Not for the whole session: Playwright's event loop runs while the fixture lives, and tests of
# other folders start their own.
@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One Chromium for the tests of a file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """One server for all tests; each context of the browser is a session of its own."""
    with served() as address:
        yield address


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photo of the tests of picking, as a file."""
    return write_photo(tmp_path_factory.mktemp("photo"))


@pytest.fixture(scope="module")
def opened_desk(browser: Browser, address: str, photo: Path) -> Iterator[Visit]:
    with opened(browser, address, photo, phone=False) as here:
        yield here


@pytest.fixture
def desk(opened_desk: Visit) -> Iterator[Visit]:
    """That photo on a desktop, as if it had just come."""
    yield from fresh(opened_desk)


@pytest.fixture(scope="module")
def opened_phone(browser: Browser, address: str, photo: Path) -> Iterator[Visit]:
    with opened(browser, address, photo, phone=True) as here:
        yield here


@pytest.fixture
def phone(opened_phone: Visit) -> Iterator[Visit]:
    """That photo on a phone, as if it had just come."""
    yield from fresh(opened_phone)


@pytest.fixture
def page_at(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages of a given size, each in a session of its own: `page_at(390, 844, touch=True)`."""
    contexts = []

    def open_page(width: int, height: int, *, touch: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=touch, accept_downloads=True
        )
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
