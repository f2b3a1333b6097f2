"""Composing without a pointer, and what it says meanwhile, in a real Chromium."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from demo.texts import PAGE
from iph_core.photo import open_photo
from tests.browser.test_compose import (  # noqa: F401 - fixtures
    PERSON,
    SCENE,
    Composing,
    address,
    start_placing,
    visit,
)


def test_who_stands_in_front_is_chosen_by_keys(visit: Callable[..., Composing]) -> None:  # noqa: F811
    here = visit()
    start_placing(here)
    look = here.composition()["look"]
    crosshair = here.page.locator(".iph-crosshair")
    here.page.get_by_role("button", name=PAGE["compose_behind"], exact=True).focus()
    here.page.keyboard.press("Enter")
    here.expect_placing("step_behind")
    here.placing.focus()
    size = open_photo(SCENE.photo).size
    frame = here.placing.bounding_box()
    across = (SCENE.match[0] / size[0] - 0.5) * frame["width"]
    down = (SCENE.match[1] / size[1] - 0.5) * frame["height"]
    for key, way in (("ArrowLeft" if across < 0 else "ArrowRight", across), ("ArrowDown", down)):
        for _ in range(round(abs(way) / 14)):
            here.page.keyboard.press(key)
    expect(crosshair).to_be_visible()
    expect(here.page.locator(".iph-placing [aria-live=polite]")).to_contain_text("percent")
    here.page.keyboard.press("f")  # does nothing here
    here.page.keyboard.press("Enter")
    expect(here.placing).not_to_have_class(re.compile("iph-busy"))
    behind = here.composition()["behind"]
    (x, y), scale = behind["taps"][0], size[0] / frame["width"]
    assert abs(x - SCENE.match[0]) < 15 * scale and abs(y - SCENE.match[1]) < 15 * scale
    assert behind["picture"]
    assert here.composition()["look"] == look
    here.page.keyboard.press("Escape")
    here.expect_placing()
    expect(crosshair).to_be_hidden()
    here.page.keyboard.press("ArrowRight")
    assert here.saved_look(look)["x"] > look["x"]
    here.assert_calm()


def test_the_two_choices_have_names_of_their_own(visit: Callable[..., Composing]) -> None:  # noqa: F811
    here = visit()
    here.press("compose_way")
    for part in ("scene", "person"):
        name = f"{PAGE[f'compose_{part}']} {PAGE['compose_choose']}"
        chosen = here.page.get_by_role("button", name=name, exact=True)
        expect(chosen).to_have_attribute("id", f"iph-{part}-file")


def test_places_in_the_line_are_said_while_composing(visit: Callable[..., Composing]) -> None:  # noqa: F811
    here = visit()
    here.press("compose_way")
    here.bring("both", SCENE.photo, PERSON.photo)
    here.expect_step("step_cut")
    here.press("compose_back_photos")
    line = PAGE["busy_line"].format(place=3, seconds=12)
    waiting = hold(here.page, "**/iph/photos")
    here.bring("scene", SCENE.photo)
    expect(here.page.locator(".iph-compose-step")).to_contain_text(line)
    waiting.pop().continue_()
    here.expect_step("step_cut")
    here.tap_stage(here.picking, open_photo(PERSON.photo).size, PERSON.change)
    here.press("compose_place_them")
    here.expect_placing()
    waiting = hold(here.page, "**/iph/composition/render")
    here.press("compose_done")
    expect(here.page.locator(".iph-placing .iph-step")).to_contain_text(line)
    waiting.pop().continue_()
    here.expect_step("step_match_found")


def hold(page: Page, path: str) -> list:
    """Requests that wait in the server's line, as it says."""
    waiting: list = []
    place = json.dumps({"place": 3, "seconds": 12})
    page.route(path, lambda route: waiting.append(route))
    page.route(
        "**/iph/queue?ticket=*",
        lambda route: route.fulfill(content_type="application/json", body=place),
    )
    return waiting
