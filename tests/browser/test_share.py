"""From a result to a public link, as a maker and as somebody without a session see it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from demo.examples_shipped import load_examples
from demo.shares.page import MAX_CAPTION
from demo.texts import SHARE
from tests.browser.visit import fits, served, until

ROOT = Path(__file__).parents[2]
WEB = ROOT / "demo" / "web"
EXAMPLE = load_examples()["launch-pad"]
PATIENCE = 60_000
SIZES = [pytest.param(1280, 900, False, id="desktop"), pytest.param(390, 844, True, id="phone")]
HARMONIZE = """async ({name, tap}) => {
    const send = async (path, body) => {
        const answer = await fetch("iph/" + path, {
            method: "POST",
            headers: {"X-IPH": "1", "Content-Type": "application/json"},
            body: body ? JSON.stringify(body) : "",
        });
        if (!answer.ok) throw new Error(await answer.text());
        return answer.json();
    };
    const photo = await send(`examples/${name}`);
    await send(`photos/${photo.id}/choose`, {role: "change", taps: [tap]});
    await send(`photos/${photo.id}/harmonize`);
    return photo.id;
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page, with a data folder of its own."""
    with served(tmp_path_factory.mktemp("data")) as address:
        yield address


@pytest.fixture(scope="module")
def share_module(tmp_path_factory: pytest.TempPathFactory) -> str:
    """src/share.ts as a script that defines `shares`."""
    esbuild = WEB / "node_modules" / ".bin" / "esbuild"
    if not esbuild.exists():
        pytest.skip("needs the page's packages: run make setup")
    out = tmp_path_factory.mktemp("bundle") / "share.js"
    options = ["--bundle", "--format=iife", "--global-name=shares", f"--outfile={out}"]
    subprocess.run([esbuild, "src/share.ts", *options], cwd=WEB, check=True, capture_output=True)
    return out.read_text("utf-8")


@pytest.fixture(scope="module")
def maker(browser: Browser, address: str, share_module: str) -> Iterator[Page]:
    """The page of somebody who has harmonized an example."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.add_script_tag(content=share_module)
    page.evaluate(
        f"async (it) => {{ window.photo = await ({HARMONIZE})(it); }}",
        {"name": EXAMPLE.name, "tap": [*EXAMPLE.change, True]},
    )
    yield page
    context.close()


@pytest.fixture
def share(maker: Page) -> Iterator[Callable[..., dict[str, Any]]]:
    """`share(caption)` as the page does it; what is left at the end is deleted."""

    def make(caption: str = "", strength: float = 1.0) -> dict[str, Any]:
        return maker.evaluate(
            "([strength, caption]) => shares.createShare(photo, strength, caption)",
            [strength, caption],
        )

    yield make
    maker.evaluate(
        "async () => { for (const it of await shares.listShares()) await shares.removeShare(it); }"
    )


class Visitor:
    """A page of somebody else, with what it asked for and complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append("dialog"), dialog.dismiss()))
        page.on(
            "console",
            lambda said: (
                self.complaints.append(said.text) if said.type in ("error", "warning") else None
            ),
        )

    def open(self, url: str) -> None:
        self.page.goto(url)
        self.page.wait_for_load_state("networkidle")

    def line(self) -> float:
        return float(self.page.get_by_role("slider", name=SHARE["line"]).input_value())

    def shown(self) -> np.ndarray:
        """What stands in the frame."""
        return look(self.page.locator(".compare").screenshot())


def look(content: bytes) -> np.ndarray:
    """A picture made so small that scaling does not matter, without its rim (labels, line, corners)
    and without the line's handle: float pixels."""
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return cv2.resize(picture, (48, 32), interpolation=cv2.INTER_AREA)[6:24, 3:-3].astype(float)


@pytest.fixture
def visitor(page_at: Callable[..., Page]) -> Callable[..., Visitor]:
    def start(width: int = 1280, height: int = 900, touch: bool = False) -> Visitor:
        return Visitor(page_at(width, height, touch=touch))

    return start


@pytest.mark.parametrize(("width", "height", "touch"), SIZES)
def test_link_is_opened_compared_deleted_and_gone(
    share: Callable[..., dict],
    visitor: Callable[..., Visitor],
    address: str,
    width: int,
    height: int,
    touch: bool,
) -> None:
    made = share("The launch, with Grace")
    here = visitor(width, height, touch)
    here.open(made["url"])
    expect(here.page.get_by_role("heading", level=1)).to_have_text("The launch, with Grace")
    assert fits(here.page)
    assert all_pictures_are_there(here.page)

    drag = drag_by_touch if touch else drag_by_mouse
    drag(here.page, start=0.5, end=0.0)
    assert here.line() == 0
    after = here.shown()
    drag(here.page, start=0.3, end=1.0)
    assert here.line() == 100
    before = here.shown()
    for shown, name, other in ((after, "after", "before"), (before, "before", "after")):
        right = look(here.page.request.get(f"{made['url']}/{name}.jpg").body())
        wrong = look(here.page.request.get(f"{made['url']}/{other}.jpg").body())
        assert np.abs(shown - right).mean() < 0.5 * np.abs(shown - wrong).mean()
    assert all(url.startswith(address) for url in here.requests)
    assert here.complaints == []

    deleter = visitor(width, height, touch)
    deleter.open(made["deleteUrl"])
    assert fits(deleter.page)
    deleter.page.get_by_role("button", name=SHARE["delete_button"]).click()
    expect(deleter.page.get_by_role("status")).to_have_text(SHARE["delete_done"])
    expect(deleter.page.get_by_role("heading")).to_have_count(0)  # it asks no longer
    expect(deleter.page.get_by_role("link", name=SHARE["make_own"]).last).to_be_visible()
    assert not any(made["token"] in url for url in deleter.requests)
    assert deleter.complaints == []

    assert here.page.goto(made["url"]).status == 404
    expect(here.page.get_by_role("heading", level=1)).to_have_text(SHARE["gone_title"])
    for part in ("/before.jpg", "/after.jpg", "/preview.jpg", "/code.svg", "/delete"):
        assert here.page.request.get(made["url"] + part).status == 404


def drag_by_mouse(page: Page, start: float, end: float) -> None:
    box = page.locator(".compare").bounding_box()
    y = box["y"] + box["height"] / 3
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=5)
    page.mouse.up()
    page.mouse.move(box["x"] + 0.5 * box["width"], y)  # moves nothing any more


