from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from demo.shares.model import Share
from demo.shares.page import (
    clean_caption,
    day_in_words,
    delete_page,
    gone_page,
    qr_code,
    remaining_days,
    share_page,
)
from demo.texts import SHARE
from iph_core.errors import InputError

URL = "https://example.org/iph/s/" + "A" * 24
DAY = 86400
PLAIN = Share("A" * 24, "", "", "", 1600, 1067, 70, 1, 1_800_000_000, 1_800_000_000 + 30 * DAY)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "{{ 7 * 7 }} {% raw %} ${7 * 7} #{7 * 7}",
    "{{ share.token_hash }}{{ config }}",
    "javascript:alert(1)",
    "&lt;b&gt;",
    "<!-- -->",
]


class Reader(HTMLParser):
    """The tags, attributes and texts that a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def meta(self, name: str) -> str:
        found = [
            a for t, a in self.tags if t == "meta" and name in (a.get("property"), a.get("name"))
        ]
        assert len(found) == 1, name
        return found[0]["content"]


@pytest.mark.parametrize("caption", HOSTILE)
def test_caption_is_text_wherever_it_stands(caption: str) -> None:
    share = replace(PLAIN, caption=clean_caption(caption))
    read = Reader(share_page(share, URL, PLAIN.created))
    plain = Reader(share_page(PLAIN, URL, PLAIN.created))
    assert [tag for tag, _ in read.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(attributes) for _, attributes in read.tags] == [
        sorted(attributes) for _, attributes in plain.tags
    ]
    assert read.texts.count(caption) == 2  # title and heading
    assert read.meta("og:title") == read.meta("twitter:title") == caption


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  At \n\t the pier ", "At the pier"),
        ("a\x00b\x1b[31m", "a b [31m"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\ud800 half", "half"),
        ("👩\u200d👩\u200d👧 ok", "👩\u200d👩\u200d👧 ok"),
        ("שלום", "שלום"),
        ("", ""),
    ],
)
def test_caption_is_one_line_of_text(written: str, kept: str) -> None:
    assert clean_caption(written) == kept


def test_long_caption_is_refused() -> None:
    assert clean_caption("ä" * 140) == "ä" * 140
    with pytest.raises(InputError, match="140"):
        clean_caption("ä" * 141)


def test_messengers_find_absolute_addresses() -> None:
    read = Reader(share_page(PLAIN, URL, PLAIN.created))
    assert read.meta("og:url") == URL
    assert read.meta("og:image") == read.meta("twitter:image") == f"{URL}/preview.jpg"
    assert (read.meta("og:image:width"), read.meta("og:image:height")) == ("1200", "630")
    assert read.meta("twitter:card") == "summary_large_image"
    assert read.meta("og:title") == SHARE["title"]
    assert read.meta("robots") == "noindex, nofollow"


def test_page_works_without_a_script() -> None:
    """Both pictures stand in the page with words for who cannot see them; the slider is hidden."""
    tags = Reader(share_page(PLAIN, URL, PLAIN.created)).tags
    pictures = [a for t, a in tags if t == "img" and a["src"].endswith(".jpg")]
    assert [a["src"] for a in pictures] == [f"{PLAIN.id}/after.jpg", f"{PLAIN.id}/before.jpg"]
    assert [a["alt"] for a in pictures] == [SHARE["after_alt"], SHARE["before_alt"]]
    assert all((a["width"], a["height"]) == ("1600", "1067") for a in pictures)
    slider = next(a for t, a in tags if t == "input")
    assert "hidden" in slider and slider["aria-label"] == SHARE["line"]
    assert slider["value"] == "70"


@pytest.mark.parametrize("url", [URL, "http://localhost:7860/iph/s/" + "z_-9" * 6])
def test_code_is_read_by_another_program(url: str) -> None:
    """Drawn as a browser would, then read by OpenCV."""
    svg = qr_code(url).decode()
    side = int(re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).group(1))
    picture = np.full((side, side), 255, np.uint8)
    x = y = 0.0
    path = re.search(r'<path class="qrline" stroke="#000" d="([^"]+)"', svg).group(1)
    for command, numbers in re.findall(r"([Mmh])\s*([-\d. ]+)", path):
        values = [float(number) for number in numbers.split()]
        if command == "h":
            picture[int(y), int(x) : int(x + values[0])] = 0
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    large = cv2.resize(picture, None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST)
    assert cv2.QRCodeDetector().detectAndDecode(large)[0] == url
    assert picture[:4].min() == 255, "the quiet zone"


def test_days_are_words() -> None:
    assert day_in_words(0) == "1 January 1970"
    assert day_in_words(1_797_897_600) == "22 December 2026"
    assert remaining_days(30 * DAY, 0) == "30 more days"
    assert remaining_days(DAY, 0) == "one more day"
    assert remaining_days(DAY / 3, 0) == "today"


def test_pages_of_what_is_gone_and_of_deleting_name_no_share() -> None:
    assert PLAIN.id not in gone_page("../")
    page = delete_page(replace(PLAIN, token_hash="t0k3n", maker="m4k3r"))
    assert "t0k3n" not in page and "m4k3r" not in page
