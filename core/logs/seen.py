"""A log made ready to be judged: a step for every row, a dead run's zeros taken for what they are, and its end."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.steps import Float64s, Lost
from core.trace import Note, Trace

Rows = NDArray[np.int64]
COUNTED = Note("logs.notes.counted")
NO_UPDATES = {COUNTED.key, "logs.notes.epochs"}
"""Notes of a log whose steps are no updates, as far as it tells."""
JUST_ZERO = 0.01
"""A loss that was above this and then is 0.0, row after row, did not get there by learning."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """What was logged of one series, in turn: rows of the log (from 0), steps, values."""

    rows: Rows
    steps: Float64s
    values: Float64s

    @property
    def finite(self) -> "Track":
        """What of it is a number, and positive: what has a logarithm."""
        return self.where(np.isfinite(self.values) & (self.values > 0))

    def before(self, row: int | None) -> "Track":
        """What was logged before a row of the log; all of it, if that is None."""
        return self if row is None else self.where(self.rows < row)

    def where(self, there: NDArray[np.bool_]) -> "Track":
        """The part of it where something holds."""
        return Track(self.rows[there], self.steps[there], self.values[there])

    @property
    def lost(self) -> int | None:
        """The row from which on it never is a number again; None if its last is one."""
        finite = np.flatnonzero(np.isfinite(self.values))
        after = int(finite[-1]) + 1 if len(finite) else 0
        return int(self.rows[after]) if after < len(self.values) else None


@dataclass(frozen=True, eq=False)
class Seen:
    """A log as its diagnosis sees it.

    trace: with a step in every row, and NaN for the loss that a filter wrote over it. zeroed: whether one did.
    end: the row from which on loss or norm never is a number again, after the last where something else was lost;
        or None.
    """

    trace: Trace
    zeroed: bool
    end: int | None

    def track(self, name: str) -> Track:
        """A series; empty where nothing was logged of it."""
        frame = self.trace.frame
        if name not in frame:
            return Track(np.empty(0, np.int64), np.empty(0), np.empty(0))
        there = np.flatnonzero(self.trace.logged[name].to_numpy())
        steps, values = (frame[each].to_numpy()[there] for each in ("step", name))
        return Track(there, steps, values)

    @cached_property
    def loss(self) -> Track:
        """The training loss."""
        return self.track("loss")

    @cached_property
    def norm(self) -> Track:
        """The gradient norm, as a rule from before clipping."""
        return self.track("grad_norm")

    @property
    def main_name(self) -> str:
        """What tells most: the norm, where it was logged."""
        return "grad_norm" if len(self.norm.values) else "loss"

    @property
    def main(self) -> Track:
        """The series of that name."""
        return self.norm if len(self.norm.values) else self.loss

    @property
    def interval(self) -> float | None:
        """Updates from one row to the next, usually; None where the log does not count updates."""
        steps = self.main.steps
        if len(steps) < 2 or {note.key for note in self.trace.notes} & NO_UPDATES:
            return None
        return float(np.median(np.diff(steps)))

    def step(self, row: int) -> int:
        """The step of a row."""
        return int(self.trace.frame["step"].iloc[min(row, len(self.trace.frame) - 1)])

    def until_end(self) -> Trace:
        """The log up to its end, as a run of ours would have ended: with what was lost there."""
        if self.end is None:
            return self.trace
        loss = self.loss.where(self.loss.rows == self.end).values
        quantity = "loss" if len(loss) and not np.isfinite(loss[0]) else "weight_gradient"
        last = self.end + 1
        frame, logged = self.trace.frame.iloc[:last], self.trace.logged.iloc[:last]
        if "loss" not in frame:
            frame, logged = frame.assign(loss=np.nan), logged.assign(loss=False)
        return replace(
            self.trace,
            frame=frame,
            logged=logged,
            by_layer={name: values[:last] for name, values in self.trace.by_layer.items()},
            lost=self.trace.lost or Lost(quantity),
        )


def look(trace: Trace) -> Seen:
    """Make a log ready; whatever it holds, this does not raise."""
    filled = _with_steps(trace)
    loss, zeroed = _unfiltered(filled)
    frame = filled.frame if loss is None else filled.frame.assign(loss=loss)
    seen = Seen(replace(filled, frame=frame), zeroed, None)
    ends = [each.lost for each in (seen.loss, seen.norm) if each.lost is not None]
    after = None if trace.lost is None or frame.empty else len(frame)
    return replace(seen, end=min(ends, default=after))


def _with_steps(trace: Trace) -> Trace:
    """A row without a step has the one before it; where there is none at all, the rows count."""
    frame, logged = trace.frame, trace.logged
    notes = (*trace.notes,)
    if "step" in frame and np.isfinite(frame["step"]).any():
        frame = frame.assign(step=frame["step"].where(np.isfinite(frame["step"])).ffill().bfill())
    else:
        frame = frame.assign(step=np.arange(len(frame), dtype=np.float64))
        notes += (COUNTED,)
    logged = logged.assign(step=True).astype(bool)
    return replace(trace, frame=frame, logged=logged, notes=notes)


def _unfiltered(trace: Trace) -> tuple[Float64s | None, bool]:
    """The loss with NaN where a filter wrote 0.0 over it, and whether one did; None where no loss was logged.

    Hugging Face's Trainer replaces a loss that is not finite by the mean of its window, 0.0 where all of it was;
    the norm beside it is NaN. Where no norm was logged, zeros to the end after a loss that was none tell it.
    """
    if "loss" not in trace.frame:
        return None, False
    loss = trace.frame["loss"].to_numpy(copy=True)
    zero = trace.logged["loss"].to_numpy() & (loss == 0)
    if "grad_norm" in trace.frame and trace.logged["grad_norm"].to_numpy().any():
        norm = trace.frame["grad_norm"].to_numpy()
        filtered = zero & trace.logged["grad_norm"].to_numpy() & np.isnan(norm)
    else:
        filtered = _to_the_end(loss, zero, trace.logged["loss"].to_numpy())
    loss[filtered] = np.nan
    return loss, bool(filtered.any())


def _to_the_end(
    loss: Float64s, zero: NDArray[np.bool_], logged: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Where the last rows, two at least, are 0.0, and the one before was far from it."""
    rows = np.flatnonzero(logged)
    others = np.flatnonzero(~zero[rows])
    last = int(others[-1]) if len(others) else -1
    dead = last >= 0 and len(rows) - last > 2 and loss[rows[last]] > JUST_ZERO
    return zero & dead & (np.arange(len(loss)) > (rows[last] if last >= 0 else 0))
