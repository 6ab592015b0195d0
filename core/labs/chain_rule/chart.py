"""The chain rule's product at initialization: each factor as a bar, their product, what theory and bounds say.

The bars stand in a strip of their own under the lines, on the same layers: a factor of 1.2 could not be seen on
an axis that a bound of 10¹⁰ needs. Everything comes as log10 and leaves as numbers; what no axis has a place
for is left out.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair
import pandas as pd

from core.charts.base import layers
from core.charts.base import line_chart as still
from core.charts.base.line_chart import Curve
from core.charts.base.look import Look, x_axis, x_of, y_axis, y_of
from core.charts.base.palette import Palette
from core.charts.base.picture import FONT, HEIGHT, specification
from core.charts.base.rows import Rows, drawable
from core.charts.names import stack
from core.labs.chain_rule.strip import STRIP, add_bars, strip
from core.text import Text

MOST = 299.0
"""The largest power of ten that a chart has a place for."""
ROOM = 0.1
"""Share of the y axis kept free above and below; below singular values, which fall, it is three times as much."""
LEAST_SPAN = 0.1
"""A line over less of the x axis than this is not worth a name."""
NAMES = ("largest", "median", "smallest")


@dataclass(frozen=True, slots=True)
class Product:
    """What is drawn; all as log10, input side first. Layers are an RNN's time steps.

    lengths: the signal's, one a layer. weights: the end of the chain, ‖∂L/∂W_1‖.
    bounds: the end of the chain by the spectral norms, then one a layer; or none.
    theory, basin: predicted lengths, and those of GELU's other basin; one a layer, or none.
    norms: what each factor can do at most, the last, into the weights, first; or none.
    spreads: (layer, largest, median, smallest) of the product's singular values, times the signal's start.
    """

    time: bool
    lengths: tuple[float, ...]
    weights: float
    bounds: tuple[float, ...]
    theory: tuple[float, ...]
    basin: tuple[float, ...]
    norms: tuple[float, ...]
    spreads: tuple[tuple[int, float, float, float], ...]

    @property
    def depth(self) -> int:
        """How many layers."""
        return len(self.lengths)

    @property
    def factors(self) -> tuple[float, ...]:
        """Each as a number: ∂z_1/∂W_1, then ‖δ_l‖ / ‖δ_(l+1)‖ for l = 1 to depth - 1; NaN where there is none."""
        pairs = pairwise((self.weights, *self.lengths))
        return tuple(number(here - above) for here, above in pairs)

    @property
    def reach(self) -> tuple[float, float]:
        """Powers of ten that the axis covers: everything but the small singular values, which may leave it."""
        seen = [*self.lengths, self.weights, *self.bounds, *self.theory, *self.basin]
        seen += [largest for _, largest, _, _ in self.spreads]
        drawn = [y for y in seen if abs(y) < MOST] or [0.0]
        low, high = math.floor(min(drawn)), math.ceil(max(drawn))
        room = max(1, round(ROOM * (high - low)))
        below = 3 * room if self.spreads else room
        return max(low - below, -MOST), min(high + room, MOST)


def number(log: float) -> float:
    """A log10 as the number itself: 0 or infinity where it leaves float64, NaN stays."""
    return math.inf if log > 308 else 10.0**log


def spec(
    text: Text, palette: Palette, *, height: float | str = HEIGHT + STRIP, font: float = FONT
) -> dict[str, Any]:
    """The specification without data; like `Picture.spec`."""
    return specification(build, Look(text, palette, height, font, "still"))


def build(look: Look) -> layers.Layer:
    """The lines with their names at the left, and under them the strip of the factors."""
    left = stack.margin(look)
    x = x_of(x_axis(look, " "), left=left)
    y = y_of(y_axis(look, scale="layer_0_y"), look, bottom=STRIP)
    names = stack.names(look, scale="layer_0_y", left=True, bottom=STRIP)
    drawn = [*still.lines(look, left=left), (names, "")]
    lines = altair.layer(*(layers.on_axes(layer, axes, x, y) for layer, axes in drawn))
    chart = layers.assemble(look, [(lines, ""), (strip(look, x), "")], x, y)
    return chart.resolve_scale(y="independent")


def frame(product: Product, text: Text) -> pd.DataFrame:
    """The rows for `spec`."""
    time = "time" if product.time else "layer"
    curves = [
        *_spread(product, text),
        *_others(product, text),
        _signal(product, text),
        Curve("product", "", (0,), (number(product.weights),)),
    ]
    low, high = map(number, product.reach)
    axis = text(f"charts.product.axis_{time}")
    rows = Rows()
    window = still.draw(rows, curves, text, axis, reach=(low, high))
    add_bars(rows, product.factors, tuple(map(number, product.norms)), window, text)
    for curve in curves:
        still.add_name(rows, curve, window, first=True)
    return rows.frame()


def _signal(product: Product, text: Text) -> Curve:
    """The signal from the output to the input, and on into the weights at 0; on touch each layer's factor."""
    time = "time" if product.time else "layer"
    places = [text(f"charts.product.into_weights_{time}")]
    for layer, (here, above) in enumerate(pairwise(product.lengths), start=1):
        factor = number(here - above)
        places.append(text(f"charts.product.factor_{time}", layer=layer, factor=factor))
    places.append(text(f"charts.part.{time}", layer=product.depth))
    name = text("charts.line.signal_rnn" if product.time else "charts.line.signal")
    return Curve(
        "signal",
        f"{name}\n{text(f'charts.product.end_{time}', value=number(product.weights))}",
        tuple(range(product.depth + 1)),
        tuple(map(number, (product.weights, *product.lengths))),
        places=tuple(places),
        short=name,
    )


