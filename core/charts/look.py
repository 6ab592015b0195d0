"""What a specification depends on, and the axes and expressions that pictures share."""

from dataclasses import dataclass

import altair as alt

from core.charts.palette import Palette
from core.charts.placing import FONT, LARGE, WIDE
from core.text import SUPERSCRIPTS, Text

UNITS = {"step": "frame", "work": "moment", "still": "still"}
"""The playhead's parameter, and the name of its slider in the page, by its unit. Nothing moves a still chart."""
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
"""Each series' colour, by its name in the palette. A colour means one thing everywhere."""
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
    names = [
        text.digits(plain.get(e, "10")) + str(e).translate(SUPERSCRIPTS) * (e not in plain)
        for e in exponents
    ]
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
