"""What a file has, before it is known what is what: numbers by row, under the log's own names.

Only what was logged is kept: a NaN that was logged is a value, and what was not has no place.
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.logs.errors import LogError
from core.logs.numbers import number
from core.steps import Float64s
from core.trace import Note

COLUMNS = 10_000
CELLS = 5_000_000
"""So many numbers are read of a file."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The rows, rising from 0, in which a name has a value, and the values."""

    rows: NDArray[np.int64]
    values: Float64s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Columns by the log's own names, in the order in which they appear, and what was noticed on the way.

    length: how many rows. names: of series, where a format knows them. step: the name of the steps, where it does.
    epochs: a row is an epoch. runs: all in the file, of which this is one.
    """

    columns: Mapping[str, Column]
    length: int
    names: Mapping[str, str] = field(default_factory=dict)
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


def collect(rows: Iterable[Mapping[str, Any]], **known: Any) -> Table:
    """The table of rows as a log has them, what is no number left out; `known` are the table's other fields.

    JSON has no NaN, so null can stand for it: where it comes only after the last finite number of its name. Else it
    is a gap.
    """
    columns: dict[str, Growing] = {}
    length = cells = 0
    for length, row in enumerate(rows, start=1):
        for name, written in row.items():
            if written is None:
                _column(columns, name).nulls.append(length - 1)
            elif (value := number(written)) is not None:
                column = _column(columns, name)
                column.rows.append(length - 1)
                column.values.append(value)
        cells += len(row)
        if cells > CELLS:
            raise LogError("logs.errors.cells", most=CELLS)
    return _table(columns, length, **known)


def _column(columns: dict[str, Growing], name: str) -> Growing:
    if name not in columns:
        if len(columns) == COLUMNS:
            raise LogError("logs.errors.columns", most=COLUMNS)
        columns[name] = Growing()
    return columns[name]


def _table(columns: Mapping[str, Growing], length: int, **known: Any) -> Table:
    grown = {name: column.known() for name, column in columns.items() if column.rows}
    nulls = sum(count for _, count in grown.values())
    notes = (*known.pop("notes", ()),)
    if nulls:
        notes += (Note("logs.notes.nulls", {"count": nulls}),)
    kept = {name: column for name, (column, _) in grown.items()}
    return Table(columns=kept, length=length, notes=notes, **known)

