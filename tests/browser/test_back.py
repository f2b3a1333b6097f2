"""The browser's Back, and photos that are slow to arrive, in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from demo.examples_shipped import load_examples
from demo.texts import PAGE
from tests.browser.visit import Visit, until

EXAMPLES = load_examples()
PIONEERS, VISITOR = EXAMPLES["pioneers"], EXAMPLES["visitor"]


def deletions(here: Visit) -> list[str]:
    return [request.url for request in here.requests if request.method == "DELETE"]


def test_back_goes_through_the_views_and_deletes_nothing(
    page_at: Callable[..., Page], address: str
) -> None:
    page = page_at(390, 844, touch=True)
    page.goto("about:blank")
    here = Visit(page, address, touch=True)
    here.start_with(VISITOR)
    photo = here.photo()["id"]
    here.press("harmonize")
    here.expect_step("step_result")
    here.expect_looks()
    page.go_back()
    here.expect_step("step_match_found")
    page.go_forward()
    here.expect_step("step_result")
    page.reload()
    here.expect_step("step_result")
    page.go_back()
    here.expect_step("step_match_found")
    page.go_back()
    expect(page.locator(".iph-drop")).to_be_visible()
    here.press("start_return")
    here.expect_step("step_match_found")
    page.go_back()
    expect(page.locator(".iph-drop")).to_be_visible()

    page.go_back()  # the start page is left as ever
    page.wait_for_url("about:blank")
    page.go_forward()
    here.expect_step("step_result")
    assert here.photo()["id"] == photo
    assert deletions(here) == []
    here.assert_calm()


def test_back_while_composing(page_at: Callable[..., Page], address: str) -> None:
    page = page_at(1280, 900)
    here = Visit(page, address)
    photos = page.locator(".iph-compose-start")
    placing = page.locator(".iph-place")
    here.press("compose_way")
    expect(photos).to_be_visible()
    page.set_input_files("#iph-both-file", [PIONEERS.photo, VISITOR.photo])
    here.expect_step("step_cut")
    here.tap(VISITOR.change)
    here.expect_step("step_cut_chosen")
    here.press("compose_place_them")
    expect(placing).to_be_visible()
    placing.focus()
    page.keyboard.press("]")
    expect(placing).to_have_attribute("data-saved", "true")
    look = composition(here)["look"]
    page.go_back()
    here.expect_step("step_cut_chosen")
    page.go_back()
    expect(photos).to_be_visible()
    page.go_back()
    expect(page.locator(".iph-drop")).to_be_visible()
    here.press("start_return")
    expect(photos).to_be_visible()
    here.press("compose_next")
    here.expect_step("step_cut_chosen")
    here.press("compose_place_them")
    expect(placing).to_be_visible()
    assert composition(here)["look"] == look
    assert deletions(here) == []
    here.assert_calm()


def composition(here: Visit) -> dict:
    return here.page.request.get(f"{here.address}/iph/composition").json()["composition"]


def test_undo_is_kept_when_the_tab_is_no_longer_seen(
    page_at: Callable[..., Page], address: str
) -> None:
    """A phone may end it then, without another word."""
    here = Visit(page_at(390, 844, touch=True), address, touch=True)
    here.start_with(VISITOR)
    kept = "sessionStorage.getItem('iph-history')"
    assert here.page.evaluate(kept) is None
    here.page.evaluate("""() => {
        Object.defineProperty(document, "hidden", { value: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    assert here.photo()["id"] in here.page.evaluate(kept)


def test_a_slow_upload_says_how_far_it_is_and_can_be_given_up(
    page_at: Callable[..., Page], address: str
) -> None:
    here = Visit(page_at(390, 844), address)
    devtools = here.devtools()
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 20_000}
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", slow)
    here.page.set_input_files("#iph-file", PIONEERS.photo)
    status = here.page.locator(".iph-start .iph-status")
    uploading = PAGE["busy_uploading"].split("{")[0]
    expect(status).to_contain_text(uploading)
    here.page.wait_for_function(
        "(text) => !document.querySelector('.iph-start .iph-status').textContent.includes(text)",
        arg=f"{uploading}0 %",
    )
    here.press("compose_cancel")
    expect(status).to_be_hidden()
    expect(here.page.locator(".iph-error")).to_be_hidden()
    devtools.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    assert here.photo() is None

    # Back gives it up as well, and stays.
    here.page.route("**/iph/photos", lambda route: None)
    here.page.set_input_files("#iph-file", PIONEERS.photo)
    expect(here.page.get_by_role("button", name=PAGE["compose_cancel"], exact=True)).to_be_visible()
    until(lambda: here.page.evaluate("history.state !== null"))
    here.page.go_back()
    expect(status).to_be_hidden()
    expect(here.page.locator(".iph-drop")).to_be_visible()
    here.page.unroute_all(behavior="ignoreErrors")
    here.upload(PIONEERS.photo)


def test_an_upload_goes_on_when_the_connection_is_back(
    page_at: Callable[..., Page], address: str
) -> None:
    here = Visit(page_at(390, 844), address)
    tries = []

    def lost_at_first(route: Route) -> None:
        tries.append(route)
        route.abort() if len(tries) < 3 else route.continue_()

    here.page.route("**/iph/photos", lost_at_first)
    here.page.set_input_files("#iph-file", PIONEERS.photo)
    expect(here.page.locator(".iph-note")).to_contain_text(PAGE["connection_lost"])
    here.expect_step("step_change")
    assert len(tries) == 3
