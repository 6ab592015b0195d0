"""What became of single experiments that were trained many at once, kept for all who ask."""

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future
from contextlib import closing
from functools import partial

from core.computing.shared import MOST_BYTES, Sliced, Work
from core.diagnosis.cell import Cell
from core.experiment import Experiment
from core.runs.cells import train_slowly
from core.runs.sweeps import POLL_SECONDS, run_many

Cells = dict[Experiment, Cell]


class CellStore(Sliced[Experiment, Work[Cell]]):
    """Cells by experiment; each is trained once for all who ask: with others, or by who follows it alone."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Nothing is known."""
        super().__init__(lambda e: train_slowly([e]), most_bytes)

    def known(self, experiments: Iterable[Experiment]) -> Cells:
        """The cells of those that are known."""
        there = self.there(experiments)
        return {e: cell for e, work in there.items() for cell in work.parts}

    def find(
        self, experiments: Sequence[Experiment], idle: Callable[[], None] = lambda: None
    ) -> Generator[Cells, None, None]:
        """Yield what is known of these, as often as there is news, until all is.

        Those that nobody trains yet are trained here, where `idle` is called as in `core.runs.sweeps.run_many`; while
        another trains them there is news every POLL_SECONDS. Closing cancels what has not begun, and whoever waits
        for it takes it over.

        Raises:
            ExperimentError: as `core.runs.sweeps.run_many`.
        """
        with self.watched(*experiments) as works:
            while not all(work.done for work in works.values()):
                mine = {e: work for e, work in works.items() if work.claim()}
                left = partial(_keep_later, mine)
                try:
                    with closing(run_many([*mine], idle=idle, left=left)) as cells:
                        for cell in cells:
                            works[cell.experiment].finish(cell)
                            yield self.known(works)
                finally:
                    for work in mine.values():
                        work.lock.release()
                if not mine:
                    yield self.known(works)
                    time.sleep(POLL_SECONDS)
            yield self.known(works)


def _keep_later(
    mine: dict[Experiment, Work[Cell]], stack: Sequence[Experiment], training: Future[list[Cell]]
) -> None:
    """A stack that is left while it is trained is nobody else's to begin until it is done; then it is kept."""
    works = [mine.pop(e) for e in stack]

    def ended(training: Future[list[Cell]]) -> None:
        cells = [] if training.exception() else training.result()
        for work, cell in zip(works, cells, strict=False):
            work.finish(cell)
        for work in works:
            work.lock.release()

    training.add_done_callback(ended)


STORE = CellStore()
"""The process's own."""
