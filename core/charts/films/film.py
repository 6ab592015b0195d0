"""Pictures over the steps of a run: the film, the film with weights, and the effect of clipping."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from core.charts.base import layers
from core.charts.base.look import Look, x_axis, x_of, y_axis, y_of
from core.charts.base.picture import Picture
from core.charts.base.rows import ALONE, NEVER, Beside, Point, Rows, Window, blocks, drawable
from core.charts.names import marks
from core.charts.names import stack as written
from core.experiment import Experiment
from core.steps import Step
from core.text import Text

ROOM = 0.04
"""Share of the x axis kept free behind the last step, once the film has ended."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a film: what it is called, its colour's key, and its value at each step."""

    series: str
    text: str
    values: tuple[float, ...]


def build(look: Look, told: Sequence[str] = ("end",)) -> layers.Layer:
    """The film over an axis of steps. told: what has its sentence above it; the end."""
    top = written.above(look, len(told))
    x = x_of(x_axis(look, look.text("charts.axis.step")), right=written.margin(look))
    return layers.assemble(look, stack(look, top, *told), x, y_of(y_axis(look), look, top))


def stack(look: Look, top: str, *told: str) -> list[tuple[layers.Layer, str]]:
    """Lines over steps, their names, the levels, the first warning, the end."""
    return [
        (layers.limits(look), "xy"),
        (layers.levels(look, right=f"width - {written.margin(look)}"), "y"),
        (layers.lines(look), "xy"),
        (layers.dots(look), "xy"),
        (layers.heads(look), "xy"),
        (layers.warning_rules(look, top), "x"),
        (layers.end_rules(look, top), "x"),
        (written.names(look, top=top), ""),
        (written.sentences(look, *told), ""),
        (layers.tips(look, look.text("charts.axis.step")), "xy"),
    ]


def weight_norm(step: Step) -> float:
    """The L2 norm over all weight matrices."""
    return math.hypot(*step.weight_norms)


def _gradients(steps: Sequence[Step], experiment: Experiment, text: Text) -> list[Series]:
    before = tuple(step.grad_norm for step in steps)
    if experiment.clipping == "none":
        return [Series("before", text("charts.line.gradient"), before)]
    after = tuple(step.clipped_norm for step in steps)
    return [
        Series("under", text("charts.line.before"), before),
        Series("after", text("charts.line.after"), after),
    ]


def _loss(steps: Sequence[Step], text: Text) -> Series:
    return Series("loss", text("charts.line.loss"), tuple(step.loss for step in steps))


def fill(
    steps: Sequence[Step],
    experiment: Experiment,
    text: Text,
    done: bool,
    beside: Beside = ALONE,
    warning: int | None = None,
) -> pd.DataFrame:
    """The film's rows: loss and gradient norm. warning: the step of the first."""
    series = [_loss(steps, text), *_gradients(steps, experiment, text)]
    return _over_steps(steps, experiment, text, done, series, beside, warning)


def reach(steps: Sequence[Step]) -> tuple[tuple[int, float], ...]:
    """The (frame, value)s that a film draws."""
    drawn = [(s.index, y) for s in steps for y in (s.loss, s.grad_norm, s.clipped_norm)]
    return tuple(drawn)


def _with_weights(
    steps: Sequence[Step], experiment: Experiment, text: Text, done: bool
) -> pd.DataFrame:
    norms = tuple(weight_norm(step) for step in steps)
    series = [
        _loss(steps, text),
        Series("before", text("charts.line.gradient"), tuple(step.grad_norm for step in steps)),
        Series("weights", text("charts.line.weights"), norms),
    ]
    return _over_steps(steps, experiment, text, done, series)


def _clip_effect(
    steps: Sequence[Step], experiment: Experiment, text: Text, done: bool
) -> pd.DataFrame:
    return _over_steps(steps, experiment, text, done, _gradients(steps, experiment, text))


