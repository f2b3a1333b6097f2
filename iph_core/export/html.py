"""One HTML file with a before/after slider: opens from an e-mail, asks nothing of any server.

Without scripts it shows both pictures, one under the other. With them, the slider is a plain range
input (arrow keys, screen readers) that the picture also follows under a finger or a mouse.
"""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from string import Template

import cv2
import numpy as np

from iph_core.errors import InputError
from iph_core.photo import encode_jpeg

MOST_BYTES = 3_000_000
QUALITIES = (90, 85, 78, 70, 60, 45, 30)


@dataclass(frozen=True)
class Words:
    """What people read on the page; `lang` is the language that they are in."""

    lang: str = "en"
    before: str = "Before"
    after: str = "After"
    before_alt: str = "The composite before harmonizing"
    after_alt: str = "The composite after harmonizing"
    slider: str = "Show before or after"


ENGLISH = Words()


def comparison_page(
    before: np.ndarray, after: np.ndarray, title: str, summary: str, words: Words = ENGLISH
) -> str:
    """The page's HTML, under 3 MB. before, after: sRGB uint8 HWC of one size.

    The line between the two begins on what changed.
    Raises InputError where the pictures are too large for that.
    """
    if before.shape != after.shape:
        raise ValueError(f"Before is {before.shape} but after is {after.shape}.")
    first, second = _encoded(before, after)
    height, width = before.shape[:2]
    texts = {name: html.escape(text) for name, text in vars(words).items()}
    return PAGE.substitute(
        texts,
        title=html.escape(title),
        summary=html.escape(summary),
        width=width,
        height=height,
        at=middle_of_change(before, after),
        first=first,
        second=second,
    )


def middle_of_change(before: np.ndarray, after: np.ndarray) -> int:
    """The column with half of the change on either side, 10 to 90; 50 where nothing changed."""
    change = cv2.absdiff(before, after).sum(axis=(0, 2), dtype=np.float64).cumsum()
    if change[-1] == 0:
        return 50
    column = int(np.searchsorted(change, change[-1] / 2))
    return min(90, max(10, round(100 * (column + 0.5) / len(change))))


def _encoded(before: np.ndarray, after: np.ndarray) -> tuple[str, str]:
    """Both pictures in base64, in the best quality that fits."""
    room = MOST_BYTES - 20_000
    for quality in QUALITIES:
        pair = [base64.b64encode(encode_jpeg(p, quality)).decode("ascii") for p in (before, after)]
        if sum(map(len, pair)) <= room:
            return pair[0], pair[1]
    raise InputError("The pictures are too large for one page: choose a smaller max_side.")


# The policy forbids every request: what the page shows is in it.
PAGE = Template("""<!doctype html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;\
 style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<title>$title</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; padding: 16px; max-width: min(100%, 1280px); box-sizing: border-box; }
h1 { font-size: 1.25rem; margin: 0 0 12px; }
figure { margin: 0; }
figcaption { margin-top: 8px; }
img { display: block; width: 100%; height: auto; }
.stage { position: relative; margin: 0 auto; overflow: hidden; border-radius: 6px; }
.tag { display: inline-block; padding: 2px 10px; border-radius: 999px; font-size: .875rem;
  color: #fff; background: rgb(0 0 0 / .65); }
label, .handle { display: none; }
.live .stage { --at: $at%; max-width: calc(78vh * $width / $height); cursor: ew-resize;
  touch-action: pan-y; user-select: none; -webkit-user-select: none; }
.live .stage img { pointer-events: none; }
.live .first { position: absolute; inset: 0; z-index: 1;
  clip-path: inset(0 calc(100% - var(--at)) 0 0); }
.live .tag { position: absolute; top: 10px; z-index: 2; }
.live .first .tag { left: 10px; }
.live .second .tag { right: 10px; z-index: 0; }
.live .handle { display: block; position: absolute; z-index: 3; top: 0; bottom: 0; width: 2px;
  left: var(--at); margin-left: -1px; background: #fff; box-shadow: 0 0 4px rgb(0 0 0 / .6); }
.live label { display: flex; flex-wrap: wrap; gap: 0 12px; align-items: center; margin-top: 8px; }
input { flex: 1 1 240px; min-width: 0; height: 44px; margin: 0; }
</style>
</head>
<body>
<main>
<h1>$title</h1>
<figure id="comparison">
<div class="stage">
<div class="second"><img src="data:image/jpeg;base64,$second" width="$width" height="$height"\
 alt="$after_alt"><span class="tag">$after</span></div>
<div class="first"><img src="data:image/jpeg;base64,$first" width="$width" height="$height"\
 alt="$before_alt"><span class="tag">$before</span></div>
<div class="handle" aria-hidden="true"></div>
</div>
<label><span>$slider</span>
<input type="range" min="0" max="100" value="$at" step="1" data-before="$before"\
 data-after="$after"></label>
<figcaption>$summary</figcaption>
</figure>
</main>
<script>
(() => {
  const figure = document.getElementById("comparison");
  const stage = figure.querySelector(".stage");
  const slider = figure.querySelector("input");
  const show = () => {
    stage.style.setProperty("--at", slider.value + "%");
    const { before, after } = slider.dataset;
    slider.setAttribute("aria-valuetext",
      before + " " + slider.value + " %, " + after + " " + (100 - slider.value) + " %");
  };
  const follow = (event) => {
    const box = stage.getBoundingClientRect();
    slider.value = Math.round(100 * (event.clientX - box.left) / box.width);
    show();
  };
  slider.addEventListener("input", show);
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    follow(event);
  });
  stage.addEventListener("pointermove", (event) => {
    if (stage.hasPointerCapture(event.pointerId)) follow(event);
  });
  figure.classList.add("live");
  show();
})();
</script>
</body>
</html>
""")
