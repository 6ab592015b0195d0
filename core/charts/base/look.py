"""What a specification depends on, and the axes and expressions that pictures share."""

from dataclasses import dataclass
from typing import Any

import altair as alt

from core.charts.base.measure import FONT, LINE, text_width
from core.charts.base.palette import Palette
from core.charts.base.rows import LAST_FRAME
from core.text import SUPERSCRIPTS, Text

UNITS = {"step": "frame", "work": "moment", "still": "still"}
"""The playhead's parameter, and the name of its slider in the page, by its unit. Nothing moves a still chart."""
WIDE = 600.0
"""Pixels from which on a plot is wide, at letters of FONT."""
SEEN = "seen"
"""The parameter that is 1 once the end of the film was seen and 0 before, and the name of its slider in the page."""
SERIES = {
    "loss": ("loss", "activation", "singular", "unfixed"),
    "before": (
        "before",
        "under",
        "signal",
        "first",
        "beside",
        "weight_gradient",
        "product",
        "factor",
    ),
    "after": ("after", "clipping"),
    "text": ("weights", "theory", "basin", "bound", "note"),
    "lost": ("end", "float32"),
    "learned": ("learned", "normalization", "standardization"),
    "warning": ("warning", "rate"),
    "initialization": ("initialization",),
}
"""The series in each of the palette's colours. A colour means one thing everywhere."""
COLOURS = {series: colour for colour, drawn in SERIES.items() for series in drawn}
DASHES = {
    "weight_gradient": [6, 4],
    "weights": [2, 2],
    "first": [2, 3],
    "beside": [2, 3],
    "bound": [8, 4],
    "basin": [2, 3],
    "float32": [6, 4],
    "rate": [8, 3],
    "normalization": [2, 6],
    "standardization": [12, 4],
    "initialization": [10, 3, 2, 3],
}
THIN = ("weights", "first", "note", "beside", "theory", "basin", "singular")
"""Series drawn with a thinner line: they are there for comparison."""
BROAD = ("under",)
"""Series drawn with a broad line, so that they are seen beneath another."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a specification depends on: words, colours, height and font in pixels, and the playhead's unit.

    height: or "container", as high as the page's style makes its place. told: the series of COLOURS whose sentences
    stand above the plot, one under the other.
    """

    text: Text
    palette: Palette
    height: float | str
    font: float
    unit: str
    told: tuple[str, ...] = ("end",)

    @property
    def head(self) -> str:
        """The playhead's parameter."""
        return UNITS[self.unit]

    @property
    def zoom(self) -> float:
        """Pixels here for a pixel at letters of FONT."""
        return self.font / FONT

    @property
    def narrow(self) -> str:
        """Whether the plot is too narrow for texts of the column `wide`."""
        return f"width < {round(WIDE * self.zoom)}"

    @property
    def colour(self) -> alt.Color:
        """The colour of a row's series."""
        values = [getattr(self.palette, name) for name in COLOURS.values()]
        return alt.Color("series:N", legend=None).scale(domain=list(COLOURS), range=values)

    def floor(self, bottom: float) -> str:
        """Where the data end above so many of a plot's pixels, as an expression."""
        return f"height - {round(bottom * self.zoom)}"

    def rows(self, kind: str) -> str:
        """The rows of a kind that the playhead shows."""
        return self._at(self.head, kind)

    def stage(self, kind: str) -> str:
        """The rows of a kind on which a film plays, its axes: those of its end, once that was seen."""
        return self._at(f"({SEEN} ? {LAST_FRAME} : {self.head})", kind)

    def _at(self, frame: str, kind: str) -> str:
        return f"datum.kind == '{kind}' && datum.frame <= {frame} && {frame} < datum.until"

    @property
    def reached(self) -> str:
        """The rows of lines up to the playhead."""
        return f"datum.kind == 'line' && datum.frame <= {self.head}"


def config(look: Look) -> dict[str, Any]:
    """What all marks, axes and legends of a chart have in common; it goes before the page's theme."""
    small, gap = round(look.font * 0.93), round(8 * look.zoom)
    written = {
        "labelFontSize": small,
        "titleFontSize": small,
        "labelLimit": 400,
        "labelColor": look.palette.text,
        "titleColor": look.palette.loss,
    }
    axis = {
        "titlePadding": gap,
        "labelPadding": gap,
        "labelOverlap": "greedy",
        "gridColor": look.palette.line,
        "aria": False,
    }
    return {
        "axis": written | axis,
        "legend": written,
        "mark": {"aria": False, "tooltip": None},
        "point": {"filled": True, "opacity": 1},
        "text": {"fontSize": small, "limit": 0, "lineBreak": "\n", "color": look.palette.text},
        "style": _styles(look.font, look.zoom),
    }


