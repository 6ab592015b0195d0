"""One factor multiplied again and again, on a logarithmic axis, and where number formats end."""

import pandas as pd

from core.charts.base import line_chart as still
from core.charts.base.line_chart import Curve
from core.charts.names.marks import Level
from core.text import Text
from core.theory.number_formats import FORMATS

MOST_FACTORS = 200
REACH = {"over": (1.0, 1e42), "under": (1e-48, 1.0)}
"""What the y axis covers for factors of 1 and above, and below; there the line leaves the chart."""


def frame(factor: float, count: int, text: Text) -> pd.DataFrame:
    """The rows for `still.spec`: the power up to `count` factors, and how it would go on."""
    powers = [factor**n for n in range(MOST_FACTORS + 1)]
    reach = REACH["under" if factor < 1 else "over"]
    inside = [n for n, power in enumerate(powers) if reach[0] <= power <= reach[1]]
    name = text("charts.powers.line", factor=factor)
    curves = [
        Curve("note", "", (0, MOST_FACTORS), (1.0, 1.0)),
        _curve("beside", "", [n for n in inside if n >= count], powers),
        _curve("product", name, [n for n in inside if n <= count], powers),
    ]
    if count in inside and count > 0:
        said = text("charts.powers.here", count=count, value=powers[count])
        curves.append(_curve("signal", said, [count], powers))
    drawn = [curve for curve in curves if curve.x]
    title, levels = text("charts.powers.axis"), _ends(factor, text)
    return still.frame(drawn, text, title, levels, reach=reach)


def _ends(factor: float, text: Text) -> list[Level]:
    """The last number of each format in the direction in which the powers go.

    The upper end of float32 is not among them: every chart that reaches so far draws it.
    """
    if factor < 1:
        lows = {name: each.smallest for name, each in FORMATS.items()}
        return [Level("note", y, text(f"charts.powers.lower_{name}")) for name, y in lows.items()]
    highs = {name: each.largest for name, each in FORMATS.items() if name != "float32"}
    return [Level("float32", y, text(f"charts.powers.upper_{name}")) for name, y in highs.items()]


def _curve(series: str, name: str, places: list[int], powers: list[float]) -> Curve:
    return Curve(series, name, tuple(places), tuple(powers[n] for n in places))
