"""The whole run at a glance: the signal's norm as a colour, over steps and layers.

The cells are one image that the playhead only uncovers. What is not finite and what is zero have colours of
their own.
"""

import math
import sys
from collections.abc import Sequence
from typing import Literal

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.charts.base import layers
from core.charts.base.look import Look, digits, x_axis, x_of
from core.charts.base.measure import text_width
from core.charts.base.picture import Picture
from core.charts.base.rows import NEVER, Rows, blocks
from core.charts.films.png import HEADER, LEAST, colour_cells, colours, image, ramp, shades, thin
from core.charts.names import marks
from core.experiment import Experiment
from core.steps import Step
from core.text import Text

Align = Literal["left", "right"]

BAR, LABEL, LINE = 110.0, 40.0, 22.0
"""Pixels at a font of FONT: the colours' bar, the room for a number beside it, a line of text."""
SMALL = 13.0


def build(look: Look) -> layers.Layer:
    """The image, a cover that the playhead draws aside, the end; what the colours mean above, their marks below."""
    top = f"{LINE * look.zoom} * ({look.narrow} ? 2.2 : 1.3)"
    stack: list[tuple[layers.Layer, str]] = [
        (layers.limits(look), "xy"),
        (_cells(look), "xy"),
        (_cover(look, top), ""),
        (_end(look, top), "x"),
        (_bar(look), ""),
        *((text, "") for text in _texts(look)),
    ]
    axis = alt.Axis(
        title=None,
        grid=False,
        tickCount=6,
        tickMinStep=1,
        labelExpr=digits(look.text, "datum.label"),
        format="d",
    )
    scale = alt.Scale(nice=False, zero=False, range=[alt.ExprRef("height"), alt.ExprRef(top)])
    y = alt.Y("y:Q", axis=axis, scale=scale, stack=False)
    below = x_axis(look, look.text("charts.axis.step"))
    below["titleAnchor"] = "start"
    return layers.assemble(look, stack, x_of(below), y)


def _cells(look: Look) -> layers.Layer:
    """The image, the theme's colours put in."""
    parts = f"slice(datum.text, 0, {HEADER})", f"slice(datum.text, {HEADER})"
    return (
        alt.Chart()
        .mark_image(aspect=False, smooth=False)
        .encode(x2="x2:Q", y2="y2:Q", url="url:N")
        .transform_filter(look.stage("image"))
        .transform_calculate(url=f"{parts[0]} + '{colours(look.palette)}' + {parts[1]}")
    )


def _cover(look: Look, top: str) -> layers.Layer:
    """The background, over everything that the playhead has not reached."""
    mark = alt.Chart().mark_rect(
        color=look.palette.background,
        x=alt.ExprRef(f"clamp(scale('x', {look.head} + 0.5), 0, width)"),
        x2=alt.ExprRef("width"),
        y=alt.ExprRef(top),
        y2=alt.ExprRef("height"),
    )
    return mark.transform_filter(look.rows("title"))


def _end(look: Look, top: str) -> layers.Layer:
    """The end of a run that was lost, beside its last cells."""
    mark = alt.Chart().mark_rule(
        color=look.palette.lost,
        strokeWidth=3.5 * look.zoom,
        y=alt.ExprRef(top),
        y2=alt.ExprRef("height"),
    )
    return mark.transform_filter(look.rows("rule"))


def _bar(look: Look) -> layers.Layer:
    """The colours from small to large, at the right above the cells; on a narrow plot at the left."""
    z = look.zoom
    stops = [{"offset": i / 2, "color": colour} for i, colour in enumerate(ramp(look.palette))]
    left, down = _bar_at(look)
    mark = alt.Chart().mark_rect(
        fill={"gradient": "linear", "stops": stops},
        x=alt.ExprRef(left),
        x2=alt.ExprRef(f"{left} + {BAR * z}"),
        y=alt.ExprRef(f"{down} + {4 * z}"),
        y2=alt.ExprRef(f"{down} + {14 * z}"),
    )
    return mark.transform_filter(look.rows("title"))


def _texts(look: Look) -> list[layers.Layer]:
    """What is drawn, the numbers at the bar's ends, and under the axis the marks that are no sizes."""
    z, palette = look.zoom, look.palette
    left, down = _bar_at(look)
    key, below = f"width - datum.left * {z}", f"height + {38 * z}"
    square = alt.condition(
        "datum.series == 'end'", alt.value(palette.lost), alt.value(shades(palette)[0])
    )
    return [
        _text(look, look.rows("title"), "0", f"{9 * z}").encode(color=alt.value(palette.loss)),
        _text(look, look.stage("low"), f"{left} - {6 * z}", f"{down} + {9 * z}", "right"),
        _text(look, look.stage("high"), f"{left} + {(BAR + 6) * z}", f"{down} + {9 * z}"),
        _text(look, look.rows("key"), key, below).encode(text=alt.value("■"), color=square),
        _text(look, look.rows("key"), f"{key} + {LINE * z * 0.75}", below).encode(
            color=look.colour
        ),
    ]


