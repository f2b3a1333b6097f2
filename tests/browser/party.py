"""A party photo for the tests of picking: opened on a page with the decoder ready."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from demo.examples_shipped import load_examples
from demo.texts import PAGE
from iph_core.photo import encode_png, open_mask, open_photo
from tests.browser.visit import Visit

EXAMPLE = load_examples()["launch-pad"]
PHOTO = open_photo(EXAMPLE.photo).pixels[::2, ::2]
HEIGHT, WIDTH = PHOTO.shape[:2]
CHANGE = (EXAMPLE.change[0] / 2, EXAMPLE.change[1] / 2)
CAP, JACKET = (475, 140), (490, 330)  # Of the person to change.
MATCH = (EXAMPLE.match[0] / 2, EXAMPLE.match[1] / 2)
TRUTH = open_mask(EXAMPLE.mask, open_photo(EXAMPLE.photo).size)[::2, ::2] > 0.5
HEADERS = {"X-IPH": "1"}
TIPS = {key for key in PAGE if key.startswith("tip_")}


def write_photo(folder: Path) -> Path:
    path = folder / "party.png"
    path.write_bytes(encode_png(np.ascontiguousarray(PHOTO)))
    return path


@contextmanager
def opened(browser: Browser, address: str, photo: Path, *, phone: bool) -> Iterator[Visit]:
    """A page with the photo opened and the decoder ready."""
    size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
    context = browser.new_context(viewport=size, has_touch=phone, accept_downloads=True)
    here = Visit(context.new_page(), address, touch=phone)
    here.upload(photo)
    here.wait_for_decoder()
    see_tips(here, TIPS)
    yield here
    context.close()


def fresh(here: Visit) -> Iterator[Visit]:
    """The same photo with nobody selected, loaded anew; afterwards all requests are checked."""
    here.page.goto("about:blank")  # what the page still had to say is said
    for role in ("change", "match"):
        here.page.request.post(
            f"{here.address}/iph/photos/{here.photo()['id']}/choose",
            data={"role": role, "automatic": True},
            headers=HEADERS,
        )
    here.page.goto(here.address)
    here.expect_step("step_change")
    here.wait_for_decoder()
    here.page.mouse.move(1, 1)
    yield here
    here.assert_calm()


def overlap(mask: np.ndarray, truth: np.ndarray) -> float:
    inside = mask > 127
    return np.count_nonzero(inside & truth) / np.count_nonzero(inside | truth)


def expect_tools_to_stay(here: Visit) -> None:
    """Whichever of the tools is pressed, they keep their places."""
    places = here.tool_places()
    assert len(places) == 7
    for tool in ("add", "remove", "brush", "add"):
        here.tool(tool)
        assert here.tool_places() == places, tool


def see_tips(here: Visit, tips: set[str]) -> None:
    """These tips were shown already."""
    here.page.evaluate("tips => localStorage.setItem('iph-tips-seen', tips)", " ".join(tips))


def with_tips(here: Visit, *tips: str) -> None:
    """The page anew, and nobody has seen these tips."""
    see_tips(here, TIPS - set(tips))
    here.page.reload()
    here.expect_step("step_change")
    here.wait_for_decoder()


def choose(here: Visit) -> None:
    here.tap(CHANGE)
    here.level("change", "person")
    here.expect_calm_server()