def drag_by_touch(page: Page, start: float, end: float) -> None:
    box = page.locator(".compare").bounding_box()
    places = np.linspace(start, end, 6)
    finger(page, [(box["x"] + place * box["width"], box["y"] + 60) for place in places])


def finger(page: Page, places: list[tuple[float, float]]) -> None:
    """Put a finger down, move it and lift it."""
    touch = page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(places):
        kind = "touchMove" if number else "touchStart"
        points = [{"x": float(x), "y": float(y)}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def all_pictures_are_there(page: Page) -> bool:
    return page.evaluate("[...document.images].every((it) => it.complete && it.naturalWidth > 0)")


def test_finger_scrolls_the_page_over_the_picture(
    share: Callable[..., dict], visitor: Callable[..., Visitor]
) -> None:
    here = visitor(390, 600, touch=True)
    here.open(share()["url"])
    box, start = here.page.locator(".compare").bounding_box(), here.line()
    x, y = box["x"] + 20, box["y"] + 200
    finger(here.page, [(x, y - 10 * step) for step in range(16)])
    here.page.wait_for_function("scrollY > 50")
    assert here.line() == start
    here.page.evaluate("scrollTo(0, 0)")
    here.page.touchscreen.tap(x, y)
    until(lambda: here.line() < 10)  # a tap calls the line


def test_keys_move_the_line_and_say_where_it_is(
    share: Callable[..., dict], visitor: Callable[..., Visitor]
) -> None:
    here = visitor()
    here.open(share()["url"])
    slider = here.page.get_by_role("slider", name=SHARE["line"])
    start = here.line()
    # The astronaut stands at the place of the tap, and there the line is at first.
    assert abs(start - 100 * EXAMPLE.change[0] / photo_width()) < 15
    here.page.keyboard.press("Tab")
    here.page.keyboard.press("Tab")
    expect(slider).to_be_focused()
    here.page.keyboard.press("ArrowRight")
    assert here.line() == start + 1
    expect(slider).to_have_attribute(
        "aria-valuetext", SHARE["line_value"].format(percent=round(start + 1))
    )
    here.page.keyboard.press("End")
    before = here.shown()
    here.page.keyboard.press("Home")
    assert here.line() == 0
    assert np.abs(here.shown() - before).max() > 10
    assert here.complaints == []


def photo_width() -> int:
    from iph_core.photo import open_photo

    return open_photo(EXAMPLE.photo).width


def test_without_javascript_both_pictures_stand_there(
    share: Callable[..., dict], browser: Browser
) -> None:
    made = share("No script")
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(made["url"])
        page.wait_for_load_state("networkidle")
        tops = []
        for alt in (SHARE["after_alt"], SHARE["before_alt"]):
            box = page.get_by_alt_text(alt).bounding_box()
            assert box["width"] > 300 and box["height"] > 200
            tops.append((box["y"], box["y"] + box["height"]))
        assert tops[1][0] > tops[0][1], "after stands above before, whole"
        assert page.get_by_role("slider").count() == 0
        assert page.get_by_text(SHARE["hint"]).is_hidden()
        expect(page.get_by_role("link", name=SHARE["make_own"])).to_be_visible()
        page.goto(made["deleteUrl"])
        expect(page.get_by_text(SHARE["delete_script"])).to_be_visible()
        assert page.get_by_role("button").count() == 0


@pytest.mark.parametrize(
    "caption",
    [
        "<script>window.hit = 1; alert(1)</script>",
        '"><img src=x onerror="window.hit = 1; alert(1)">',
        "</title></head><svg onload=alert(1)>",
        "{{7*7}} ${7*7} {% debug %}",
    ],
)
def test_script_in_a_caption_is_text(
    share: Callable[..., dict], visitor: Callable[..., Visitor], caption: str
) -> None:
    assert len(caption) <= MAX_CAPTION
    here = visitor()
    here.open(share(caption)["url"])
    expect(here.page.get_by_role("heading", level=1)).to_have_text(caption)
    assert here.page.title() == caption
    assert here.page.evaluate("window.hit") is None
    assert here.complaints == []


def test_policy_stops_a_script_that_got_in_anyway(
    share: Callable[..., dict], visitor: Callable[..., Visitor]
) -> None:
    """Shows that the page's policy, not the escaping alone, keeps scripts out."""
    here = visitor()
    here.open(share()["url"])
    here.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.hit = 1";
            document.body.append(script);
            document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.hit = 1'>");
        }"""
    )
    until(lambda: here.page.evaluate("window.hit") or len(here.complaints) > 1)
    assert here.page.evaluate("window.hit") is None
    assert any("Content Security Policy" in complaint for complaint in here.complaints)


def test_maker_deletes_from_the_list_without_a_token(
    share: Callable[..., dict], maker: Page
) -> None:
    made = share("mine")
    listed = maker.evaluate("shares.listShares()")
    assert [entry["caption"] for entry in listed] == ["mine"]
    assert listed[0]["expires"] == made["expires"]
    maker.evaluate("(it) => shares.removeShare(it)", made)
    assert maker.evaluate("shares.listShares()") == []
    assert maker.request.get(made["url"]).status == 404


def test_wrong_token_says_so_and_deletes_nothing(
    share: Callable[..., dict], visitor: Callable[..., Visitor]
) -> None:
    made = share()
    here = visitor(390, 844)
    here.open(f"{made['url']}/delete#wrong")
    here.page.get_by_role("button", name=SHARE["delete_button"]).click()
    expect(here.page.get_by_role("alert")).to_contain_text("Only who shared")
    expect(here.page.get_by_role("button", name=SHARE["delete_button"])).to_be_enabled()
    assert here.page.request.get(made["url"]).status == 200


def test_only_its_maker_finds_the_way_to_delete_on_the_page(
    share: Callable[..., dict], visitor: Callable[..., Visitor]
) -> None:
    made = share()
    somebody, maker = visitor(), visitor(390, 844)
    for here in (somebody, maker):
        here.open(made["url"])
        expect(here.page.get_by_role("link", name=SHARE["make_own"])).to_be_visible()
        expect(here.page.get_by_role("link", name=SHARE["delete_button"])).to_be_hidden()
    # What the panel keeps (demo/web/src/result/own_shares.ts).
    maker.page.evaluate("own => localStorage.setItem('iph-shares', JSON.stringify([own]))", made)
    maker.open(made["url"])
    maker.page.get_by_role("link", name=SHARE["delete_button"]).click()
    assert maker.page.url == made["deleteUrl"]
    maker.page.get_by_role("button", name=SHARE["delete_button"]).click()
    expect(maker.page.get_by_role("status")).to_have_text(SHARE["delete_done"])
    assert maker.page.evaluate("localStorage.getItem('iph-shares')") == "[]"
    assert maker.complaints == somebody.complaints == []
