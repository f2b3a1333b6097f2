"""The page's own mask decoder in a real Chromium, without the stage around it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Request

from demo.examples_shipped import load_examples
from demo.picker_files import picker_setup
from demo.web import FOLDER
from iph_core.photo import open_photo
from iph_core.regions.mask import content
from iph_core.regions.people_head import PeopleHead
from iph_core.regions.photo_regions import VIEW_SIDE, PhotoRegions
from iph_core.regions.picking import Prompts, Tap, answer
from iph_core.regions.saliency import Saliency
from iph_core.regions.sam import Sam
from tests.browser.measure_decoder import prepare, served

ROOT = Path(__file__).parents[2]
EXAMPLE = load_examples()["launch-pad"]
X, Y = EXAMPLE.change
AT = {"taps": [[X, Y, True]], "box": None, "level": "person"}
OPEN_EXAMPLE = """async (name) => {
    const answer = await fetch(`iph/examples/${name}`, {method: "POST", headers: {"X-IPH": "1"}});
    return answer.json();
}"""
MEET = """async ({id}) => {
    const asked = {method: "POST", headers: {"X-IPH": "1"}};
    const answer = await fetch(`iph/photos/${id}/prepare`, asked);
    await picker.meet(id, (await answer.json()).company);
}"""
START = "(setup) => { window.picker = new iphPicker.Picker(setup); }"
OPEN = "(photo) => picker.open(photo)"
# Masks cross over as the columns of each row that are inside.
ANSWER = """async ([how, prompts]) => {
    const found = await picker[how](prompts);
    return found && {...found, logits: [...found.logits].map((logit) => +(logit > 0))};
}"""

# The scores that the worker gives for a tap on a flat embedding.
ASK_WORKER = """async ([address, threads]) => {
    const worker = new Worker("picker.js", {type: "module"});
    const ask = (question) => new Promise((done, fail) => {
        worker.onmessage = ({data}) => (data.error ? fail(data.error) : done(data.decoded));
        worker.postMessage({id: 1, question});
    });
    const [runtime, graph, photoGraph] = ["runtime", "tap", "photo"].map((n) => `${address}/${n}`);
    await ask({kind: "load", runtime, graph, photoGraph, threads});
    await ask({kind: "open", packed: new ArrayBuffer(2048 + 256 * 4096)});
    const [points, labels, extent] = [[300, 300, 0, 0], [1, -1], [64, 43]];
    const prompts = {points, labels, extent};
    for (const name in prompts) prompts[name] = Float32Array.from(prompts[name]);
    const {scores} = await ask({kind: "decode", ...prompts});
    worker.terminate();
    return [...scores];
}"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The picker alone, as one script."""
    file = tmp_path_factory.mktemp("picker") / "picker.js"
    command = ["node_modules/.bin/esbuild", "src/decoder/index.ts", "--bundle", "--format=iife"]
    command += ["--global-name=iphPicker", "--log-level=error", f"--outfile={file}"]
    subprocess.run(command, cwd=FOLDER, check=True)
    return file.read_text("utf-8")


@pytest.fixture(scope="module")
def regions() -> PhotoRegions:
    photo = open_photo(EXAMPLE.photo)
    view = photo.srgb(max_side=VIEW_SIDE)
    return PhotoRegions(view, photo.size, Sam.load(), Saliency.load(), head=PeopleHead.load())


class Visit:
    """A bare page of our server, under its rules, with the picker in it."""

    def __init__(self, page: Page, address: str, script: str, query: str = "") -> None:
        self.page, self.requests = page, list[Request]()
        page.set_default_timeout(120_000)
        page.on("request", lambda request: self.requests.append(request))
        page.goto(f"{address}/robots.txt{query}")
        page.add_script_tag(content=script)
        page.evaluate(START, picker_setup())

    def new_photo(self) -> dict[str, Any]:
        return self.page.evaluate(OPEN_EXAMPLE, EXAMPLE.name)

    def open(self) -> None:
        self.bring(self.new_photo())

    def bring(self, photo: dict[str, Any]) -> None:
        self.page.evaluate(OPEN, photo)
        self.page.evaluate(MEET, photo)

    def ask(self, how: str, prompts: dict[str, Any] = AT) -> Any:
        return self.page.evaluate(ANSWER, [how, prompts])

    def counts(self) -> dict[str, int]:
        return self.page.evaluate("__iphPicker.counts")

    def state(self) -> str:
        return self.page.evaluate("picker.state")


@pytest.fixture
def visit(page_at: Callable[..., Page], address: str, script: str) -> Callable[..., Visit]:
    return lambda query="": Visit(page_at(800, 600), address, script, query)


def truth(regions: PhotoRegions, prompts: dict[str, Any]) -> np.ndarray:
    """Inside or not, as the library picks."""
    taps = tuple(Tap(*tap) for tap in prompts["taps"])
    asked = Prompts(taps, prompts["box"], prompts["level"])
    candidates = regions.candidates(asked)
    chosen = answer(candidates, asked, regions.size)
    return content(candidates.logits[chosen.index], regions.size) > 0


