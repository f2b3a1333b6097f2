"""What people find when their session is over: the way to another photo, and to delete what they
shared."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from demo.examples_shipped import load_examples
from demo.texts import ERRORS, PAGE
from tests.browser.visit import Visit, fits, served, sticking_out

EXAMPLE = load_examples()["launch-pad"]
# Every JPEG is taken, and named where the test looks.
SHEET = """
    navigator.canShare = ({ files }) => files.every(({ type }) => type === "image/jpeg");
    navigator.share = async ({ files }) => {
        window.sent = files.map(({ name, size }) => ({ name, size }));
    };
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page with a data folder of its own, for what is shared."""
    with served(tmp_path_factory.mktemp("data")) as address:
        yield address


def test_a_stage_without_its_photo_leads_back_to_the_start(
    page_at: Callable[..., Page], server: str
) -> None:
    here = Visit(page_at(1280, 900), server)
    here.start_with(EXAMPLE)
    here.page.context.clear_cookies()
    here.press("harmonize")
    expect(here.page.locator(".iph-drop")).to_be_visible()
    expect(here.page.get_by_role("alert")).to_contain_text(ERRORS["gone"])
    here.start_with(EXAMPLE)
    expect(here.page.get_by_role("alert")).to_be_hidden()


def harmonized(here: Visit) -> None:
    here.start_with(EXAMPLE)
    here.press("harmonize")
    here.expect_step("step_result")
    here.expect_looks()


def test_who_shared_can_delete_when_the_session_is_over(
    page_at: Callable[..., Page], server: str
) -> None:
    here = Visit(page_at(390, 844, touch=True), server, touch=True)
    harmonized(here)
    here.press("share")
    here.press("share_make")
    deletion = here.page.get_by_label(PAGE["share_delete_link"], exact=True)
    expect(deletion).to_have_count(1)
    assert fits(here.page) and sticking_out(here.page) == []
    link = deletion.input_value()
    assert "/delete#" in link
    shared = link.split("/delete")[0]

    here.page.context.clear_cookies()
    here.page.reload()
    harmonized(here)
    assert here.page.request.get(f"{server}/iph/shares").json() == {"shares": []}
    here.press("share")
    expect(deletion).to_have_value(link)
    assert here.page.request.get(shared).status == 200
    here.press("share_delete")
    expect(deletion).to_have_count(0)
    assert here.page.request.get(shared).status == 404
    here.assert_calm()


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_photo_is_sent_as_a_file_from_a_phone(
    page_at: Callable[..., Page], server: str, language: str
) -> None:
    page = page_at(360, 740, touch=True)
    page.add_init_script(SHEET)
    here = Visit(page, server, touch=True)
    harmonized(here)
    if language != "en":
        page.locator(".iph-language").select_option(language)
        expect(page.locator("html")).to_have_attribute("lang", language)
        here.expect_looks()
    send = page.locator(".iph-send")
    assert fits(page) and sticking_out(page) == []
    send.tap()
    page.wait_for_function("window.sent")
    (file,) = page.evaluate("window.sent")
    assert file["name"] == "launch-pad-harmonized.jpg" and file["size"] > 20_000
    wide = "all => all.map(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)"
    assert page.locator(".iph-keep > *").evaluate_all(wide) == [False, False, False]
    here.assert_calm()
