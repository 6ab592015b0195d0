"""A Streamlit server of one's own, for the tests with a browser."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def serving(script: Path) -> Iterator[str]:
    """A server just started, by its address; nobody has opened it yet."""
    with process_serving(script) as (_, address):
        yield address


@contextmanager
def process_serving(
    script: Path, port: int = 0, log: IO[str] | int = subprocess.DEVNULL
) -> Iterator[tuple[int, str]]:
    """The same, with the number of its process; at a port that is given, or else at one that is free.

    log: the file that has what it says.
    """
    port = port or free_port()
    options = ["--server.headless=true", f"--server.port={port}", "--server.fileWatcherType=none"]
    options.append("--runner.postScriptGC=false")
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    server = subprocess.Popen(command, cwd=script.parent, stdout=log, stderr=log)
    try:
        yield server.pid, _healthy(f"http://127.0.0.1:{port}")
    finally:
        server.kill()
        server.wait(20)


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _healthy(address: str) -> str:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
            return address
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start within 30 seconds")
