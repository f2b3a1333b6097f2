"""The example composites that come with the page (examples/examples.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

FOLDER = Path(__file__).parent / "examples"


@dataclass(frozen=True)
class Example:
    """A composite with where to tap; points are (x, y) in pixels of the photo."""

    name: str
    credit: str
    photo: Path
    thumbnail: Path
    mask: Path
    change: tuple[float, float]
    match: tuple[float, float]


def load_examples(folder: Path = FOLDER) -> dict[str, Example]:
    """All examples by name, in the order of the file."""
    entries = tomllib.loads((folder / "examples.toml").read_text("utf-8"))["example"]
    return {
        entry["name"]: Example(
            name=entry["name"],
            credit=entry["credit"],
            photo=folder / f"{entry['name']}.jpg",
            thumbnail=folder / f"{entry['name']}-small.jpg",
            mask=folder / f"{entry['name']}-mask.png",
            change=tuple(entry["change"]),
            match=tuple(entry["match"]),
        )
        for entry in entries
    }
