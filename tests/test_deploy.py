"""The deployment's files agree with each other and with the app; a replica that dies takes nobody's page with it."""

import asyncio
import os
import re
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.classroom import Visitor
from tests.front import ROOT, copied, front, image_in
from tests.nginx_setup import executable
from tests.serving import process_serving

CLASS = 20
WITHIN = 10.0
"""Seconds in which everybody has the page back."""
RETRIED = 5.5
"""Seconds after which nginx asks a replica again that had refused it: a little more than its fail_timeout."""
HEALTH = "/_stcore/health"
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
NGINX = (ROOT / "deploy/nginx.conf").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
KUBERNETES = {
    each["kind"]: each
    for each in yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text("utf-8"))
}
APP_LABEL = {"app.kubernetes.io/name": "exploding-gradient-explorer"}


def of_dockerfile(instruction: str) -> list[str]:
    lines = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{instruction} +(.+)$", lines, re.M)


def container() -> dict[str, Any]:
    (only,) = KUBERNETES["Deployment"]["spec"]["template"]["spec"]["containers"]
    return only


def test_the_image_has_what_the_app_needs_and_no_more() -> None:
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.M)
    assert sorted(allowed) == sorted(copied())
    assert {"tests", "bench", "docs", ".git"}.isdisjoint(copied())
    assert all((ROOT / name).exists() for name in copied())


def test_the_image_takes_the_torch_of_the_requirements_without_cuda() -> None:
    assert "\ntorch==" in (ROOT / "requirements.txt").read_text("utf-8")
    assert "TORCH_INDEX=https://download.pytorch.org/whl/cpu" in of_dockerfile("ARG")
    install, _ = of_dockerfile("RUN")
    assert """--index-url "$TORCH_INDEX" "$(grep '^torch==' requirements.txt)\"""" in install
    assert install.index("torch==") < install.index("-r requirements.txt")


def test_every_image_is_pinned() -> None:
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", *of_dockerfile("FROM"))
    assert re.fullmatch(r"nginx:\d+\.\d+-\w+", COMPOSE["services"]["front"]["image"])


def test_nowhere_the_app_is_root() -> None:
    user = int(of_dockerfile("USER")[-1].partition(":")[0])
    assert user > 0
    assert DOCKERFILE.index("\nUSER") < DOCKERFILE.index("\nCMD")
    rights = KUBERNETES["Deployment"]["spec"]["template"]["spec"]["securityContext"]
    assert rights["runAsNonRoot"]
    assert rights["runAsUser"] == user


def test_port_and_health_are_the_same_everywhere() -> None:
    (port,) = of_dockerfile("EXPOSE")
    assert f"STREAMLIT_SERVER_PORT={port}" in of_dockerfile("ENV")[0].split()
    assert f":{port}{HEALTH}" in of_dockerfile("HEALTHCHECK")[0]
    assert container()["ports"] == [{"name": "http", "containerPort": int(port)}]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container()[probe]["httpGet"] == {"path": HEALTH, "port": "http"}
    given = COMPOSE["services"]["front"]["environment"]
    assert {given[name].partition(":")[2] for name in ("REPLICA_1", "REPLICA_2")} == {port}


def test_compose_has_two_replicas_behind_nginx() -> None:
    services = dict(COMPOSE["services"])
    nginx = services.pop("front")
    same = [
        {k: v for k, v in each.items() if k not in ("build", "networks")}
        for each in services.values()
    ]
    assert len(same) == 2
    assert same[0] == same[1]
    hosts = {each["networks"]["inside"]["ipv4_address"] for each in services.values()}
    given = nginx["environment"]
    assert {given[name].partition(":")[0] for name in ("REPLICA_1", "REPLICA_2")} == hosts
    assert nginx["ports"] == [f"${{PORT:-8080}}:{given['LISTEN']}"]
    (volume,) = nginx["volumes"]
    assert (ROOT / volume.partition(":")[0]).is_file()


def test_compose_fills_in_all_that_nginx_is_told() -> None:
    names = set(re.findall(r"^[^#]*?\$\{(\w+)\}", NGINX, re.M))
    given = COMPOSE["services"]["front"]["environment"]
    chosen = given["NGINX_ENVSUBST_FILTER"].replace("$$", "$")
    assert {name for name in given if re.search(chosen, name)} == names


