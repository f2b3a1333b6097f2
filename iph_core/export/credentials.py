"""Content Credentials: a signed C2PA manifest in the file, where a certificate is configured.

IPH_SIGN_CERT   PEM file: the signing certificate, then those that lead up to the root (without it).
IPH_SIGN_KEY    PEM file: the certificate's private key, not encrypted.
IPH_SIGN_ALGORITHM  es256 (default), es384, es512, ps256, ps384, ps512 or ed25519, as the key is.
IPH_SIGN_TIMESTAMP  address of a time stamp service; without one, credentials end with the
                certificate.

The manifest (C2PA 2.2, 18.14) says: opened, with the photo as its parent where the photo's file is
still in place, else created; color_adjustments; and the digital source type of the result. Nothing
of the photo's metadata is copied into it. A parent that carries credentials of its own keeps them,
unless they say where it was taken or are damaged: then the result counts as created.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import iph_core
from iph_core.errors import InputError
from iph_core.photo import Photo
from iph_core.photo.source import read_source
from iph_core.photo.xmp import source_type

logger = logging.getLogger(__name__)

ALGORITHMS = ("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519")
MIME_TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "TIFF": "image/tiff",
    "WebP": "image/webp",
    "HEIF": "image/heic",
    "WEBP": "image/webp",
}
PARENT = "parent"

# Names of what says where a photo was taken, in any assertion that may hold it.
PLACE_WORDS = ("gps", "latitude", "locationcreated", "locationshown")


@dataclass(frozen=True)
class Signing:
    """What signs: PEM bytes of the certificates and the key, and how."""

    certificates: bytes
    key: bytes
    algorithm: str
    timestamp: str | None


def configured(environment: Mapping[str, str] = os.environ) -> Signing | None:
    """What is configured; None where nothing is. InputError for half or wrong settings."""
    certificate, key = environment.get("IPH_SIGN_CERT"), environment.get("IPH_SIGN_KEY")
    if not certificate and not key:
        return None
    if not certificate or not key:
        raise InputError("Content Credentials need both IPH_SIGN_CERT and IPH_SIGN_KEY: set both.")
    algorithm = environment.get("IPH_SIGN_ALGORITHM", "es256")
    if algorithm not in ALGORITHMS:
        raise InputError(
            f"IPH_SIGN_ALGORITHM is {algorithm!r}: choose one of {', '.join(ALGORITHMS)}."
        )
    return Signing(
        _read("IPH_SIGN_CERT", certificate),
        _read("IPH_SIGN_KEY", key),
        algorithm,
        environment.get("IPH_SIGN_TIMESTAMP") or None,
    )


def signed(data: bytes, format: str, photo: Photo) -> bytes:
    """The bytes of a written picture with a manifest in it; unchanged where nothing is configured.

    format: PNG, JPEG, TIFF or WebP. photo: what the result was made of.
    Raises InputError for settings that cannot be used, and without the package c2pa-python.
    """
    signing = configured()
    if signing is None:
        return data
    c2pa = _library()
    mime = MIME_TYPES[format]
    out = io.BytesIO()
    try:
        builder = _builder(c2pa, photo, mime)
        info = c2pa.C2paSignerInfo(
            signing.algorithm, signing.certificates, signing.key, signing.timestamp
        )
        builder.sign(c2pa.Signer.from_info(info), mime, io.BytesIO(data), out)
    except c2pa.C2paError as error:
        raise InputError(
            "The file cannot be signed: check the certificate, the key and IPH_SIGN_ALGORITHM"
            f" ({error})."
        ) from None
    return out.getvalue()


def manifest(photo: Photo, mime: str, with_parent: bool) -> dict[str, Any]:
    """The manifest definition, as the library wants it."""
    made_of = source_type(photo.xmp)
    if with_parent:
        first = {"action": "c2pa.opened", "parameters": {"ingredientIds": [PARENT]}}
    else:
        first = {"action": "c2pa.created", "digitalSourceType": made_of}
    change = {
        "action": "c2pa.color_adjustments",
        "digitalSourceType": made_of,
        "description": "The colors of the foreground were matched to a reference.",
    }
    return {
        "title": photo.name,
        "format": mime,
        "claim_generator_info": [{"name": "iph", "version": iph_core.__version__}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [first, change]}}],
    }


def _builder(c2pa: ModuleType, photo: Photo, mime: str) -> Any:
    """What makes the manifest: with the photo's file as its parent where that can be one."""
    parent = _parent(c2pa, photo)
    if parent is not None:
        builder = _empty_builder(c2pa, manifest(photo, mime, with_parent=True))
        ingredient = {"title": photo.name, "relationship": "parentOf", "label": PARENT}
        try:
            builder.add_ingredient(json.dumps(ingredient), *parent)
            return builder
        except c2pa.C2paError as error:
            _not_a_parent(photo.name, error)
    return _empty_builder(c2pa, manifest(photo, mime, with_parent=False))


def _empty_builder(c2pa: ModuleType, definition: dict[str, Any]) -> Any:
    settings = {"version": 1, "builder": {"thumbnail": {"enabled": False}}}
    return c2pa.Builder(json.dumps(definition), c2pa.Context.from_dict(settings))


def _not_a_parent(name: str, error: Exception) -> None:
    logger.warning("%s cannot be the parent in Content Credentials: %s", name, error)


def _parent(c2pa: ModuleType, photo: Photo) -> tuple[str, io.BytesIO] | None:
    """Kind and bytes of the photo's file, where it is still the one that was opened."""
    if photo.path is None or not photo.path.is_file():
        return None
    file = read_source(photo.path, photo.name, photo.path.stat().st_size)
    if hashlib.sha256(file.data).hexdigest() != photo.content_id:
        return None
    mime = MIME_TYPES[file.format]
    try:
        if _tells_the_place(c2pa, mime, file.data):
            return None
    except c2pa.C2paError as error:
        # Credentials that cannot be read may say anything.
        _not_a_parent(photo.name, error)
        return None
    return mime, io.BytesIO(file.data)


def _tells_the_place(c2pa: ModuleType, mime: str, data: bytes) -> bool:
    """Whether credentials in the file say where it was taken; C2paError for damaged ones."""
    reader = c2pa.Reader.try_create(mime, io.BytesIO(data))
    if reader is None:
        return False
    credentials = reader.detailed_json().lower()
    return any(word in credentials for word in PLACE_WORDS)


def _library() -> ModuleType:
    try:
        import c2pa
    except ImportError:
        raise InputError(
            "Content Credentials need the package c2pa-python: install requirements-extras.txt, or"
            " unset IPH_SIGN_CERT and IPH_SIGN_KEY."
        ) from None
    return c2pa


def _read(setting: str, name: str) -> bytes:
    try:
        return Path(name).expanduser().read_bytes()
    except OSError as error:
        raise InputError(f"{setting}: {name} cannot be read ({error.strerror}).") from None