def _styles(font: float, zoom: float) -> dict[str, dict[str, Any]]:
    """What a mark is given by name: texts that matter, and rules. A text's `size` is its font's, to Vega-Lite."""
    return {
        "strong": {"size": font, "fontWeight": 600, "lineHeight": LINE * zoom},
        "end": {"strokeWidth": 3.5 * zoom, "strokeCap": "round"},
        "warning": {"strokeWidth": 2 * zoom, "strokeDash": [2 * zoom, 4 * zoom]},
        "level": {"strokeWidth": 1.5 * zoom, "strokeDash": [6, 4]},
    }


def digits(text: Text, inner: str) -> str:
    """A Vega expression: a string's digits in the text's script."""
    for digit in "0123456789":
        if text.digits(digit) != digit:
            inner = f"replace({inner}, regexp('{digit}', 'g'), '{text.digits(digit)}')"
    return inner


def powers(text: Text) -> str:
    """A Vega expression: a tick of a logarithmic axis as people write it, 10⁻⁸, 1, 10, 10²; other values blank."""
    exponent = "log(datum.value) / LN10"
    power = f"'{text.digits('10')}' + {superscript(f'toString(round({exponent}))')}"
    plain = f"datum.value < 2 ? '{text.digits('1')}' : '{text.digits('10')}'"
    small = f"abs({exponent} - 0.5) < 0.6 ? ({plain}) : {power}"
    return f"abs({exponent} - round({exponent})) < 0.01 ? ({small}) : ''"


def superscript(inner: str) -> str:
    """A Vega expression: a whole number as an exponent is written."""
    for digit in "-0123456789":
        inner = f"replace({inner}, regexp('{digit}', 'g'), '{digit.translate(SUPERSCRIPTS)}')"
    return inner


def x_axis(look: Look, title: str | None, ticks: int = 8) -> alt.Axis:
    """Few whole numbers in the visitor's digits, the title under them."""
    return alt.Axis(
        title=title,
        grid=False,
        tickCount=alt.ExprRef(f"{look.narrow} ? 4 : {ticks}"),
        tickMinStep=1,
        labelExpr=digits(look.text, "datum.label"),
        format="d",
    )


def y_axis(look: Look, title: str | None = None, scale: str = "y") -> alt.Axis:
    """A light horizontal grid at powers of ten, few of them. scale: what Vega calls its scale.

    There is room for the widest label from the start: a chart is laid out once, its film's axis grows.
    """
    widest = text_width(look.text.digits("10") + "-300".translate(SUPERSCRIPTS), look.font)
    decades = f"round(log(domain('{scale}')[1] / domain('{scale}')[0]) / LN10)"
    return alt.Axis(
        title=title,
        grid=True,
        minExtent=round(widest + 8 * look.zoom),
        labelFlush=False,
        tickCount=alt.ExprRef(f"min(6, {decades})"),
        labelExpr=powers(look.text),
    )


def x_of(axis: alt.Axis | None, right: str = "", left: str = "") -> alt.X:
    """X of a row; its limits travel in the data. right, left: expressions for pixels kept free of data."""
    scale = alt.Scale(nice=False, zero=False)
    if right or left:
        scale["range"] = [
            alt.ExprRef(left) if left else 0,
            alt.ExprRef(f"width - ({right or '0'})"),
        ]
    return alt.X("x:Q", axis=axis, scale=scale)


def y_of(axis: alt.Axis | None, look: Look, top: str = "0", bottom: float = 0) -> alt.Y:
    """Y of a row on a logarithmic scale; `top` (an expression) and `bottom` pixels are kept free for texts."""
    ends = [alt.ExprRef(look.floor(bottom)), alt.ExprRef(top)]
    scale = alt.Scale(type="log", nice=False, range=ends)
    return alt.Y("y:Q", axis=axis, scale=scale, stack=False)


def number(text: Text, field: str) -> str:
    """A Vega expression: a positive number as `Text.number` writes it, 0.0123 or 3.7 × 10⁴."""
    parts = f"split(format({field}, '.2~e'), 'e')"
    power = superscript(f"replace({parts}[1], '+', '')")
    small = digits(text, f"format({field}, '.3~r')")
    large = digits(text, f"{parts}[0]") + f" + ' × {text.digits('10')}' + {power}"
    return f"abs(log({field}) / LN10) < 4 ? {small} : {large}"
