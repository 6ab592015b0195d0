"""What became of single experiments that were trained many at once, kept for all who ask."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing

from core.diagnosis.cell import Cell
from core.experiment import Experiment
from core.runs.sweeps import POLL_SECONDS, run_many

MOST_CELLS = 5000


class CellStore:
    """Cells by experiment, the least recently asked for dropped first; each is trained once for all who ask."""

    def __init__(self, most: int = MOST_CELLS) -> None:
        """`most`: how many are kept."""
        self._most = most
        self._cells: OrderedDict[Experiment, Cell] = OrderedDict()
        self._in_work: set[Experiment] = set()
        self._lock = threading.Lock()

    def known(self, experiments: Iterable[Experiment]) -> dict[Experiment, Cell]:
        """The cells of those that are known."""
        with self._lock:
            found = {e: self._cells[e] for e in experiments if e in self._cells}
            for e in found:
                self._cells.move_to_end(e)
            return found

    def find(
        self, experiments: Sequence[Experiment], idle: Callable[[], None] | None = None
    ) -> Generator[dict[Experiment, Cell], None, None]:
        """Yield what is known of these, as often as there is news, until all is.

        Those that nobody trains yet are trained here, where `idle` is called as in `core.runs.sweeps.run_many`; while
        another trains them there is news every POLL_SECONDS. Closing cancels what has not begun, and whoever waits
        for it takes it over.

        Raises:
            ExperimentError: as `core.runs.sweeps.run_many`.
        """
        found: dict[Experiment, Cell] = {}
        while len(found) < len(set(experiments)):
            found |= self.known(e for e in experiments if e not in found)
            mine = self._take([e for e in experiments if e not in found])
            try:
                with closing(run_many(mine, idle=idle)) as cells:
                    for _, cell in cells:
                        self._keep(cell)
                        found[cell.experiment] = cell
                        yield found
            finally:
                self._let_go(mine)
            if not mine:
                yield found
                time.sleep(POLL_SECONDS)

    def _take(self, experiments: Sequence[Experiment]) -> list[Experiment]:
        """Of these, those that nobody trains; from now on they are in work."""
        with self._lock:
            free = [
                e
                for e in dict.fromkeys(experiments)
                if e not in self._in_work and e not in self._cells
            ]
            self._in_work.update(free)
            return free

    def _let_go(self, experiments: Iterable[Experiment]) -> None:
        with self._lock:
            self._in_work.difference_update(experiments)

    def _keep(self, cell: Cell) -> None:
        with self._lock:
            self._cells[cell.experiment] = cell
            self._cells.move_to_end(cell.experiment)
            while len(self._cells) > self._most:
                self._cells.popitem(last=False)


STORE = CellStore()
"""The process's own."""
