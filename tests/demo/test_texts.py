from __future__ import annotations

import re
from pathlib import Path

from demo import web
from demo.texts import PAGE

SOURCE = "\n".join(path.read_text("utf-8") for path in (web.FOLDER / "src").rglob("*.ts"))
# Keys that the page puts together from a role, a tool, a level, a side or what happened.
COMPOSED = re.compile(
    r"^(role|tag|tool|role_empty|hover|level|chips?|spoken|connection|compose|word|slider|look|format)_|^(undo|redo|clear)_hint$|^(before|after)$"
)


def test_every_text_that_the_page_asks_for_is_there() -> None:
    asked = set(re.findall(r'say\(\s*"(\w+)"', SOURCE))
    asked |= set(re.findall(r'"((?:step|busy|role|note|tip|spoken)_\w+)"', SOURCE))
    assert asked and asked <= set(PAGE)


def test_every_text_is_used() -> None:
    frame = (web.FOLDER.parent / "frame.py").read_text("utf-8")
    unused = {
        key
        for key in PAGE
        if f'"{key}"' not in SOURCE + frame.replace("'", '"') and not COMPOSED.match(key)
    }
    assert unused == set()


def test_no_words_for_people_in_the_script() -> None:
    """Texts that people read stand in demo/texts.py; the script holds none that contain a space."""
    code = re.sub(r"/\*.*?\*/|//.*", "", SOURCE, flags=re.DOTALL)
    strings = re.findall(r'"([A-Z][a-z]+ [^"]*)"', code)
    assert strings == []


def test_texts_are_set_as_text_never_as_markup() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", SOURCE)


def test_lock_file_names_no_host() -> None:
    assert "resolved" not in Path(web.FOLDER / "package-lock.json").read_text("utf-8")
