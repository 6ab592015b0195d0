"""The tidy frame that every picture is drawn from: one row for each point, rule, label and limit.

A row is seen while `frame <= playhead < until`. What is not finite or not positive never becomes a row
(on a logarithmic axis one such number blanks the chart): a line breaks there, and the end mark tells it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from core.charts.base.measure import wrapped

LAST_FRAME = 1_000_000
"""The slider's own value: everything shown. Without its player a picture shows its end."""
NEVER = 2_000_000_000

HIGH_BLOCKS = (
    1e1, 1e2, 1e4, 1e8, 1e16, 1e24, 1e32, 1e40, 1e48, 1e64, 1e96, 1e128, 1e192, 1e256, 1e300,
)  # fmt: skip
LOW_BLOCKS = tuple(1 / high for high in HIGH_BLOCKS)
MOST_POINTS = 600
DOTS_UP_TO = 45

COLUMNS: dict[str, str] = {
    "kind": "category",
    "series": "category",
    "part": "int32",
    "x": "float32",
    "x2": "float32",
    "y": "float64",
    "y2": "float64",
    "frame": "int32",
    "until": "int32",
    "settled": "int32",
    "dot": "uint8",
    "text": "category",
    "wide": "category",
    "narrow": "category",
    "place": "category",
}
"""kind: what it is drawn as, each picture's own. wide, narrow: `text` in lines, for plots of either width; ""
where it is not written."""
DEFAULTS = {
    "series": "", "part": 0, "x": 0.0, "x2": 0.0, "y": 1.0, "y2": 1.0, "frame": 0, "until": NEVER,
    "settled": NEVER, "dot": 0, "text": "", "wide": "", "narrow": "", "place": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series, and the frame at which it becomes known."""

    x: float
    y: float
    frame: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """What the axes cover at a frame: x linear, y in powers of ten."""

    x0: float
    x1: float
    y0: float
    y1: float


@dataclass(frozen=True, slots=True)
class Beside:
    """What the axes cover for the sake of the chart beside this one: its (frame, value)s, and its last x."""

    values: tuple[tuple[int, float], ...] = ()
    last: int = 0

    def within(self, frames: int) -> list[tuple[int, float]]:
        """The values at `frames` frames; what is known later belongs to the last."""
        return [(min(frame, frames - 1), value) for frame, value in self.values]


ALONE = Beside()


def drawable(value: float) -> bool:
    """Whether a logarithmic axis has a place for it."""
    return math.isfinite(value) and 1e-300 < value < 1e300


class Rows:
    """Collects rows; `frame()` is the tidy DataFrame with one dtype a column, whatever was collected."""

    def __init__(self, **own: str) -> None:
        """Begin with none. own: the columns that only this chart has, and their dtypes."""
        self._columns = COLUMNS | own
        self._defaults = DEFAULTS | {n: "" if d == "category" else 0 for n, d in own.items()}
        self._rows: list[dict[str, object]] = []
        self._parts = 0

    def add(self, kind: str, **values: object) -> None:
        """One row; what is not given has its default."""
        self._rows.append(self._defaults | {"kind": kind} | values)

    def line(
        self,
        series: str,
        points: Sequence[Point],
        text: str = "",
        *,
        settled: int = NEVER,
        most: int = MOST_POINTS,
        until: int = NEVER,
        still: bool = False,
        dotted: bool = True,
    ) -> None:
        """A line, broken where a value has no place on the axis, thinned to about `most` points.

        Each row ends where the next begins, so that at any frame one row of the series is its head, which has
        its name; the last ends at `until`, and so do all of a line that stands `still`, which has none.
        settled: the frame from which on its points can be touched.
        """
        name = {"text": text} if still else wrapped(text)
        stretches = [thin(stretch, most) for stretch in _stretches(points)]
        kept = [point for stretch in stretches for point in stretch]
        ends = {id(a): b.frame for a, b in pairwise(kept)}
        for stretch in stretches:
            self._parts += 1
            for point in stretch:
                self.add(
                    "line",
                    series=series,
                    part=self._parts,
                    x=point.x,
                    y=point.y,
                    frame=point.frame,
                    until=until if still else ends.get(id(point), until),
                    settled=settled,
                    dot=int(len(stretch) == 1 or (dotted and len(kept) <= DOTS_UP_TO)),
                    place=point.place,
                    **name,
                )

    def limits(self, windows: Sequence[Window]) -> None:
        """What the axes cover at each frame: two invisible points for each stretch of equal windows."""
        start = 0
        for frame in range(1, len(windows) + 1):
            if frame < len(windows) and windows[frame] == windows[start]:
                continue
            window, until = windows[start], frame if frame < len(windows) else NEVER
            for x, y in ((window.x0, window.y0), (window.x1, window.y1)):
                self.add("limit", x=x, y=y, y2=y, frame=start, until=until)
            start = frame

    def frame(self) -> pd.DataFrame:
        """The tidy frame."""
        table = pd.DataFrame(self._rows, columns=list(self._columns))
        return table.astype(self._columns)


def thin(points: Sequence[Point], most: int) -> list[Point]:
    """At most about `most` points in their order: the first, the last, and each bucket's extremes."""
    if len(points) <= most:
        return list(points)
    buckets = np.array_split(np.arange(1, len(points) - 1), max(most // 2 - 1, 1))
    values = np.array([point.y for point in points])
    kept = {0, len(points) - 1}
    for bucket in buckets:
        kept |= {int(bucket[values[bucket].argmin()]), int(bucket[values[bucket].argmax()])}
    return [points[i] for i in sorted(kept)]


def blocks(values: Iterable[tuple[int, float]], frames: int) -> list[tuple[float, float]]:
    """The y limits at each of `frames` frames, from (frame, value): wide enough for all up to it, in blocks."""
    low = [math.inf] * frames
    high = [0.0] * frames
    for frame, value in values:
        if drawable(value):
            low[frame], high[frame] = min(low[frame], value), max(high[frame], value)
    out = []
    least, most = math.inf, 0.0
    for lowest, highest in zip(low, high, strict=True):
        least, most = min(least, lowest), max(most, highest)
        out.append((_below(least), _above(most)))
    return out


def _below(value: float) -> float:
    return next((limit for limit in LOW_BLOCKS if limit <= value), LOW_BLOCKS[-1])


def _above(value: float) -> float:
    return next((limit for limit in HIGH_BLOCKS if limit >= value), HIGH_BLOCKS[-1])


def _stretches(points: Sequence[Point]) -> list[list[Point]]:
    """The runs of neighbouring points that can be drawn."""
    out: list[list[Point]] = [[]]
    for point in points:
        if drawable(point.y):
            out[-1].append(point)
        elif out[-1]:
            out.append([])
    return [stretch for stretch in out if stretch]
