"""The pictures of a share: before, after, and a preview of the shape that messengers show."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from iph_core.export.html import middle_of_change
from iph_core.photo import encode_jpeg
from iph_core.photo.xmp import as_composite, source_type_alone

WEB_SIDE = 1600  # pixels, the long side at most
CARD = (1200, 630)  # pixels, the shape that Open Graph and Twitter cards ask for
WEB_QUALITY, CARD_QUALITY = 90, 82  # messengers drop previews of several hundred kilobytes
DIMMED = 0.55

NAMES = ("before.jpg", "after.jpg", "preview.jpg")


@dataclass(frozen=True)
class Pictures:
    """JPEG files; width and height are those of before and after.

    divider: where a line between the two shows best what changed, in percent from the left.
    """

    width: int
    height: int
    divider: int
    before: bytes
    after: bytes
    preview: bytes

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(map(len, self.files().values()))

    def files(self) -> dict[str, bytes]:
        return dict(zip(NAMES, (self.before, self.after, self.preview), strict=True))


def make_pictures(before: np.ndarray, after: np.ndarray, xmp: bytes | None = None) -> Pictures:
    """From two pictures of one size: uint8 HWC sRGB, the long side at most WEB_SIDE.

    xmp: the packet of the photo. Of all metadata the files hold the digital source type alone: that
    they are composites, with generated parts where the photo says so.
    """
    statement = source_type_alone(as_composite(xmp))
    height, width = after.shape[:2]
    return Pictures(
        width,
        height,
        middle_of_change(before, after),
        before=encode_jpeg(before, WEB_QUALITY, xmp=statement),
        after=encode_jpeg(after, WEB_QUALITY, xmp=statement),
        preview=encode_jpeg(card(after), CARD_QUALITY, xmp=statement),
    )


def card(picture: np.ndarray) -> np.ndarray:
    """The whole picture on a card, its own colors blurred and dimmed around it; nothing is cut."""
    width, height = CARD
    ground = cv2.resize(picture, (width // 20, height // 20), interpolation=cv2.INTER_AREA)
    ground = cv2.GaussianBlur(ground, (0, 0), 3)
    ground = cv2.resize(ground, CARD, interpolation=cv2.INTER_CUBIC)
    result = np.round(ground * DIMMED).astype(np.uint8)
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    shrinks = scale < 1
    fitted = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    result[top : top + size[1], left : left + size[0]] = fitted
    return result
