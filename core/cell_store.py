"""What became of single experiments that were trained many at once, kept for all who ask."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing

from core.cells import Cell
from core.experiment import Experiment
from core.sweep import run_many

MOST_CELLS = 5000


class CellStore:
    """Cells by experiment, the least recently found dropped first."""

    def __init__(self, most: int = MOST_CELLS) -> None:
        """`most`: how many are kept."""
        self._most = most
        self._cells: OrderedDict[Experiment, Cell] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, experiments: Iterable[Experiment]) -> dict[Experiment, Cell]:
        """The cells of those that are known."""
        with self._lock:
            return {e: self._cells[e] for e in experiments if e in self._cells}

    def find(self, experiments: Sequence[Experiment]) -> Iterator[Cell]:
        """Train these, and yield each cell as soon as it is known; closing cancels what has not begun.

        Raises:
            ExperimentError: as `core.sweep.run_many`.
        """
        with closing(run_many(experiments)) as cells:
            for _, cell in cells:
                self._keep(cell)
                yield cell

    def _keep(self, cell: Cell) -> None:
        with self._lock:
            self._cells[cell.experiment] = cell
            while len(self._cells) > self._most:
                self._cells.popitem(last=False)


STORE = CellStore()
"""The process's own."""
