"""The same files through the page's upload: an answer with a sentence, and nothing left behind."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.mutate import ODD_TEXTS
from tests.fuzz.page import Page, checked, header
from tests.hostile.corpus import CASES, Case, jpeg

pytestmark = pytest.mark.filterwarnings("ignore:Corrupt EXIF data", "ignore:Truncated File Read")
TAP = {"role": "change", "taps": [[0, 0, True]]}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    page = Page(tmp_path_factory.mktemp("data"))
    yield page
    page.close()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_result_or_a_sentence(page: Page, case: Case, no_hang: None) -> None:
    data, before, browser = case.make(), page.files(), page.browser()
    answer = browser.post("/iph/photos", content=data, headers={"X-File-Name": "holiday.jpg"})
    assert checked(answer) == (200 if case.outcome == "read" else 400)
    if case.outcome == "refused":
        assert answer.json()["error"].endswith(".")
    else:
        photo = answer.json()
        assert (photo["width"], photo["height"]) == case.size
        at = f"/iph/photos/{photo['id']}"
        assert browser.get(f"/{photo['preview']}").content.startswith(b"\xff\xd8")
        for path, body in (("choose", TAP), ("harmonize", {}), ("download", {"strength": 1})):
            answer = browser.post(f"{at}/{path}", json=body)
            assert checked(answer) == 200, answer.text
        assert browser.get(f"/{answer.json()['url']}").content.startswith(b"\x89PNG")
        assert browser.delete(at).status_code == 204
    assert page.files() == before, "no file is left behind"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_as_a_mask(page: Page, case: Case, no_hang: None) -> None:
    photo = page.ready_photo()
    before = page.files()
    answer = page.owner.post(f"/iph/photos/{photo}/mask?role=match", content=case.make())
    assert checked(answer) in (200, 400)
    if answer.status_code == 400:
        assert page.files() == before


@pytest.mark.parametrize("name", ODD_TEXTS, ids=lambda name: ascii(name[:30]))
def test_names_name_nothing(page: Page, name: str, tmp_path: Path) -> None:
    before, browser = page.files(), page.browser()
    answer = browser.post("/iph/photos", content=jpeg(), headers={b"X-File-Name": header(name)})
    assert checked(answer) == 200
    at = f"/iph/photos/{answer.json()['id']}"
    for path, body in (("choose", TAP), ("harmonize", {}), ("download", {"strength": 1})):
        answer = browser.post(f"{at}/{path}", json=body)
    given = answer.json()["name"]
    # Letters, marks and digits alone: nothing that turns the writing round, breaks lines, or means
    # something to a file system, a header or a page.
    assert all(unicodedata.category(sign)[0] in "LMN" or sign in "._-" for sign in given)
    assert not given.startswith(".") and len(given.encode()) < 255
    new = page.files() - before
    (source,) = [path for path in new if path.parent.parent.parent == page.folder]
    assert all(path.parent.parent == source.parent for path in new - {source})
    assert browser.delete(at).status_code == 204
    assert page.files() == before


def test_100_mb_are_refused_before_they_are_read(page: Page, no_hang: None) -> None:
    before = page.files()
    answer = page.browser().post("/iph/photos", content=bytes(100_000_000))
    assert checked(answer) == 413 and "MB" in answer.json()["error"]
    assert page.files() == before
