"""The loss of several runs in one picture, each in its fix's colour, its name at its line.

The axis gives the first steps more room than the last, by log(1 + step): who is lost is mostly lost in the
first few, beside others that go on for hundreds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair
import pandas as pd

from core.charts.base import layers
from core.charts.base.look import Look, digits, x_of, y_axis, y_of
from core.charts.base.measure import wrapped
from core.charts.base.rows import NEVER, Point, Rows, Window, blocks, drawable
from core.charts.films import film
from core.charts.names import marks
from core.charts.names import stack as written
from core.steps import Step
from core.text import Text

TICKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
CROSS = "M-1,-1L1,1M-1,1L1,-1"


@dataclass(frozen=True, slots=True)
class Runner:
    """One run of a race: its name, its colour's key (core/charts/base/look.py COLOURS), its steps so far.

    unit: what its losses are multiplied by, so that they can be compared with the others'.
    """

    label: str
    series: str
    steps: Sequence[Step]
    unit: float = 1.0

    @property
    def lost(self) -> bool:
        """Whether something stopped being finite."""
        return bool(self.steps) and self.steps[-1].lost is not None

    @property
    def losses(self) -> tuple[float, ...]:
        """The loss at each step, in the race's unit."""
        return tuple(step.loss * self.unit for step in self.steps)

    @property
    def drawn(self) -> list[tuple[int, float]]:
        """(step, loss) wherever a logarithmic axis has a place for it."""
        return [(i, loss) for i, loss in enumerate(self.losses) if drawable(loss)]

    def title(self, text: Text) -> str:
        """Its name, and the step at which it was lost."""
        if not self.lost:
            return self.label
        return text("charts.mark.lost_run", label=self.label, step=self.steps[-1].index)


def build(look: Look) -> layers.Layer:
    """The film's lines over the spread axis, a cross at the step at which a run was lost."""
    cross = (
        altair.Chart()
        .mark_point(
            shape=CROSS, filled=False, opacity=1, size=round(70 * look.zoom**2),
            strokeWidth=3 * look.zoom,
        )
        .encode(color=look.colour)
        .transform_filter(look.rows("cross"))
    )  # fmt: skip
    axis = altair.Axis(
        title=look.text("charts.axis.step_spread"),
        grid=False,
        values=[math.log1p(step) for step in TICKS],
        labelExpr=digits(look.text, "format(exp(datum.value) - 1, 'd')"),
    )
    top = written.above(look)
    y = y_of(y_axis(look, look.text("charts.line.loss")), look, top)
    stack = [*film.stack(look), (cross, "xy")]
    return layers.assemble(look, stack, x_of(axis, right=written.margin(look)), y)


def frame(
    runners: Sequence[Runner], planned: int, trivial: float, text: Text, done: bool = True
) -> pd.DataFrame:
    """The rows of the race: every line, and where it ends without being a number any more, a cross.

    trivial: the loss of who always guesses the mean, drawn as a level: who learns ends below it.
    """
    rows = Rows()
    frames = max((len(r.steps) for r in runners), default=0)
    if not frames:
        return rows.frame()
    windows = _windows(runners, frames, planned, trivial, done)
    rows.limits(windows)
    guess = marks.Level("note", trivial, text("charts.mark.trivial", loss=trivial))
    marks.draw_levels(rows, windows, [guess], text)
    rows.settled = frames - 1 if done else NEVER
    for runner in runners:
        points = [Point(math.log1p(i), y, i, text.number(i)) for i, y in enumerate(runner.losses)]
        gone = runner.steps[-1].index if runner.lost and runner.drawn else NEVER
        rows.line(runner.series, points, runner.label, until=gone)
        if gone < NEVER:
            end = {"x": math.log1p(gone), "y": runner.drawn[-1][1], "frame": gone}
            rows.add("cross", series="end", **end)
            rows.add("name", series=runner.series, **end, **wrapped(runner.title(text)))
    at_once = _lost_at_once(runners, text) if done else ""
    if at_once:
        rows.add("rule", series="end")
        marks.say(rows, "end", 0.0, at_once, rows.settled)
    return rows.frame()


def _windows(
    runners: Sequence[Runner], frames: int, planned: int, trivial: float, done: bool
) -> list[Window]:
    """What the axes cover at each frame: the planned steps, and once all have ended no more than there are."""
    values = [(0, trivial), *((i, y) for r in runners for i, y in enumerate(r.losses))]
    wide = math.log1p(max(planned - 1, 1))
    windows = [Window(0, wide, y0, y1) for y0, y1 in blocks(values, frames)]
    if done:
        reached = math.log1p(max(frames - 1, 1))
        windows[-1] = Window(0, reached, windows[-1].y0, windows[-1].y1)
    return windows


def _lost_at_once(runners: Sequence[Runner], text: Text) -> str:
    """Who was lost before there was a loss to draw, in one sentence; "" if nobody was."""
    names = ", ".join(r.label for r in runners if r.lost and not r.drawn)
    return text("charts.mark.lost_run", label=names, step=0) if names else ""


def alt(runners: Sequence[Runner], text: Text) -> str:
    """Each run's end in words."""
    ends = []
    for runner in runners:
        told = text(
            f"charts.alt.{'run_lost' if runner.lost else 'run_end'}",
            label=runner.label,
            loss=runner.drawn[-1][1] if runner.drawn else math.nan,
            step=runner.steps[-1].index if runner.steps else 0,
        )
        ends.append(told)
    return text("charts.alt.race", runs=len(runners), ends=", ".join(ends))
