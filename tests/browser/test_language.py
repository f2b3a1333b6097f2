"""The page in another language: by the browser's wish, by the switch, and everywhere in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.examples_shipped import load_examples
from demo.texts import LANGUAGES
from tests.browser.visit import Visit, fits, sticking_out

EXAMPLE = load_examples()["launch-pad"]
DE, EN = LANGUAGES["de"], LANGUAGES["en"]


@pytest.fixture
def german(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height, touch = request.param
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=touch, locale="de-AT"
    )
    yield context.new_page()
    context.close()


def shown(page: Page) -> str:
    return page.locator(".iph").inner_text()


def english_in(text: str) -> set[str]:
    """Texts of the English page that are seen, as lines of their own, and not German as well."""
    english = set(EN["PAGE"].values()) - set(DE["PAGE"].values())
    return english & {line.strip() for line in text.splitlines()}


@pytest.mark.parametrize(
    "german", [(1280, 900, False), (390, 844, True)], ids=["desktop", "phone"], indirect=True
)
def test_a_german_visit(german: Page, address: str) -> None:
    touch = german.viewport_size["width"] < 820
    here = Visit(german, address, touch)
    step = german.locator(".iph-photo .iph-step")
    expect(german.locator(".iph-lead")).to_have_text(DE["PAGE"]["step_start"])
    assert german.title() == DE["PAGE"]["title"]
    assert german.evaluate("document.documentElement.lang") == "de"
    german.locator(".iph-how summary").click()
    expect(german.locator(".iph-how")).to_contain_text(DE["PAGE"]["how_private_title"])
    assert english_in(shown(german)) == set() and fits(german)

    name = DE["PAGE"][f"example_{EXAMPLE.name}"]
    german.locator(".iph-example", has_text=name).click()
    expect(step).to_have_text(DE["PAGE"]["step_change"])
    here.tap(EXAMPLE.change)
    expect(step).to_have_text(DE["PAGE"]["step_match_found"])
    assert english_in(shown(german)) == set() and fits(german)
    assert sticking_out(german) == []

    german.get_by_role("button", name=DE["PAGE"]["harmonize"], exact=True).click()
    expect(step).to_have_text(DE["PAGE"]["step_result"])
    here.expect_looks()
    assert german.locator(".iph-look").count() <= 5
    german.get_by_role("button", name=DE["PAGE"]["share"], exact=True).click()
    assert sticking_out(german) == []
    assert re.search(r"bis \d{1,2}\. [A-Z]\w+ 20\d\d alle", shown(german))
    assert english_in(shown(german)) == set() and fits(german)
    words = german.locator(".iph-summary b").inner_text()
    assert any(word in words.lower() for key, word in DE["PAGE"].items() if "word_" in key)
    here.assert_calm()


@pytest.mark.parametrize("german", [(390, 844, True)], ids=["phone"], indirect=True)
def test_the_switch_is_remembered_and_keeps_the_photo(german: Page, address: str) -> None:
    here = Visit(german, address, touch=True)
    german.locator(".iph-example").first.click()
    expect(german.locator(".iph-photo .iph-step")).to_have_text(DE["PAGE"]["step_change"])
    photo = here.photo()["id"]

    german.get_by_label(DE["PAGE"]["language_label"]).select_option(label="English")
    here.expect_step("step_change")
    assert here.photo()["id"] == photo
    assert german.evaluate("document.documentElement.lang") == "en"

    other = german.context.new_page()
    other.goto(address)
    expect(other.locator(".iph-lead")).to_have_count(1)
    assert other.title() == EN["PAGE"]["title"]


@pytest.mark.parametrize("german", [(320, 640, True)], ids=["narrow"], indirect=True)
def test_long_words_fit_a_narrow_phone(german: Page, address: str) -> None:
    here = Visit(german, address, touch=True)
    german.get_by_role("button", name=DE["PAGE"]["compose_way"]).click()
    expect(german.locator(".iph-compose-card")).to_have_count(2)
    assert fits(german)
    places = [card.bounding_box() for card in german.locator(".iph-compose-card label").all()]
    assert places[0]["y"] == places[1]["y"]
    german.get_by_role("button", name=DE["PAGE"]["compose_cancel"]).click()

    german.locator(".iph-example", has_text=DE["PAGE"][f"example_{EXAMPLE.name}"]).click()
    step = german.locator(".iph-photo .iph-step")
    expect(step).to_have_text(DE["PAGE"]["step_change"])
    here.tap(EXAMPLE.change)
    expect(step).to_have_text(DE["PAGE"]["step_match_found"])
    german.get_by_role("button", name=DE["PAGE"]["tool_brush"]).click()
    cut = german.locator(".iph-tools").evaluate_all(
        "rows => rows.filter((it) => it.scrollWidth > it.clientWidth).map((it) => it.textContent)"
    )
    assert cut == [] and sticking_out(german) == [] and fits(german)


@pytest.mark.parametrize("german", [(390, 844, True)], ids=["phone"], indirect=True)
def test_what_to_do_next_takes_two_lines_at_most(german: Page, address: str) -> None:
    """So that the photo does not move under the finger."""
    Visit(german, address, touch=True)
    german.locator(".iph-example").first.click()
    line = german.locator(".iph-photo .iph-step")
    expect(line).to_have_text(DE["PAGE"]["step_change"])
    heights = line.evaluate(
        """(line, texts) => texts.map((text) => {
            line.dataset.role = "match";
            line.textContent = text;
            return [text, line.getBoundingClientRect().height];
        })""",
        [
            text.format(place=12, seconds=90)
            for page in (EN["PAGE"], DE["PAGE"])
            for key, text in page.items()
            if key.startswith("step_") or key == "busy_line"
        ],
    )
    assert len(heights) > 30
    assert [text for text, height in heights if height > heights[0][1]] == []
