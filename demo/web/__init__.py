"""The stage in TypeScript (src/) and its bundle (dist/), built with `npm run build`."""

from __future__ import annotations

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent
STATIC_FILES = {
    "stage.js": FOLDER / "dist" / "stage.js",
    "stage.css": FOLDER / "dist" / "stage.css",
    "icon.svg": FOLDER / "icon.svg",
    "icon-192.png": FOLDER / "icons" / "icon-192.png",
    "icon-512.png": FOLDER / "icons" / "icon-512.png",
    "icon-maskable-512.png": FOLDER / "icons" / "icon-maskable-512.png",
    "share.js": FOLDER / "share" / "share.js",
    "share.css": FOLDER / "share" / "share.css",
}


def bundle_is_built() -> bool:
    return all(path.is_file() for path in STATIC_FILES.values())


def address(name: str) -> str:
    """Where the page loads a file of ours, relative to itself, new with every build."""
    version = hashlib.sha256(STATIC_FILES[name].read_bytes()).hexdigest()[:12]
    return f"iph/static/{name}?v={version}"
