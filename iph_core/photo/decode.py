"""From a file's bytes to channels: what Pillow reads at 8 bits, OpenCV at 16."""

from __future__ import annotations

import io
import logging
import struct
import warnings
import zlib
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.ExifTags import Base

from iph_core.errors import InputError
from iph_core.photo.iptc import read_iptc
from iph_core.photo.metadata import add_resolution, kept_exif, read_exif, upright
from iph_core.photo.profile import cmyk_to_srgb
from iph_core.photo.source import SourceFile
from iph_core.photo.stated import refuse_hdr, stated_profile
from iph_core.photo.xmp import kept_xmp

logger = logging.getLogger(__name__)

ANIMATED = ("PNG", "WEBP")

# Our own limit is checked on every header, so Pillow's warning below that limit only alarms people.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

# OpenCV's TIFF reader warns on stderr of files that it reads well, as of tags out of order.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)

# Pillow's decoders raise any of these on bytes that are cut short or do not make sense; memory is
# what a header may ask too much of.
DECODING_ERRORS = (
    AssertionError,
    MemoryError,
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    EOFError,
    struct.error,
    zlib.error,
    cv2.error,
)

# Pillow's mode -> the mode with the channels that we take from it, without and with transparency.
MODES = {
    "1": ("L", "LA"),
    "L": ("L", "LA"),
    "LA": ("LA", "LA"),
    "La": ("LA", "LA"),
    "P": ("RGB", "RGBA"),
    "PA": ("RGBA", "RGBA"),
    "RGB": ("RGB", "RGBA"),
    "RGBA": ("RGBA", "RGBA"),
    "RGBa": ("RGBA", "RGBA"),
    "RGBX": ("RGB", "RGB"),
    "YCbCr": ("RGB", "RGB"),
}
DEEP_MODES = ("I;16", "I;16B", "I;16L", "L", "LA", "RGB", "RGBA")

# Tags of TIFF 6.0 and DNG.
NEW_SUBFILE_TYPE, BITS_PER_SAMPLE, COMPRESSION = 254, 258, 259
PHOTOMETRIC, PLANAR_CONFIGURATION = 262, 284
EXTRA_SAMPLES, DNG_VERSION = 338, 50706
SMALLER, TRANSPARENCY = 1, 4  # bits of NEW_SUBFILE_TYPE: of another picture, not one itself
UNCOMPRESSED, YCBCR = 1, 6  # of COMPRESSION and PHOTOMETRIC
UNSPECIFIED, PREMULTIPLIED, STRAIGHT = 0, 1, 2  # what EXTRA_SAMPLES says of the fourth channel

# Where IHDR stands in a PNG file, and one of its color types (PNG, 11.2.2).
PNG_DEPTH, PNG_COLOR_TYPE = 24, 25
GRAY_WITH_ALPHA = 4


@dataclass(frozen=True)
class Decoded:
    """color: uint8 or uint16, HW gray or HWC RGB, upright; alpha: HW of the same dtype or None;
    profile: the file's ICC profile, unchecked, or that of the space that it names; exif, xmp: what
    may be kept of them."""

    color: np.ndarray
    alpha: np.ndarray | None
    profile: bytes | None
    exif: bytes | None
    xmp: bytes | None


def decode(file: SourceFile, max_pixels: int, keep_place: bool = False) -> Decoded:
    """The channels of a picture file, or of the first frame of an animated one.

    HEIF pictures of 10 or 12 bits come as 16. keep_place: whether the metadata may say where the
    photo was taken. Raises InputError for more than `max_pixels` (known
    from the header, before anything is decoded), damaged files and kinds that are not read.
    """
    image = _open_header(file, max_pixels)
    if file.format in ANIMATED and getattr(image, "is_animated", False):
        logger.warning("%s is animated: its first picture is taken.", file.name)
    if file.format == "TIFF" and _has_pages(file):
        logger.warning("%s has several pages: the first one is taken.", file.name)
    try:
        image.load()
        return _decoded(image, file, keep_place)
    except InputError:
        raise
    except DECODING_ERRORS as error:
        raise _damaged(file, error) from None


