"""All shares: made whole or not at all, gone when deleted or expired."""

from __future__ import annotations

import hmac
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from demo.settings import MEGA, Settings
from demo.shares.database import Database, open_postgresql, open_sqlite
from demo.shares.files import BucketFiles, Files, FolderFiles
from demo.shares.model import Share, digest, is_id, new_id, new_token
from demo.shares.pictures import NAMES, Pictures
from demo.texts import ERRORS
from iph_core.errors import InputError

log = logging.getLogger(__name__)

DAY = 24 * 60 * 60  # seconds
ORPHAN_AGE = 10 * 60  # seconds; no share takes that long to be written


class ShareStore:
    """Its methods block and may be called from several threads.

    A share is its row: files are written before it and removed after it. Files without a row are
    what a crash left; `sweep` removes them.
    """

    def __init__(
        self,
        database: Database,
        files: Files,
        settings: Settings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._files = database, files
        self._settings, self._clock = settings, clock
        # One share at a time, so that the limits hold for requests that come at once.
        self._making = threading.Lock()

    def create(
        self, session_id: str, pictures: Pictures, caption: str = "", token: str | None = None
    ) -> tuple[Share, str]:
        """Keep a share and return it with its deletion token, which is stored nowhere.

        token: the maker's own; a share that they made with it is returned as it is, so that they
        may ask again where an answer was lost. None: a new one.
        Raises InputError when a limit is reached.
        """
        token, now = token or new_token(), int(self._clock())
        share = Share(
            id=new_id(),
            token_hash=digest(token),
            maker=digest(session_id),
            caption=caption,
            width=pictures.width,
            height=pictures.height,
            divider=pictures.divider,
            size=pictures.size,
            created=now,
            expires=now + self._settings.share_days * DAY,
        )
        with self._making:
            made = [it for it in self.of_session(session_id) if it.token_hash == share.token_hash]
            if made:
                return made[0], token
            self._check_limits(share)
            self._write(share, pictures)
        return share, token

    def find(self, share_id: str) -> Share | None:
        return self._database.find(share_id, self._clock()) if is_id(share_id) else None

    def picture(self, share_id: str, name: str) -> bytes | None:
        """A JPEG of a share: "before.jpg", "after.jpg" or "preview.jpg"."""
        if name not in NAMES or self.find(share_id) is None:
            return None
        return self._files.read(share_id, name)

    def of_session(self, session_id: str) -> list[Share]:
        return self._database.of_maker(digest(session_id), self._clock())

    def may_remove(self, share: Share, token: str, session_id: str) -> bool:
        """Whether the token or the session is the maker's."""
        by_token = hmac.compare_digest(digest(token), share.token_hash)
        by_session = hmac.compare_digest(digest(session_id), share.maker)
        return by_token or by_session

    def remove(self, share_id: str) -> None:
        """Gone at once: without its row nothing of a share is served."""
        self._database.remove(share_id)
        self._files.remove(share_id)

    def sweep(self) -> None:
        """Remove what has expired and what a crash left."""
        if not self._database.exists():
            return
        for share_id in self._database.expired(self._clock()):
            self.remove(share_id)
        left = self._files.last_written()  # before the rows, so that no new share is missed
        known = self._database.all_ids()
        # A database without any share may be the wrong one, and these files those of the right one.
        age = ORPHAN_AGE if known else self._settings.share_days * DAY
        for share_id, written in left.items():
            # A bucket may hold more than what is ours.
            if is_id(share_id) and share_id not in known and written < self._clock() - age:
                self._files.remove(share_id)

    def close(self) -> None:
        self._database.close()

    def _check_limits(self, share: Share) -> None:
        made = self._database.count_since(share.maker, share.created - DAY)
        if made >= self._settings.shares_per_day:
            raise InputError(ERRORS["too_many_shares"].format(number=made))
        if self._database.total_size() + share.size > self._settings.share_storage_mb * MEGA:
            log.warning("no room for another share: raise IPH_SHARE_STORAGE_MB")
            raise InputError(ERRORS["no_room_for_shares"])

    def _write(self, share: Share, pictures: Pictures) -> None:
        try:
            for name, content in pictures.files().items():
                self._files.write(share.id, name, content)
            self._database.add(share)
        except BaseException:
            # The row may be there when only its answer was lost, so it goes first here as well.
            log.exception("a share could not be kept")
            self.remove(share.id)
            raise


def open_store(settings: Settings) -> ShareStore:
    """The store that the settings ask for. InputError where a setting or a package is wrong."""
    folder = data_folder(settings)
    database = (
        open_postgresql(settings.database_url)
        if settings.database_url
        else open_sqlite(folder / "shares.db")
    )
    files: Files = (
        BucketFiles(settings.share_files)
        if settings.share_files
        else FolderFiles(folder / "shares")
    )
    return ShareStore(database, files, settings)


def data_folder(settings: Settings) -> Path:
    """Where shares are kept: IPH_DATA, else the user's folder for data of programs."""
    if settings.data:
        return Path(settings.data).expanduser().absolute()
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "iph"
