"""The store of diagrams: the same diagram is computed once per process and shown to all who ask.

Here a thread collects the cells, since the stacks are other threads' work and a page must not be blocked while it
waits for them. A diagram that nobody watches any more comes to rest, and the next watcher goes on from there.
"""

import math
import os
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import lru_cache
from itertools import product

from core.computing.allocator import give_back
from core.computing.limits import DIAGRAMS
from core.computing.pace import Pace
from core.computing.shared import Shared, Work
from core.computing.stacking import seconds_together
from core.diagnosis.cell import Cell
from core.experiment import Experiment
from core.labs.map.question import Question
from core.problems import ExperimentError
from core.runs.cells import StartCell

POLL_SECONDS = 0.03
GRACE_SECONDS = 0.5
"""A diagram that nobody has watched for so long comes to rest."""

AnyCell = Cell | StartCell
Place = tuple[int, int]
"""The indices of the two axes' values."""
Cells = dict[Place, AnyCell]


class Diagram(Work[tuple[Place, AnyCell]]):
    """One question and what is known of its answer."""

    def __init__(self, question: Question, cells: Iterator[AnyCell]) -> None:
        """Nothing is computed until somebody watches."""
        super().__init__(question, ((self._place(cell.experiment), cell) for cell in cells))
        self.question = question
        self.job: Future[None] | None = None
        self.pace = Pace()
        self._places = [(name, {v: k for k, v in enumerate(vs)}) for name, vs in question.axes]

    @property
    def cells(self) -> Cells:
        """What is known now."""
        return dict(self.parts)

    def collect(self) -> None:
        """Take cells until there are no more, or nobody watches."""
        self.advance(lambda: not self.unwatched(GRACE_SECONDS))
        give_back()

    def _place(self, experiment: Experiment) -> Place:
        i, j = (places[getattr(experiment, name)] for name, places in self._places)
        return i, j


class Store(Shared[Question, Diagram]):
    """Diagrams by upright question; who follows one is told whether it waits for a free core."""

    work = Diagram
    collectors = ThreadPoolExecutor(os.cpu_count() or 1, "diagram")

    def known(self, question: Question) -> Cells:
        """What is known of the answer without computing anything."""
        upright = question.upright
        cells = {at: cell for found in self.there([upright]).values() for at, cell in found.parts}
        return cells if upright is question else {(i, j): cell for (j, i), cell in cells.items()}

    def left(self, question: Question) -> int | None:
        """About how many seconds are left of it, as far as that can be told."""
        there = self.there([question.upright]).values()
        return next((d.pace.left(len(d.parts), question.size) for d in there), None)

    def begin(self, question: Question) -> None:
        """Begin to compute, or go on, without waiting; whoever follows it soon keeps it going."""
        with self.watched(question.upright) as diagrams:
            self._collected(diagrams[question.upright])

    def follow(self, question: Question) -> Generator[tuple[Diagram, bool], None, None]:
        """As every store, of the upright diagram, each POLL_SECONDS."""
        return super().follow(question.upright)

    def _drive(self, diagram: Diagram) -> bool:
        job = self._collected(diagram)
        wait([job], POLL_SECONDS)
        return job.running() or job.done()

    def _collected(self, diagram: Diagram) -> Future[None]:
        """The job that collects its cells: a new one where the last came to rest."""
        with self._lock:
            if diagram.job is None or (diagram.job.done() and not diagram.done):
                diagram.job, diagram.pace = self.collectors.submit(diagram.collect), Pace()
            return diagram.job


@lru_cache(maxsize=128)
def seconds(question: Question) -> float:
    """About how long one core takes for the whole diagram; infinity if a cell alone would be too much."""
    places = product(range(len(question.x[1])), range(len(question.y[1])))
    try:
        return seconds_together([question.experiment(i, j) for i, j in places])
    except ExperimentError:
        return math.inf


def _compute(question: Question) -> Iterator[AnyCell]:
    """The engine, loaded only now."""
    from core.runs.sweeps import start_sweep, sweep

    work = sweep if question.kind == "outcome" else start_sweep
    yield from work(question.base, question.x, question.y)


STORE = Store(_compute, DIAGRAMS.bytes)
"""The process's own. A module global, so that a hot reload replaces it together with its classes."""
