"""A visit to the page in a real Chromium: what a person does there, what the page asked for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import CDPSession, Locator, Page, Request, expect

from demo.examples_shipped import Example
from demo.texts import PAGE

ROOT = Path(__file__).parents[2]
PATIENCE = int(os.environ.get("IPH_TEST_PATIENCE", "120")) * 1000  # milliseconds
QUIET = 300  # milliseconds
READ_CANVAS = """() => new Promise((done) => {
    const read = () => {
        const canvas = document.querySelector(".iph-photo .iph-stage canvas");
        const small = new OffscreenCanvas(240, 160).getContext("2d");
        small.imageSmoothingQuality = "high"; // as other programs make pictures smaller
        small.drawImage(canvas, 0, 0, 240, 160);
        done(Array.from(small.getImageData(0, 0, 240, 160).data));
    };
    requestAnimationFrame(() => requestAnimationFrame(read));
})"""
Point = tuple[float, float]


@contextmanager
def served(data: Path | None = None) -> Iterator[str]:
    """The page, served by `python -m demo` on a free port; gives its address.

    data: a folder of its own for what is shared.
    """
    command = [sys.executable, "-m", "demo", "--port", "0"]
    environment = os.environ if data is None else {**os.environ, "IPH_DATA": str(data)}
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
    assert server.stdout is not None
    said = server.stdout.readline()
    found = re.search(r"http://\S+", said)
    try:
        assert found, f"the server said {said!r}"
        yield found.group()
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


NO_GPU = "No available adapters."  # What Chromium says of itself where a page asks for a GPU.


@dataclass
class Visit:
    """A page with what it asked for and complained about; points are in pixels of the photo."""

    page: Page
    address: str
    touch: bool = False
    query: str = ""
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    open: set[Request] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.on("request", lambda request: self.open.add(request))
        for end in ("requestfinished", "requestfailed"):
            self.page.on(end, lambda request: self.open.discard(request))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._listen)
        self.page.goto(self.address + self.query)

    def _listen(self, message: object) -> None:
        if message.type in ("error", "warning") and message.text != NO_GPU:
            self.complaints.append(f"{message.text} {message.location['url']}")

    # What a person does

    def upload(self, path: Path) -> None:
        self.page.set_input_files("#iph-file", path)
        self.expect_step("step_change")

    def start_with(self, example: Example) -> None:
        """Open an example and tap the person to change; the server then knows whom to match."""
        self.page.locator(".iph-example", has_text=PAGE[f"example_{example.name}"]).click()
        self.expect_step("step_change")
        self.tap(example.change)
        self.expect_step("step_match_found")
        self.expect_calm_server()

    def place(self, point: Point) -> Point:
        """Where a point of the photo, shown whole, lies in the window."""
        stage = self.page.locator(".iph-photo .iph-stage")
        stage.scroll_into_view_if_needed()
        frame = stage.bounding_box()
        photo = self.photo()
        return (
            frame["x"] + point[0] / photo["width"] * frame["width"],
            frame["y"] + point[1] / photo["height"] * frame["height"],
        )

    def tap(self, point: Point) -> None:
        (self.page.touchscreen.tap if self.touch else self.page.mouse.click)(*self.place(point))

    def hover(self, point: Point) -> None:
        self.page.mouse.move(*self.place(point))

    def drag(self, *points: Point) -> None:
        """With the mouse, or with a finger that rests a moment first."""
        if self.touch:
            return self.finger(*points, rest=350)
        first, *others = map(self.place, points)
        self.page.mouse.move(*first)
        self.page.mouse.down()
        for other in others:
            self.page.mouse.move(*other, steps=6)
        self.page.mouse.up()

    def finger(self, *points: Point, rest: int = 0) -> None:
        """A finger that touches the first point, rests, and goes over the others."""
        first, *others = map(self.place, points)
        devtools = self.devtools()
        touch(devtools, "touchStart", first)
        self.page.wait_for_timeout(rest)
        last = first
        for other in others:
            for share in (0.2, 0.4, 0.6, 0.8, 1):
                step = tuple(a + share * (b - a) for a, b in zip(last, other, strict=True))
                touch(devtools, "touchMove", step)
            last = other
        touch(devtools, "touchEnd")
        devtools.detach()

    def devtools(self) -> CDPSession:
        return self.page.context.new_cdp_session(self.page)

    def press(self, key: str) -> None:
        named = self.page.locator(".iph").get_by_role("button", name=PAGE[key], exact=True)
        named.filter(visible=True).click()

    def tool(self, tool: str) -> None:
        named = self.page.locator(".iph-tools button", has_text=PAGE[f"tool_{tool}"])
        named.filter(visible=True).click()

    # What the page shows

    def expect_step(self, key: str) -> None:
        expect(self.page.locator(".iph-photo .iph-step")).to_have_text(PAGE[key])

    def expect_looks(self) -> None:
        """Wait for the result with each offered reference; the page then asks no more."""
        looks = self.page.locator(".iph-looks")
        expect(looks).to_have_attribute("aria-busy", "false")
        expect(looks.locator("button:not(:has(img))")).to_have_count(0)
        self.page.wait_for_function("[...document.images].every((it) => it.complete)")

    def expect_calm_server(self) -> None:
        """Wait until the server knows what is selected and its masks are here."""
        expect(self.page.locator(".iph-photo .iph-stage")).not_to_have_class(re.compile("iph-busy"))

    def expect_quiet(self) -> None:
        """Wait until nothing has been on its way for a while: a removal would cut it short."""
        self.page.wait_for_timeout(QUIET)
        until(lambda: self.page.wait_for_timeout(QUIET) or not self.open)

    def wait_for_decoder(self) -> None:
        self.page.wait_for_function("['ready', 'server'].includes(window.__iphPicker?.state)")
        assert self.page.evaluate("window.__iphPicker.state") == "ready", "no decoder in the page"
        self.page.wait_for_function("window.__iphPicker.met")

    def decodes(self) -> int:
        return self.page.evaluate("window.__iphPicker.counts.decodes")

    def canvas(self) -> np.ndarray:
        """What the stage shows, made smaller: RGB pixels in a row."""
        return np.array(self.page.evaluate(READ_CANVAS), np.uint8).reshape(-1, 4)[:, :3]

    def role_status(self, role: str) -> str:
        return self.page.locator(f".iph-photo .iph-role.iph-{role} small").inner_text()

    def tag(self, role: str, hovered: bool = False) -> Locator:
        """The name at a person: chosen, or about to be under the mouse."""
        style = ".iph-hovered" if hovered else ":not(.iph-hovered)"
        return self.page.locator(f".iph-photo .iph-tag.iph-{role}{style}")

    def level(self, role: str, level: str) -> None:
        """Expect that a role's tag says which level is shown."""
        name, level = PAGE[f"tag_{role}"], PAGE[f"level_{level}"]
        expect(self.tag(role)).to_have_text(PAGE["tag_with_level"].format(name=name, level=level))

    def tool_places(self) -> dict[str, tuple]:
        """Where in the page the tools, undo, redo and clear are, by their names."""
        return self.page.evaluate(
            """() => Object.fromEntries(
                [...document.querySelectorAll(".iph-toolbox > .iph-row:not(.iph-brush) button")]
                    .filter((it) => it.offsetParent)
                    .map((it) => [it, it.getBoundingClientRect()])
                    .map(([it, { x, y }]) => [it.textContent, [x + scrollX, y + scrollY]])
            )"""
        )

    # What the server knows

    def photo(self) -> dict:
        return self.page.request.get(f"{self.address}/iph/state").json()["photo"]

    def regions(self) -> dict:
        return self.photo()["regions"]

    def taps(self, role: str = "change") -> list:
        return self.regions()[role]["selection"]["taps"]

    def expect_taps(self, count: int, role: str = "change") -> None:
        """Wait until the server knows of so many taps: the page acts first and tells it after."""

        def known() -> int:
            region = self.regions().get(role)
            return len(region["selection"]["taps"]) if region else 0

        until(lambda: known() == count)

    def mask(self, role: str = "change") -> np.ndarray:
        """The server's mask as the page shows it, uint8 HW."""
        answer = self.page.request.get(f"{self.address}/{self.regions()[role]['mask']}")
        return cv2.imdecode(np.frombuffer(answer.body(), np.uint8), cv2.IMREAD_GRAYSCALE)

    # What it asked for

    def asked(self, part: str) -> int:
        return sum(part in request.url for request in self.requests)

    def assert_calm(self) -> None:
        """No request left this host, and the console is silent."""
        ours = (self.address, "data:", "blob:")
        outside = [request.url for request in self.requests if not request.url.startswith(ours)]
        assert outside == []
        assert not self.complaints, "\n".join(self.complaints)


