"""The page where one of the first things it asks for does not come."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from demo.texts import LANGUAGES


@pytest.mark.parametrize("part", ["**/static/stage.js*", "**/iph/texts"])
def test_what_is_lost_once_is_asked_for_again(
    page_at: Callable[..., Page], address: str, part: str
) -> None:
    page = page_at(1280, 900)
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        route.abort() if len(lost) == 1 else route.continue_()

    page.route(part, lose)
    page.goto(address)
    expect(page.locator(".iph-example").first).to_be_visible()
    assert len(lost) == 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [None, 429, 503])
def test_a_page_that_cannot_start_says_so(
    browser: Browser, address: str, language: str, status: int | None
) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=status, json={"error": "Not now."}) if status else route.abort()

    with browser.new_context(locale=f"{language}-AT", service_workers="block") as context:
        page = context.new_page()
        page.route("**/iph/texts" if status else "**/static/stage.js*", refuse)
        page.goto(address)
        texts = LANGUAGES[language]["APP"]
        expect(page.get_by_role("alert")).to_have_text(texts["broken"], timeout=30_000)
        page.unroute_all()
        page.get_by_role("button", name=texts["broken_again"]).click()
        expect(page.locator(".iph-example").first).to_be_visible()
