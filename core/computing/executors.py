"""Where sweeps are computed: this process's own threads, or a Dask cluster that is there."""

import logging
import os
import threading
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache
from typing import Any

SCHEDULER = "EXPLODING_DASK_SCHEDULER"
"""The environment variable with a Dask scheduler's address, such as tcp://10.0.0.5:8786."""
CONNECT_SECONDS = 5
RETRY_SECONDS = 60
"""A cluster that could not be reached is not tried again for so long: no visitor after the first waits for it."""
LOG = logging.getLogger(__name__)
_lock = threading.Lock()
_not_before: dict[str, float] = {}
"""When a cluster that could not be reached is tried again, by its address."""


def default_executor() -> Executor:
    """The cluster that SCHEDULER names, or else one thread for each core of this machine.

    A cluster that cannot be reached, or no longer, or has no workers, is logged, and the threads do its work.
    """
    address = os.environ.get(SCHEDULER, "").strip()
    if not address:
        return threads()
    with _lock:
        if time.monotonic() < _not_before.get(address, 0.0):
            return threads()
        try:
            if _client(address).status != "running":
                _client(address).close()
                _client.cache_clear()
            if not _client(address).nthreads():
                raise OSError("it has no workers")
            return _client(address).get_executor()  # type: ignore[no-any-return]
        except (ImportError, OSError, ValueError) as error:
            LOG.warning("%s=%s: %s. Sweeps run on this machine.", SCHEDULER, address, error)
            _not_before[address] = time.monotonic() + RETRY_SECONDS
            return threads()


@cache
def threads() -> Executor:
    """One pool for the whole process, so that many visitors share its cores and its memory."""
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="sweep")


@cache
def _client(address: str) -> Any:
    """One connection for the whole process."""
    from distributed import Client

    return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
