"""Picking people with mouse and keys in a real Chromium; one server, one photo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Route, expect

from demo.texts import PAGE
from iph_core.photo import encode_png
from tests.browser.party import (
    CAP,
    CHANGE,
    HEADERS,
    HEIGHT,
    JACKET,
    MATCH,
    TRUTH,
    WIDTH,
    choose,
    expect_tools_to_stay,
    overlap,
    with_tips,
)
from tests.browser.visit import Visit, until


def color_at(here: Visit, point: tuple[float, float]) -> np.ndarray:
    pixels = here.canvas().reshape(160, 240, 3).astype(int)
    return pixels[int(point[1] / HEIGHT * 160), int(point[0] / WIDTH * 240)]


def test_hover_then_tap_is_one_decode_and_no_server_trip(desk: Visit) -> None:
    held: list[Route] = []
    desk.page.route("**/choose", lambda route: held.append(route))
    before = color_at(desk, JACKET)
    desk.hover(CHANGE)
    expect(desk.tag("change", hovered=True)).to_have_text(PAGE["hover_change"])
    started, asked = desk.decodes(), len(desk.requests)
    with desk.page.expect_request("**/choose"):
        desk.tap(CHANGE)
    desk.level("change", "person")
    expect(desk.tag("change", hovered=True)).to_be_hidden()
    tinted = color_at(desk, JACKET)
    assert np.abs(tinted - before).max() > 20, "the mask was not drawn before the server answered"
    assert desk.decodes() == started
    assert {request.url.rsplit("/", 1)[1] for request in desk.requests[asked:]} <= {"choose"}

    for route in held:
        route.continue_()
    desk.page.unroute("**/choose")
    desk.expect_step("step_match_found")
    desk.expect_calm_server()
    assert overlap(desk.mask(), TRUTH) > 0.85


def test_leaving_clears_the_highlight(desk: Visit) -> None:
    desk.hover(MATCH)
    expect(desk.tag("change", hovered=True)).to_be_visible()
    desk.page.mouse.move(1, 1)
    expect(desk.tag("change", hovered=True)).to_be_hidden()


def test_tapping_again_goes_from_person_to_part_and_back(desk: Visit) -> None:
    choose(desk)
    whole = np.count_nonzero(desk.mask() > 127)
    desk.tap(CHANGE)
    desk.level("change", "part")
    desk.expect_calm_server()
    assert desk.role_status("change") == PAGE["role_part"]
    assert np.count_nonzero(desk.mask() > 127) < 0.7 * whole
    for _ in range(2):  # there may be an object between part and person
        if desk.role_status("change") != PAGE["role_person"]:
            desk.tap(CHANGE)
            desk.expect_calm_server()
    desk.level("change", "person")
    assert abs(np.count_nonzero(desk.mask() > 127) - whole) < 0.01 * whole


def test_negative_tap_by_shift_and_by_switch_and_deleting_points(desk: Visit) -> None:
    choose(desk)
    with_cap = desk.mask()
    desk.page.keyboard.down("Shift")
    desk.tap(CAP)
    desk.page.keyboard.up("Shift")
    desk.expect_calm_server()
    assert [adds for _, _, adds in desk.taps()] == [True, False]
    assert desk.mask()[CAP[1], CAP[0]] < 128 <= with_cap[CAP[1], CAP[0]]

    desk.tap(CAP)  # on the point: it goes
    desk.expect_calm_server()
    assert len(desk.taps()) == 1
    assert desk.mask()[CAP[1], CAP[0]] >= 128

    desk.tool("remove")
    desk.expect_step("step_refine_remove")
    desk.tap(CAP)
    desk.expect_calm_server()
    assert [adds for _, _, adds in desk.taps()] == [True, False]


def test_drag_draws_a_box(desk: Visit) -> None:
    rows, columns = np.nonzero(TRUTH)
    box = (columns.min(), rows.min(), columns.max(), rows.max())
    desk.drag((box[0], box[1]), (box[2], box[3]))
    desk.expect_step("step_match_found")
    desk.expect_calm_server()
    selection = desk.regions()["change"]["selection"]
    assert selection["taps"] == [] and np.abs(np.subtract(selection["box"], box)).max() <= 2
    assert overlap(desk.mask(), TRUTH) > 0.85


def test_brush_edge_undo_and_redo(desk: Visit) -> None:
    choose(desk)
    far = (WIDTH * 0.5, HEIGHT * 0.12)
    desk.tool("brush")
    desk.expect_step("step_brush")
    desk.drag(far, (far[0] + 40, far[1]))
    desk.expect_calm_server()
    assert desk.mask()[int(far[1]), int(far[0]) + 20] == 255

    desk.press("brush_erase")
    desk.drag((CHANGE[0] - 20, CHANGE[1]), (CHANGE[0] + 20, CHANGE[1]))
    desk.expect_calm_server()
    assert desk.mask()[int(CHANGE[1]), int(CHANGE[0])] == 0
    assert [line["erase"] for line in desk.regions()["change"]["selection"]["strokes"]] == [0, 1]

    desk.page.keyboard.press("Control+z")
    desk.expect_calm_server()
    assert desk.mask()[int(CHANGE[1]), int(CHANGE[0])] == 255
    desk.page.keyboard.press("Control+Shift+z")
    desk.expect_calm_server()
    assert desk.mask()[int(CHANGE[1]), int(CHANGE[0])] == 0
    for _ in range(2):
        desk.press("undo")
    desk.expect_calm_server()
    plain = np.count_nonzero(desk.mask() > 127)

    desk.page.get_by_text(PAGE["edits_title"]).filter(visible=True).click()
    desk.page.get_by_label(PAGE["grow_change"]).fill("10")
    desk.expect_calm_server()
    assert desk.regions()["change"]["selection"]["grow"] > 0
    assert np.count_nonzero(desk.mask() > 127) > 1.01 * plain


def test_both_roles_chips_and_background(desk: Visit) -> None:
    expect(desk.page.locator(".iph-chips-title").filter(visible=True)).to_have_text(
        PAGE["chips_change"]
    )
    choose(desk)
    expect(desk.page.locator(".iph-chips-title").filter(visible=True)).to_have_text(
        PAGE["chips_match"]
    )
    chips = desk.page.locator(".iph-chip[data-mask]").filter(visible=True)
    expect(chips.first).to_have_attribute("aria-pressed", "true")
    suggested = desk.regions()["match"]["box"]

    desk.press("chip_background")
    desk.expect_step("step_background")
    desk.expect_calm_server()
    assert "match" not in desk.regions()

    chips.first.click()
    desk.expect_step("step_ready")
    desk.expect_calm_server()
    # Taken by people, their edge is drawn along the photo's.
    assert desk.regions()["match"]["box"] == pytest.approx(suggested, abs=8)
    assert desk.role_status("match") == PAGE["role_chosen"]

    desk.tap(MATCH)
    desk.level("match", "person")
    desk.expect_calm_server()
    assert desk.role_status("change") == PAGE["role_person"]
    x, y = map(int, MATCH)
    assert desk.mask("match")[y, x] > 127 > desk.mask("change")[y, x]


def test_names_do_not_cover_each_other(desk: Visit) -> None:
    """Two people side by side at the photo's upper border, and one at its left border."""
    for role, left in (("change", 0.5), ("match", 0.55)):
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[: HEIGHT // 3, int(left * WIDTH) : int((left + 0.04) * WIDTH)] = 255
        bring(desk, role, mask)
    change, match = shown_names(desk)
    assert change["y"] + change["height"] <= match["y"]
    bring(desk, "change", np.pad(np.full((9, 9), 255, np.uint8), ((0, HEIGHT - 9), (0, WIDTH - 9))))
    stage = desk.page.locator(".iph-photo .iph-stage").bounding_box()
    change, match = shown_names(desk)
    assert stage["x"] < change["x"] and abs(change["y"] - match["y"]) < 1


def bring(here: Visit, role: str, mask: np.ndarray) -> None:
    path = f"{here.address}/iph/photos/{here.photo()['id']}/mask?role={role}"
    assert here.page.request.post(path, data=encode_png(mask), headers=HEADERS).ok


def shown_names(here: Visit) -> list[dict]:
    """Where the names of the roles stand after the page was loaded anew."""
    here.page.reload()
    for role in ("change", "match"):
        expect(here.tag(role)).to_be_visible()
    return [here.tag(role).bounding_box() for role in ("change", "match")]


def test_a_mask_is_brought_swapped_and_saved(desk: Visit, tmp_path: Path) -> None:
    desk.page.get_by_text(PAGE["edits_title"]).filter(visible=True).click()
    swapped = tmp_path / "mask.png"
    swapped.write_bytes(encode_png(np.where(TRUTH, 0, 255).astype(np.uint8)))
    note = desk.page.locator(".iph-note")
    with desk.page.expect_file_chooser() as chooser:
        desk.press("bring_mask_change")
    chooser.value.set_files(swapped)
    expect(note.locator("span")).to_have_text(PAGE["note_mask_black"])
    desk.expect_calm_server()
    assert desk.role_status("change") == PAGE["role_mask"]
    assert overlap(desk.mask(), TRUTH) > 0.98

    with desk.page.expect_download() as download:
        desk.press("save_mask_change")
    saved = cv2.imread(download.value.path(), cv2.IMREAD_GRAYSCALE)
    assert download.value.suggested_filename == "party-mask.png"
    assert saved.shape == TRUTH.shape and overlap(saved, TRUTH) > 0.98

    desk.press("swap")
    desk.expect_calm_server()
    assert overlap(desk.mask(), ~TRUTH) > 0.98


def test_wheel_zooms_and_a_tap_lands_where_it_points(desk: Visit) -> None:
    desk.hover(CHANGE)
    desk.page.keyboard.down("Control")
    desk.page.mouse.wheel(0, -300)
    desk.page.keyboard.up("Control")
    expect(desk.page.get_by_role("button", name=PAGE["zoom_whole"])).to_be_visible()
    desk.page.mouse.click(*desk.place(CHANGE))  # what was under the mouse still is
    desk.level("change", "person")
    desk.expect_calm_server()
    assert desk.taps()[0][:2] == pytest.approx(CHANGE, abs=2)


def test_reload_keeps_everything(desk: Visit) -> None:
    choose(desk)
    desk.tool("brush")
    desk.drag((20, 20), (60, 20))
    desk.expect_calm_server()
    before = desk.regions()
    desk.page.reload()
    desk.expect_step("step_match_found")
    desk.level("change", "person")
    assert desk.regions() == before
    desk.wait_for_decoder()
    desk.tap(MATCH)
    desk.level("match", "person")


def test_a_lost_connection_loses_nothing(desk: Visit) -> None:
    note = desk.page.locator(".iph-note span")
    desk.page.context.set_offline(True)
    desk.tap(CHANGE)
    desk.level("change", "person")  # drawn all the same
    expect(note).to_have_text(PAGE["connection_lost"])
    desk.page.context.set_offline(False)
    expect(note).to_have_text(PAGE["connection_back"])
    desk.expect_step("step_match_found")
    desk.expect_calm_server()
    assert overlap(desk.mask(), TRUTH) > 0.85
    desk.complaints[:] = [said for said in desk.complaints if "ERR_INTERNET" not in said]


def test_photo_replaced_while_a_decode_runs(desk: Visit, photo: Path) -> None:
    first = desk.photo()["id"]
    held: list[Route] = []
    desk.page.route("**/choose", lambda route: held.append(route))
    with desk.page.expect_request("**/choose"):
        desk.tap(CHANGE)
    desk.press("start_over")
    desk.page.set_input_files("#iph-file", photo)
    desk.expect_step("step_change")
    desk.wait_for_decoder()
    with desk.page.expect_response("**/choose"):
        for route in held:
            route.continue_()
    desk.page.unroute("**/choose")
    desk.expect_calm_server()
    now = desk.photo()
    assert now["id"] != first and now["regions"] == {}
    expect(desk.page.locator(".iph-photo .iph-tag").filter(visible=True)).to_have_count(0)
    expect(desk.page.get_by_role("alert").filter(visible=True)).to_have_count(0)
    choose(desk)
    desk.complaints[:] = [said for said in desk.complaints if "of 404" not in said]


def test_each_tip_shows_once(desk: Visit) -> None:
    with_tips(desk, "tip_again")
    choose(desk)
    tip = desk.page.locator(".iph-tip")
    expect(tip.locator("span")).to_have_text(PAGE["tip_again"])
    expect(tip).to_be_visible()
    desk.page.reload()
    desk.level("change", "person")
    expect(tip).to_be_hidden()


def test_a_tip_goes_with_its_tool_and_lets_strokes_through(desk: Visit) -> None:
    with_tips(desk, "tip_points", "tip_brush")
    choose(desk)
    desk.tool("remove")
    desk.tap(CAP)
    tip = desk.page.locator(".iph-tip")
    expect(tip.locator("span")).to_have_text(PAGE["tip_points"])
    expect(tip).to_be_visible()
    desk.tool("brush")
    expect(tip.locator("span")).to_have_text(PAGE["tip_brush"])
    expect(tip).to_be_visible()
    cross = tip.get_by_role("button").bounding_box()
    x, y = cross["x"] + cross["width"] / 2, cross["y"] + cross["height"] / 2
    desk.page.mouse.move(x, y)
    desk.page.mouse.down()
    desk.page.mouse.move(x + 90, y - 30, steps=3)
    expect(tip).to_be_hidden()
    desk.page.mouse.up()
    desk.expect_calm_server()
    (stroke,) = desk.regions()["change"]["selection"]["strokes"]
    assert len(stroke["points"]) >= 4
    expect(tip).to_be_hidden()


def test_tools_stay_under_the_mouse_and_chips_choose(desk: Visit) -> None:
    choose(desk)
    expect_tools_to_stay(desk)
    desk.page.locator(".iph-chip[data-mask]").filter(visible=True).last.click()
    desk.expect_step("step_ready")
    assert desk.role_status("match") == PAGE["role_chosen"]
    desk.level("change", "person")


def test_without_the_decoder_the_server_answers(
    opened_desk: Visit, photo: Path, visit_at: Callable[[str], Visit]
) -> None:
    here = visit_at("?decoder=server")
    here.upload(photo)
    here.hover(CHANGE)
    expect(here.tag("change", hovered=True)).to_have_text(PAGE["hover_change"])
    choose(here)
    assert overlap(here.mask(), TRUTH) > 0.85
    here.tap(CHANGE)
    here.expect_calm_server()
    level = here.regions()["change"]["selection"]["level"]
    assert level != "person"
    here.level("change", level)
    here.assert_calm()


@pytest.fixture
def visit_at(page_at: Callable, address: str) -> Callable[[str], Visit]:
    return lambda query: Visit(page_at(1280, 900), address, query="/" + query)


def test_a_photo_given_up_while_people_are_looked_for(
    opened_desk: Visit, photo: Path, visit_at: Callable[[str], Visit]
) -> None:
    here, held = visit_at(""), []
    here.page.route("**/prepare", lambda route: held.append(route))
    here.page.set_input_files("#iph-file", photo)
    expect(here.page.locator(".iph-photo .iph-stage")).to_be_visible()
    until(lambda: here.page.evaluate("1") and held)
    here.press("start_over")
    with here.page.expect_response("**/prepare") as answered:
        held[0].continue_()
    assert answered.value.status == 404
    here.page.unroute("**/prepare")
    here.upload(photo)
    expect(here.page.get_by_role("alert").filter(visible=True)).to_have_count(0)
