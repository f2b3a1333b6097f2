"""What commands write: where it may go, and JSON that says what was done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from iph_core.errors import InputError


def check_target(file: Path | None) -> None:
    """Raise InputError where a file cannot be written; before the work, so that none is lost."""
    if file is None:
        return
    if not file.parent.is_dir():
        raise InputError(f"The folder {file.parent} does not exist: create it first.")
    if file.is_dir():
        raise InputError(f"{file} is a folder: give the name of a file.")


def write_json(file: Path, report: dict[str, Any]) -> None:
    """Write a report; InputError where the file cannot be written."""
    try:
        file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be written ({error.strerror}): choose another.") from None
