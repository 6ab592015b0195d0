"""What a file has, before it is known what is what: numbers by row, under the log's own names.

Only what was logged is kept: a NaN that was logged is a value, and what was not has no place.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.logs.errors import LogError
from core.logs.numbers import number
from core.steps import Float64s
from core.trace import Note

COLUMNS = 10_000
LONGEST_NAME = 300
WORDS = 1000
"""A name with so many words in a row, and no number, is looked at no more."""
CELLS = 3_000_000
"""So many numbers are read of a file."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The rows, rising from 0, in which a name has a value, and the values."""

    rows: NDArray[np.int64]
    values: Float64s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Columns by the log's own names, in the order in which they appear, and what was noticed on the way.

    length: how many rows. names: of series, where a format knows them. short: what of a name tells its meaning, where
        that is not all of it. epochs: a row is an epoch. runs: all in the file, of which this is one.
    """

    columns: Mapping[str, Column]
    length: int
    names: Mapping[str, str] = field(default_factory=dict)
    short: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    epochs: bool = False
    runs: tuple[str, ...] = ()


class Growing:
    """A column while its file is read; `nulls` are the rows in which it is null."""

    __slots__ = ("nulls", "rows", "values")

    def __init__(self) -> None:
        """Nothing yet."""
        self.rows, self.values, self.nulls = array("q"), array("d"), array("q")

    def known(self) -> tuple[Column, int]:
        """The column, and how many of its nulls are NaN."""
        rows, values = np.array(self.rows, np.int64), np.array(self.values, np.float64)
        nulls = np.array(self.nulls, np.int64)
        finite = rows[np.isfinite(values)]
        if not len(nulls) or not len(finite) or nulls[0] < finite[-1]:
            return Column(rows, values), 0
        rows, values = np.append(rows, nulls), np.append(values, np.full(len(nulls), np.nan))
        order = np.argsort(rows, kind="stable")
        return Column(rows[order], values[order]), len(nulls)


class Columns(dict[str, Growing]):
    """Columns by name, each made where it is first asked for, in bounds."""

    def __missing__(self, name: str) -> Growing:
        if len(self) == COLUMNS:
            raise LogError("logs.errors.columns", most=COLUMNS)
        self[name] = Growing()
        return self[name]


class Rows:
    """A table while its file is read.

    JSON has no NaN, so null can stand for it: where it comes only after the last finite number of its name. Else it
    is a gap.
    """

    def __init__(self) -> None:
        """Nothing yet."""
        self.length = self.cells = 0
        self.columns = Columns()
        self.words: set[str] = set()

    def add(self, row: Mapping[str, Any]) -> None:
        """One row; what is no number is left out."""
        for name, written in row.items():
            if written is None:
                self.columns[name].nulls.append(self.length)
            elif (value := number(written)) is not None:
                column = self.columns[name]
                column.rows.append(self.length)
                column.values.append(value)
        self._grown(1, len(row))

    def add_block(self, names: Sequence[str], block: Sequence[Sequence[str]]) -> None:
        """Rows of a table of text, each with a cell for every name."""
        stored = 0
        for name, cells in zip(names, zip(*block, strict=True), strict=True):
            stored += self._add_cells(name, cells)
        self._grown(len(block), stored)

    def add_columns(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Lists by name; a shorter one has nothing in the last rows."""
        stored = sum(self._add_cells(name, cells) for name, cells in columns.items())
        self._grown(max(map(len, columns.values())), stored)

    def _add_cells(self, name: str, cells: Sequence[Any]) -> int:
        """What these rows have of a name; and how many cells have something. Mostly all of them are numbers."""
        if name in self.words:
            return 0
        first = self.length
        known: Sequence[int]
        rows: Sequence[int]
        try:
            values = [*map(float, cells)]
            known = rows = range(first, first + len(cells))
        except (ValueError, TypeError):
            known = [row for row, cell in enumerate(cells, first) if cell != ""]
            numbers = [(row, number(cells[row - first])) for row in known]
            rows = [row for row, value in numbers if value is not None]
            values = [value for _, value in numbers if value is not None]
            if nulls := [row for row in known if cells[row - first] is None]:
                self.columns[name].nulls.extend(nulls)
            elif not values and len(known) == len(cells) >= WORDS:
                self.words.add(name)
        if values:
            self.columns[name].rows.extend(rows)
            self.columns[name].values.extend(values)
        return len(known)

    def table(self, **known: Any) -> Table:
        """All of it; `known` are the table's other fields."""
        grown = {name: column.known() for name, column in self._named() if column.rows}
        nulls = sum(count for _, count in grown.values())
        notes = (*known.pop("notes", ()),)
        if nulls:
            notes += (Note("logs.notes.nulls", {"count": nulls}),)
        kept = {name: column for name, (column, _) in grown.items()}
        return Table(columns=kept, length=self.length, notes=notes, **known)

    def _named(self) -> Iterable[tuple[str, Growing]]:
        return (
            (name, column) for name, column in self.columns.items() if len(name) <= LONGEST_NAME
        )

    def _grown(self, rows: int, cells: int) -> None:
        self.length += rows
        self.cells += cells
        if self.cells > CELLS:
            raise LogError("logs.errors.cells", most=CELLS)


def collect(rows: Iterable[Mapping[str, Any]], **known: Any) -> Table:
    """The table of rows as a log has them; `known` are the table's other fields."""
    gathered = Rows()
    for row in rows:
        gathered.add(row)
    return gathered.table(**known)
