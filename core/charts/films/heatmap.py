"""The whole run at a glance: the signal's norm as a colour, over steps and layers.

The cells are one image that the playhead only uncovers. What is not finite and what is zero have colours of
their own.
"""

import math
import sys
from typing import Literal

import altair as alt
import numpy as np
from numpy.typing import NDArray

from core.charts.base import layers
from core.charts.base.look import Look, x_axis, x_of
from core.charts.base.measure import text_width
from core.charts.base.picture import Course, Picture
from core.charts.base.rows import Rows, Window, blocks, stretches
from core.charts.films.png import LEAST, TABLE, colour_cells, image, ramp, shades, table, thin

Align = Literal["left", "right"]
Norms = NDArray[np.float64]
"""The signal's, (steps, layers)."""

BAR, LABEL, LINE = 110.0, 40.0, 22.0
"""Pixels at a font of FONT: the colours' bar, the room for a number beside it, a line of text."""
SMALL = 13.0


def build(look: Look) -> layers.Layer:
    """The image, a cover that the playhead draws aside, the end; what the colours mean above, their marks below."""
    top = f"{LINE * look.zoom} * ({look.narrow} ? 2.2 : 1.3)"
    stack: layers.Stack = [
        (layers.limits(look), "xy"),
        (_cells(look), "xy"),
        (_cover(look, top), ""),
        (layers.end_rules(look, top), "x"),
        (_bar(look), ""),
        *((text, "") for text in _texts(look)),
    ]
    across, up = x_axis(look, look.text("charts.axis.step")), x_axis(look, None)
    across["titleAnchor"], up["tickCount"] = "start", 6
    scale = alt.Scale(nice=False, zero=False, range=[alt.ExprRef("height"), alt.ExprRef(top)])
    return layers.assemble(
        look, stack, x_of(across), alt.Y("y:Q", axis=up, scale=scale, stack=False)
    )


def _cells(look: Look) -> layers.Layer:
    """The image, the theme's colours put in."""
    before, after = f"slice(datum.image, 0, {TABLE.start})", f"slice(datum.image, {TABLE.stop})"
    mark = alt.Chart().mark_image(aspect=False, smooth=False).transform_filter(look.stage("image"))
    image = mark.transform_calculate(url=f"{before} + '{table(look.palette)}' + {after}")
    return image.encode(x2="x2:Q", y2="y2:Q", url="url:N")


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
    middle, keys = f"{down} + {9 * z}", look.rows("key")
    at, below = f"width - datum.left * {z}", f"height + {38 * z}"
    lost, zero = alt.value(palette.lost), alt.value(shades(palette)[0])
    square = alt.condition("datum.series == 'end'", lost, zero)
    return [
        _text(look.rows("title"), "0", f"{9 * z}").encode(color=alt.value(palette.loss)),
        _text(look.stage("low"), f"{left} - {6 * z}", middle, "right"),
        _text(look.stage("high"), f"{left} + {(BAR + 6) * z}", middle),
        _text(keys, at, below).encode(text=alt.value("■"), color=square),
        _text(keys, f"{at} + {LINE * z * 0.75}", below).encode(color=look.colour),
    ]


def _bar_at(look: Look) -> tuple[str, str]:
    """Expressions for the left and upper end of the bar."""
    z = look.zoom
    left = f"({look.narrow} ? {LABEL * z} : width - {(BAR + LABEL) * z})"
    return left, f"({look.narrow} ? {LINE * z} : 0)"


def _text(rows: str, x: str, y: str, align: Align = "left") -> layers.Layer:
    mark = alt.Chart().mark_text(align=align, x=alt.ExprRef(x), y=alt.ExprRef(y))
    return mark.encode(text="text:N").transform_filter(rows)


def _fill(rows: Rows, course: Course) -> None:
    text, planned = course.text, max(course.experiment.steps, len(course.steps))
    norms = np.array([step.signal_norms for step in course.steps])
    count, depth = norms.shape
    rnn = "_rnn" if course.experiment.kind.recurrent else ""
    rows.add("title", text=text(f"charts.map.title{rnn}"))
    ends = [planned] * (count - 1) + [count if course.done else planned]
    rows.limits([Window(-0.5, end - 0.5, 0.5, depth + 0.5) for end in ends])
    for start, until, (low, high) in stretches(_scales(norms, course.done)):
        known, seen = min(until, count), {"frame": start, "until": until}
        cells = image(thin(colour_cells(norms[:known], low, high)))
        rows.add("image", image=cells, x=-0.5, x2=known - 0.5, y=0.5, y2=depth + 0.5, **seen)
        rows.add("low", text=text.number(low), **seen)
        rows.add("high", text=text.number(high), **seen)
    _keys(rows, norms, course)


def _scales(norms: Norms, done: bool) -> list[tuple[float, float]]:
    """What the colours cover at each step, from low to high.

    While the film plays they grow in blocks, as axes do; once it has ended they are the run's own decades.
    """
    shown = np.isfinite(norms) & (norms > LEAST)
    least = np.min(norms, axis=1, initial=np.inf, where=shown)
    most = np.max(norms, axis=1, initial=0.0, where=shown)
    values = [*enumerate(least.tolist()), *enumerate(most.tolist())]
    scales = blocks(values, len(norms))
    if done and shown.any():
        low, high = math.floor(math.log10(least.min())), math.ceil(math.log10(most.max()))
        low = min(low, sys.float_info.max_10_exp - 1)
        scales[-1] = (10.0**low, 10.0 ** min(max(high, low + 1), sys.float_info.max_10_exp))
    return scales


def _keys(rows: Rows, norms: Norms, course: Course) -> None:
    """What the marks mean that are no sizes, each from when it is first there, from right to left."""
    last, right = len(norms) - 1, 0.0
    zero = ((norms >= 0) & (norms <= LEAST)).any(axis=1)
    lost = course.done and course.steps[-1].lost is not None
    first = {"charts.map.lost": ("end", last)} if lost else {}
    if zero.any():
        first["charts.map.zero"] = ("loss", int(zero.argmax()))
    for key, (series, frame) in first.items():
        said = course.text(key)
        right += text_width(said, SMALL) + LINE
        rows.add("key", series=series, text=said, left=right, frame=frame)
    if lost:
        rows.add("rule", series="end", x=last + 0.5, frame=last)


def _tell(course: Course) -> str:
    """The whole run in words: where the signal was least and most, and what was zero."""
    norms = np.array([step.signal_norms for step in course.steps])
    shown = norms[np.isfinite(norms) & (norms > LEAST)]
    if not shown.size:
        return ""
    return course.text(
        "charts.alt.heatmap",
        steps=len(norms),
        depth=course.experiment.depth,
        least=float(shown.min()),
        most=float(shown.max()),
        zeros=int((norms == 0).sum()),
    )


heatmap = Picture(
    "heatmap", "step", build, _fill, _tell, columns={"image": "category", "left": "float32"}
)
