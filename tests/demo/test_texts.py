from __future__ import annotations

import re
from pathlib import Path

import pytest

from demo import texts, web
from demo.texts import LANGUAGES, PAGE, language, of_the_library
from iph_core.errors import InputError
from iph_core.photo import open_photo

ROOT = web.FOLDER.parents[1]
SOURCE = "\n".join(path.read_text("utf-8") for path in (web.FOLDER / "src").rglob("*.ts"))
ENGLISH = LANGUAGES["en"]
OTHERS = sorted(set(LANGUAGES) - {"en"})
TABLES = ("PAGE", "ERRORS", "SHARE", "STUDY", "APP", "LIBRARY")
# Keys that the page puts together from a role, a tool, a level, a side or what happened.
COMPOSED = re.compile(
    r"^(role|tag|tool|role_empty|hover|level|chips?|spoken|connection|compose|word|slider|look"
    r"|blend_with|format|example|how|grow|bring_mask|save_mask)_|^(undo|redo|clear)_hint$|^(before|after)$"
)


def braces(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w*\}", text))


def test_every_text_that_the_page_asks_for_is_there() -> None:
    asked = set(re.findall(r'say\(\s*"(\w+)"', SOURCE))
    asked |= set(re.findall(r'"((?:step|busy|role|note|tip|spoken)_\w+)"', SOURCE))
    assert asked and asked <= set(PAGE)


def test_every_text_is_used() -> None:
    unused = {key for key in PAGE if f'"{key}"' not in SOURCE and not COMPOSED.match(key)}
    assert unused == set()


def test_every_text_of_the_server_is_used() -> None:
    files = [*(ROOT / "demo").glob("*.py"), *(ROOT / "demo/shares").rglob("*.*")]
    files += (ROOT / "demo/study").rglob("*.*")
    source = "\n".join(file.read_text("utf-8") for file in files if file.suffix != ".pyc")
    source += (web.FOLDER / "pwa" / "offline.html").read_text("utf-8")
    for table in ("ERRORS", "SHARE", "STUDY", "APP"):
        unused = {key for key in ENGLISH[table] if not re.search(rf'["$.]{key}\b', source)}
        assert unused == set(), table


def test_the_page_says_for_what_the_weights_may_be_used_as_their_card_does() -> None:
    card = " ".join((ROOT / "weights/iph-match.md").read_text("utf-8").split())
    terms = "for research and personal pictures"
    assert f"use the weights {terms}" in card and terms in PAGE["how_weights"]
    assert 'step("weights")' in SOURCE


def test_there_is_another_language() -> None:
    assert "de" in OTHERS


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("table", TABLES)
def test_every_language_has_the_same_keys_and_braces(code: str, table: str) -> None:
    theirs, ours = LANGUAGES[code][table], ENGLISH[table]
    assert set(theirs) == set(ours)
    assert all(text.strip() for text in theirs.values())
    differing = {key for key, text in ours.items() if braces(text) != braces(theirs[key])}
    assert differing == set()


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_names_hold_the_words_that_are_seen(code: str) -> None:
    """Who speaks to the page says what stands there (WCAG 2.5.3)."""
    page = LANGUAGES[code]["PAGE"]
    seen = {f"look_{key}_label": f"look_{key}" for key in ("person", "background", "own", "other")}
    seen |= {f"blend_with_{key}": f"look_{key}" for key in ("own", "other")}
    seen["blend_with_background"] = "chip_background"
    for name, words in seen.items():
        assert page[words].lower() in page[name].lower(), name


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_is_translated(code: str) -> None:
    """Few texts may be the same: names of formats and the like."""
    same = [key for table in TABLES for key in ENGLISH[table] if same_text(code, table, key)]
    assert len(same) < 15, same


def same_text(code: str, table: str, key: str) -> bool:
    return LANGUAGES[code][table][key] == ENGLISH[table][key]


@pytest.mark.parametrize("code", LANGUAGES)
def test_names_and_months(code: str) -> None:
    assert LANGUAGES[code]["name"] and LANGUAGES[code]["SHARE"]["language"] == code
    assert len(LANGUAGES[code]["SHARE"]["months"].split()) == 12


def test_no_words_for_people_in_the_scripts() -> None:
    """Texts that people read stand in demo/texts; the scripts hold none that contain a space."""
    own = [*(web.FOLDER / "share").glob("*.js"), *(web.FOLDER / "pwa").glob("*.js")]
    source = SOURCE + "\n".join(path.read_text("utf-8") for path in own)
    code = re.sub(r"/\*.*?\*/|//.*", "", source, flags=re.DOTALL)
    assert re.findall(r'["`>]([A-Z][a-z]+ [^"`<]*)["`<]', code) == []


@pytest.mark.parametrize(
    "page",
    [*(ROOT / "demo/shares/templates").glob("*.html"), web.FOLDER / "pwa" / "offline.html"],
    ids=lambda path: path.stem,
)
def test_no_words_for_people_in_the_pages(page: Path) -> None:
    html = page.read_text("utf-8")
    html = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\$\w+|<style>.*?</style>", "", html, flags=re.DOTALL)
    spoken = re.findall(r'(?:alt|title|aria-label|placeholder)="([^"]*[a-z][^"]*)"', html)
    assert spoken == []
    assert not re.search(r"[A-Za-z]{2}", re.sub(r"<[^>]*>", "", html))


def test_the_frame_says_nothing() -> None:
    frame = (ROOT / "demo" / "frame.py").read_text("utf-8")
    assert re.findall(r"html_template=(.*),", frame) == ["\"<div class='iph'></div>\""]
    assert "gr.Markdown" not in frame


def test_texts_are_set_as_text_never_as_markup() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", SOURCE)


def test_lock_file_names_no_host() -> None:
    assert "resolved" not in Path(web.FOLDER / "package-lock.json").read_text("utf-8")


# Sentences of the library

LIBRARY_SOURCE = re.sub(
    r'"\s*f?"', "", "\n".join(p.read_text("utf-8") for p in (ROOT / "iph_core").rglob("*.py"))
)


@pytest.mark.parametrize("key", ENGLISH["LIBRARY"])
def test_the_library_says_what_we_translate(key: str) -> None:
    parts = re.split(r"\{\w+\}", ENGLISH["LIBRARY"][key])
    said = r"[^\"]*".join(re.escape(part) for part in parts)
    assert re.search(said, LIBRARY_SOURCE)


def test_a_sentence_of_the_library_is_translated_with_what_it_names(tmp_path: Path) -> None:
    bad = tmp_path / "Ärger {name}.jpg"
    bad.write_text("no picture")
    with pytest.raises(InputError) as caught:
        open_photo(bad)
    assert of_the_library(str(caught.value)) == str(caught.value)
    token = language.set("de")
    try:
        said = of_the_library(str(caught.value))
        assert said.startswith("Ärger {name}.jpg ist kein Bild")
        assert of_the_library("Nobody translated this.") == "Nobody translated this."
    finally:
        language.reset(token)


def test_a_new_language_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LANGUAGES, "xx", {**ENGLISH, "name": "Xx"})
    assert texts.names()["xx"] == "Xx"
    token = language.set("xx")
    assert PAGE["harmonize"] == ENGLISH["PAGE"]["harmonize"]
    language.reset(token)
