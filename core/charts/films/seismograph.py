"""The seismograph: a run too sudden for an axis of steps, seen moment by moment inside its steps."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from core.charts.base import layers
from core.charts.base.look import Look, x_of, y_axis, y_of
from core.charts.base.measure import wrapped
from core.charts.base.picture import Course, Picture
from core.charts.base.rows import DOTS_UP_TO, NEVER, Rows, Window, blocks, drawable, most, stretches
from core.charts.base.timeline import Timeline
from core.charts.films import film
from core.charts.films.work_clock import MOST_STEPS, Score, Wave, ending, score, shown, waves
from core.charts.names import marks
from core.charts.names import stack as written
from core.experiment import Experiment
from core.steps import Step
from core.text import Text
from core.theory.cancellation import signal_cancels

SUDDEN = 11
"""A run that is lost in so many steps is seen better inside its steps."""
STEP_BLOCKS = (4, 8, 12)
"""How many steps the x axis has room for while the film plays; it grows from one to the next."""
FOOT = 24.0
"""Pixels under the data, for the steps' names."""
ROOM = 0.05
NAMES = {"activation": "forward", "signal": "backward", "weights": "update"}


def main_picture(
    steps: Sequence[Step], experiment: Experiment, done: bool, warning: int | None = None
) -> Picture:
    """The picture that shows this run best: the seismograph for a sudden death, else the film.

    The seismograph draws the signal, so it is for networks that have one of their own.
    warning: the step of the first, to be drawn into it.
    """
    sudden = done and bool(steps) and steps[-1].lost is not None and len(steps) <= SUDDEN
    sudden = sudden and not signal_cancels(experiment, steps[0].signal_norms)
    return (seismograph if sudden else film.film).warned(warning)


def build(look: Look) -> layers.Layer:
    """Waves over the work inside the steps; the way back on a soft band, a hairline where a step begins."""
    palette, top = look.palette, written.above(look)
    tall: dict[str, Any] = {"y": alt.ExprRef(top), "y2": alt.ExprRef("height")}
    band = alt.Chart().mark_rect(color=palette.soft, clip=True, **tall)
    hair = alt.Chart().mark_rule(color=palette.line, strokeWidth=1, **tall)
    behind: layers.Stack = [
        (band.encode(x2="x2:Q").transform_filter(look.stage("band")), "x"),
        (hair.transform_filter(look.stage("step")), "x"),
        (layers.areas(look, FOOT), "xy"),
    ]
    axis = alt.Axis(
        title=look.text("charts.axis.work"), labels=False, grid=False, titleColor=palette.loss
    )
    stack = [*film.stack(look, behind, FOOT), (_feet(look), "x")]
    x, y = x_of(axis, right=written.margin(look)), y_of(y_axis(look), look, top, FOOT)
    return layers.assemble(look, stack, x, y)


def _feet(look: Look) -> layers.Layer:
    """The steps' names at the bottom of the plot, right of where they begin: in full, or only some numbers."""
    z = look.zoom
    wide = "(scale('x', datum.x2) - scale('x', datum.x))"
    every = f"({wide} > {24 * z} ? 1 : {wide} > {12 * z} ? 2 : {wide} > {5 * z} ? 5 : 10)"
    said = f"{wide} > {6 * z} * length(datum.text) + {8 * z} ? datum.text : datum.short"
    mark = alt.Chart().mark_text(
        align="left",
        baseline="bottom",
        dx=4 * z,
        y=alt.ExprRef("height - 2"),
        color=look.palette.loss,
        text=alt.ExprRef(f"datum.number % {every} == 0 ? ({said}) : ''"),
    )
    return mark.transform_filter(look.stage("step"))


def reach(
    steps: Sequence[Step], experiment: Experiment, text: Text
) -> tuple[tuple[int, float], ...]:
    """The (frame, value)s that a seismograph draws."""
    return tuple((p.frame, p.y) for wave in waves(steps, experiment, text) for p in wave.points)