def _decoded(image: Image.Image, file: SourceFile, keep_place: bool) -> Decoded:
    # After load: a PNG may hold its EXIF block behind the pixels, and Pillow turns a TIFF upright
    # there (as OpenCV does) and forgets its orientation.
    exif = read_exif(image, file.name)
    orientation = exif.get(Base.Orientation, 1)
    add_resolution(exif, image)
    profile = image.info.get("icc_profile")
    xmp = kept_xmp(image.info.get("xmp"), file.name, read_iptc(image, file.name), keep_place)
    if image.mode == "CMYK":
        image, profile = cmyk_to_srgb(image, profile, file.name), None
    elif profile is None:
        profile = stated_profile(image, exif, file)
    channels = _deep_channels(image, file) if _is_deep(image, file) else _channels(image, file)
    color, alpha = _split(upright(channels, orientation))
    size = (color.shape[1], color.shape[0])
    return Decoded(color, alpha, profile, kept_exif(exif, size, file.name, keep_place), xmp)


def _damaged(file: SourceFile, error: BaseException) -> InputError:
    logger.info("%s: %r", file.name, error)
    return InputError(f"{file.name} is damaged or cut short: bring an intact copy.")


def _open_header(file: SourceFile, max_pixels: int) -> Image.Image:
    if file.format == "HEIF":
        _register_heif()
    # Above twice this number Pillow refuses a picture whatever we allow.
    limit = min(max_pixels, 2 * (Image.MAX_IMAGE_PIXELS or max_pixels))
    try:
        image = Image.open(io.BytesIO(file.data), formats=[file.format])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(file, limit) from None
    except UnidentifiedImageError:
        raise InputError(
            f"{file.name} is damaged or a kind of {file.format} that this program does not read: "
            "save it as RGB with 8 or 16 bits a channel."
        ) from None
    except DECODING_ERRORS as error:
        raise _damaged(file, error) from None
    if image.width * image.height > limit:
        raise _too_large(file, limit)
    if file.format == "TIFF":
        _refuse_raw(image, file)
        _refuse_plain_ycbcr(image, file)
    refuse_hdr(image, file)
    return image


def _too_large(file: SourceFile, limit: int) -> InputError:
    return InputError(
        f"{file.name} has too many pixels, the limit is {limit / 1e6:g} megapixels: "
        "bring a smaller picture."
    )


@lru_cache(maxsize=1)
def _register_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()


def _tags(image: Image.Image) -> dict:
    return dict(getattr(image, "tag_v2", {}))


def _has_pages(file: SourceFile) -> bool:
    """Whether a TIFF holds pictures beside its first that are no smaller ones or masks of it."""
    # Opened anew: what a page says would stay with the first picture.
    with Image.open(io.BytesIO(file.data), formats=[file.format]) as image:
        while True:
            try:
                image.seek(image.tell() + 1)
            except DECODING_ERRORS:  # EOFError after the last.
                return False
            if not _tags(image).get(NEW_SUBFILE_TYPE, 0) & (SMALLER | TRANSPARENCY):
                return True


def _refuse_raw(image: Image.Image, file: SourceFile) -> None:
    # Raw files are TIFFs whose first picture is a small preview: reading it would look like
    # success.
    tags = _tags(image)
    if DNG_VERSION in tags or tags.get(NEW_SUBFILE_TYPE, 0) & SMALLER:
        raise InputError(f"{file.name} is a camera raw file: develop it to JPEG or TIFF first.")


def _refuse_plain_ycbcr(image: Image.Image, file: SourceFile) -> None:
    # Pillow takes them for four bytes a pixel and finds the file too short.
    tags = _tags(image)
    if tags.get(PHOTOMETRIC) == YCBCR and tags.get(COMPRESSION, UNCOMPRESSED) == UNCOMPRESSED:
        raise _odd_values(file, "YCbCr")


