from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import skimage.data
from PIL import Image

from iph_core.errors import InputError
from iph_core.export.html import MOST_BYTES, Words, comparison_page

BEFORE = skimage.data.astronaut()
AFTER = np.clip(BEFORE * (1.1, 1.0, 0.8), 0, 255).astype(np.uint8)


class Page(HTMLParser):
    """Elements with their attributes, and the text of each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data.strip())

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def text():
    return comparison_page(BEFORE, AFTER, "Anna & Ben", "A little warmer.")


def test_both_pictures_are_in_it(text):
    after, before = Page(text).all("img")
    for image, truth in ((before, BEFORE), (after, AFTER)):
        data = base64.b64decode(image["src"].removeprefix("data:image/jpeg;base64,"))
        shown = np.asarray(Image.open(io.BytesIO(data)))
        assert np.abs(shown.astype(int) - truth).mean() < 2
        assert (image["width"], image["height"]) == ("512", "512")
        assert image["alt"]


def test_it_asks_nothing_of_anyone(text):
    page = Page(text)
    policy = next(m for m in page.all("meta") if "http-equiv" in m)
    assert policy["content"].startswith("default-src 'none'; img-src data:")
    assert not page.all("link")
    assert not [script for script in page.all("script") if "src" in script]
    assert not re.findall(r"https?://|@import|url\(", text)


@pytest.mark.parametrize(("columns", "start"), [((400, 500), 88), ((0, 60), 10), ((100, 200), 29)])
def test_the_line_begins_on_what_changed(columns, start):
    after = BEFORE.copy()
    part = np.s_[:, columns[0] : columns[1]]
    after[part] = 255 - BEFORE[part]
    (slider,) = Page(comparison_page(BEFORE, after, "Anna", "Other.")).all("input")
    assert int(slider["value"]) == pytest.approx(start, abs=4)


def test_title_words_and_names(text):
    page = Page(text)
    assert page.texts.count("Anna & Ben") == 2
    assert "A little warmer." in page.texts
    assert page.all("html") == [{"lang": "en"}]
    (slider,) = page.all("input")
    assert slider["type"] == "range"
    assert page.all("label")


def test_words_are_escaped_and_may_be_in_another_language():
    evil = '<script>alert("1")</script>'
    words = Words(lang="de", before="Vorher", after="Nachher", before_alt='"><b>')
    text = comparison_page(BEFORE, AFTER, evil, evil, words)
    assert evil not in text
    page = Page(text)
    assert len(page.all("script")) == 1
    assert not page.all("b")
    assert {"Vorher", "Nachher"} <= set(page.texts)
    assert page.all("html") == [{"lang": "de"}]


def test_it_stays_small_enough_for_an_email():
    noise = np.random.default_rng(0).integers(0, 256, (1700, 1280, 3), dtype=np.uint8)
    page = comparison_page(noise, noise[::-1], "Noise", "")
    assert len(page.encode()) < MOST_BYTES
    with pytest.raises(InputError, match="max_side"):
        comparison_page(noise.repeat(3, 0), noise.repeat(3, 0), "Too large", "")


def test_two_sizes_are_a_mistake():
    with pytest.raises(ValueError, match="Before is"):
        comparison_page(BEFORE, AFTER[:-1], "", "")
