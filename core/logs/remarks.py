"""What is to be said of a log that was read: what it hides, and what it cannot show."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from core.logs.frames import Placed, distinct
from core.steps import Float64s
from core.trace import Note

if TYPE_CHECKING:
    import pandas as pd

APART = 1.0
"""Rows farther apart than this many steps leave something out."""


def interval(series: Mapping[str, Placed]) -> Iterator[Note]:
    """How many steps apart the rows of the training mostly are, where that is more than one."""
    for name in ("loss", "grad_norm"):
        if name in series:
            between = np.diff(distinct(series[name].steps))
            if len(between) and (every := float(np.median(between))) > APART:
                yield Note("logs.notes.interval", {"every": every})
            return


def repeated(series: Mapping[str, Placed]) -> Iterator[Note]:
    """How many values of the training were logged again, otherwise, at a step that had one."""
    most = max(
        (_again(series[name]) for name in ("loss", "grad_norm") if name in series), default=0
    )
    if most:
        yield Note("logs.notes.repeated", {"count": most})


def _again(series: Placed) -> int:
    order = np.argsort(series.steps, kind="stable")
    steps, values = series.steps[order], series.values[order]
    same = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
    return int(((np.diff(steps) == 0) & ~same).sum())


def filtered(frame: "pd.DataFrame", logged: "pd.DataFrame", filters: bool) -> Iterator[Note]:
    """Where a loss of 0 stands for NaN: beside a norm that is none; without norms, where a tool is known for it."""
    if "loss" not in frame:
        return
    loss, steps = frame["loss"].to_numpy(), frame["step"].to_numpy()
    zero = loss == 0
    if "grad_norm" in frame:
        dead = zero & logged["grad_norm"].to_numpy() & ~np.isfinite(frame["grad_norm"].to_numpy())
        if dead.any():
            yield Note("logs.notes.filtered", {"step": float(steps[dead.argmax()])})
            return
    there = loss[logged["loss"].to_numpy()]
    if filters and "grad_norm" not in frame and zero.any() and there[0] > 0:
        yield Note("logs.notes.zero_loss", {"step": float(steps[zero.argmax()])})


def left_out(frame: "pd.DataFrame", logged: "pd.DataFrame", omits: bool) -> Iterator[Note]:
    """Where a norm was logged that is NaN and no loss, by a tool that leaves out NaN or had logged one elsewhere."""
    if "grad_norm" not in frame or not (omits or "loss" in frame):
        return
    missing = logged["grad_norm"].to_numpy() & np.isnan(frame["grad_norm"].to_numpy())
    if "loss" in frame:
        missing &= ~logged["loss"].to_numpy()
    if missing.any():
        slots = {"step": _step(frame, missing), "count": int(missing.sum())}
        yield Note("logs.notes.left_out", slots)


def _step(frame: "pd.DataFrame", where: Float64s) -> float:
    return float(frame["step"].to_numpy()[where.argmax()])
