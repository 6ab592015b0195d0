"""A line in the server's log now and then, for who operates it: visitors, runs, queues, memory."""

import os
import time
from pathlib import Path

from streamlit import runtime
from streamlit.logger import get_logger
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat

from core.computing.gate import COMPUTING, DRAWING
from core.computing.limits import LOG_SECONDS
from core.runs.store import STORE

LOG = get_logger("exploding_gradient")
EVERY = LOG_SECONDS.value
_due = 0.0


def tell() -> None:
    """Log the line, unless the last one was a moment ago."""
    global _due
    now = time.monotonic()
    if EVERY and now >= _due:
        _due = now + EVERY
        LOG.info(line())


def line() -> str:
    """What it says now."""
    runs, held = STORE.held()
    return (
        f"visitors {_visitors()}; runs known {runs} ({held // 2**20} MB); "
        f"waiting to draw {DRAWING.waiting}, to compute {COMPUTING.waiting}; "
        f"memory {_megabytes()} MB"
    )


def _visitors() -> int:
    if not runtime.exists():
        return 0
    stats = runtime.get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY])
    gauges = stats.get(ACTIVE_SESSIONS_FAMILY, ())
    return sum(stat.value for stat in gauges if isinstance(stat, GaugeStat))


def _megabytes() -> int | str:
    """What the process holds; only Linux tells."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return "?"
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20
