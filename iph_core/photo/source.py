"""The bytes of an uploaded file and the guards before anything decodes them."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from iph_core.errors import InputError, UnreadableFileError

MAX_PIXELS = 100_000_000
MAX_BYTES = 1_000_000_000
"""So many pixels of 16 bits with alpha, not compressed, and room for what a file holds besides."""

# The brands that an HEIF file may open with: HEVC coded pictures and the two neutral ones.
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True)
class SourceFile:
    """The bytes of a file, its name for messages and its format as Pillow calls it."""

    data: bytes
    name: str
    format: str


def read_source(source: str | Path | bytes, name: str | None, max_bytes: int) -> SourceFile:
    """Read a picture file whose size is within `max_bytes` and whose first bytes we know.

    Raises InputError for a missing or unreadable file, one too large, or no picture.
    """
    if isinstance(source, bytes):
        data, label = source, name or "the picture"
        _check_bytes(len(data), label, max_bytes)
    else:
        label = name or Path(source).name or str(source)
        data = _read_path(Path(source), label, max_bytes)
    return SourceFile(data, label, _format_of(data, label))


def _read_path(path: Path, label: str, max_bytes: int) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{path} is not a file: give the path of a picture.")
        _check_bytes(status.st_size, label, max_bytes)
        return path.read_bytes()
    except InputError:
        raise
    except FileNotFoundError:
        raise UnreadableFileError(f"There is no file {path}: check the path.") from None
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read ({error.strerror}).") from None
    except ValueError:
        raise InputError(f"{str(path)!r} is not a path: check it.") from None


def _check_bytes(count: int, label: str, max_bytes: int) -> None:
    if count > max_bytes:
        raise InputError(
            f"{label} has {count / 1e6:.0f} MB and the limit is {max_bytes / 1e6:g} MB: "
            "bring a smaller file."
        )


def _format_of(data: bytes, label: str) -> str:
    if not data:
        raise InputError(f"{label} is empty (zero bytes): bring a picture.")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        return "HEIF"
    if data.startswith(TIFF_STARTS):
        if data[8:10] == b"CR":
            raise InputError(f"{label} is a camera raw file: develop it to JPEG or TIFF first.")
        return "TIFF"
    raise InputError(
        f"{label} is not a picture that this program reads: bring JPEG, PNG, WebP, TIFF or HEIF."
    )
