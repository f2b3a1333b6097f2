"""Bytes and JSON values changed at random; the same generator gives the same changes."""

from __future__ import annotations

import random
import struct
from typing import Any

from tests.hostile.corpus import chunk

ODD_NUMBERS = (0, 1, 2, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31)
ODD_TEXTS = (
    "",
    "..",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "/etc/passwd",
    "file:///etc/passwd",
    "C:\\Windows\\win.ini",
    "a\0b",
    "%00",
    "${7*7}{{7*7}}",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "\u202egnp.exe",
    "\ud83d",
    "\u2028",
    "A" * 24,
    "A" * 5000,
    "💥" * 90,
    "CON",
    "__proto__",
)
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, -1e308, float("nan"), float("inf"), 2**63,
    10**400, 1e-320, [], {}, [[]], [None], {"a": {}}, *ODD_TEXTS,
)  # fmt: skip


def bytes_changed(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """One to twelve changes; a PNG's checksums are made right again half of the time."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5, 12))):
        chance.choice(BYTE_CHANGES)(changed, others, chance)
    if changed.startswith(b"\x89PNG\r\n\x1a\n") and chance.random() < 0.5:
        return checked_png(bytes(changed))
    return bytes(changed)


def place(data: bytearray, chance: random.Random) -> int:
    """Anywhere, headers more often."""
    end = max(1, len(data))
    return chance.randrange(min(end, 400)) if chance.random() < 0.6 else chance.randrange(end)


def flip(data: bytearray, others: list[bytes], chance: random.Random) -> None:
    if data:
        data[place(data, chance)] ^= 1 << chance.randrange(8)


def put_number(data: bytearray, others: list[bytes], chance: random.Random) -> None:
    kind = chance.choice(("<H", ">H", "<I", ">I", "B"))
    top = 256 ** struct.calcsize(kind)
    value = chance.choice(ODD_NUMBERS) if chance.random() < 0.7 else chance.randrange(top)
    value = -value if chance.random() < 0.2 else value
    start = place(data, chance)
    data[start : start + struct.calcsize(kind)] = struct.pack(kind, value % top)


def cut(data: bytearray, others: list[bytes], chance: random.Random) -> None:
    del data[place(data, chance) :]


def take_out(data: bytearray, others: list[bytes], chance: random.Random) -> None:
    start = place(data, chance)
    del data[start : start + chance.choice((1, 2, 4, 12, 100, 1000))]


def repeat(data: bytearray, others: list[bytes], chance: random.Random) -> None:
    start = place(data, chance)
    piece = bytes(data[start : start + chance.choice((1, 4, 12, 100))])
    data[start:start] = piece * chance.choice((1, 2, 50))


def splice(data: bytearray, others: list[bytes], chance: random.Random) -> None:
    other = chance.choice(others)
    start, length = chance.randrange(max(1, len(other))), chance.choice((4, 40, 400, 4000))
    target = place(data, chance)
    data[target : target + length] = other[start : start + length]


def noise(data: bytearray, others: list[bytes], chance: random.Random) -> None:
    start = place(data, chance)
    length = chance.choice((1, 4, 16, 200))
    data[start : start + length] = chance.randbytes(length)


BYTE_CHANGES = (flip, flip, put_number, put_number, cut, take_out, repeat, splice, noise)


def checked_png(data: bytes) -> bytes:
    """The same chunks with right checksums, so that a reader goes on to what they hold."""
    parts, start = [data[:8]], 8
    while start + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, start)
        content = data[start + 8 : start + 8 + length]
        parts.append(chunk(data[start + 4 : start + 8], content))
        start += 12 + length
    return b"".join(parts)


def text_changed(text: str, chance: random.Random) -> str:
    if chance.random() < 0.5:
        return chance.choice(ODD_TEXTS)
    letters = list(text) or ["x"]
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(letters))
        letters[at] = chance.choice(
            ["", letters[at] * 2, chr(chance.randrange(1, 0x2FFF)), "%", "/"]
        )
    return "".join(letters)


def value_changed(value: Any, chance: random.Random) -> Any:
    """A JSON value with one leaf, key or length changed; now and then not changed at all."""
    if chance.random() < 0.1:
        return value
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        changed = {**value, key: value_changed(value[key], chance)}
        if chance.random() < 0.1:
            del changed[key]
        return changed
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        changed_list = list(value)
        changed_list[at] = value_changed(value[at], chance)
        return changed_list * chance.choice((1, 1, 1, 2, 40))
    if isinstance(value, (int, float)) and abs(value) < 1e300 and chance.random() < 0.5:
        return value * chance.choice((-1, 0.001, 3, 1000, 1e9)) + chance.choice((0, 0.5, 1))
    if isinstance(value, str) and chance.random() < 0.5:
        return text_changed(value, chance)
    return chance.choice(ODD_VALUES)
