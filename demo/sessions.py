"""Who owns which photo: bounded, in memory, with a folder a session that goes when it ends."""

from __future__ import annotations

import asyncio
import math
import os
import secrets
import shutil
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from demo.embeddings import Embeddings, Owned
from demo.scratch import MARK
from demo.settings import MEGA, Settings
from demo.workers import Busy
from demo.workspace import Workspace

AT_WORK = 5 * 60  # seconds since a request, in which a session does not make room for a new one


class Session:
    """One browser's photos, the most recent last. Nothing in it is visible to another session.

    address: where it was opened from, None where that is not counted.
    uploads: how many photos are on their way into it.
    """

    def __init__(
        self, folder: Path, now: float, embeddings: Embeddings, address: str | None = None
    ) -> None:
        self.id = secrets.token_urlsafe(32)
        self.seen = now
        self.address = address
        self.uploads = 0
        self.embeddings = Owned(embeddings, self.id)
        self.photos: OrderedDict[str, Workspace] = OrderedDict()
        self._folder = folder
        folder.mkdir(mode=0o700)

    @property
    def is_there(self) -> bool:
        """Whether its folder is."""
        return self._folder.is_dir()

    def new_folder(self) -> Path:
        """An empty folder for one photo."""
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir(mode=0o700)
        return folder

    def latest(self) -> Workspace | None:
        """The photo to go on with; not one that only lends its look."""
        return next((it for it in reversed(self.photos.values()) if it.host is None), None)

    def drop(self, photo: Workspace) -> None:
        """Delete a photo, and those that were brought for it."""
        for other in [it for it in self.photos.values() if it.host is photo]:
            self.drop(other)
        self.photos.pop(photo.id, None)
        photo.remove()

    def remove(self) -> None:
        for workspace in self.photos.values():
            workspace.remove()
        self.photos.clear()
        self.embeddings.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class SessionStore:
    """All sessions. The one unseen for the longest makes room when there are too many: among those
    of the same address, or among all who are not at work.

    is_at_work: whether a step of the photo with this lock runs now, so that its memory stays.
    Used from the event loop only, so it needs no lock of its own.
    """

    def __init__(
        self,
        root: Path,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        is_at_work: Callable[[asyncio.Lock], bool] = asyncio.Lock.locked,
    ) -> None:
        self.root, self._settings, self._clock = root, settings, clock
        self._is_at_work, self._most_bytes = is_at_work, settings.open_photos_mb * MEGA
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self.embeddings = Embeddings(settings.embeddings)

    def __len__(self) -> int:
        return len(self._sessions)

    @property
    def open_photos(self) -> int:
        """Photos that are held in memory."""
        photos = [photo for it in self._sessions.values() for photo in it.photos.values()]
        return sum(photo.is_open for photo in photos)

    def find(self, session_id: str | None) -> Session | None:
        """The session with this id; an id that we did not give out finds nothing, nor does one
        whose folder somebody removed."""
        self.remove_expired()
        session = self._sessions.get(session_id or "")
        if session is not None and not session.is_there:
            self._remove(session)
            return None
        if session is not None:
            session.seen = self._clock()
            self._sessions.move_to_end(session.id)
        return session

    def create(self, address: str | None = None) -> Session:
        """A new session; Busy where all there may be are at work."""
        self.remove_expired()
        same = [it for it in self._sessions.values() if address and it.address == address]
        if len(same) >= self._settings.sessions_per_address:
            self._remove(same[0])
        if len(self._sessions) >= self._settings.max_sessions:
            oldest = next(iter(self._sessions.values()))
            leaves = math.ceil(oldest.seen + AT_WORK - self._clock())
            if leaves > 0:
                raise Busy(leaves)
            self._remove(oldest)
        folder = self.root / secrets.token_hex(8)
        session = Session(folder, self._clock(), self.embeddings, address)
        self._sessions[session.id] = session
        return session

    def _remove(self, session: Session) -> None:
        self._sessions.pop(session.id).remove()

    def drop_if_empty(self, session: Session) -> None:
        """Forget a session that came to nothing, so that bad uploads take no place."""
        if not (session.photos or session.uploads) and session.id in self._sessions:
            self._sessions.pop(session.id).remove()

    def add(self, session: Session, workspace: Workspace) -> None:
        """Give a photo to a session; its oldest photo goes when it has too many.

        A photo brought for another one takes the place of the one before, and never that other's.
        So does one that was sent again under its ticket, as the answer before never arrived.
        """
        host, ticket = workspace.host, workspace.ticket
        for other in list(session.photos.values()):
            if (host and other.host is host) or (ticket and other.ticket == ticket):
                session.drop(other)
        session.photos[workspace.id] = workspace
        others = [it for it in session.photos.values() if it is not workspace and it is not host]
        while others and len(session.photos) > self._settings.photos_per_session:
            session.drop(others.pop(0))
        self.release_surplus(keep=workspace)

    def release_surplus(self, keep: Workspace) -> None:
        """Free the memory of photos unused for the longest until the rest is within the limits of
        number and bytes, but of none that is being worked on."""
        others = [
            workspace
            for session in self._sessions.values()
            for workspace in session.photos.values()
            if workspace.is_open and workspace is not keep
        ]
        number, held = 1 + len(others), sum(photo.bytes_held for photo in [keep, *others])
        for photo in others:
            if number <= self._settings.max_open_scenes and held <= self._most_bytes:
                return
            if not self._is_at_work(photo.lock):
                number, held = number - 1, held - photo.bytes_held
                photo.release()

    def remove_expired(self) -> None:
        oldest_allowed = self._clock() - 60 * self._settings.session_minutes
        expired = [key for key, session in self._sessions.items() if session.seen < oldest_allowed]
        for key in expired:
            self._sessions.pop(key).remove()

    def stay(self) -> None:
        """Keep the folder from those who clear temporary files of what nobody has used for days;
        where it is gone all the same, make it anew."""
        self.root.mkdir(mode=0o700, exist_ok=True)
        for path in (self.root, *self.root.glob(MARK)):
            os.utime(path)

    def close(self) -> None:
        for session in self._sessions.values():
            session.remove()
        self._sessions.clear()
