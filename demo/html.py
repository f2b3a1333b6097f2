"""Pages made of templates: whatever people wrote goes through Jinja's escaping, as a value."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def templates_of(file: str) -> Environment:
    """The templates in the folder `templates` beside a module, by its `__file__`."""
    return Environment(
        loader=FileSystemLoader(Path(file).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