def sticking_out(page: Page) -> list[str]:
    """What in the panel reaches over its right border, save in rows that scroll."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".iph-panel :is(button, label, p, small)")]
            .filter((it) => it.offsetParent && !it.closest(".iph-chips, .iph-looks, .iph-seconds"))
            .filter((it) => {
                const panel = it.closest(".iph-panel").getBoundingClientRect();
                return it.getBoundingClientRect().right > panel.right + 0.5;
            })
            .map((it) => it.textContent)"""
    )


def until(holds: Callable[[], bool]) -> None:
    """Wait for what only asking again can tell."""
    give_up = time.monotonic() + PATIENCE / 1000
    while not holds():
        assert time.monotonic() < give_up, "it never came true"
        time.sleep(0.1)


def touch(devtools: CDPSession, kind: str, *points: Point) -> None:
    """Fingers on the screen, as the browser gets them from its hardware."""
    fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})


def double_tap(devtools: CDPSession, place: Point) -> None:
    """Two taps, a tenth of a second apart by the hardware's clock, however slow this machine is."""
    now = time.time()
    fingers = [{"x": place[0], "y": place[1], "id": 0}]
    for number, kind in enumerate(("touchStart", "touchEnd", "touchStart", "touchEnd")):
        points = fingers if kind == "touchStart" else []
        event = {"type": kind, "touchPoints": points, "timestamp": now + number / 20}
        devtools.send("Input.dispatchTouchEvent", event)


def fits(page: Page) -> bool:
    """Whether the page needs no horizontal scrolling."""
    return page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