def overlap(found: dict[str, Any], expected: np.ndarray) -> float:
    mask = np.array(found["logits"], bool).reshape(256, 256)
    assert found["content"] == [expected.shape[1], expected.shape[0]]
    mask = mask[: expected.shape[0], : expected.shape[1]]
    return np.count_nonzero(mask & expected) / np.count_nonzero(mask | expected)


def test_a_tap_takes_all_of_whoever_is_alone(visit, regions):
    here = visit()
    photo = here.new_photo()
    here.bring(photo)
    known = {**AT, "taps": [[X + 40, Y, True]]}
    whole = truth(regions, known)
    row, column = (int(place) for place in np.argwhere(whole)[50])  # At the top of the head.
    scale = max(regions.size) / 256
    tap = {**AT, "taps": [[(column + 0.5) * scale, (row + 0.5) * scale, True]]}
    alone = {"count": 1, "alone": known["taps"]}
    here.page.evaluate("([id, company]) => picker.meet(id, company)", [photo["id"], alone])
    assert overlap(here.ask("tap", tap), whole) >= 0.98
    assert here.counts()["decodes"] == 1


def test_a_hover_and_a_tap_there_are_one_decode_and_nothing_from_the_server(visit, regions):
    here = visit()
    here.open()
    assert here.state() == "ready"
    before = len(here.requests)
    hovered = here.ask("hover")
    tapped = here.ask("tap")
    assert tapped == hovered
    assert overlap(tapped, truth(regions, AT)) >= 0.98
    part = here.ask("tap", {**AT, "level": "part"})
    assert part["level"] in part["levels"]
    assert here.counts() == {"decodes": 1, "embeddings": 1}
    assert len(here.requests) == before
    hosts = {re.match(r"\w+://[^/]*", request.url).group() for request in here.requests}
    assert len(hosts) == 1  # The decoder's files too.


@pytest.mark.parametrize("query", ["", "?decoder=server"])
def test_boxes_and_further_taps_give_the_librarys_masks(visit, regions, query):
    here = visit(query)
    here.open()
    assert here.state() == ("server" if query else "ready")
    match_x, match_y = EXAMPLE.match
    for prompts in (
        AT,
        {**AT, "level": "part"},
        {**AT, "taps": [[match_x, match_y, True]]},
        {**AT, "taps": [[X, Y, True], [X, Y / 2, False]]},
        {"taps": [], "box": [X - 150, Y - 200, X + 150, Y + 200], "level": "person"},
    ):
        assert overlap(here.ask("tap", prompts), truth(regions, prompts)) >= 0.98


def test_the_server_decodes_where_webassembly_does_not_load(visit, regions):
    here = visit()
    here.page.route("**/picker-*.wasm", lambda route: route.abort())
    here.open()
    assert here.state() == "server"
    assert overlap(here.ask("tap"), truth(regions, AT)) >= 0.98
    asked = [request.url for request in here.requests if request.url.endswith("/decode")]
    assert len(asked) == 1
    here.ask("tap", {**AT, "level": "object"})
    assert here.counts()["decodes"] == 1


def test_of_many_hovers_the_newest_wins(visit):
    here = visit()
    here.open()
    found = here.page.evaluate(
        """async ([at, x, y]) => Promise.all([0, 1, 2, 3, 4].map((step) =>
            picker.hover({...at, taps: [[x + step * 5, y, true]]}).then((found) => found !== null)
        ))""",
        [AT, X, Y],
    )
    assert found == [True, False, False, False, True]  # The first was running already.
    assert here.counts()["decodes"] == 2


def test_a_photo_replaced_while_a_decode_runs_gets_no_stale_answer(visit, regions):
    here = visit()
    first, second = here.new_photo(), here.new_photo()
    here.page.evaluate(OPEN, first)
    outcome = here.page.evaluate(
        """async ([at, second]) => {
            const far = {...at, taps: [[5, 5, true]]};
            const hover = picker.hover(at), tap = picker.tap(far).catch((error) => error.name);
            const opened = picker.open(second);
            const answers = [await hover, await tap];
            await opened;
            return answers;
        }""",
        [AT, second],
    )
    assert outcome == [None, "AbortError"]
    assert here.state() == "ready"
    assert overlap(here.ask("tap"), truth(regions, AT)) >= 0.98
    assert here.counts()["embeddings"] == 2


def test_two_threads_give_what_one_gives(page_at, tmp_path):
    """On a page of its own that is isolated; ours is not, so it runs one."""
    prepare(tmp_path)
    (tmp_path / "picker.js").write_bytes((FOLDER / "dist" / "picker.js").read_bytes())
    with served(tmp_path) as address:
        page = page_at(800, 600)
        page.goto(f"{address}/index.html")
        assert page.evaluate("crossOriginIsolated")
        one, two = (page.evaluate(ASK_WORKER, [address, threads]) for threads in (1, 2))
    np.testing.assert_allclose(two, one, atol=1e-3)


def test_after_closing_there_is_nothing_to_pick(visit):
    here = visit()
    here.open()
    here.page.evaluate("picker.close()")
    assert here.state() == "idle"
    assert here.ask("hover") is None
    assert here.page.evaluate("(at) => picker.tap(at).catch((e) => e.name)", AT) == "AbortError"
