"""A class opens the app: what a view costs beside a bare Streamlit page, and how long a hundred visitors wait.

Each visitor speaks Streamlit's own websocket protocol, opens a link that holds an experiment, and waits until the
page's script has finished. Server and visitors share this machine's cores.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import websockets

from bench.memory import megabytes
from bench.page import APP
from core.experiment import Experiment
from tests.protocol import OPTIONS, PATH, SUBPROTOCOL, answers, ask
from tests.serving import process_serving

BARE = Path(__file__).parent / "bare_page.py"
PAGES = ("", "what_is_it", "why", "symptoms", "mathematics", "fixes", "keras_example", "summary")
VIEWS = 20
CLASS = 100
PATIENCE = 180.0
KNOWN = "run=1&seed=7"
TEXTS = ("markdown", "heading", "text")


@dataclass
class Visit:
    """Seconds from the visitor's arrival; None for what never came."""

    connected: float | None = None
    text: float | None = None
    chart: float | None = None
    end: float | None = None
    error: str = ""


def cpu(pid: int) -> float:
    """Seconds of a processor that a process has used; only Linux tells."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def visit(
    address: str, page: str, query: str, *, wait: float = 0.0, leave: float = PATIENCE
) -> Visit:
    """Come after so many seconds, open a link, and stay until the page is whole, or so long."""
    await asyncio.sleep(wait)
    began, seen = time.perf_counter(), Visit()
    try:
        async with asyncio.timeout(leave):
            await _watch(address, page, query, seen, began)
    except TimeoutError:
        seen.error = "it took too long" if leave == PATIENCE else ""
    except (OSError, websockets.WebSocketException) as error:
        seen.error = f"{type(error).__name__}: {error}"
    return seen


async def _watch(address: str, page: str, query: str, seen: Visit, began: float) -> None:
    url = f"ws://{urlsplit(address).netloc}{PATH}"
    async with websockets.connect(
        url, subprotocols=[SUBPROTOCOL], open_timeout=PATIENCE, **OPTIONS
    ) as socket:
        seen.connected = time.perf_counter() - began
        await ask(socket, query_string=query, page_name=page)
        async for message in answers(socket):
            now, kind = time.perf_counter() - began, message.WhichOneof("type")
            if kind == "script_finished":
                seen.end = now
            if kind != "delta" or not message.delta.HasField("new_element"):
                continue
            element = message.delta.new_element.WhichOneof("type")
            if element in TEXTS and seen.text is None:
                seen.text = now
            elif "vega" in element and seen.chart is None:
                seen.chart = now
            elif element == "exception":
                seen.error = message.delta.new_element.exception.message


async def view_cost(address: str, pid: int, page: str) -> float:
    """CPU seconds of a view of what is known, one visitor after another; once the server has no other work."""
    await visit(address, page, KNOWN)
    await _busy(pid)
    before = cpu(pid)
    for _ in range(VIEWS):
        await visit(address, page, KNOWN)
    return (cpu(pid) - before) / VIEWS


async def lesson(
    title: str, address: str, pid: int, queries: Sequence[str], within: float, leaving: int = 0
) -> None:
    """A class, with a newcomer just after it whose link is known; told as medians and 95th percentiles."""
    step, before = within / len(queries), cpu(pid)
    coming: list[Awaitable[Visit]] = [
        visit(address, "", query, wait=k * step, leave=0.5 if k < leaving else PATIENCE)
        for k, query in enumerate(queries)
    ]
    newcomer = visit(address, "", KNOWN, wait=within + 0.5)
    *everyone, late = await asyncio.gather(*coming, newcomer)
    stayed = everyone[leaving:]
    used = (cpu(pid) - before) / len(queries)
    busy = await _busy(pid)
    failed = [v.error for v in stayed if v.error]
    print(
        f"{title}\n  failed {len(failed)} {sorted(set(failed))[:2]}, CPU {used:.3f} s a visitor,",
        end="",
    )
    print(f" memory {megabytes(pid, 'VmHWM')} MB at most, busy {busy:.0f} s after")
    for name in ("text", "chart", "end"):
        print(f"  {name:5s} " + _told([getattr(v, name) for v in stayed]))
    print(f"  a newcomer: text {late.text or 0:.2f}, end {late.end or 0:.2f} s", flush=True)


def _told(seconds: Sequence[float | None]) -> str:
    known = sorted(s for s in seconds if s is not None)
    if not known:
        return "never"
    late = known[max(0, int(0.95 * len(known)) - 1)]
    return f"median {statistics.median(known):.2f}, p95 {late:.2f}, worst {known[-1]:.2f} s"


async def _busy(pid: int) -> float:
    """Seconds until the server rests."""
    began = time.perf_counter()
    while True:
        before = cpu(pid)
        await asyncio.sleep(1)
        if cpu(pid) - before < 0.1:
            return max(0.0, time.perf_counter() - began - 1)


def different() -> list[str]:
    """As many experiments of the usual size, of which half explode."""
    gains = (1.25, 1.0)
    chosen = [Experiment(gain=gains[k % 2], seed=100 + k) for k in range(CLASS)]
    return ["&".join(f"{n}={v}" for n, v in ({"run": "1"} | e.to_query()).items()) for e in chosen]


async def main() -> None:
    """Views of each page beside the bare one; then three classes."""
    with process_serving(BARE) as (pid, address):
        bare = await view_cost(address, pid, "")
    with process_serving(APP) as (pid, address):
        print(f"CPU of a view, and times a bare page's ({bare:.3f} s; at most 1.5 times):")
        for page in PAGES:
            cost = await view_cost(address, pid, page)
            print(f"  {page or 'home':14s} {cost:.3f} s {cost / bare:5.2f}", flush=True)
        same = [KNOWN] * CLASS
        await lesson(f"{CLASS} open one link within 10 s", address, pid, same, 10)
        await lesson(f"{CLASS} open one link within 0.5 s", address, pid, same, 0.5)
        await lesson(f"{CLASS} different experiments within 10 s", address, pid, different(), 10)


if __name__ == "__main__":
    asyncio.run(main())
