"""`python deploy/audit.py`: known holes in the packages that are installed, by pip-audit.

pip-audit runs in an environment of its own. 0: none known; 1: some, listed; 0 with a sentence
where its data cannot be reached, so that a build without a network goes on (`--strict`: 1).
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

AUDITOR = "pip-audit==2.10.1"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = audit(Path(folder))
    strict = "--strict" in sys.argv
    audited = [found for found in report if "vulns" in found]
    if not audited:
        print("No data about known holes could be reached: nothing was audited.", file=sys.stderr)
        return int(strict)
    holes = [(found, hole) for found in audited for hole in found["vulns"]]
    for found, hole in holes:
        fixed = ", ".join(hole["fix_versions"]) or "none yet"
        print(f"{found['name']} {found['version']}: {hole['id']}, fixed in {fixed}")
    print(f"{len(audited)} of {len(report)} packages audited, {len(holes)} known holes")
    return int(bool(holes))


def audit(folder: Path) -> list[dict[str, Any]]:
    """pip-audit's entry for each installed package; none where it could not run."""
    python = folder / "bin" / "python"
    installed = sysconfig.get_paths()["purelib"]
    steps = (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", AUDITOR],
    )
    for step in steps:
        if subprocess.run(step, check=False).returncode:
            return []
    found = subprocess.run(
        [
            python,
            "-m",
            "pip_audit",
            "--path",
            installed,
            "--format",
            "json",
            "--progress-spinner=off",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if not found.stdout:
        print(found.stderr.strip(), file=sys.stderr)
        return []
    return json.loads(found.stdout)["dependencies"]


if __name__ == "__main__":
    sys.exit(main())
