"""The seismograph: a run too sudden for an axis of steps, seen moment by moment inside its steps."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import altair as alt
import pandas as pd

from core.charts.base import layers
from core.charts.base.look import Look, x_of, y_axis, y_of
from core.charts.base.measure import wrapped
from core.charts.base.picture import Picture, Timeline
from core.charts.base.rows import ALONE, NEVER, Beside, Rows, Window, blocks, drawable
from core.charts.films import film
from core.charts.films.work_clock import MOST_STEPS, Score, Wave, score, shown, waves
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
    if warning is None:
        return seismograph if sudden else film.film
    if not sudden:
        return film.warned(warning)
    tell = marks.tell_warning(seismograph.tell, warning)
    told = partial(fill, warning=warning)
    return replace(seismograph, build=build_warned, fill=told, tell=tell, variant=warning)


def build(look: Look, told: Sequence[str] = ("end",)) -> layers.Layer:
    """Waves over the work inside the steps; the way back on a soft band, a hairline where a step begins.

    told: what has its sentence above them.
    """
    palette, top, right = look.palette, written.above(look, len(told)), written.margin(look)
    tall: dict[str, Any] = {"y": alt.ExprRef(top), "y2": alt.ExprRef("height")}
    band = alt.Chart().mark_rect(color=palette.soft, clip=True, **tall)
    hair = alt.Chart().mark_rule(color=palette.line, strokeWidth=1, **tall)
    stack: list[tuple[layers.Layer, str]] = [
        (layers.limits(look), "xy"),
        (band.encode(x2="x2:Q").transform_filter(look.stage("band")), "x"),
        (hair.transform_filter(look.stage("step")), "x"),
        (layers.areas(look, FOOT), "xy"),
        (layers.levels(look, right=f"width - {right}"), "y"),
        (layers.lines(look), "xy"),
        (layers.dots(look), "xy"),
        (layers.heads(look), "xy"),
        (layers.warning_rules(look, top), "x"),
        (layers.end_rules(look, top, FOOT), "x"),
        (_feet(look), "x"),
        (written.names(look, top=top, bottom=FOOT), ""),
        (written.sentences(look, *told), ""),
        (layers.tips(look, look.text("charts.axis.step")), "xy"),
    ]
    axis = alt.Axis(
        title=look.text("charts.axis.work"), labels=False, grid=False, titleColor=palette.loss
    )
    y = y_of(y_axis(look), look, top, FOOT)
    return layers.assemble(look, stack, x_of(axis, right=right), y)


def _feet(look: Look) -> layers.Layer:
    """The steps' names at the bottom of the plot, right of where they begin: in full, or only some numbers."""
    z = look.zoom
    wide = "(scale('x', datum.x2) - scale('x', datum.x))"
    every = f"({wide} > {24 * z} ? 1 : {wide} > {12 * z} ? 2 : {wide} > {5 * z} ? 5 : 10)"
    said = f"{wide} > {6 * z} * length(datum.text) + {8 * z} ? datum.text : datum.place"
    mark = alt.Chart().mark_text(
        align="left",
        baseline="bottom",
        dx=4 * z,
        y=alt.ExprRef("height - 2"),
        color=look.palette.loss,
        text=alt.ExprRef(f"datum.part % {every} == 0 ? ({said}) : ''"),
    )
    return mark.transform_filter(look.stage("step"))


def reach(
    steps: Sequence[Step], experiment: Experiment, text: Text
) -> tuple[tuple[int, float], ...]:
    """The (frame, value)s that a seismograph draws."""
    frames = _end(steps, experiment, score(steps, experiment))[1]
    parts = [_until(wave, frames) for wave in waves(steps, experiment, text)]
    return tuple((p.frame, p.y) for wave in parts for p in wave.points)


def fill(
    steps: Sequence[Step],
    experiment: Experiment,
    text: Text,
    done: bool,
    beside: Beside = ALONE,
    warning: int | None = None,
) -> pd.DataFrame:
    """The seismograph's rows. warning: the step of the first; it is drawn where that step's way back is over."""
    rows = Rows()
    if not steps:
        return rows.frame()
    plan = score(steps, experiment)
    end_x, frames = _end(steps, experiment, plan)
    parts = [_until(wave, frames) for wave in waves(steps, experiment, text)]
    windows = _windows(parts, plan, experiment, frames, end_x, done, beside)
    rows.limits(windows)
    settled = frames - 1 if done else NEVER
    _stage(rows, plan, windows, shown(steps)[0].index, text)
    marks.draw_levels(rows, windows, (), text)
    names = {series: text(f"charts.part.{key}") for series, key in NAMES.items()}
    for i, wave in enumerate(parts):
        after = next((w.points[0].frame for w in parts[i + 1 :] if w.points), NEVER)
        rows.line(
            wave.series,
            wave.points,
            names[wave.series],
            settled=settled,
            until=after,
            dotted=wave.series != "weights",
        )
    if done:
        _rest(rows, parts, names, windows[-1], settled)
        if sentence := marks.end_sentence(steps[-1], experiment, text):
            rows.add("rule", series="end", x=end_x, frame=settled)
            marks.say(rows, "end", end_x, sentence, settled)
        if warning is not None:
            x, frame = plan.backward(warning - shown(steps)[0].index, 1)
            rows.add("warning", series="warning", x=x, frame=frame)
            marks.say(rows, "warning", x, marks.warning_sentence(warning, text), frame)
    return rows.frame()


