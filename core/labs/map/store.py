"""The store of diagrams: the same diagram is computed once per process and shown to all who ask.

As with runs, whoever watches drives: a diagram that nobody watches any more comes to rest, and the next
watcher goes on from there. But here a thread collects the cells, since the stacks are other threads' work
and a page must not be blocked while it waits for them.
"""

import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from itertools import product

from core.computing.allocator import give_back
from core.computing.stacking import seconds_together
from core.diagnosis.cell import Cell
from core.experiment import Experiment
from core.labs.map.question import Question
from core.problems import ExperimentError
from core.runs.cells import StartCell

POLL_SECONDS = 0.03
GRACE_SECONDS = 0.5
"""A diagram that nobody has watched for so long comes to rest: a page that draws itself anew is not gone."""
MOST_DIAGRAMS = 30

AnyCell = Cell | StartCell
Cells = dict[tuple[int, int], AnyCell]
"""By place: the indices of the two axes' values."""


class Diagram:
    """One question and what is known of its answer."""

    def __init__(self, question: Question, source: Iterator[AnyCell]) -> None:
        """Nothing is computed until somebody watches."""
        self.question = question
        self.done = False
        self.error: Exception | None = None
        self.watchers = 0
        self.left = time.monotonic()
        self.job: Future[None] | None = None
        self._news = threading.Condition()
        self._source = source
        self._cells: Cells = {}
        axes = question.x, question.y
        self._places = [{v: k for k, v in enumerate(values)} for _, values in axes]

    @property
    def cells(self) -> Cells:
        """What is known now."""
        return self._cells.copy()

    def collect(self) -> None:
        """Take cells until there are no more, or nobody watches."""
        try:
            while not self._abandoned():
                cell = next(self._source)
                self._cells[self._place(cell.experiment)] = cell
                self._tell()
        except StopIteration:
            self.done = True
        except Exception as error:  # told to every watcher: a generator that raised looks finished
            self.error, self.done = error, True
        self._tell()
        give_back()

    def wait(self) -> None:
        """Until there is news, or POLL_SECONDS."""
        with self._news:
            self._news.wait(POLL_SECONDS)

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()

    def _place(self, experiment: Experiment) -> tuple[int, int]:
        (x, _), (y, _) = self.question.x, self.question.y
        return self._places[0][getattr(experiment, x)], self._places[1][getattr(experiment, y)]

    def _abandoned(self) -> bool:
        return self.watchers == 0 and time.monotonic() - self.left > GRACE_SECONDS


class Store:
    """Diagrams by upright question, the least recently asked for dropped first."""

    def __init__(
        self,
        compute: Callable[[Question], Iterator[AnyCell]],
        most: int = MOST_DIAGRAMS,
        slots: int | None = None,
    ) -> None:
        """`slots`: how many diagrams may be computed at once; as many as there are cores if None."""
        self._compute = compute
        self._most = most
        self._collectors = ThreadPoolExecutor(slots or os.cpu_count() or 1, "diagram")
        self._diagrams: OrderedDict[Question, Diagram] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, question: Question) -> Cells:
        """What is known of the answer without computing anything."""
        upright = question.upright
        with self._lock:
            diagram = self._diagrams.get(upright)
        cells = diagram.cells if diagram else {}
        return cells if upright is question else {(i, j): cell for (j, i), cell in cells.items()}

    def begin(self, question: Question) -> None:
        """Begin to compute, or go on, without waiting; whoever follows it soon keeps it going."""
        watching = self.follow(question)
        next(watching)
        watching.close()

    def follow(self, question: Question) -> Generator[tuple[Diagram, bool], None, None]:
        """Yield (the upright diagram, whether it waits for its turn) at news, each POLL_SECONDS, and when it is done.

        Whoever follows may stop at any time.

        Raises:
            Exception: whatever the engine raised, to each who follows.
        """
        diagram = self._watched(question)
        try:
            while not diagram.done:
                job = self._driven(diagram)
                yield diagram, not (job.running() or job.done())
                diagram.wait()
            if diagram.error is not None:
                raise diagram.error
            yield diagram, False
        finally:
            with self._lock:
                diagram.watchers -= 1
                diagram.left = time.monotonic()

    def finished(self, question: Question) -> Diagram:
        """Follow to the end."""
        return [diagram for diagram, _ in self.follow(question)][-1]

    def _watched(self, question: Question) -> Diagram:
        question = question.upright
        with self._lock:
            diagram = self._diagrams.get(question)
            if diagram is None or diagram.error is not None:
                diagram = Diagram(question, self._compute(question))
                self._diagrams[question] = diagram
            self._diagrams.move_to_end(question)
            diagram.watchers += 1
            self._evict()
            return diagram

    def _driven(self, diagram: Diagram) -> Future[None]:
        """The job that collects its cells: a new one where the last came to rest."""
        with self._lock:
            if diagram.job is None or (diagram.job.done() and not diagram.done):
                diagram.job = self._collectors.submit(diagram.collect)
            return diagram.job

    def _evict(self) -> None:
        for question, diagram in list(self._diagrams.items()):
            if len(self._diagrams) <= self._most:
                return
            if diagram.watchers == 0:
                del self._diagrams[question]


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


STORE = Store(_compute)
"""The process's own. A module global, so that a hot reload replaces it together with its classes."""
