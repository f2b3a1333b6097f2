"""The rows of all shares, in SQLite or PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, delete, event, func, insert, select, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError

from demo.shares.model import Share, metadata, table
from iph_core.errors import InputError

SCHEMA_LOCK = 4_715_113  # any number that nothing else in this database locks


class Database:
    """Each method is one transaction, durable when it returns. Usable from several threads.

    The table is made on first use.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._has_schema = False

    def exists(self) -> bool:
        """Whether anything was ever kept here; asking makes nothing."""
        if self._engine.dialect.name != "sqlite":
            return True
        return Path(self._engine.url.database or "").is_file()

    def add(self, share: Share) -> None:
        with self._begin() as connection:
            connection.execute(insert(table).values(asdict(share)))

    def find(self, share_id: str, now: float) -> Share | None:
        """The share of this id, unless it has expired."""
        found = self._shares(table.c.id == share_id, table.c.expires > now)
        return found[0] if found else None

    def of_maker(self, maker: str, now: float) -> list[Share]:
        """What one maker shares now, the newest first."""
        return self._shares(table.c.maker == maker, table.c.expires > now)

    def count_since(self, maker: str, since: float) -> int:
        """How many of a maker's shares were made since then and are still kept."""
        made = select(func.count()).where(table.c.maker == maker, table.c.created > since)
        with self._begin() as connection:
            return connection.execute(made).scalar_one()

    def total_size(self) -> int:
        """Bytes of all shares."""
        with self._begin() as connection:
            return int(connection.execute(select(func.sum(table.c.size))).scalar_one() or 0)

    def expired(self, now: float) -> list[str]:
        return self._ids(table.c.expires <= now)

    def all_ids(self) -> set[str]:
        return set(self._ids())

    def remove(self, share_id: str) -> None:
        with self._begin() as connection:
            connection.execute(delete(table).where(table.c.id == share_id))

    def close(self) -> None:
        self._engine.dispose()

    def _shares(self, *conditions: Any) -> list[Share]:
        query = select(table).where(*conditions).order_by(table.c.created.desc(), table.c.id)
        with self._begin() as connection:
            return [Share(**row._mapping) for row in connection.execute(query)]

    def _ids(self, *conditions: Any) -> list[str]:
        with self._begin() as connection:
            return list(connection.execute(select(table.c.id).where(*conditions)).scalars())

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        with self._lock:
            if not self._has_schema:
                self._make_schema()
                self._has_schema = True
        with self._engine.begin() as connection:
            yield connection

    def _make_schema(self) -> None:
        if self._engine.dialect.name == "sqlite" and self._engine.url.database:
            Path(self._engine.url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                # Two replicas that start at once would both try to make the table.
                connection.execute(text(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK})"))
            metadata.create_all(connection)


def open_sqlite(path: Path) -> Database:
    """A database in one file."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
    event.listen(engine, "connect", _make_durable)
    return Database(engine)


def open_postgresql(address: str) -> Database:
    """A PostgreSQL database, postgresql://user:password@host/name.

    Raises InputError for another kind of address and where the driver is missing.
    """
    try:
        url = make_url(address)
    except ArgumentError:
        url = None
    if url is None or url.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise InputError("IPH_DATABASE_URL must look like postgresql://user:password@host/name.")
    try:
        return Database(create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True))
    except ModuleNotFoundError:
        raise InputError(
            "PostgreSQL needs the package psycopg: pip install 'psycopg[binary]'."
        ) from None


def _make_durable(connection: Any, _: Any) -> None:
    """What is committed survives a crash of the machine, not of this process alone."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
