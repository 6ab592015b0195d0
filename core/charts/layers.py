"""The layers that pictures share, all over one frame of rows (core/charts/rows.py), seen by a playhead.

Sizes follow the chart's own width, so a specification serves phone and projector. Nothing here knows the data.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from core.charts.palette import Palette
from core.charts.placing import FONT, LARGE, WIDE
from core.charts.rows import LAST_FRAME
from core.text import SUPERSCRIPTS, Text

Layer = alt.Chart | alt.LayerChart
UNITS = {"step": "frame", "work": "moment"}
"""The playhead's parameter, and the name of its slider in the page, by the unit it counts."""
COLOURS = {
    "loss": "loss",
    "activation": "loss",
    "before": "before",
    "signal": "before",
    "first": "before",
    "weight_gradient": "before",
    "product": "before",
    "after": "after",
    "weights": "text",
    "factor": "before",
    "note": "text",
    "end": "lost",
    "float32": "lost",
    "clipping": "after",
    "initialization": "initialization",
    "rate": "warning",
    "normalization": "learned",
    "unfixed": "lost",
    "learned": "learned",
    "warning": "warning",
}
"""Each series' colour, by its name in the palette. A colour means one thing everywhere (docs: LOOK.md)."""
DASHES = {
    "weight_gradient": [6, 4],
    "weights": [2, 2],
    "clipping": [],
    "first": [2, 3],
    "float32": [6, 4],
    "rate": [8, 3],
    "normalization": [2, 3],
    "initialization": [10, 3, 2, 3],
}
THIN = ("weights", "first", "note")
"""Series drawn with a thinner line: they are there for comparison."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a specification depends on: words, colours, height and font in pixels, and the playhead's unit."""

    text: Text
    palette: Palette
    height: float
    font: float
    unit: str

    @property
    def head(self) -> str:
        """The playhead's parameter."""
        return UNITS[self.unit]

    @property
    def zoom(self) -> float:
        """Pixels here for a pixel of the model plots."""
        return self.font / FONT

    @property
    def narrow(self) -> str:
        """Whether the plot is narrower than the wide model plot."""
        return f"width < {round(WIDE.width * self.zoom)}"

    @property
    def size(self) -> str:
        """The largest model plot that fits, as in the column `size`."""
        return f"({self.narrow} ? 1 : width < {round(LARGE.width * self.zoom)} ? 2 : 3)"

    @property
    def colour(self) -> alt.Color:
        """The colour of a row's series."""
        values = [getattr(self.palette, name) for name in COLOURS.values()]
        return alt.Color("series:N", legend=None).scale(domain=list(COLOURS), range=values)

    def rows(self, kind: str, more: str = "true") -> str:
        """The rows of a kind that the playhead shows."""
        head = self.head
        return (
            f"datum.kind == '{kind}' && datum.frame <= {head} && {head} < datum.until && "
            f"(datum.size == 0 || datum.size == {self.size}) && ({more})"
        )

    def reached(self, kind: str) -> str:
        """The rows of a kind up to the playhead."""
        return f"datum.kind == '{kind}' && datum.frame <= {self.head}"


def digits(text: Text, inner: str) -> str:
    """A Vega expression: a string's digits in the text's script."""
    if text.language == "en":
        return inner
    for digit in "0123456789":
        inner = f"replace({inner}, regexp('{digit}', 'g'), '{text.digits(digit)}')"
    return inner


def powers(text: Text) -> str:
    """A Vega expression: a tick of a logarithmic axis as people write it, 10⁻⁸, 1, 10, 10²; other values blank."""
    exponents = range(-48, 49)
    plain = {0: "1", 1: "10"}
    names = [text.digits(plain.get(e, "10")) + str(e).translate(SUPERSCRIPTS) * (e not in plain) for e in exponents]
    table = "[" + ",".join(f"'{name}'" for name in names) + "]"
    exponent = "log(datum.value) / LN10"
    return f"abs({exponent} - round({exponent})) < 0.01 ? {table}[round({exponent}) + 48] : ''"


def x_axis(look: Look, title: str | None, ticks: int = 8) -> alt.Axis:
    """Few whole numbers in the visitor's digits, the title under them."""
    return alt.Axis(
        title=title,
        grid=False,
        tickCount=alt.ExprRef(f"{look.narrow} ? 4 : {ticks}"),
        tickMinStep=1,
        labelExpr=digits(look.text, "datum.label"),
        format="d",
        labelColor=look.palette.text,
        titleColor=look.palette.loss,
    )


