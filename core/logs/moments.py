"""At which step each row of a log is: as it was logged, made continuous, or counted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.logs.pairs import TOTAL
from core.logs.table import Column, Table
from core.steps import Float64s
from core.trace import Note

MAIN = ("loss", "grad_norm", "clipped_norm")
"""The series of the training itself: their rows are its moments, other rows stand at the moment before."""
REPEATED = 0.6
"""A name whose numbers come again in more of the rows than this counts something else than steps."""
SHUFFLED = 0.3
"""Where more rows than this fall back, and none comes twice, they are in no order, or the newest come first."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """The step of each row, which rows are kept, the log's name of the steps ("": counted by us), and notes."""

    steps: Float64s
    kept: Mask
    name: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def counted(self) -> bool:
        """Whether the steps are rows that we counted."""
        return not self.name


def moments(table: Table, names: Mapping[str, str]) -> Moments:
    """Where each row of a table stands.

    Rows without a step stand where the row before does. Epochs that begin to count again go on from the last;
    a run that was resumed at an earlier step takes the place of what was logged from there on; without a name for
    the steps, rows are counted from 0.
    """
    main = [table.columns[names[s]] for s in MAIN if s in names]
    rows = _rows(main, table.length)
    name = names.get("step") or _rising_epoch(table, names, rows)
    if name is None or name not in table.columns:
        return _counted(table, main)
    steps = filled(table.columns[name], table.length)
    if _comes_again(steps, main):
        return _counted(table, main)
    found = _continuous(table, names, steps, rows)
    notes = [Note("logs.notes.epochs")] if table.epochs or name == names.get("epoch") else []
    notes += [*found.notes, *_given_up(found, main)]
    return Moments(steps=found.steps, kept=found.kept, name=name, notes=tuple(notes))


def _given_up(found: Moments, main: list[Column]) -> list[Note]:
    """Where an attempt that was left out had stopped being finite: that may be why it was."""
    rows = [column.rows[~np.isfinite(column.values)] for column in main]
    lost = [float(found.steps[r[0]]) for each in rows if len(r := each[~found.kept[each]])]
    return [Note("logs.notes.given_up", {"step": min(lost)})] if lost else []


def _rows(main: list[Column], length: int) -> NDArray[np.int64]:
    """The rows of the training's series; all where there is none."""
    there = np.full(length, not main)
    for column in main:
        there[column.rows] = True
    return np.flatnonzero(there)


def filled(column: Column, length: int) -> Float64s:
    """The finite values of a column for all rows: where there is none the last one before, at first the first."""
    there = np.isfinite(column.values)
    if not there.any():
        return np.zeros(length)
    rows, values = column.rows[there], column.values[there]
    place = np.searchsorted(rows, np.arange(length), side="right") - 1
    return np.asarray(values[np.maximum(place, 0)], dtype=np.float64)


def _rising_epoch(table: Table, names: Mapping[str, str], rows: NDArray[np.int64]) -> str | None:
    """The epoch's name, where it rises from row to row, so that it is a step."""
    name = names.get("epoch")
    if name is None or len(rows) < 2:
        return None
    epochs = filled(table.columns[name], table.length)[rows]
    return name if (np.diff(epochs) > 0).all() and (epochs % 1 == 0).all() else None


def _counted(table: Table, main: list[Column]) -> Moments:
    """As many steps as the fullest series of the training has values up to a row, from 0."""
    counts = np.zeros((len(main) or 1, table.length))
    for count, column in zip(counts, main, strict=False):
        count[column.rows] = 1
    if not main:
        counts[:] = 1
    steps = np.maximum(counts.cumsum(axis=1).max(axis=0) - 1, 0)
    kept = np.ones(table.length, dtype=bool)
    note = Note("logs.notes.epochs" if table.epochs else "logs.notes.counted")
    return Moments(steps=steps, kept=kept, notes=(note,))


def _comes_again(steps: Float64s, main: list[Column]) -> bool:
    """Whether most values of a series have another value of it at the very same step, next to it."""
    for column in main:
        same = np.diff(steps[column.rows]) == 0
        other = ~_alike(column.values[1:], column.values[:-1])
        if len(same) and (same & other).mean() > REPEATED:
            return True
    return False


def _alike(one: Float64s, other: Float64s) -> Mask:
    return np.asarray((one == other) | (np.isnan(one) & np.isnan(other)))


def _continuous(
    table: Table, names: Mapping[str, str], steps: Float64s, rows: NDArray[np.int64]
) -> Moments:
    at, notes = steps[rows], []
    before, now = at[:-1], at[1:]
    fell = now < before
    every, seen = np.ones(len(steps), dtype=bool), _seen(at)
    if not fell.any():
        return Moments(steps=steps, kept=every)
    if fell.mean() > SHUFFLED and not seen.any():
        return Moments(steps=steps, kept=every, notes=(Note("logs.notes.sorted"),))
    again = fell & _new_epoch(table, names, at, rows)
    back = fell & ~again & (seen[1:] | (np.append(at[2:], np.inf) <= before))
    if again.any():
        notes.append(Note("logs.notes.continuous", {"count": int(again.sum())}))
    bumps = np.zeros(len(steps))
    bumps[rows[1:][again]] = _jumps(table, before, now, rows)[again]
    steps = steps + bumps.cumsum()
    starts = rows[1:][back]
    kept = _superseded(steps, starts)
    if len(starts):
        slots = {"count": len(starts), "step": float(steps[starts[0]]), "rows": int((~kept).sum())}
        notes.append(Note("logs.notes.resumed", slots))
    if (fell & ~again & ~back).any():
        notes.append(Note("logs.notes.sorted"))
    return Moments(steps=steps, kept=kept, notes=tuple(notes))


def _new_epoch(
    table: Table, names: Mapping[str, str], at: Float64s, rows: NDArray[np.int64]
) -> Mask:
    """Whether each main row but the first begins an epoch: it says so, or counts from where the log began."""
    begins = np.asarray(at[1:] <= at[0])
    if "epoch" not in names or names["epoch"] == names.get("step"):
        return begins
    change = np.diff(filled(table.columns[names["epoch"]], table.length)[rows])
    return np.asarray(np.where(change == 0, begins, change > 0))


def _seen(at: Float64s) -> Mask:
    """Whether each step was there before."""
    order = np.argsort(at, kind="stable")
    seen = np.zeros(len(at), dtype=bool)
    seen[order[1:]] = np.diff(at[order]) == 0
    return seen


def _jumps(table: Table, before: Float64s, now: Float64s, rows: NDArray[np.int64]) -> Float64s:
    """What a new epoch adds: all steps of an epoch where the log tells, else so much that it goes on as it went."""
    rises = (now - before)[now > before]
    jumps = before - now + (np.median(rises) if len(rises) else 1.0)
    if TOTAL in table.columns:
        told = filled(table.columns[TOTAL], table.length)[rows[:-1]]
        jumps = np.where(told > before - now, told, jumps)
    return np.asarray(jumps)


def _superseded(steps: Float64s, starts: NDArray[np.int64]) -> Mask:
    """Which rows are kept where a run goes back to an earlier step at each of these rows."""
    limits = np.full(len(steps) + 1, np.inf)
    limits[starts] = steps[starts]
    later = np.minimum.accumulate(limits[::-1])[::-1][1:]
    return np.asarray(steps < later)
