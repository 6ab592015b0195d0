"""nginx before two replicas, by the very file of the deployment; the replicas have what the image has."""

import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.nginx_setup import executable
from tests.serving import free_port

ROOT = Path(__file__).parent.parent
AROUND = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/errors;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
"""What Debian and nginx's image have around the file; here it needs no rights and leaves nothing."""


def copied() -> list[str]:
    """What the Dockerfile copies, from the top level."""
    lines = re.findall(r"^COPY (.+) \S+$", (ROOT / "Dockerfile").read_text("utf-8"), re.M)
    return [name for line in lines for name in line.split()]


def image_in(folder: Path) -> Path:
    """Lays the app out as in the image; its entrypoint."""
    for name in copied():
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return folder / "streamlit_app.py"


def filled(values: Mapping[str, str]) -> str:
    """deploy/nginx.conf as nginx's image fills it in."""
    text = (ROOT / "deploy/nginx.conf").read_text("utf-8")
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text


@contextmanager
def front(folder: Path, replicas: tuple[str, str]) -> Iterator[str]:
    """nginx before the replicas, by its address."""
    port, nginx = free_port(), executable()
    assert nginx
    values = {"LISTEN": f"127.0.0.1:{port}", "REPLICA_1": replicas[0], "REPLICA_2": replicas[1]}
    (folder / "site.conf").write_text(filled(values), "utf-8")
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder), "utf-8")
    command = [
        nginx,
        "-p",
        str(folder),
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        str(folder / "errors"),
    ]
    server = subprocess.Popen(command)
    try:
        assert _listening(f"http://127.0.0.1:{port}"), (folder / "errors").read_text("utf-8")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _listening(address: str) -> bool:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False