def y_axis(look: Look, title: str | None = None) -> alt.Axis:
    """A light horizontal grid at powers of ten, few of them."""
    decades = "round(log(domain('y')[1] / domain('y')[0]) / LN10)"
    return alt.Axis(
        title=title,
        grid=True,
        gridColor=look.palette.line,
        labelFlush=False,
        tickCount=alt.ExprRef(f"min(6, {decades})"),
        labelExpr=powers(look.text),
        labelColor=look.palette.text,
        titleColor=look.palette.loss,
    )


def x_of(axis: alt.Axis | None, right: str = "") -> alt.X:
    """X of a row; its limits travel in the data. right: an expression for pixels kept free of data."""
    scale = alt.Scale(nice=False, zero=False)
    if right:
        scale["range"] = [0, alt.ExprRef(f"width - {right}")]
    return alt.X("x:Q", axis=axis, scale=scale)


def y_of(axis: alt.Axis | None, look: Look, top: float = 0, bottom: float = 0) -> alt.Y:
    """Y of a row on a logarithmic scale; `top` and `bottom` pixels are kept free for texts."""
    scale = alt.Scale(type="log", nice=False)
    if top or bottom:
        z = look.zoom
        scale["range"] = [alt.ExprRef(f"height - {round(bottom * z)}"), round(top * z)]
    return alt.Y("y:Q", axis=axis, scale=scale, stack=False)


def limits(look: Look) -> alt.Chart:
    """The invisible points that carry the axes' limits."""
    return alt.Chart().mark_point(opacity=0, size=1, tooltip=None).transform_filter(look.rows("limit"))


def lines(look: Look) -> alt.Chart:
    """Every series up to the playhead, one path for each unbroken part."""
    names = list(COLOURS)
    width = f"indexof({list(THIN)}, datum.series) < 0 ? {2.4 * look.zoom} : {1.4 * look.zoom}"
    return (
        alt.Chart()
        .mark_line(
            strokeJoin="round", strokeCap="round", tooltip=None, strokeWidth=alt.ExprRef(width)
        )
        .encode(
            color=look.colour,
            detail="part:N",
            strokeDash=alt.StrokeDash("series:N", legend=None).scale(
                domain=names, range=[DASHES.get(name, []) for name in names]
            ),
        )
        .transform_filter(look.reached("line"))
    )


def areas(look: Look, bottom: float) -> alt.Chart:
    """A light area under each line, down to `bottom` pixels above the plot's end."""
    floor = alt.Y2Value(alt.ExprRef(f"height - {round(bottom * look.zoom)}"))
    return (
        alt.Chart()
        .mark_area(opacity=0.16, tooltip=None)
        .encode(color=look.colour, detail="part:N", y2=floor)
        .transform_filter(look.reached("line") + " && datum.series != 'weights'")
    )


def dots(look: Look) -> alt.Chart:
    """The points of short or broken series, which a line alone would not show."""
    return (
        alt.Chart()
        .mark_point(filled=True, opacity=1, size=round(20 * look.zoom**2), tooltip=None)
        .encode(color=look.colour)
        .transform_filter(look.reached("line") + " && datum.dot == 1")
    )


def heads(look: Look) -> alt.Chart:
    """Where each series is at the playhead."""
    return (
        alt.Chart()
        .mark_point(filled=True, opacity=1, size=round(60 * look.zoom**2), tooltip=None)
        .encode(color=look.colour)
        .transform_filter(look.rows("line"))
    )


def head_labels(look: Look) -> alt.LayerChart:
    """The series' names, going with their heads while the film plays; left of them near the right edge."""
    z = look.zoom
    room = "width - 9 * length(datum.text) * " + str(z)
    left = f"scale('x', datum.x) > {room}"
    return text_layers(
        look,
        look.rows("line", f"datum.text != '' && {look.head} < datum.settled"),
        align=f"{left} ? 'right' : 'left'",
        dx=f"{left} ? {-8 * z} : {9 * z}",
        dy=f"{z} * ({left} && abs(datum.lift) < 12 ? (datum.lift < 0 ? -14 : 14) : datum.lift)",
        baseline="middle",
    )


def labels(look: Look, kind: str = "label") -> alt.LayerChart:
    """Texts at their computed places, their first line's top at the row's point."""
    z = look.zoom
    return text_layers(
        look,
        look.rows(kind),
        align="datum.align",
        dx=f"{z} * datum.dx",
        dy=f"{z} * datum.dy",
        baseline="top",
    )


def names(look: Look) -> alt.LayerChart:
    """Names right of where their lines end, moved apart in pixels."""
    z = look.zoom
    rows = look.rows("name")
    return text_layers(
        look, rows, align="'left'", dx=f"{z} * datum.dx", dy=f"{z} * datum.dy", baseline="middle"
    )


