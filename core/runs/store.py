"""The store of runs: the same experiment is computed once per process and watched by all who ask.

Whoever watches advances it by slices of a few milliseconds. What is bounded: the memory of the steps, that of the
networks in training, and by the gate how many runs are advanced at once.
"""

import time
from collections.abc import Iterator

from core.computing.gate import COMPUTING, Turn
from core.computing.shared import Shared, Work
from core.computing.stacking import engine_bytes
from core.experiment import Experiment
from core.steps import Step

SLICE_SECONDS = 0.02
WATCH_SECONDS = 0.1
"""Who watches while another computes looks so often."""
MOST_BYTES = 128 * 2**20
"""Of all steps."""
MOST_ENGINE_BYTES = 144 * 2**20
"""Of all networks in training but the largest, beside which small ones go on."""
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
    """Runs by experiment; who follows one waits at the gate, and is told where it waits for memory."""

    work = Run
    gate = COMPUTING

    def _drive(self, run: Run, turn: Turn) -> bool:
        return self._begin(run) and self._advance(run, turn)

    def _begin(self, run: Run) -> bool:
        """Whether it may hold a network: where all that do fit together, the largest not counted. Idle ones make room."""
        with self._lock:
            if not run.begun:
                own = engine_bytes(run.experiment)
                largest = max([own, *(other.network_bytes for other in self._items.values())])
                free = MOST_ENGINE_BYTES + largest - own
                run.begun = self._drop(free, lambda other: other.network_bytes) <= free
        if not run.begun:
            time.sleep(WATCH_SECONDS)
        return run.begun

    def _advance(self, run: Run, turn: Turn) -> bool:
        """One slice, at its turn. A run that somebody else advances needs none."""
        if run.lock.locked():
            time.sleep(WATCH_SECONDS)
            return True
        with self.gate.place(turn):
            end = time.perf_counter() + SLICE_SECONDS
            run.advance(lambda: time.perf_counter() < end)
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
