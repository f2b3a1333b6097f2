"""The public pages as HTML. Whatever people wrote goes through Jinja's escaping, as a value."""

from __future__ import annotations

import io
import unicodedata
from datetime import datetime, timezone
from typing import Any

import segno

from demo.html import templates_of
from demo.shares.model import Share
from demo.shares.pictures import CARD
from demo.texts import ERRORS, PAGE, SHARE
from demo.web import address
from iph_core.errors import InputError

MAX_CAPTION = 140  # characters

# Characters that are no text: controls, halves of pairs, and those that turn the reading direction
# (they would make a caption look as if it belonged to the page).
NO_TEXT = {"Cc", "Cs", "Co", "Zl", "Zp"}
TURNING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

templates = templates_of(__file__)


def clean_caption(text: str) -> str:
    """One line of plain text; InputError when it is too long."""
    kept = "".join(
        " " if unicodedata.category(letter) in NO_TEXT else letter
        for letter in text
        if letter not in TURNING
    )
    caption = " ".join(kept.split())
    if len(caption) > MAX_CAPTION:
        raise InputError(ERRORS["caption_too_long"].format(number=MAX_CAPTION))
    return caption


def share_page(share: Share, url: str, now: float) -> str:
    """The page of a share. url: its absolute address, for messengers and the code."""
    return render(
        "share.html",
        depth="../",
        share=share,
        url=url,
        card_size=CARD,
        expires=day_in_words(share.expires),
        expires_iso=datetime.fromtimestamp(share.expires, timezone.utc).isoformat(),
        remaining=remaining_days(share.expires, now),
    )


def delete_page(share: Share) -> str:
    """The maker's page; the token stays in the part of the address that no server sees."""
    return render("delete.html", depth="../../", share=share)


def gone_page(depth: str) -> str:
    """One and the same for what never was, was deleted, or has expired."""
    return render("gone.html", depth=depth)


def qr_code(url: str) -> bytes:
    """SVG, dark on light with the quiet zone that readers need."""
    picture = io.BytesIO()
    segno.make_qr(url, error="m").save(
        picture, kind="svg", border=4, dark="#000", light="#fff", unit="", omitsize=True
    )
    return picture.getvalue()


def day_in_words(seconds: float) -> str:
    """A day as people write it, in UTC: 22 December 2026."""
    day = datetime.fromtimestamp(seconds, timezone.utc)
    month = SHARE["months"].split()[day.month - 1]
    return SHARE["date"].format(day=day.day, month=month, year=day.year)


def remaining_days(expires: float, now: float) -> str:
    days = round((expires - now) / (24 * 60 * 60))
    key = "in_days" if days > 1 else "in_one_day" if days == 1 else "today"
    return SHARE[key].format(days=days)


def render(name: str, depth: str, **values: Any) -> str:
    """depth: the way from the page's address up to /iph/."""
    return templates.get_template(name).render(
        texts=SHARE,
        site=PAGE["title"],
        home=f"{depth}../",
        static=lambda file: depth + address(file).removeprefix("iph/"),
        **values,
    )
