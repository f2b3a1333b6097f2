"""Make the PNG icons from icon.svg: `python -m demo.web.icons.make /path/to/chromium`."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent
SVG = (FOLDER.parent / "icon.svg").read_text("utf-8")
GROUND = "#1f2933"
"""Of icon.svg: a maskable icon fills its whole square with it."""
SAFE = 0.75  # share of a maskable icon's side that the drawing may take, so no mask cuts it


def page(side: int, maskable: bool) -> str:
    inner = round(side * SAFE) if maskable else side
    ground = GROUND if maskable else "transparent"
    return (
        f"<body style='margin:0;width:{side}px;height:{side}px;display:grid;place-content:center;"
        f"background:{ground}'><div style='width:{inner}px;height:{inner}px'>{SVG}</div>"
    )


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox"])
        for side, maskable in ((192, False), (512, False), (512, True)):
            view = browser.new_page(viewport={"width": side, "height": side})
            view.set_content(page(side, maskable))
            name = f"icon-maskable-{side}.png" if maskable else f"icon-{side}.png"
            view.screenshot(path=FOLDER / name, omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