def _over_steps(
    steps: Sequence[Step],
    experiment: Experiment,
    text: Text,
    done: bool,
    series: Sequence[Series],
    beside: Beside = ALONE,
    warning: int | None = None,
) -> pd.DataFrame:
    rows, frames = Rows(), len(steps)
    if not frames:
        return rows.frame()
    clips = experiment.clipping == "global_norm" and any(s.series == "after" for s in series)
    name = text("charts.mark.clip", clip=experiment.clip)
    levels = [marks.Level("after", experiment.clip, name)] if clips else []
    windows = _windows(series, frames, experiment.steps, done, levels, beside)
    rows.limits(windows)
    marks.draw_levels(rows, windows, levels, text)
    settled = frames - 1 if done else NEVER
    for s in series:
        points = [Point(i, y, i) for i, y in enumerate(s.values)]
        rows.line(s.series, points, s.text, settled=settled)
    if done and steps[-1].lost is not None:
        rows.add("rule", series="end", x=frames - 1, frame=frames - 1)
        sentence = marks.end_sentence(steps[-1], experiment, text)
        marks.say(rows, "end", frames - 1, sentence, frames - 1)
    if done and warning is not None:
        rows.add("warning", series="warning", x=warning, frame=warning)
        marks.say(rows, "warning", warning, marks.warning_sentence(warning, text), warning)
    return rows.frame()


def empty(planned: int) -> pd.DataFrame:
    """The rows of axes alone, before a run of so many planned steps."""
    rows = Rows()
    rows.limits([Window(0, max(planned - 1, 1), 1e-2, 1e8)])
    return rows.frame()


def _windows(
    series: Sequence[Series],
    frames: int,
    planned: int,
    done: bool,
    levels: Sequence[marks.Level],
    beside: Beside,
) -> list[Window]:
    """What the axes cover at each frame: the planned steps until the last frame of a run that has ended."""
    values = [(i, y) for s in series for i, y in enumerate(s.values)] + [
        (0, level.y) for level in levels
    ]
    values += beside.within(frames)
    wide = max(planned - 1, beside.last, 1)
    windows = [Window(0, wide, y0, y1) for y0, y1 in blocks(values, frames)]
    if done:
        last = windows[-1]
        windows[-1] = Window(0, max(frames - 1, beside.last, 1) * (1 + ROOM), last.y0, last.y1)
    return windows


def _tell_film(steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
    """The film in words: where loss and gradient began, how far they went, and the end."""
    if not steps:
        return text("charts.alt.nothing")
    losses = [step.loss for step in steps if drawable(step.loss)]
    norms = [step.grad_norm for step in steps if drawable(step.grad_norm)]
    told = text(
        "charts.alt.film",
        steps=len(steps),
        loss_first=steps[0].loss,
        loss_last=losses[-1] if losses else math.nan,
        grad_first=steps[0].grad_norm,
        grad_most=max(norms, default=math.nan),
    )
    return f"{told} {marks.end_sentence(steps[-1], experiment, text)}".strip()


def _tell_weights(steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
    if not steps:
        return text("charts.alt.nothing")
    ends = text("charts.alt.weights", first=weight_norm(steps[0]), last=weight_norm(steps[-1]))
    return f"{_tell_film(steps, experiment, text)} {ends}"


def _tell_clipping(steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
    if not steps:
        return text("charts.alt.nothing")
    before = max((s.grad_norm for s in steps if drawable(s.grad_norm)), default=math.nan)
    after = max((s.clipped_norm for s in steps if drawable(s.clipped_norm)), default=math.nan)
    told = text("charts.alt.clip", steps=len(steps), before=before, after=after)
    return f"{told} {marks.end_sentence(steps[-1], experiment, text)}".strip()


build_warned = partial(build, told=("warning", "end"))
film = Picture("film", "step", build, fill, _tell_film)
film_with_weights = Picture("film_with_weights", "step", build, _with_weights, _tell_weights)
clip_effect = Picture("clip_effect", "step", build, _clip_effect, _tell_clipping)


def warned(step: int) -> Picture:
    """The film with the first warning, at this step."""
    tell = marks.tell_warning(film.tell, step)
    told = partial(fill, warning=step)
    return replace(film, build=build_warned, fill=told, tell=tell, variant=step)