def _fill(rows: Rows, course: Course) -> None:
    """The waves and what stands behind them; the first warning where its step's way back is over."""
    steps, text = course.steps, course.text
    plan = score(steps, course.experiment)
    end, frames = ending(steps, course.experiment)
    parts = waves(steps, course.experiment, text)
    windows = _windows(course, plan, parts)
    first, rows.settled = shown(steps)[0].index, course.rests(frames - 1)
    rows.limits(windows)
    _stage(rows, plan, windows, first, text)
    marks.draw_levels(rows, windows, (), text)
    names = {series: text(f"charts.part.{key}") for series, key in NAMES.items()}
    begins = [wave.points[0].frame if wave.points else NEVER for wave in parts]
    for i, wave in enumerate(parts):
        dots = 0 if wave.series == "weights" else DOTS_UP_TO
        until = min(begins[i + 1 :], default=NEVER)
        rows.line(wave.series, wave.points, names[wave.series], until=until, dots=dots)
    if course.done:
        _name_the_rest(rows, parts, names, windows[-1].x1)
        marks.draw_end(rows, end, course.end, frames - 1)
        if course.warning is not None:
            x, frame = plan.backward(course.warning - first, 1)
            marks.draw_warning(rows, x, course.warning, text, frame)


def _name_the_rest(rows: Rows, parts: Sequence[Wave], names: dict[str, str], right: float) -> None:
    """The names of the waves that are over when the film is; the last has its own at its head."""
    lasts: dict[str, float] = {}
    for wave in parts:
        for y in filter(drawable, (point.y for point in wave.points)):
            lasts.pop(wave.series, None)
            lasts[wave.series] = y
    for series, y in [*lasts.items()][:-1]:
        rows.add("name", series=series, x=right, y=y, frame=rows.settled, **wrapped(names[series]))


def _windows(course: Course, plan: Score, parts: Sequence[Wave]) -> list[Window]:
    """What the axes cover at each frame: blocks of steps, and once the run has ended no more than there are."""
    end, frames = ending(course.steps, course.experiment)
    values = [(p.frame, p.y) for wave in parts for p in wave.points]
    heights = blocks([*values, *course.beside.values], frames)
    windows = []
    for frame, height in enumerate(heights):
        begun = frame // plan.frames + 1
        room = next((block for block in STEP_BLOCKS if block >= begun), begun)
        wide = plan.start(min(room, max(course.experiment.steps, begun)))
        windows.append(Window(0, wide, *height))
    if course.done:
        windows[-1] = Window(0, end * (1 + ROOM) + 0.5, *heights[-1])
    return windows


def _stage(rows: Rows, plan: Score, windows: Sequence[Window], first: int, text: Text) -> None:
    """What stands behind the waves: the band of each way back, and each step's hairline and name."""
    for begin, until, wide in stretches([window.x1 for window in windows]):
        for i in range(plan.count):
            frame, start = max(begin, i * plan.frames), plan.start(i)
            if frame >= len(windows) or start >= wide:
                continue
            seen = {"frame": frame, "until": until}
            number, name = first + i, text("charts.part.step", step=first + i)
            own = {"number": i, "text": name, "short": text.number(number)}
            rows.add("step", x=start, x2=plan.start(i + 1), **own, **seen)
            back = start + plan.depth
            if back < wide:
                rows.add("band", x=back, x2=min(back + plan.depth, wide), **seen)


def _clock(steps: Sequence[Step], experiment: Experiment, done: bool) -> Timeline:
    plan = score(steps, experiment)
    known = ending(steps, experiment)[1] if steps else 0
    planned = min(experiment.steps, MOST_STEPS) * plan.frames
    frames = known if done else max(planned, known)
    first = shown(steps)[0].index if steps else 0
    return Timeline(frames, known, tuple(first + i // plan.frames for i in range(frames)))


def _tell(course: Course) -> str:
    seen = shown(course.steps)
    return course.text(
        "charts.alt.seismograph",
        steps=len(seen),
        depth=course.experiment.depth,
        activation=most(y for step in seen for y in step.activation_norms),
        signal=most(y for step in seen for y in step.signal_norms),
    )


seismograph = Picture(
    "seismograph", "work", build, _fill, _tell, _clock, {"number": "int32", "short": "category"}
)
