"""Files that nobody should upload and everybody does. All are made here, none is kept.

`CASES` is the table: what the file is, how it is made, and what must come of it.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import skimage.data
from PIL import Image, ImageCms

Outcome = Literal["read", "refused"]
SMALL = (96, 64)  # width, height


@dataclass(frozen=True)
class Case:
    """A file by what is odd about it. size: (width, height) that must come out where it is read."""

    make: Callable[[], bytes]
    outcome: Outcome
    size: tuple[int, int] | None = None


@cache
def face() -> Image.Image:
    """A piece of a real photo."""
    return Image.fromarray(skimage.data.astronaut()[60:188, 160:352]).resize(SMALL)


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, format, **options)
    return target.getvalue()


def jpeg(**options: object) -> bytes:
    return saved(face(), "JPEG", **options)


def png(**options: object) -> bytes:
    return saved(face(), "PNG", **options)


def tiff(image: Image.Image | None = None, **options: object) -> bytes:
    return saved(image or face(), "TIFF", **options)


def heif() -> bytes:
    import pillow_heif

    pillow_heif.register_heif_opener()
    return saved(face(), "HEIF")


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


# PNG by hand: what its writer would not write


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + crc(kind + content)


def crc(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))


def raw_png(width: int, height: int, pixels: bytes, *more: bytes, color: int = 2) -> bytes:
    """A PNG whose header promises `width` x `height`, whatever its pixels hold."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0))
    parts = [header, *more, chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@cache
def bomb(width: int, height: int) -> bytes:
    """A few hundred kilobytes that unpack to far more than any memory holds."""
    pixels = zlib.compress(bytes(30_000_000), 1)
    return raw_png(width, height, pixels)


@cache
def with_bomb_of(kind: bytes, name: bytes) -> bytes:
    """A small PNG whose text or profile unpacks to 200 MB."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(10_000_000)) for _ in range(20)) + packer.flush()
    rows = b"".join(b"\0" + bytes(30) for _ in range(10))
    return raw_png(10, 10, zlib.compress(rows), chunk(kind, name + b"\0\0" + packed))


def long_jpeg_header() -> bytes:
    """A JPEG that promises 65,500 x 65,500."""
    data = bytearray(jpeg())
    start = data.index(b"\xff\xc0")
    data[start + 5 : start + 9] = struct.pack(">HH", 65500, 65500)
    return bytes(data)


def patched_tiff(tag: int, value: int) -> bytes:
    """A little-endian TIFF with one number of its first directory changed."""
    data = bytearray(tiff())
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    for place in range(first + 2, first + 2 + 12 * count, 12):
        if struct.unpack_from("<H", data, place)[0] == tag:
            struct.pack_into("<HII", data, place + 2, 4, 1, value)
    return bytes(data)


def circular_tiff() -> bytes:
    """The directory that follows the first is the first."""
    data = bytearray(tiff())
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<I", data, first + 2 + 12 * count, first)
    return bytes(data)


# Metadata


def with_exif(block: bytes) -> bytes:
    return jpeg(exif=b"Exif\0\0" + block)


def orientation(value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return jpeg(exif=exif)


def with_xmp(packet: bytes) -> bytes:
    return jpeg(xmp=packet)


def many_entities() -> bytes:
    """The "billion laughs": ten entities, each ten times the one before."""
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    return (
        f'<!DOCTYPE x [<!ENTITY l0 "ha">{entities}]>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">&l9;</x:xmpmeta>'
    ).encode()


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def broken_profile() -> bytes:
    data = bytearray(srgb())
    data[130:400] = b"\xff" * 270
    return bytes(data)


def lab_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


# Kinds and sizes


def gradient(width: int, height: int, dtype: type = np.uint8) -> np.ndarray:
    top = np.iinfo(dtype).max
    return np.linspace(0, top, width * height).reshape(height, width).astype(dtype)


def long_picture(width: int, height: int, format: str) -> bytes:
    return saved(Image.fromarray(gradient(width, height)).convert("RGB"), format)


def deep_png() -> bytes:
    return saved(Image.fromarray(gradient(*SMALL, np.uint16)), "PNG")


def float_tiff() -> bytes:
    return tiff(Image.fromarray(gradient(*SMALL).astype(np.float32) / 255))


def whole_number_tiff() -> bytes:
    return tiff(Image.fromarray(gradient(*SMALL).astype(np.int32)))


def moving(format: str) -> bytes:
    frames = [face().rotate(90 * turn) for turn in range(4)]
    return saved(frames[0], format, save_all=True, append_images=frames[1:], duration=40, loop=0)


def empty_palette() -> bytes:
    """Colors by number, and no table of colors."""
    return raw_png(8, 8, zlib.compress(bytes(72)), color=3)


# Other things under a picture's name

SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    b'<script>alert(1)</script><image href="file:///etc/passwd"/></svg>'
)
HTML = b"<!DOCTYPE html><html><body><script>alert(document.cookie)</script></body></html>"
SHELL = b"#!/bin/sh\nrm -rf /\n"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n"


def archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("../../../../escaped.txt", "out")
    return target.getvalue()


def comment_jpeg() -> bytes:
    return jpeg(comment=HTML)


def dng() -> bytes:
    return tiff(tiffinfo={50706: b"\1\4\0\0"})


def noise(seed: int, length: int = 20_000) -> bytes:
    return np.random.default_rng(seed).bytes(length)


CASES: dict[str, Case] = {
    # cut short, empty, changed
    "zero bytes": Case(lambda: b"", "refused"),
    "one byte": Case(lambda: b"\xff", "refused"),
    "signature of JPEG alone": Case(lambda: b"\xff\xd8\xff", "refused"),
    "signature of PNG alone": Case(lambda: b"\x89PNG\r\n\x1a\n", "refused"),
    "signature of TIFF alone": Case(lambda: b"II*\0", "refused"),
    "signature of WebP alone": Case(lambda: b"RIFF\0\0\0\0WEBP", "refused"),
    "signature of HEIF alone": Case(lambda: b"\0\0\0\x18ftypheic", "refused"),
    "half a JPEG": Case(lambda: half(jpeg()), "refused"),
    "half a PNG": Case(lambda: half(png()), "refused"),
    "half a WebP": Case(lambda: half(saved(face(), "WEBP")), "refused"),
    "half a TIFF": Case(lambda: half(tiff()), "refused"),
    "half a packed TIFF": Case(lambda: half(tiff(compression="tiff_lzw")), "refused"),
    "half a HEIF": Case(lambda: half(heif()), "refused"),
    "noise": Case(lambda: noise(0), "refused"),
    "JPEG, then noise": Case(lambda: b"\xff\xd8\xff\xe0" + noise(1), "refused"),
    "PNG, then noise": Case(lambda: b"\x89PNG\r\n\x1a\n" + noise(2), "refused"),
    "TIFF, then noise": Case(lambda: b"II*\0" + noise(3), "refused"),
    "WebP, then noise": Case(lambda: b"RIFF\0\0\1\0WEBP" + noise(4), "refused"),
    "HEIF, then noise": Case(lambda: b"\0\0\0\x18ftypheic" + noise(5), "refused"),
    # bombs
    "PNG of 10 gigapixels": Case(lambda: bomb(100_000, 100_000), "refused"),
    "PNG wider than numbers go": Case(lambda: bomb(2**31 - 1, 1), "refused"),
    "PNG of no width": Case(lambda: raw_png(0, 10, b""), "refused"),
    "PNG with 30 MB behind its last row": Case(lambda: bomb(10, 10), "read", (10, 10)),
    "PNG text of 200 MB": Case(lambda: with_bomb_of(b"zTXt", b"a"), "refused"),
    "PNG profile of 200 MB": Case(lambda: with_bomb_of(b"iCCP", b"a"), "refused"),
    "JPEG that says 4 gigapixels": Case(long_jpeg_header, "refused"),
    "TIFF that says 4 gigapixels": Case(lambda: patched_tiff(256, 2**26), "refused"),
    "TIFF whose rows lie past its end": Case(lambda: patched_tiff(273, 2**31), "refused"),
    "TIFF of 4 billion samples a pixel": Case(lambda: patched_tiff(277, 2**32 - 1), "refused"),
    "TIFF that follows itself": Case(circular_tiff, "read", SMALL),
    # sizes
    "1 x 1": Case(lambda: saved(face().resize((1, 1)), "PNG"), "read", (1, 1)),
    "30,000 x 10 JPEG": Case(lambda: long_picture(30_000, 10, "JPEG"), "read", (30_000, 10)),
    "10 x 30,000 PNG": Case(lambda: long_picture(10, 30_000, "PNG"), "read", (10, 30_000)),
    "1 x 65,000 TIFF": Case(lambda: long_picture(1, 65_000, "TIFF"), "read", (1, 65_000)),
    # kinds
    "CMYK JPEG": Case(lambda: saved(face().convert("CMYK"), "JPEG"), "read", SMALL),
    "CMYK TIFF": Case(lambda: tiff(face().convert("CMYK")), "read", SMALL),
    "CMYK with an RGB profile": Case(
        lambda: saved(face().convert("CMYK"), "JPEG", icc_profile=srgb()), "read", SMALL
    ),
    "Lab TIFF": Case(lambda: tiff(Image.new("LAB", SMALL, (99, 0, 0))), "refused"),
    "gray JPEG": Case(lambda: saved(face().convert("L"), "JPEG"), "read", SMALL),
    "black and white PNG": Case(lambda: saved(face().convert("1"), "PNG"), "read", SMALL),
    "palette PNG": Case(lambda: saved(face().quantize(16), "PNG", transparency=0), "read", SMALL),
    "palette PNG without a palette": Case(empty_palette, "refused"),
    "16-bit PNG": Case(deep_png, "read", SMALL),
    "16-bit TIFF": Case(lambda: tiff(Image.fromarray(gradient(*SMALL, np.uint16))), "read", SMALL),
    "float TIFF": Case(float_tiff, "refused"),
    "32-bit TIFF": Case(whole_number_tiff, "refused"),
    "moving GIF": Case(lambda: moving("GIF"), "refused"),
    "moving WebP": Case(lambda: moving("WEBP"), "read", SMALL),
    "moving PNG": Case(lambda: moving("PNG"), "read", SMALL),
    "TIFF of many pages": Case(lambda: moving("TIFF"), "read", SMALL),
    "BMP": Case(lambda: saved(face(), "BMP"), "refused"),
    "icon": Case(lambda: saved(face(), "ICO"), "refused"),
    "JPEG 2000": Case(lambda: saved(face(), "JPEG2000"), "refused"),
    "AVIF": Case(lambda: b"\0\0\0\x20ftypavif" + noise(6), "refused"),
    "HEIF": Case(heif, "read", SMALL),
    "camera raw": Case(dng, "refused"),
    # metadata
    "EXIF of noise": Case(lambda: with_exif(noise(7, 900)), "read", SMALL),
    "EXIF cut short": Case(lambda: with_exif(b"II*\0\x08\0\0\0\xff\xff"), "read", SMALL),
    "EXIF that follows itself": Case(
        lambda: with_exif(b"II*\0\x08\0\0\0\1\0\x69\x87\4\0\1\0\0\0\x08\0\0\0\0\0\0\0"),
        "read",
        SMALL,
    ),
    "orientation 0": Case(lambda: orientation(0), "read", SMALL),
    "orientation 6": Case(lambda: orientation(6), "read", SMALL[::-1]),
    "orientation 60,000": Case(lambda: orientation(60_000), "read", SMALL),
    "profile of noise": Case(lambda: jpeg(icc_profile=noise(8, 3000)), "read", SMALL),
    "broken profile": Case(lambda: jpeg(icc_profile=broken_profile()), "read", SMALL),
    "half a profile": Case(lambda: jpeg(icc_profile=half(srgb())), "read", SMALL),
    "Lab profile": Case(lambda: jpeg(icc_profile=lab_profile()), "read", SMALL),
    "XMP of a billion laughs": Case(lambda: with_xmp(many_entities()), "read", SMALL),
    "XMP of noise": Case(lambda: with_xmp(noise(9, 3000)), "read", SMALL),
    # something else
    "SVG": Case(lambda: SVG, "refused"),
    "HTML": Case(lambda: HTML, "refused"),
    "script": Case(lambda: SHELL, "refused"),
    "PDF": Case(lambda: PDF, "refused"),
    "PostScript": Case(lambda: POSTSCRIPT, "refused"),
    "ZIP with a path that climbs": Case(archive, "refused"),
    # two things at once
    "JPEG with a ZIP behind it": Case(lambda: jpeg() + archive(), "read", SMALL),
    "PNG with HTML behind it": Case(lambda: png() + HTML, "read", SMALL),
    "JPEG with HTML as its comment": Case(comment_jpeg, "read", SMALL),
    "GIF that is a script as well": Case(lambda: b"GIF89a/*" + moving("GIF")[8:], "refused"),
    "PDF that holds a JPEG": Case(lambda: PDF + jpeg(), "refused"),
    "PNG's name on a JPEG": Case(lambda: b"\x89PNG\r\n\x1a\n" + jpeg(), "refused"),
    "HTML behind a signature of PNG": Case(lambda: b"\x89PNG\r\n\x1a\n" + HTML, "refused"),
}
