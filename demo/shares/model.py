"""What is known of a share, and the table that holds it."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table

ID_BYTES = 18  # 144 bits
TOKEN_BYTES = 32
TOKEN_FORM = r"^[A-Za-z0-9_-]{43}$"
ID_FORM = re.compile(r"[A-Za-z0-9_-]{24}")

metadata = MetaData()
table = Table(
    "iph_shares",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("token_hash", String(64), nullable=False),
    Column("maker", String(64), nullable=False, index=True),
    Column("caption", String(1000), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("divider", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
)


@dataclass(frozen=True)
class Share:
    """A row. The secrets of its maker (deletion token, session) are kept as hashes only.

    width, height: pixels of the pictures. divider: where the line between before and after stands
    at first, in percent from the left. size: bytes of all its files. created, expires: seconds
    since 1970, UTC.
    """

    id: str
    token_hash: str
    maker: str
    caption: str
    width: int
    height: int
    divider: int
    size: int
    created: int
    expires: int


def new_id() -> str:
    return secrets.token_urlsafe(ID_BYTES)


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def is_id(text: str) -> bool:
    """Whether a text could be an id; nothing else gets near a database or a path."""
    return ID_FORM.fullmatch(text) is not None


def digest(secret: str) -> str:
    """SHA-256 in hex. Our secrets are random and long, so they need no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
