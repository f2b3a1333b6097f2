"""Every limit of the page, each changeable by an environment variable."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields

MEGA = 1_000_000
YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


@dataclass(frozen=True)
class Settings:
    """Limits with defaults that suit one small machine.

    `from_environment` reads each field from IPH_<NAME>, for example IPH_MAX_UPLOAD_MB=20.
    """

    max_upload_mb: int = 60
    max_megapixels: int = 60
    preview_side: int = 1600  # long side of what the page shows, pixels
    max_sessions: int = 200
    photos_per_session: int = 4  # a scene, a person, their composite, another one to match
    max_open_scenes: int = 8  # photos held in memory at once, over all sessions
    open_photos_mb: int = 900  # their pixels and masks together; the photo in use always stays
    session_minutes: int = 120  # a session without a request for this long is removed
    workers: int = 2  # heavy steps that run at once
    waiting: int = 32  # heavy steps that may wait for a worker; more are answered "busy"
    waiting_per_photo: int = 8  # of them for one photo
    embeddings: int = 48  # photos whose embedding (4 MB) is kept, over all sessions
    least_free_mb: int = 500  # on the disk of the sessions; below it uploads are answered "busy"
    # By one address; this machine itself is not counted
    requests_per_minute: int = 1200
    uploads_per_minute: int = 60
    sessions_per_address: int = 60  # its session unseen for the longest goes first
    # For those who run the server (docs/security.md)
    trusted_proxies: str = ""  # addresses or networks that X-Forwarded-* is believed from
    metrics_token: str = ""  # opens /iph/metrics; without one it opens for this machine only
    request_log: bool = True  # one line a request on standard error
    embedded: bool = False  # shown inside another site's frame: cookies must cross sites
    # Share links (docs/sharing.md)
    share_days: int = 30  # a shared page is removed after this many days
    shares_per_day: int = 20  # by one session within 24 hours
    share_storage_mb: int = 5000  # all shared pictures together
    public_url: str = ""  # the address that others use, https://...; else as the request names it
    data: str = ""  # folder that outlives a restart; else the user's folder for data of programs
    database_url: str = ""  # postgresql://...; else SQLite in the data folder
    share_files: str = ""  # s3://bucket/folder; else a folder in the data folder

    @classmethod
    def from_environment(cls) -> Settings:
        values: dict[str, int | bool | str] = {}
        for field in fields(cls):
            text = os.environ.get(f"IPH_{field.name.upper()}")
            if text is not None:
                values[field.name] = parse(field.name, text, type(field.default))
        return cls(**values)  # type: ignore[arg-type]


def parse(name: str, text: str, kind: type) -> int | bool | str:
    """The value of a setting; SystemExit with one sentence when it is not one."""
    if kind is bool:
        word = text.strip().lower()
        if word not in YES | NO:
            raise SystemExit(f"IPH_{name.upper()} must be true or false, not {text!r}.")
        return word in YES
    if kind is str:
        return text.strip()
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise SystemExit(f"IPH_{name.upper()} must be a whole number above 0, not {text!r}.")
    return value
