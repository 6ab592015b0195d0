"""Loss and gradient norm of a log over its steps: the rise's beginning, the first warning, the end, the threshold."""

import numpy as np
import pandas as pd

from core.charts.base import layers
from core.charts.base.look import Look, x_axis, x_of, y_axis, y_of
from core.charts.base.measure import wrapped
from core.charts.base.rows import MOST_POINTS, Point, Rows, Window, blocks, drawable
from core.charts.names import marks, stack
from core.charts.names.marks import Level
from core.diagnosis.symptoms import RULES
from core.logs import Diagnosis
from core.logs.seen import Track
from core.text import Text
from core.words.own_log import whole

NAMES = {
    "loss": "own_log.chart.loss",
    "grad_norm": "own_log.chart.grad_norm",
    "clipped_norm": "own_log.chart.clipped_norm",
}
SERIES = {"loss": "loss", "grad_norm": "before", "clipped_norm": "after"}
"""The colours of what is drawn, by its name in a trace."""
CLOSE, ROWS = 3, 30
"""Close up: so many times the rise's rows before its end, and so many rows at least; as many after it."""


def first_warning(found: Diagnosis) -> int | None:
    """The step of the first rule that warned."""
    warned = (f.step for f in found.findings if f.rule in RULES and RULES[f.rule].warns)
    return next(warned, None)


def close_up(found: Diagnosis) -> tuple[float, float] | None:
    """The steps around the rise or the end, where the whole log is too long to show them; else None."""
    steps = found.seen.main.steps
    at = found.end if found.end is not None else found.began
    if at is None or not len(steps):
        return None
    row = int((steps < at).sum())
    rows = max(CLOSE * found.rise, ROWS)
    first, last = max(row - rows, 0), min(row + ROWS // 3, len(steps) - 1)
    return (steps[first], steps[last]) if len(steps) > 4 * (last - first) else None


def told(found: Diagnosis, text: Text) -> dict[str, tuple[int, str]]:
    """What happened, by its colour: where the rise begins, or the spike stands, the first warning, the end."""
    warning = first_warning(found)
    began = "spike" if found.kind == "spike" else "began"
    steps = {
        "before": (found.began, f"own_log.marks.{began}"),
        "warning": (None if warning == found.began else warning, "own_log.marks.warning"),
        "end": (found.end, "own_log.marks.end"),
    }
    return {
        series: (step, text(key, step=whole(step, text)))
        for series, (step, key) in steps.items()
        if step is not None
    }


def frame(found: Diagnosis, text: Text, reach: tuple[float, float] | None = None) -> pd.DataFrame:
    """The rows. reach: the steps that are drawn; all of them, if that is None."""
    rows, tracks = Rows(), {name: _reached(found, name, reach) for name in NAMES}
    tracks = {name: track for name, track in tracks.items() if len(track.steps)}
    values = [(0, float(y)) for track in tracks.values() for y in track.values]
    (low, high), *_ = blocks(values, 1)
    across = [float(x) for track in tracks.values() for x in track.steps] or [0.0]
    window = Window(min(across), max(max(across), min(across) + 1), low, max(high, 10 * low))
    rows.limits([window])
    for name, track in tracks.items():
        _curve(rows, SERIES[name], text(NAMES[name]), track, window)
    if found.threshold is not None and window.y0 < found.threshold < window.y1:
        said = text("own_log.chart.threshold", value=found.threshold)
        marks.draw_levels(rows, [window], [Level("after", found.threshold, said)], text)
    _mark(rows, found, window, text)
    return rows.frame()


def _reached(found: Diagnosis, name: str, reach: tuple[float, float] | None) -> Track:
    track = found.seen.track(name)
    if reach is not None:
        track = track.where((reach[0] <= track.steps) & (track.steps <= reach[1]))
    return _fewer(track)


def _fewer(track: Track) -> Track:
    """Of a long series the least, the largest and the first that is no number of each of many stretches."""
    count = len(track.steps)
    if count <= 8 * MOST_POINTS:
        return track
    kept = np.zeros(count, dtype=bool)
    kept[[0, -1]] = True
    for part in np.array_split(np.arange(count), 2 * MOST_POINTS):
        values = track.values[part]
        finite = np.isfinite(values)
        kept[part[np.where(finite, values, np.inf).argmin()]] = True
        kept[part[np.where(finite, values, -np.inf).argmax()]] = True
        kept[part[finite.argmin()]] = True
    return track.where(kept)


def _curve(rows: Rows, series: str, name: str, track: Track, window: Window) -> None:
    """A line, and its name where it ends."""
    pairs = [*zip(track.steps.tolist(), track.values.tolist(), strict=True)]
    rows.curve(series, [Point(x, y, 0) for x, y in pairs], dots=60, text=name)
    seen = [(x, y) for x, y in pairs if drawable(y)]
    if seen:
        x, y = seen[-1]
        rows.add("name", series=series, x=x, y=min(max(y, window.y0), window.y1), **wrapped(name))


def _mark(rows: Rows, found: Diagnosis, window: Window, text: Text) -> None:
    """What happened, where it lies inside the axes."""
    for series, (step, said) in told(found, text).items():
        if window.x0 <= step <= window.x1:
            rows.add("rule" if series == "end" else "warning", series=series, x=step)
            marks.say(rows, series, step, said)


def build(look: Look) -> layers.Layer:
    """Lines, marks, names in the margin, the marks' sentences above: those of `look.told`."""
    right, top = stack.margin(look), stack.above(look)
    drawn: list[tuple[layers.Layer, str]] = [
        (layers.limits(look), "xy"),
        (layers.levels(look, right=f"width - {right}"), "y"),
        (layers.warning_rules(look, top), "x"),
        (layers.lines(look), "xy"),
        (layers.dots(look), "xy"),
        (layers.end_rules(look, top), "x"),
        (stack.sentences(look), ""),
        (stack.names(look, top=top), ""),
        (layers.tips(look, look.text("charts.axis.step")), "xy"),
    ]
    x = x_of(x_axis(look, look.text("charts.axis.step")), right=right)
    return layers.assemble(look, drawn, x, y_of(y_axis(look), look, top=top))