def test_kubernetes_has_two_replicas_and_finds_them() -> None:
    deployment, service = KUBERNETES["Deployment"], KUBERNETES["Service"]
    assert deployment["spec"]["replicas"] == 2
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert labels == deployment["spec"]["selector"]["matchLabels"] == APP_LABEL
    assert service["spec"]["selector"] == APP_LABEL
    assert KUBERNETES["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == APP_LABEL
    assert service["spec"]["ports"][0]["targetPort"] == "http"


def test_kubernetes_is_sticky_by_cookie() -> None:
    ingress, service = KUBERNETES["Ingress"], KUBERNETES["Service"]
    told = ingress["metadata"]["annotations"]
    assert told["nginx.ingress.kubernetes.io/affinity"] == "cookie"
    assert told["nginx.ingress.kubernetes.io/session-cookie-change-on-failure"] == "true"
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    asked = path["backend"]["service"]
    assert asked["name"] == service["metadata"]["name"]
    assert asked["port"]["name"] == service["spec"]["ports"][0]["name"]


LEARNS = "width=16&steps=60&gain=1&lr=0.02"


class Deployed(NamedTuple):
    """Two replicas behind one address, and what they serve."""

    address: str
    process: dict[str, int]
    port: dict[str, int]
    script: Path


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployed]:
    assert executable(), "there is no nginx here: python -m tests.nginx_setup"
    script = image_in(tmp_path)
    with ExitStack() as stack:
        both = [stack.enter_context(process_serving(script)) for _ in range(2)]
        hosts = [address.removeprefix("http://") for _, address in both]
        address = stack.enter_context(front(tmp_path, (hosts[0], hosts[1])))
        process = dict(zip(("first", "second"), (pid for pid, _ in both), strict=True))
        ports = (int(host.rpartition(":")[2]) for host in hosts)
        yield Deployed(address, process, dict(zip(process, ports, strict=True)), script)


def experiment(k: int) -> str:
    """One of five small experiments that learn in no time: what is not tried for them no crowd can leave out."""
    return f"run=1&depth={2 + k % 5}&{LEARNS}"


def test_a_link_s_preview_is_the_app_s_and_not_streamlit_s(deployed: Deployed) -> None:
    visitor = Visitor(deployed.address, "", "")
    for path in ("/", "/why?gain=1"):
        status, body = visitor.get(path)
        html = body.decode()
        assert status == 200
        assert html.count("<title>Exploding Gradient Explorer</title>") == 1
        assert re.search(r'name="description" content="Blow up [^"]+"', html)
        assert "Streamlit</title>" not in html
    (script,) = re.findall(r'type="module"[^>]* src="\./(static/js/[^"]+)"', html)
    assert visitor.get(f"/{script}")[0] == 200
    assert visitor.get("/why/_stcore/health")[0] == 404


def test_an_address_below_a_page_s_leads_to_the_page(deployed: Deployed) -> None:
    for path, page in {"/why/extra?gain=1": "/why?gain=1", "/Fixes/a/b": "/Fixes"}.items():
        with urllib.request.urlopen(deployed.address + path, timeout=10) as answer:
            assert answer.url == deployed.address + page


def test_when_a_replica_dies_everybody_has_the_page_back(deployed: Deployed) -> None:
    asyncio.run(a_replica_dies(deployed))


async def a_replica_dies(deployed: Deployed) -> None:
    room = [Visitor(deployed.address, "summary", experiment(k)) for k in range(CLASS)]
    await asyncio.gather(*(visitor.arrive() for visitor in room))
    try:
        before = [visitor.words for visitor in room]
        assert len({frozenset(words.items()) for words in before}) == 5
        victims = [visitor for visitor in room if visitor.replica == "first"]
        assert 0 < len(victims) < CLASS
        await who_sends_no_cookies_gets_the_downloads(deployed)
        os.kill(deployed.process["first"], signal.SIGKILL)
        await asyncio.gather(*(visitor.is_left() for visitor in victims))
        seconds = await asyncio.gather(*(visitor.come_back() for visitor in victims))
        print(f"{len(victims)} pages are back within {max(seconds):.1f} seconds")
        assert max(seconds) < WITHIN
        assert [visitor.words for visitor in room] == before
        await the_dead_one_returns(deployed, victims[0])
    finally:
        await asyncio.gather(*(visitor.leave() for visitor in room))


async def who_sends_no_cookies_gets_the_downloads(deployed: Deployed) -> None:
    """Wherever a request goes: nginx asks the replica that has the session second, if not first."""
    stranger = Visitor(deployed.address, "summary", f"run=1&depth=9&{LEARNS}", cookies=False)
    await stranger.arrive()
    asked = [await asyncio.to_thread(stranger.get, stranger.download) for _ in range(10)]
    assert {status for status, _ in asked} == {200}
    assert (await asyncio.to_thread(stranger.get, "/media/0.csv"))[0] == 404
    await stranger.leave()


async def the_dead_one_returns(deployed: Deployed, moved: Visitor) -> None:
    """Whoever had to move stays; a link opens the same page on the server just started."""
    with process_serving(deployed.script, deployed.port["first"]):
        await asyncio.sleep(RETRIED)
        newcomer = Visitor(deployed.address, moved.page, moved.query)
        newcomer.cookies["replica"] = "first"
        await newcomer.arrive()
        assert newcomer.words == moved.words
        assert newcomer.replica == "first"
        assert (await asyncio.to_thread(moved.get, moved.download))[0] == 200
        assert await asyncio.to_thread(moved.upload, "log.csv") == 204
        assert moved.replica == "second"
        await newcomer.leave()