def _others(product: Product, text: Text) -> list[Curve]:
    """Bound, theory and its other basin, where there is one; a single layer has nothing to be bounded."""
    found = []
    known = (("basin", product.basin), ("bound", product.bounds), ("theory", product.theory))
    for series, logs in known:
        if logs and product.depth > 1:
            places = tuple(range(product.depth + 1))[-len(logs) :]
            name = text(f"charts.product.{series}")
            found.append(Curve(series, name, places, tuple(map(number, logs))))
    return found


def _spread(product: Product, text: Text) -> list[Curve]:
    """Largest, median and smallest singular value, the largest with the band down to the smallest."""
    if not product.spreads:
        return []
    start = (product.depth, *[product.lengths[-1]] * 3)
    points, floor, found = (*product.spreads, start), product.reach[0], []
    for k, name in enumerate(NAMES, start=1):
        x, y = _down_to(floor, [(row[0], row[k]) for row in points])
        if x[-1] - x[0] >= LEAST_SPAN * product.depth:
            name = text(f"charts.product.{name}")
            found.append(Curve("singular", name, x, tuple(map(number, y))))
    places = tuple(float(row[0]) for row in points)
    low = tuple(number(max(floor, row[3])) for row in points)
    high = tuple(number(row[1]) for row in points)
    return [Curve("singular", "", places, (math.nan,) * len(places), low, high), *found]


def _down_to(
    floor: float, points: Sequence[tuple[float, float]]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A line in log10, cut where it leaves the chart at the bottom."""
    kept = []
    for (x0, y0), (x1, y1) in pairwise(points):
        if y0 < floor < y1 and math.isfinite(y0):
            kept.append((x1 - (x1 - x0) * (y1 - floor) / (y1 - y0), floor))
        elif y0 >= floor:
            kept.append((x0, y0))
    x, y = zip(*kept, points[-1], strict=True)
    return x, y


def alt(product: Product, text: Text) -> str:
    """The chart in words, its bars among them."""
    parts = [text("charts.product.alt", depth=product.depth, start=number(product.lengths[-1]))]
    factors = [factor for factor in product.factors[1:] if drawable(factor)]
    if factors:
        said = {"count": len(factors), "least": min(factors), "most": max(factors)}
        parts.append(text("charts.product.alt_bars", **said))
    if product.weights < MOST:
        ends = {"first": number(product.lengths[0]), "weights": number(product.weights)}
        parts.append(text("charts.product.alt_end", **ends))
    if product.bounds and product.bounds[0] < MOST:
        parts.append(text("charts.product.alt_bound", bound=number(product.bounds[0])))
    return " ".join(parts)
