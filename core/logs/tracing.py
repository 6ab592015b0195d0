"""What was read of files, as one trace."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.logs import remarks
from core.logs.errors import LogError
from core.logs.formats import FORMATS
from core.logs.frames import Frames, Placed, framed, placed
from core.logs.guesses import guessed
from core.logs.moments import MAIN, Moments, moments
from core.logs.names import LAYERS, meanings
from core.logs.table import COLUMNS, Table
from core.steps import Float64s
from core.trace import Note, Trace

if TYPE_CHECKING:
    import pandas as pd

EMPTY = Placed("", np.empty(0), np.empty(0))
SEVERAL = "several"
"""The format of a trace of files of different ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """A file that was read: its format, its table, and where its rows stand. notes: of what was guessed."""

    format: str
    table: Table
    names: Mapping[str, str]
    moments: Moments
    notes: Sequence[Note]


def logs_of(read: Sequence[tuple[str, Table]], columns: Mapping[str, str]) -> list[Log]:
    """Each file with what its names mean. columns: the log's names of series, where somebody says them.

    Raises:
        LogError: no file has such a name.
    """
    every = {name for _, table in read for name in table.columns}
    for name in columns.values():
        if name not in every:
            raise LogError("logs.errors.no_column", name=name, choices=sorted(every))
    means = [meanings(table, columns) for _, table in read]
    told = any(series in names for names in means for series in MAIN)
    logs = []
    for (form, table), names in zip(read, means, strict=True):
        found, notes = (names, []) if told else guessed(table, names)
        logs.append(Log(form, table, found, moments(table, found), notes))
    return logs


def trace_of(logs: Sequence[Log]) -> Trace:
    """One trace of files that belong together, in their order."""
    series, notes = _joined(logs)
    if not series:
        raise LogError("logs.errors.nothing")
    frames = framed(series)
    by_layer, layers, inner = _by_layer(frames.frame)
    steps = {log.moments.name: None for log in logs if log.moments.name}
    columns = {"step": next(iter(steps))} if steps else {}
    notes = [*_read_notes(logs), *notes, *_remarks(logs, series, frames)]
    return Trace(
        frame=frames.frame.drop(columns=inner),
        logged=frames.logged.drop(columns=inner),
        by_layer=by_layer,
        format=logs[0].format if len({log.format for log in logs}) == 1 else SEVERAL,
        columns=columns | {n: each.name for n, each in series.items() if n not in inner},
        notes=tuple(dict.fromkeys(notes)),
        choices=tuple(dict.fromkeys(name for log in logs for name in log.table.columns)),
        layers=layers,
    )


def _joined(logs: Sequence[Log]) -> tuple[dict[str, Placed], list[Note]]:
    """The series of all files. What a later file has of a series takes the place of what the earlier has from there.

    Rows that we counted go on from one file to the next.
    """
    series: dict[str, Placed] = {}
    notes = []
    for log in logs:
        own = placed(log.table, log.names, log.moments)
        if log.moments.counted and own.keys() & series.keys():
            start = 1 + max(series[name].steps.max() for name in own.keys() & series.keys())
            own = {n: Placed(each.name, each.steps + start, each.values) for n, each in own.items()}
        for name, each in own.items():
            before = series.get(name, EMPTY)
            start = float(each.steps.min())
            kept = before.steps < start
            if not kept.all() and name in MAIN:
                slots = {"count": 1, "step": start, "rows": int((~kept).sum())}
                notes.append(Note("logs.notes.resumed", slots))
            steps = np.append(before.steps[kept], each.steps)
            series[name] = Placed(each.name, steps, np.append(before.values[kept], each.values))
    if len(series) > COLUMNS:
        raise LogError("logs.errors.columns", most=COLUMNS)
    return series, notes


def _read_notes(logs: Sequence[Log]) -> Iterator[Note]:
    for log in logs:
        yield from (*log.table.notes, *log.notes, *log.moments.notes)
        if FORMATS[log.format].means:
            yield Note("logs.notes.means")


def _remarks(logs: Sequence[Log], series: Mapping[str, Placed], frames: Frames) -> Iterator[Note]:
    filters = any(FORMATS[log.format].filters for log in logs)
    counted = any(log.moments.counted or log.table.epochs for log in logs)
    yield from () if counted else remarks.interval(series)
    yield from remarks.repeated(series)
    yield from remarks.filtered(frames.frame, frames.logged, filters)
    omits = any(FORMATS[log.format].omits for log in logs)
    yield from remarks.left_out(frames.frame, frames.logged, omits)
    yield from frames.notes


def _by_layer(frame: "pd.DataFrame") -> tuple[dict[str, Float64s], tuple[str, ...], list[str]]:
    """Series by layer, the layers' names, and the columns that they were; of a single layer there are none."""
    found: dict[str, dict[str, str]] = {series: {} for series in LAYERS}
    for name in map(str, frame.columns):
        for series, beginnings in LAYERS.items():
            if beginning := next(filter(name.startswith, beginnings), None):
                found[series][name.removeprefix(beginning)] = name
    layers = tuple(dict.fromkeys(layer for own in found.values() for layer in own))
    if len(layers) < 2:
        return {}, (), []
    by_layer = {
        series: np.column_stack([_values(frame, own.get(layer)) for layer in layers])
        for series, own in found.items()
        if own
    }
    return by_layer, layers, [name for own in found.values() for name in own.values()]


def _values(frame: "pd.DataFrame", name: str | None) -> Float64s:
    return np.full(len(frame), np.nan) if name is None else frame[name].to_numpy()
