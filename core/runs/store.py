"""The store of runs: the same experiment is computed once per process and watched by all who ask.

Whoever watches advances it by slices of a few milliseconds. What is bounded: the memory of the steps, and that of the
networks in training.
"""

import time
from collections.abc import Iterator
from itertools import islice

from core.computing.limits import STEPS, TRAINING
from core.computing.shared import WATCH_SECONDS, Sliced, Work
from core.computing.stacking import engine_bytes
from core.experiment import Experiment
from core.steps import Step

MOST_ENGINE_BYTES = TRAINING.bytes
MOST_BORROWED_BYTES = 8 * 2**20
"""Who needs no more has a first slice even where there is no room: many an explosion is over by then."""
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


class Store(Sliced[Experiment, Run]):
    """Runs by experiment; who follows one is told where it waits for memory."""

    work = Run

    def _drive(self, run: Run) -> bool:
        if self._begin(run):
            return super()._drive(run)
        if run.steps or engine_bytes(run.experiment) > MOST_BORROWED_BYTES:
            time.sleep(WATCH_SECONDS)
            return False
        super()._drive(run)
        self._give_back(run)
        return True

    def _give_back(self, run: Run) -> None:
        """Let its network go; whoever goes on begins anew, and passes over the steps that are known."""
        if run.claim():
            run.begin_again(islice(self._compute(run.experiment), len(run.steps), None))
            run.lock.release()

    def _begin(self, run: Run) -> bool:
        """Whether it may hold a network: where all that do fit together, but the largest. Idle ones make room."""
        with self._lock:
            if not run.begun:
                own = engine_bytes(run.experiment)
                largest = max([own, *(other.network_bytes for other in self._items.values())])
                free = MOST_ENGINE_BYTES + largest - own
                run.begun = self._drop(free, lambda other: other.network_bytes) <= free
        return run.begun

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


STORE = Store(_train, STEPS.bytes)
"""The process's own. A module global, so that a hot reload replaces it together with its classes."""
