"""Sees to it that the deployment's test has an nginx: the one that is there, or Debian's, unpacked into .venv.

Run as `python -m tests.nginx_setup`; says a sentence and fails where none can be had. It installs nothing on the
system and starts nothing.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

UNPACKED = Path(sys.prefix) / "nginx"
PLACES = os.pathsep.join((os.defpath, "/usr/sbin", "/usr/local/sbin", str(UNPACKED / "usr/sbin")))


def executable() -> str | None:
    """An nginx on this machine that starts."""
    found = shutil.which("nginx") or shutil.which("nginx", path=PLACES)
    return found if found and _run([found, "-v"]) else None


def _run(command: list[str], folder: str | None = None) -> bool:
    try:
        return not subprocess.run(command, cwd=folder, capture_output=True, timeout=120).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def main() -> int:
    """Unpack one if none is there."""
    if not executable() and shutil.which("apt-get"):
        _unpack()
    if executable():
        return 0
    print("The deployment's test needs nginx, and none could be found or unpacked.")
    print("Install it (Debian, Ubuntu: apt-get install nginx), then run make test again.")
    return 1


def _unpack() -> None:
    """Debian's. The lists of packages are fetched only where they lack it."""
    with tempfile.TemporaryDirectory() as folder:
        fetch = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", "nginx"]
        _run(fetch, folder) or (_run(["apt-get", "update", "-qq"]) and _run(fetch, folder))
        for package in Path(folder).glob("*.deb"):
            _run(["dpkg", "-x", str(package), str(UNPACKED)])


if __name__ == "__main__":
    sys.exit(main())
