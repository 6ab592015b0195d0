"""Sees to it that the browser tests have a browser: the one that is there, Playwright's, or the system's.

Run as `python -m tests.browser_setup`; says a sentence and fails where none can be had.
"""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ATTEMPTS = (
    [sys.executable, "-m", "playwright", "install", "chromium"],
    ["apt-get", "update", "-qq"],
    ["apt-get", "install", "-y", "-qq", "chromium"],
)


def executable() -> str | None:
    """A Chrome or Chromium on this machine; None means Playwright's own."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch_options() -> dict[str, object]:
    """How every browser test starts it."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    sandbox = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    return {"executable_path": executable(), "args": [*sandbox, *quiet]}


def works() -> bool:
    """Whether a browser starts."""
    try:
        with sync_playwright() as play:
            play.chromium.launch(**launch_options()).close()  # type: ignore[arg-type]
    except Error:
        return False
    return True


def main() -> int:
    """Install one if none starts."""
    for command in ((), *ATTEMPTS):
        if command and shutil.which(command[0]):
            subprocess.run(command, check=False, timeout=900)
        if works():
            return 0
    print("The browser tests need Chrome or Chromium, and none could be found or installed.")
    print("Install one (Debian, Ubuntu: apt-get install chromium), then run make test again.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