def _bar_at(look: Look) -> tuple[str, str]:
    """Expressions for the left and upper end of the bar."""
    z = look.zoom
    left = f"({look.narrow} ? {LABEL * z} : width - {(BAR + LABEL) * z})"
    return left, f"({look.narrow} ? {LINE * z} : 0)"


def _text(look: Look, rows: str, x: str, y: str, align: Align = "left") -> layers.Layer:
    mark = alt.Chart().mark_text(
        align=align,
        baseline="middle",
        x=alt.ExprRef(x),
        y=alt.ExprRef(y),
        color=look.palette.text,
    )
    return mark.encode(text="text:N").transform_filter(rows)


def _fill(steps: Sequence[Step], experiment: Experiment, text: Text, done: bool) -> pd.DataFrame:
    rows = Rows(left="float32")
    if not steps:
        return rows.frame()
    norms = np.array([step.signal_norms for step in steps])
    count, depth = norms.shape
    rnn = "_rnn" if experiment.kind.recurrent else ""
    rows.add("title", text=text(f"charts.map.title{rnn}"))
    _limits(rows, count, experiment.steps, depth, done)
    for start, until, low, high in _scales(norms, done):
        known = count if until == NEVER else until
        cells = image(thin(colour_cells(norms[:known], low, high)))
        box = {"x": -0.5, "x2": known - 0.5, "y": 0.5, "y2": depth + 0.5}
        rows.add("image", text=cells, frame=start, until=until, **box)
        rows.add("low", text=text.number(low), frame=start, until=until)
        rows.add("high", text=text.number(high), frame=start, until=until)
    _keys(rows, norms, done and steps[-1].lost is not None, text)
    return rows.frame()


def _limits(rows: Rows, count: int, planned: int, depth: int, done: bool) -> None:
    """What the axes cover: the planned steps, and once the run has ended its own."""
    last = count - 1 if done else NEVER
    for wide, start, until in ((max(planned, count), 0, last), (count, last, NEVER)):
        if start < until:
            rows.add("limit", x=-0.5, y=0.5, frame=start, until=until)
            rows.add("limit", x=wide - 0.5, y=depth + 0.5, frame=start, until=until)


def _scales(norms: NDArray[np.float64], done: bool) -> list[tuple[int, int, float, float]]:
    """(first frame, frame after the last, low, high) for each stretch with one scale of colours.

    While the film plays they grow in blocks, as axes do; once it has ended they are the run's own decades.
    """
    shown = np.isfinite(norms) & (norms > LEAST)
    least = np.min(norms, axis=1, initial=np.inf, where=shown)
    most = np.max(norms, axis=1, initial=0.0, where=shown)
    values = [(i, y) for pair in (least, most) for i, y in enumerate(map(float, pair))]
    scales = blocks(values, len(norms))
    if done and shown.any():
        low, high = math.floor(math.log10(least.min())), math.ceil(math.log10(most.max()))
        scales[-1] = (10.0**low, 10.0 ** min(max(high, low + 1), sys.float_info.max_10_exp))
    starts = [i for i, scale in enumerate(scales) if i == 0 or scale != scales[i - 1]]
    return [(a, b, *scales[a]) for a, b in zip(starts, [*starts[1:], NEVER], strict=True)]


def _keys(rows: Rows, norms: NDArray[np.float64], lost: bool, text: Text) -> None:
    """What the marks mean that are no sizes, each from when it is first there, from right to left."""
    right = 0.0
    zero = (norms >= 0) & (norms <= LEAST)
    first = {
        "end": len(norms) - 1 if lost else NEVER,
        "loss": int(zero.any(axis=1).argmax()) if zero.any() else NEVER,
    }
    for series, frame in first.items():
        if frame < NEVER:
            said = text(f"charts.map.{'lost' if series == 'end' else 'zero'}")
            right += text_width(said, SMALL) + LINE
            rows.add("key", series=series, text=said, left=right, frame=frame)
            if series == "end":
                rows.add("rule", series="end", x=frame + 0.5, frame=frame)


def _tell(steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
    """The whole run in words: where the signal was least and most, what was zero, and the end."""
    norms = np.array([step.signal_norms for step in steps])
    shown = norms[np.isfinite(norms) & (norms > LEAST)]
    if not shown.size:
        return text("charts.alt.nothing")
    told = text(
        "charts.alt.heatmap",
        steps=len(steps),
        depth=experiment.depth,
        least=float(shown.min()),
        most=float(shown.max()),
        zeros=int((norms == 0).sum()),
    )
    return f"{told} {marks.end_sentence(steps[-1], experiment, text)}".strip()


heatmap = Picture("heatmap", "step", build, _fill, _tell)
