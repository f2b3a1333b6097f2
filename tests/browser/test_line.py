"""The page says in one sentence at which place a step waits in the server's line."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from demo.texts import PAGE
from tests.browser.visit import ROOT, Visit

PHOTO = ROOT / "demo" / "examples" / "pioneers-small.jpg"


def test_place_in_the_line_is_shown_while_it_waits(
    page_at: Callable[..., Page], address: str
) -> None:
    page, waiting = page_at(390, 844), []
    page.route("**/iph/photos", lambda route: waiting.append(route))

    def tell_place(route: Route) -> None:
        route.fulfill(content_type="application/json", body=json.dumps({"place": 3, "seconds": 12}))

    page.route("**/iph/queue?ticket=*", tell_place)
    visit = Visit(page, address)
    page.set_input_files("#iph-file", PHOTO)
    status = page.locator(".iph-start .iph-status")
    expect(status).to_have_text(PAGE["busy_line"].format(place=3, seconds=12))
    waiting[0].continue_()
    visit.expect_step("step_change")
    assert visit.complaints == []
