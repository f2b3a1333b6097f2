"""IPTC-IIM, the older home of caption, names and keywords: what XMP does not say yet moves there.

The block itself is not written again: it may hold the place, and programs read XMP first (Metadata
Working Group 2010, guidelines 2.0, 3.4).
"""

from __future__ import annotations

import contextlib
import logging
import struct
import warnings
from collections.abc import Mapping

from PIL import Image, ImageFile, IptcImagePlugin

logger = logging.getLogger(__name__)

# Many programs write the block into TIFF with a length that Pillow only warns of.
warnings.filterwarnings("ignore", message="Metadata Warning, tag 33723", category=UserWarning)

# Record 2 of IIM 4.2 -> prefix and name in XMP, and how XMP wraps the value.
FIELDS = {
    5: ("dc", "title", "Alt"),
    25: ("dc", "subject", "Bag"),
    40: ("photoshop", "Instructions", ""),
    55: ("photoshop", "DateCreated", ""),
    80: ("dc", "creator", "Seq"),
    85: ("photoshop", "AuthorsPosition", ""),
    90: ("photoshop", "City", ""),
    92: ("Iptc4xmpCore", "Location", ""),
    95: ("photoshop", "State", ""),
    100: ("Iptc4xmpCore", "CountryCode", ""),
    101: ("photoshop", "Country", ""),
    103: ("photoshop", "TransmissionReference", ""),
    105: ("photoshop", "Headline", ""),
    110: ("photoshop", "Credit", ""),
    115: ("photoshop", "Source", ""),
    116: ("dc", "rights", "Alt"),
    120: ("dc", "description", "Alt"),
    122: ("photoshop", "CaptionWriter", ""),
}
DATE = 55
CHARACTER_SET = (1, 90)
UTF_8 = b"\x1b%G"

Iptc = Mapping[tuple[str, str, str], list[str]]
"""(prefix, name, container) of an XMP property -> its values."""


def read_iptc(image: Image.Image, name: str) -> Iptc:
    """What a JPEG or TIFF file's IIM block says, the place too: `kept_xmp` decides what stays."""
    if not isinstance(image, ImageFile.ImageFile):
        return {}  # Converted already.
    try:
        info = IptcImagePlugin.getiptcinfo(image) or {}
    except (SyntaxError, ValueError, TypeError, LookupError, OSError, struct.error) as error:
        logger.warning("The IPTC data of %s cannot be read and is left out: %s", name, error)
        return {}
    mark = info.get(CHARACTER_SET)
    found = {}
    for number, property in FIELDS.items():
        value = info.get((2, number), [])
        values = value if isinstance(value, list) else [value]
        if texts := [_decoded(v, mark).strip("\0 ") for v in values if v]:
            found[property] = [_date(text) for text in texts] if number == DATE else texts
    return found


def _date(text: str) -> str:
    """CCYYMMDD as XMP writes it: CCYY-MM-DD, without what is unknown (00)."""
    if len(text) != 8 or not text.isdecimal():
        return text
    year, month, day = text[:4], text[4:6], text[6:]
    return year if month == "00" else f"{year}-{month}" if day == "00" else f"{year}-{month}-{day}"


def _decoded(value: bytes, mark: bytes | list[bytes] | None) -> str:
    if mark == UTF_8:
        return value.decode("utf-8", "replace")
    if mark is None:
        # Many programs write UTF-8 without the mark, and other text is hardly ever valid UTF-8.
        with contextlib.suppress(UnicodeDecodeError):
            return value.decode("utf-8")
    return value.decode("latin-1")
