"""Find a Chromium for the browser tests; `python -m tests.browser.chromium` installs Debian's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
MISSING = (
    "The browser tests need Chromium: install it (on Debian: apt-get install chromium) "
    "or name one with IPH_CHROMIUM=/path/to/chromium."
)


def find() -> str | None:
    """The path of a Chromium: IPH_CHROMIUM alone where it is set, else what the machine has."""
    if named := os.environ.get("IPH_CHROMIUM"):
        return shutil.which(named)
    found = filter(None, map(shutil.which, COMMANDS))
    return next(found, None) or next(
        (path for path in MAC_APPLICATIONS if Path(path).exists()), None
    )


def install() -> None:
    """Install Debian's Chromium where this process may; what fails here, the tests report."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        subprocess.run(
            ["apt-get", "--quiet=2", *arguments],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )


def main() -> None:
    """Install Chromium where it is missing and apt-get is ours to use; else say what is missing."""
    may_install = shutil.which("apt-get") and os.geteuid() == 0
    if find() is None and may_install and "IPH_CHROMIUM" not in os.environ:
        print("Installing Chromium for the browser tests")
        install()
    if find() is None:
        print(MISSING, file=sys.stderr)


if __name__ == "__main__":
    main()
