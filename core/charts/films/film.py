"""Pictures over the steps of a run: the film, the film with weights, and the effect of clipping."""

import math
from collections.abc import Callable, Sequence
from operator import attrgetter

import pandas as pd

from core.charts.base import layers
from core.charts.base.look import Look, x_axis, x_of, y_axis, y_of
from core.charts.base.picture import Course, Picture
from core.charts.base.rows import Point, Rows, Window, blocks, drawable, most
from core.charts.names import marks
from core.charts.names import stack as written
from core.steps import Step

ROOM = 0.04
"""Share of the x axis kept free behind the last step, once the film has ended."""


def weight_norm(step: Step) -> float:
    """The L2 norm over all weight matrices."""
    return math.hypot(*step.weight_norms)


LINES: dict[str, tuple[str, Callable[[Step], float]]] = {
    "loss": ("charts.line.loss", attrgetter("loss")),
    "before": ("charts.line.gradient", attrgetter("grad_norm")),
    "under": ("charts.line.before", attrgetter("grad_norm")),
    "after": ("charts.line.after", attrgetter("clipped_norm")),
    "weights": ("charts.line.weights", weight_norm),
}
"""Each series' name, as a key of the texts, and its value at a step."""


def build(look: Look) -> layers.Layer:
    """The film over an axis of steps."""
    x = x_of(x_axis(look, look.text("charts.axis.step")), right=written.margin(look))
    return layers.assemble(look, stack(look), x, y_of(y_axis(look), look, written.above(look)))


def stack(look: Look, behind: layers.Stack = (), bottom: float = 0.0) -> layers.Stack:
    """Lines, their names, the levels, the first warning, the end. bottom: pixels kept free under the data."""
    top = written.above(look)
    return [
        (layers.limits(look), "xy"),
        *behind,
        (layers.levels(look, right=f"width - {written.margin(look)}"), "y"),
        (layers.lines(look), "xy"),
        (layers.dots(look), "xy"),
        (layers.heads(look), "xy"),
        (layers.warning_rules(look, top), "x"),
        (layers.end_rules(look, top, bottom), "x"),
        (written.names(look, top=top, bottom=bottom), ""),
        (written.sentences(look), ""),
        (layers.tips(look, look.text("charts.axis.step")), "xy"),
    ]


def _gradients(course: Course) -> tuple[str, ...]:
    return ("before",) if course.experiment.clipping == "none" else ("under", "after")


def _film(rows: Rows, course: Course) -> None:
    _draw(rows, course, "loss", *_gradients(course))


def _with_weights(rows: Rows, course: Course) -> None:
    _draw(rows, course, "loss", "before", "weights")


def _clip_effect(rows: Rows, course: Course) -> None:
    _draw(rows, course, *_gradients(course))


def _draw(rows: Rows, course: Course, *series: str) -> None:
    """The rows of some of LINES, the threshold of clipping among them, and of what happened."""
    steps, text, last = course.steps, course.text, len(course.steps) - 1
    levels = _threshold(course) if "after" in series else []
    drawn = {name: [LINES[name][1](step) for step in steps] for name in series}
    values = [(i, y) for line in drawn.values() for i, y in enumerate(line)]
    values += [(0, level.y) for level in levels]
    values += course.beside.values
    windows = over_steps(course, blocks(values, len(steps)))
    rows.limits(windows)
    marks.draw_levels(rows, windows, levels, text)
    rows.settled = course.rests(last)
    for name, line in drawn.items():
        points = [Point(i, y, i) for i, y in enumerate(line)]
        rows.line(name, points, text(LINES[name][0]))
    if course.done:
        marks.draw_end(rows, last, course.end, last)
        if course.warning is not None:
            marks.draw_warning(rows, course.warning, course.warning, text, course.warning)


def _threshold(course: Course) -> list[marks.Level]:
    """The threshold of clipping, if it is one of the norm that is drawn."""
    experiment = course.experiment
    if experiment.clipping != "global_norm":
        return []
    name = course.text("charts.mark.clip", clip=experiment.clip)
    return [marks.Level("after", experiment.clip, name)]


def reach(steps: Sequence[Step]) -> tuple[tuple[int, float], ...]:
    """The (frame, value)s that a film draws."""
    return tuple((s.index, y) for s in steps for y in (s.loss, s.grad_norm, s.clipped_norm))


def empty(planned: int) -> pd.DataFrame:
    """The rows of axes alone, before a run of so many planned steps."""
    rows = Rows()
    rows.limits([Window(0, max(planned - 1, 1), 1e-2, 1e8)])
    return rows.frame()


def over_steps(course: Course, heights: Sequence[tuple[float, float]]) -> list[Window]:
    """What the axes cover at each step: the planned steps until the last of a run that has ended.

    heights: what the y axis covers, one a step.
    """
    wide = max(course.experiment.steps - 1, course.beside.last, 1)
    windows = [Window(0, wide, *height) for height in heights]
    if course.done:
        own = max(len(course.steps) - 1, course.beside.last, 1)
        windows[-1] = Window(0, own * (1 + ROOM), *heights[-1])
    return windows


def _tell_film(course: Course) -> str:
    """The film in words: where loss and gradient began, and how far they went."""
    steps = course.steps
    losses = [step.loss for step in steps if drawable(step.loss)]
    return course.text(
        "charts.alt.film",
        steps=len(steps),
        loss_first=steps[0].loss,
        loss_last=losses[-1] if losses else math.nan,
        grad_first=steps[0].grad_norm,
        grad_most=most(step.grad_norm for step in steps),
    )


def _tell_weights(course: Course) -> str:
    first, last = weight_norm(course.steps[0]), weight_norm(course.steps[-1])
    return f"{_tell_film(course)} {course.text('charts.alt.weights', first=first, last=last)}"


def _tell_clipping(course: Course) -> str:
    before = most(step.grad_norm for step in course.steps)
    after = most(step.clipped_norm for step in course.steps)
    return course.text("charts.alt.clip", steps=len(course.steps), before=before, after=after)


film = Picture("film", "step", build, _film, _tell_film)
film_with_weights = Picture("film_with_weights", "step", build, _with_weights, _tell_weights)
clip_effect = Picture("clip_effect", "step", build, _clip_effect, _tell_clipping)