def _odd_values(file: SourceFile, mode: str) -> InputError:
    return InputError(
        f"{file.name} holds {mode} values, which this program does not read: "
        "save it as RGB with 8 or 16 bits a channel."
    )


def _is_deep(image: Image.Image, file: SourceFile) -> bool:
    """Whether the file holds 16 bits a channel, of which Pillow's RGB keeps only 8."""
    if image.mode not in DEEP_MODES:
        return False
    if file.format == "PNG":
        return file.data[PNG_DEPTH] == 16
    if file.format == "TIFF":
        return 16 in np.ravel(_tags(image).get(BITS_PER_SAMPLE, 8))
    return file.format == "HEIF" and image.info.get("bit_depth", 8) > 8


def _channels(image: Image.Image, file: SourceFile) -> np.ndarray:
    if image.mode not in MODES:
        raise _odd_values(file, image.mode)
    mode = MODES[image.mode][image.has_transparency_data]
    return np.asarray(image if image.mode == mode else image.convert(mode))


def _deep_channels(image: Image.Image, file: SourceFile) -> np.ndarray:
    if file.format == "HEIF":
        return _deep_heif(image, file)
    tags = _tags(image)
    extra = np.ravel(tags.get(EXTRA_SAMPLES, STRAIGHT))
    separate = tags.get(PLANAR_CONFIGURATION, 1) == 2
    raw = None
    if not (PREMULTIPLIED in extra or separate):
        buffer = np.frombuffer(file.data, np.uint8)
        raw = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    if raw is None or raw.dtype != np.uint16:
        raise InputError(
            f"{file.name} is a kind of 16-bit {file.format} that this program does not read: "
            "save it as plain RGB."
        )
    if raw.ndim == 2:
        return _deep_gray(raw, tags.get(PHOTOMETRIC) == 0, image.info.get("transparency"))
    if file.format == "PNG" and file.data[PNG_COLOR_TYPE] == GRAY_WITH_ALPHA:
        return raw[..., 2:]  # OpenCV repeats the gray as blue, green and red
    if raw.shape[2] == 3:
        return cv2.cvtColor(raw, cv2.COLOR_BGR2RGB)
    # An extra channel of no stated kind is a saved selection or the like, not transparency.
    is_alpha = extra[0] != UNSPECIFIED
    return cv2.cvtColor(raw, cv2.COLOR_BGRA2RGBA if is_alpha else cv2.COLOR_BGRA2RGB)


def _deep_gray(raw: np.ndarray, white_is_zero: bool, clear: int | None) -> np.ndarray:
    """uint16 gray HW; with alpha HWC where one value, `clear`, is transparent (tRNS of PNG)."""
    gray = 65535 - raw if white_is_zero else raw
    if clear is None:
        return gray
    return np.dstack([gray, np.where(raw == clear, 0, 65535).astype(np.uint16)])


def _deep_heif(image: Image.Image, file: SourceFile) -> np.ndarray:
    """uint16 channels of a HEIF picture of 10 or 12 bits; white is 65535."""
    import pillow_heif

    bits = image.info["bit_depth"]
    try:
        heif = pillow_heif.open_heif(io.BytesIO(file.data), convert_hdr_to_8bit=False)
        shifted = np.asarray(heif)
    except DECODING_ERRORS as error:
        raise _damaged(file, error) from None
    # The library shifts the levels to the top of 16 bits, which leaves white a little gray.
    levels = (shifted >> (16 - bits)).astype(np.uint32)
    top = (1 << bits) - 1
    return ((levels * 65535 + top // 2) // top).astype(np.uint16)


def _split(channels: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Gray, gray + alpha, RGB or RGBA -> color (HW or HWC) and alpha (HW or None)."""
    if channels.ndim == 2 or channels.shape[2] == 3:
        return channels, None
    color, alpha = channels[..., :-1], np.ascontiguousarray(channels[..., -1])
    if color.shape[2] == 1:
        color = color[..., 0]
    return np.ascontiguousarray(color), alpha
