"""The pictures of shares: in a folder, or in an S3-compatible bucket. One folder a share."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from datetime import timezone
from pathlib import Path
from typing import Any, Protocol

from iph_core.errors import InputError


class Files(Protocol):
    """A file appears complete or not at all, and is durable when `write` returns."""

    def write(self, share_id: str, name: str, content: bytes) -> None: ...

    def read(self, share_id: str, name: str) -> bytes | None: ...

    def remove(self, share_id: str) -> None:
        """Remove all files of a share; one without files is fine."""

    def last_written(self) -> dict[str, float]:
        """When each share that has files was last written to, in seconds since 1970."""


class FolderFiles:
    """Files under one folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, share_id: str, name: str, content: bytes) -> None:
        self._make_root()
        folder = self._root / share_id
        if not folder.is_dir():
            folder.mkdir(mode=0o700)
            sync_folder(self._root)
        temporary = folder / f".{secrets.token_hex(8)}.tmp"
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / name)
        sync_folder(folder)

    def read(self, share_id: str, name: str) -> bytes | None:
        try:
            return (self._root / share_id / name).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, share_id: str) -> None:
        with suppress(FileNotFoundError):
            shutil.rmtree(self._root / share_id)

    def last_written(self) -> dict[str, float]:
        times: dict[str, float] = {}
        with suppress(FileNotFoundError):  # nothing was shared yet
            for folder in self._root.iterdir():
                with suppress(FileNotFoundError):  # deleted meanwhile
                    times[folder.name] = folder.stat().st_mtime
        return times

    def _make_root(self) -> None:
        if not self._root.is_dir():
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(self._root.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; only Unix lets a folder be opened for that."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class BucketFiles:
    """Objects of an S3-compatible store; an object is put whole or not at all.

    Keys and the address of the service come from the usual variables (AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL ...).
    """

    def __init__(self, address: str) -> None:
        """address: s3://bucket or s3://bucket/prefix. InputError for others and without s3fs."""
        bucket = address.removeprefix("s3://").strip("/")
        if not address.startswith("s3://") or not bucket:
            raise InputError("IPH_SHARE_FILES must look like s3://bucket or s3://bucket/folder.")
        try:
            from s3fs import S3FileSystem
        except ModuleNotFoundError:
            raise InputError("S3 storage needs the package s3fs: pip install s3fs.") from None
        # Listings kept in memory would hide what another replica wrote or deleted.
        self._files: Any = S3FileSystem(use_listings_cache=False)
        self._root = bucket

    def write(self, share_id: str, name: str, content: bytes) -> None:
        self._files.pipe_file(self._path(share_id, name), content)

    def read(self, share_id: str, name: str) -> bytes | None:
        try:
            return self._files.cat_file(self._path(share_id, name))
        except FileNotFoundError:
            return None

    def remove(self, share_id: str) -> None:
        paths = self._files.find(f"{self._root}/{share_id}/")
        if paths:
            self._files.rm(paths)

    def last_written(self) -> dict[str, float]:
        newest: dict[str, float] = {}
        for path, entry in self._files.find(f"{self._root}/", detail=True).items():
            share_id = path.removeprefix(f"{self._root}/").split("/")[0]
            written = entry["LastModified"].astimezone(timezone.utc).timestamp()
            newest[share_id] = max(written, newest.get(share_id, 0.0))
        return newest

    def _path(self, share_id: str, name: str) -> str:
        return f"{self._root}/{share_id}/{name}"
