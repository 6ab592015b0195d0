"""The store of runs: the same experiment is computed once per process and watched by all who ask.

A run is a generator and the steps it has yielded so far. Whoever watches drives: the watcher who gets
the run's lock advances it by a slice of a few milliseconds; a watcher who leaves simply stops asking,
and the next one goes on from there. So there are no threads here, and nothing to cancel. What is bounded:
the memory of the steps, that of the networks in training, and how many runs are advanced at once.
"""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator

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
"""A page that draws itself anew is not gone."""
BYTES_PER_NUMBER = 32  # a Python float in a tuple


class Run:
    """One experiment and what is known of it. `steps` only ever grows; read it, never write it."""

    def __init__(self, experiment: Experiment, source: Iterator[Step]) -> None:
        """Nothing is computed until somebody asks."""
        self.experiment = experiment
        self.steps: list[Step] = []
        self.begun = self.done = False
        self.error: Exception | None = None
        self.watchers = 0
        self.left = time.monotonic()
        self._source = source
        self._lock = threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether a watcher advances it just now."""
        return self._lock.locked()

    def advance(self, seconds: float = SLICE_SECONDS) -> bool:
        """Compute for about so many seconds; False if another watcher is doing just that."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            end = time.perf_counter() + seconds
            while not self.done and time.perf_counter() < end:
                self._one_step()
        finally:
            self._lock.release()
        return True

    @property
    def bytes(self) -> int:
        """About how much memory the steps take."""
        if not self.steps:
            return 0
        step = self.steps[0]
        numbers = 3 * len(step.signal_norms) + 3 * len(step.weight_norms) + len(step.bias_norms)
        return len(self.steps) * (400 + BYTES_PER_NUMBER * numbers)

    def _one_step(self) -> None:
        try:
            self.steps.append(next(self._source))
        except StopIteration:
            self.done = True
        except Exception as error:  # told to every watcher: a generator that raised looks finished
            self.error, self.done = error, True


class Store:
    """Runs by experiment, the least recently asked for dropped first where memory runs short."""

    def __init__(
        self,
        train: Callable[[Experiment], Iterator[Step]],
        most_bytes: int = MOST_BYTES,
        slots: int | None = None,
    ) -> None:
        """`slots`: how many runs may be advanced at once; as many as there are cores if None."""
        self._train = train
        self._most_bytes = most_bytes
        self._slots = threading.BoundedSemaphore(slots or os.cpu_count() or 1)
        self._runs: OrderedDict[Experiment, Run] = OrderedDict()
        self._lock = threading.Lock()

    def follow(self, experiment: Experiment) -> Iterator[tuple[Run, bool]]:
        """Yield (the run, whether it waits for a free core or for memory) until it is done, then once more.

        No lock and no slot is held at a yield, so whoever follows may stop at any time.

        Raises:
            Exception: whatever the engine raised, to each who follows.
        """
        run = self._watched(experiment)
        try:
            while not run.done:
                waiting = not (self._begin(run) and self._advance(run))
                yield run, waiting
            if run.error is not None:
                raise run.error
            yield run, False
        finally:
            self._unwatch(run)

    def finished(self, experiment: Experiment) -> Run:
        """Follow to the end."""
        return [run for run, _ in self.follow(experiment)][-1]

    def _begin(self, run: Run) -> bool:
        """Whether it may hold a network: where all that do fit together, or it is alone. Idle ones make room."""
        with self._lock:
            if not run.begun:
                computing = [r for r in self._runs.values() if r.begun and not r.done]
                free = MOST_ENGINE_BYTES - sum(engine_bytes(r.experiment) for r in computing)
                for idle in [r for r in computing if r.watchers == 0]:
                    if engine_bytes(run.experiment) > free:
                        free += engine_bytes(idle.experiment)
                        computing.remove(idle)
                        del self._runs[idle.experiment]
                run.begun = not computing or engine_bytes(run.experiment) <= free
        if not run.begun:
            time.sleep(SLICE_SECONDS)
        return run.begun

    def _advance(self, run: Run) -> bool:
        """One slice, if a core is free. A run that somebody else advances needs none."""
        if not run.busy:
            if not self._slots.acquire(timeout=SLICE_SECONDS):
                return False
            try:
                if run.advance():
                    return True
            finally:
                self._slots.release()
        time.sleep(SLICE_SECONDS / 2)
        return True

    def _watched(self, experiment: Experiment) -> Run:
        with self._lock:
            run = self._runs.get(experiment)
            if run is None or run.error is not None:
                run = self._runs[experiment] = Run(experiment, self._train(experiment))
            self._runs.move_to_end(experiment)
            run.watchers += 1
            self._evict()
            return run

    def _unwatch(self, run: Run) -> None:
        with self._lock:
            run.watchers -= 1
            run.left = time.monotonic()
            self._evict()

    def _evict(self) -> None:
        self._drop_idle_networks()
        total = sum(run.bytes for run in self._runs.values())
        for experiment, run in list(self._runs.items()):
            if total <= self._most_bytes:
                return
            if run.watchers == 0:
                total -= run.bytes
                del self._runs[experiment]

    def _drop_idle_networks(self) -> None:
        """Those that stopped on the way go, the last asked for stay as far as they fit."""
        before, free = time.monotonic() - IDLE_SECONDS, MOST_IDLE_BYTES
        for experiment, run in reversed(list(self._runs.items())):
            if run.begun and not run.done and run.watchers == 0 and run.left <= before:
                free -= engine_bytes(experiment)
                if free < 0:
                    del self._runs[experiment]


def _train(experiment: Experiment) -> Iterator[Step]:
    """The engine, loaded only now: pages ask for a run long after their text is shown."""
    from core.engine.training import train

    yield from train(experiment)


STORE = Store(_train)
"""The process's own. A module global, so that a hot reload replaces it together with its classes."""
