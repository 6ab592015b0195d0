"""The store of runs: the same experiment is computed once per process and watched by all who ask.

Whoever watches advances it by slices of a few milliseconds. What is bounded: the memory of the steps, that of the
networks in training, and how many runs are advanced at once.
"""

import os
import threading
import time
from collections.abc import Iterator

from core.computing.shared import Shared, Work
from core.computing.stacking import engine_bytes
from core.experiment import Experiment
from core.steps import Step

SLICE_SECONDS = 0.02
MOST_BYTES = 128 * 2**20
"""Of all steps."""
MOST_ENGINE_BYTES = 256 * 2**20
"""Of all networks in training; one alone may need more."""
MOST_IDLE_BYTES = 32 * 2**20
"""Of those among them whom nobody has watched for IDLE_SECONDS."""
IDLE_SECONDS = 5.0


class Run(Work[Step]):
    """One experiment and what is known of it."""

    def __init__(self, experiment: Experiment, source: Iterator[Step]) -> None:
        """Nothing is computed until somebody asks."""
        super().__init__(experiment, source)
        self.experiment, self.steps = experiment, self.parts
        self.begun = False

    @property
    def network_bytes(self) -> int:
        """About what it holds in training; nothing before and after."""
        return engine_bytes(self.experiment) if self.begun and not self.done else 0


class Store(Shared[Experiment, Run]):
    """Runs by experiment; who follows one is told whether it waits for a free core or for memory."""

    work = Run
    slots = threading.BoundedSemaphore(os.cpu_count() or 1)
    """How many runs may be advanced at once."""

    def _drive(self, run: Run) -> bool:
        return self._begin(run) and self._advance(run)

    def _begin(self, run: Run) -> bool:
        """Whether it may hold a network: where all that do fit together, or it is alone. Idle ones make room."""
        with self._lock:
            if not run.begun:
                free = MOST_ENGINE_BYTES - engine_bytes(run.experiment)
                held = self._drop(free, lambda other: other.network_bytes)
                run.begun = held <= max(free, 0)
        if not run.begun:
            time.sleep(SLICE_SECONDS)
        return run.begun

    def _advance(self, run: Run) -> bool:
        """One slice, if a core is free. A run that somebody else advances needs none."""
        if not run.lock.locked():
            if not self.slots.acquire(timeout=SLICE_SECONDS):
                return False
            try:
                end = time.perf_counter() + SLICE_SECONDS
                if run.advance(lambda: time.perf_counter() < end):
                    return True
            finally:
                self.slots.release()
        time.sleep(SLICE_SECONDS / 2)
        return True

    def _evict(self) -> None:
        """Of runs that stopped on the way the last asked for stay, as far as they fit."""
        self._drop(
            MOST_IDLE_BYTES,
            lambda run: run.network_bytes if run.unwatched(IDLE_SECONDS) else 0,
        )
        super()._evict()


def _train(experiment: Experiment) -> Iterator[Step]:
    """The engine, loaded only now: pages ask for a run long after their text is shown."""
    from core.engine.training import train

    yield from train(experiment)


STORE = Store(_train, MOST_BYTES)
"""The process's own. A module global, so that a hot reload replaces it together with its classes."""