def _rest(
    rows: Rows, parts: Sequence[Wave], names: dict[str, str], window: Window, settled: int
) -> None:
    """The names of the waves that are over when the film is; the last has its own at its head."""
    lasts = {w.series: p.y for w in parts for p in w.points if drawable(p.y)}
    heads = [w.series for w in parts if any(drawable(p.y) for p in w.points)]
    for series, y in lasts.items():
        if series != heads[-1]:
            named = wrapped(names[series])
            rows.add("name", series=series, x=window.x1, y=y, frame=settled, **named)


def _end(steps: Sequence[Step], experiment: Experiment, plan: Score) -> tuple[float, int]:
    """Where the run ends on the x axis, and its number of frames."""
    matrices = max(len(steps[-1].weight_norms), 1)
    x, frame = plan.end(plan.count - 1, steps[-1].lost, matrices, experiment.kind)
    return x, frame + 1


def _until(wave: Wave, frames: int) -> Wave:
    return Wave(wave.series, wave.step, tuple(p for p in wave.points if p.frame < frames))


def _windows(
    parts: Sequence[Wave],
    plan: Score,
    experiment: Experiment,
    frames: int,
    end_x: float,
    done: bool,
    beside: Beside,
) -> list[Window]:
    values = [(p.frame, p.y) for wave in parts for p in wave.points] + beside.within(frames)
    out = []
    for frame, (y0, y1) in enumerate(blocks(values, frames)):
        begun = frame // plan.frames + 1
        room = next((b for b in STEP_BLOCKS if b >= begun), begun)
        out.append(Window(0, plan.start(min(room, max(experiment.steps, begun))), y0, y1))
    if done:
        out[-1] = Window(0, end_x * (1 + ROOM) + 0.5, out[-1].y0, out[-1].y1)
    return out


def _stage(rows: Rows, plan: Score, windows: Sequence[Window], first: int, text: Text) -> None:
    """What stands behind the waves: the band of each way back, and each step's hairline and name."""
    last = len(windows) - 1
    for begin, end, window in _segments(windows):
        for i in range(plan.count):
            frame, start = max(begin, i * plan.frames), plan.start(i)
            if frame > last or start >= window.x1:
                continue
            rows.add(
                "step",
                x=start,
                x2=plan.start(i + 1),
                part=i,
                text=text("charts.part.step", step=first + i),
                place=text.number(first + i),
                frame=frame,
                until=end,
            )
            back = start + plan.depth
            if back < window.x1:
                stop = min(back + plan.depth, window.x1)
                rows.add("band", x=back, x2=stop, frame=frame, until=end)


def _segments(windows: Sequence[Window]) -> list[tuple[int, int, Window]]:
    """(first frame, frame after the last, window) for each stretch with one x axis."""
    out: list[tuple[int, int, Window]] = []
    for frame, window in enumerate(windows):
        if out and out[-1][2].x1 == window.x1:
            out[-1] = (out[-1][0], frame + 1, out[-1][2])
        else:
            out.append((frame, frame + 1, window))
    return [*out[:-1], (out[-1][0], NEVER, out[-1][2])]


def _clock(steps: Sequence[Step], experiment: Experiment, done: bool) -> Timeline:
    plan = score(steps, experiment)
    known = _end(steps, experiment, plan)[1] if steps else 0
    planned = min(experiment.steps, MOST_STEPS) * plan.frames
    frames = known if done else max(planned, known)
    first = shown(steps)[0].index if steps else 0
    return Timeline(frames, known, tuple(first + i // plan.frames for i in range(frames)))


def _tell(steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
    if not steps:
        return text("charts.alt.nothing")
    seen = shown(steps)
    told = text(
        "charts.alt.seismograph",
        steps=len(seen),
        depth=experiment.depth,
        activation=_most([y for step in seen for y in step.activation_norms]),
        signal=_most([y for step in seen for y in step.signal_norms]),
    )
    return f"{told} {marks.end_sentence(steps[-1], experiment, text)}".strip()


def _most(values: Sequence[float]) -> float:
    return max((y for y in values if drawable(y)), default=math.nan)


build_warned = partial(build, told=("warning", "end"))
seismograph = Picture("seismograph", "work", build, fill, _tell, _clock)
