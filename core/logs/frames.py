"""Rows of a log as a trace's: one a step, every value at its step, and no more of them than can be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.logs.moments import MAIN, Mask, Moments
from core.logs.names import SERIES
from core.logs.pairs import TOTAL
from core.logs.table import Table
from core.steps import Float64s
from core.trace import Note

if TYPE_CHECKING:
    import pandas as pd

ROWS = 200_000
CELLS = 4_000_000
"""So many rows, and rows times columns, a trace has at most."""
AROUND = 200
"""So many rows before and after an event are never left out, and so many at both ends; fewer of a very wide log."""


class Frames(NamedTuple):
    """The frame of a trace, its `logged`, and what is to be said of them."""

    frame: "pd.DataFrame"
    logged: "pd.DataFrame"
    notes: list[Note]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A series: the log's name of it, its steps in the order in which they were logged, and its values."""

    name: str
    steps: Float64s
    values: Float64s


def placed(table: Table, names: Mapping[str, str], at: Moments) -> dict[str, Placed]:
    """The series of a table, by their name in a trace: the usual ones first, others as the log calls them."""
    without = ("step", "epoch") if names.get("epoch") == at.name else ("step",)
    series = {name: names[name] for name in SERIES if name in names and name not in without}
    taken = {*series.values(), at.name, TOTAL}
    others = {_free(name, series): name for name in table.columns if name not in taken}
    found = {}
    for name, own in (series | others).items():
        column = table.columns[own]
        kept = at.kept[column.rows]
        if kept.any():
            found[name] = Placed(own, at.steps[column.rows[kept]], column.values[kept])
    return found


def framed(series: Mapping[str, Placed]) -> Frames:
    """All series by step; where one has several values at a step, the last counts."""
    import pandas as pd

    notes = []
    steps = distinct(np.concatenate([distinct(each.steps) for each in series.values()]))
    kept = _kept(steps, series)
    if not kept.all():
        counts = {"kept": int(kept.sum()), "rows": len(steps)}
        notes.append(Note("logs.notes.thinned", counts))
        steps = steps[kept]
    values = np.full((len(steps), len(series) + 1), np.nan, order="F")
    there = np.zeros(values.shape, dtype=bool, order="F")
    values[:, 0], there[:, 0] = steps, True
    for place, each in enumerate(series.values(), start=1):
        rows, chosen = _rows(steps, each)
        values[rows, place], there[rows, place] = each.values[chosen], True
    names = ["step", *series]
    return Frames(pd.DataFrame(values, columns=names), pd.DataFrame(there, columns=names), notes)


def distinct(values: Float64s) -> Float64s:
    """Each value once, rising: by sorting, which is quicker than np.unique where most are in order."""
    ordered = np.sort(values, kind="stable")
    return np.asarray(ordered[np.append(True, np.diff(ordered) > 0)])


def _rows(steps: Float64s, series: Placed) -> tuple[NDArray[np.int64], Mask]:
    """The rows of a series' values among the steps, and which of its values have one."""
    rows = np.minimum(np.searchsorted(steps, series.steps), len(steps) - 1)
    chosen = np.asarray(steps[rows] == series.steps)
    return rows[chosen], chosen


def _kept(steps: Float64s, series: Mapping[str, Placed]) -> Mask:
    """Which steps are kept: all where they are not too many, else the ends, what is around events, and every k-th."""
    most = min(ROWS, CELLS // (len(series) + 1))
    around = min(AROUND, most // 32)
    if len(steps) <= most:
        return np.ones(len(steps), dtype=bool)
    kept = np.zeros(len(steps), dtype=bool)
    events = np.searchsorted(steps, [*_events(series), steps[0], steps[-1]])
    for event in events:
        kept[max(event - around, 0) : event + around + 1] = True
    kept[:: -(-len(steps) // (most - int(kept.sum())))] = True
    return kept


def _events(series: Mapping[str, Placed]) -> Sequence[float]:
    """The steps of the largest finite value of each series of the training, and of its first that is not finite."""
    found = []
    for each in (series[name] for name in MAIN if name in series):
        finite = np.isfinite(each.values)
        if finite.any():
            found.append(each.steps[np.where(finite, each.values, -np.inf).argmax()])
        if not finite.all():
            found.append(each.steps[finite.argmin()])
    return found


def _free(name: str, taken: Mapping[str, str]) -> str:
    """A name that no usual series has."""
    return f"{name} (log)" if name in taken or name == "step" else name
