"""What moved the cut-out is taken back, a gesture at a time: buttons, fingers and keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from demo.texts import PAGE
from tests.browser.test_compose import (  # noqa: F401
    Composing,
    address,
    drag,
    pinch,
    start_placing,
    visit,
)

pytestmark = pytest.mark.browser


def travels(here: Composing) -> tuple[Locator, Locator]:
    """The buttons that undo and redo."""
    panel = here.page.locator(".iph-placing")
    return tuple(panel.get_by_role("button", name=PAGE[key]) for key in ("undo", "redo"))


def test_a_pinch_is_one_step(visit: Callable[..., Composing]) -> None:  # noqa: F811
    here = visit(390, 844, True)
    start_placing(here)
    undo, redo = travels(here)
    expect(undo).to_be_disabled()
    placed = here.composition()["look"]
    here.placing.scroll_into_view_if_needed()
    pinch(here, 1.5, 30)
    pinched = here.saved_look(placed)
    drag(here, here.placing, (60, -20), (0.5, 0.5))
    dragged = here.saved_look(pinched)
    undo.click()
    assert here.saved_look(dragged) == pytest.approx(pinched)
    undo.click()
    assert here.saved_look(pinched) == pytest.approx(placed)
    expect(undo).to_be_disabled()
    redo.click()
    assert here.saved_look(placed) == pytest.approx(pinched)
    for button in (undo, redo):
        assert button.bounding_box()["height"] >= 44
    here.assert_calm()


def test_keys_undo_what_the_sliders_and_the_mouse_did(
    visit: Callable[..., Composing],  # noqa: F811
) -> None:
    here = visit()
    start_placing(here)
    placed = here.composition()["look"]
    drag(here, here.placing, (80, 10), (0.5, 0.5))
    dragged = here.saved_look(placed)
    here.page.get_by_role("slider", name=PAGE["compose_turn"]).focus()
    for _ in range(3):
        here.page.keyboard.press("ArrowRight")
    turned = here.saved_look(dragged)
    here.page.keyboard.press("Control+z")
    assert here.saved_look(turned) == pytest.approx(dragged)
    here.page.keyboard.press("Control+z")
    assert here.saved_look(dragged) == pytest.approx(placed)
    expect(here.page.locator(".iph-placing [aria-live=polite]")).to_contain_text("percent")
    here.page.keyboard.press("Control+Shift+z")
    assert here.saved_look(placed) == pytest.approx(dragged)
    here.page.get_by_role("button", name=PAGE["compose_behind"]).click()
    expect(travels(here)[0]).to_be_disabled()  # taps there are taken back by tapping again
    here.assert_calm()