def text_layers(
    look: Look, rows: str, *, align: str, dx: str, dy: str, baseline: str
) -> alt.LayerChart:
    """Texts in their series' colour over a halo of the background, so that a grid line does not cross them."""

    def layer(**style: object) -> alt.Chart:
        mark = alt.Chart().mark_text(
            align=alt.ExprRef(align),
            baseline=baseline,
            dx=alt.ExprRef(dx),
            dy=alt.ExprRef(dy),
            fontSize=look.font,
            fontWeight=600,
            lineBreak="\n",
            lineHeight=round(look.font * 1.25),
            limit=0,
            tooltip=None,
            **style,
        )
        return mark.encode(text="text:N").transform_filter(rows)

    halo = layer(
        stroke=look.palette.background, fill=look.palette.background, strokeWidth=4, strokeJoin="round"
    )
    return alt.layer(halo, layer().encode(color=look.colour))


def end_rules(look: Look) -> alt.Chart:
    """Vertical rules through the whole plot: the end."""
    return (
        alt.Chart()
        .mark_rule(strokeWidth=3.5 * look.zoom, strokeCap="round", tooltip=None)
        .encode(color=look.colour)
        .transform_filter(look.rows("rule"))
    )


def levels(look: Look) -> alt.Chart:
    """Dashed horizontal rules: the clipping threshold, where float32 ends, a factor of one."""
    return (
        alt.Chart()
        .mark_rule(strokeWidth=1.5 * look.zoom, strokeDash=[6, 4], tooltip=None)
        .encode(color=look.colour)
        .transform_filter(look.rows("level"))
    )


def number(text: Text, field: str) -> str:
    """A Vega expression: a positive number as `Text.number` writes it, 0.0123 or 3.7 × 10⁴."""
    parts = f"split(format({field}, '.2~e'), 'e')"
    power = f"replace({parts}[1], '+', '')"
    for digit in "-0123456789":
        superscript = digit.translate(SUPERSCRIPTS)
        power = f"replace({power}, regexp('{digit}', 'g'), '{superscript}')"
    small = digits(text, f"format({field}, '.3~r')")
    large = digits(text, f"{parts}[0]") + f" + ' × {text.digits('10')}' + {power}"
    return f"abs(log({field}) / LN10) < 4 ? {small} : {large}"


def tips(look: Look, x_title: str) -> alt.Chart:
    """Invisible points with a tooltip, once the film rests at its end: series, place, and value."""
    whole = digits(look.text, "format(datum.x, 'd')")
    return (
        alt.Chart()
        .mark_point(opacity=0, size=round(90 * look.zoom**2))
        .transform_filter(look.reached("line") + f" && {look.head} >= datum.settled")
        .transform_calculate(
            shown=number(look.text, "datum.y"), place=f"datum.place != '' ? datum.place : {whole}"
        )
        .encode(
            tooltip=[
                alt.Tooltip("text:N", title="·"),
                alt.Tooltip("place:N", title=x_title),
                alt.Tooltip("shown:N", title=look.text("charts.axis.norm")),
            ]
        )
    )


def assemble(
    look: Look, stack: Sequence[tuple[Layer, str]], x: alt.X, y: alt.Y
) -> alt.LayerChart:
    """The chart: layers on the axes named with each, the playhead, a look that the theme does not override.

    A layer on "x" alone spans every y, one on "y" every x; one on "" has its place in pixels.
    """
    head = alt.param(
        name=look.head,
        value=LAST_FRAME,
        bind=alt.binding_range(min=0, max=LAST_FRAME, step=1, name=look.head),
    )
    return (
        alt.layer(*(_on_axes(layer, axes, x, y) for layer, axes in stack))
        .add_params(head)
        .properties(height=look.height)
        .configure_axis(
            labelFontSize=round(look.font * 0.93),
            titleFontSize=round(look.font * 0.93),
            labelLimit=400,
            titlePadding=round(8 * look.zoom),
            labelPadding=round(8 * look.zoom),
            labelOverlap="greedy",
            aria=False,
        )
        .configure_mark(aria=False)
    )


def _on_axes(layer: Layer, axes: str, x: alt.X, y: alt.Y) -> Layer:
    """The layer with its place on the axes named."""
    if isinstance(layer, alt.LayerChart):
        return alt.layer(*(_on_axes(inner, axes, x, y) for inner in layer.layer))
    if "x" in axes:
        layer = layer.encode(x=x)
    return layer.encode(y=y) if "y" in axes else layer
