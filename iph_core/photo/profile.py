"""ICC profiles: between a photo's own colors and sRGB, through LittleCMS.

Every transform is relative colorimetric with black point compensation. Camera and display
profiles hold a matrix and no perceptual table, so this is what the other intents come to as well;
it leaves every color that both spaces hold as it is, so that the way there and back returns it;
and the compensation keeps the shadows of print profiles apart, as image editors do by default.
"""

from __future__ import annotations

import io
import logging
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

logger = logging.getLogger(__name__)

INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION

# Pixels converted at once: bounds the memory that a large photo takes beside its pixels.
CHUNK_PIXELS = 1 << 20

# What Pillow raises for a broken profile (the last for a color space that is no text).
UNREADABLE = (OSError, ImageCms.PyCMSError, UnicodeDecodeError)


def usable_rgb_profile(profile: bytes | None, name: str) -> bytes | None:
    """The profile where it describes RGB both ways; None, with a warning in the log, otherwise.

    A photo with a broken profile is taken to be sRGB, as browsers do.
    """
    if not profile:
        return None
    if color_space(profile) == "RGB":
        try:
            _to_srgb(profile)
            _from_srgb(profile)
            return profile
        except UNREADABLE:
            pass
    logger.warning("The color profile of %s cannot be used: its colors are read as sRGB.", name)
    return None


def color_space(profile: bytes) -> str | None:
    """What the profile describes: "RGB", "GRAY", "CMYK" ...; None when it cannot be read."""
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space.strip()
    except UNREADABLE:
        return None


def profile_to_srgb(pixels: np.ndarray, profile: bytes | None) -> np.ndarray:
    """uint8 HWC in the colors of `profile` (None = sRGB) as uint8 HWC sRGB."""
    return pixels if profile is None else _transformed(pixels, _to_srgb(profile))


def srgb_to_profile(pixels: np.ndarray, profile: bytes | None) -> np.ndarray:
    """uint8 HWC sRGB as uint8 HWC in the colors of `profile` (None = sRGB)."""
    return pixels if profile is None else _transformed(pixels, _from_srgb(profile))


def between_profiles(pixels: np.ndarray, source: bytes | None, target: bytes | None) -> np.ndarray:
    """uint8 HWC in the colors of one profile as uint8 HWC in those of another (None = sRGB)."""
    return pixels if source == target else _transformed(pixels, _between(source, target))


def cmyk_to_srgb(image: Image.Image, profile: bytes | None, name: str) -> Image.Image:
    """A CMYK image as sRGB: through its profile, or by the plain formula where it has none."""
    if profile and color_space(profile) == "CMYK":
        try:
            converted = ImageCms.profileToProfile(
                image, io.BytesIO(profile), _srgb(), INTENT, outputMode="RGB", flags=FLAGS
            )
            if converted is not None:
                return converted
        except UNREADABLE:
            pass
    if profile:
        logger.warning("The color profile of %s cannot be used: its inks are guessed.", name)
    return image.convert("RGB")


def gray_to_srgb(gray: np.ndarray, profile: bytes | None, name: str) -> np.ndarray:
    """Gray uint8 or uint16 HW in the tones of `profile` (None = sRGB) as HW in sRGB tones.

    A gray profile cannot stand beside RGB pixels, so its tone curve is applied here once. The
    curve is read at 256 levels and interpolated between them for 16-bit values.
    """
    if not profile:
        return gray
    try:
        if color_space(profile) != "GRAY":
            raise ImageCms.PyCMSError("not a gray profile")
        curve = _gray_curve(profile)
    except UNREADABLE:
        logger.warning("The color profile of %s cannot be used: its grays are read as sRGB.", name)
        return gray
    top = np.iinfo(gray.dtype).max
    levels = np.interp(np.arange(top + 1), np.linspace(0, top, 256), curve * (top / 255))
    return np.rint(levels).astype(gray.dtype)[gray]


def _gray_curve(profile: bytes) -> np.ndarray:
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    converted = ImageCms.profileToProfile(
        ramp, io.BytesIO(profile), _srgb(), INTENT, outputMode="RGB", flags=FLAGS
    )
    if converted is None:
        raise ImageCms.PyCMSError("no transform")
    return np.asarray(converted)[0].mean(axis=1)


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@lru_cache(maxsize=16)
def _to_srgb(profile: bytes) -> ImageCms.ImageCmsTransform:
    own = io.BytesIO(profile)
    return ImageCms.buildTransform(own, _srgb(), "RGB", "RGB", INTENT, FLAGS)


@lru_cache(maxsize=16)
def _from_srgb(profile: bytes) -> ImageCms.ImageCmsTransform:
    own = io.BytesIO(profile)
    return ImageCms.buildTransform(_srgb(), own, "RGB", "RGB", INTENT, FLAGS)


@lru_cache(maxsize=16)
def _between(source: bytes | None, target: bytes | None) -> ImageCms.ImageCmsTransform:
    start, end = (_srgb() if end is None else io.BytesIO(end) for end in (source, target))
    return ImageCms.buildTransform(start, end, "RGB", "RGB", INTENT, FLAGS)


def _transformed(pixels: np.ndarray, transform: ImageCms.ImageCmsTransform) -> np.ndarray:
    converted = np.empty_like(pixels, order="C")
    rows = max(1, CHUNK_PIXELS // max(1, pixels.shape[1]))
    for top in range(0, pixels.shape[0], rows):
        chunk = Image.fromarray(np.ascontiguousarray(pixels[top : top + rows]))
        converted[top : top + rows] = np.asarray(transform.apply(chunk))
    return converted
