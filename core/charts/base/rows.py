"""The tidy frame that every picture is drawn from: one row for each point, rule, label and limit.

A row is seen while `frame <= playhead < until`. What is not finite or not positive never becomes a row
(on a logarithmic axis one such number blanks the chart): a line breaks there, and the end mark tells it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from core.charts.base.measure import wrapped

T = TypeVar("T")

LAST_FRAME = 1_000_000
"""The slider's own value: everything shown. Without its player a picture shows its end."""
NEVER = 2_000_000_000

HIGH_BLOCKS = (
    1e1, 1e2, 1e4, 1e8, 1e16, 1e24, 1e32, 1e40, 1e48, 1e64, 1e96, 1e128, 1e192, 1e256, 1e300,
)  # fmt: skip
LOW_BLOCKS = tuple(1 / high for high in reversed(HIGH_BLOCKS))
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
DEFAULTS = {"y": 1.0, "y2": 1.0, "until": NEVER, "settled": NEVER}
"""Of the columns that are not "" or 0 where a row does not say them."""


class Point(NamedTuple):
    """One value of a series, and the frame at which it becomes known. place: what its x is called, if not x."""

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


ALONE = Beside()


def drawable(value: float) -> bool:
    """Whether a logarithmic axis has a place for it."""
    return math.isfinite(value) and 1e-300 < value < 1e300


def most(values: Iterable[float]) -> float:
    """The largest of those that can be drawn; NaN if none can."""
    return max(filter(drawable, values), default=math.nan)


class Rows:
    """Collects rows; `frame()` is the tidy DataFrame with one dtype a column, whatever was collected.

    settled: the frame from which on the points of lines that move can be touched.
    """

    def __init__(self, **own: str) -> None:
        """Begin with none. own: the columns that only this chart has, and their dtypes."""
        self.settled = NEVER
        self._columns = COLUMNS | own
        blank = {name: "" if kind == "category" else 0 for name, kind in self._columns.items()}
        self._defaults = blank | DEFAULTS
        self._rows: list[dict[str, Any]] = []
        self._parts = 0

    def add(self, kind: str, **values: object) -> dict[str, Any]:
        """One row, which is returned; what is not given has its default."""
        self._rows.append(self._defaults | {"kind": kind} | values)
        return self._rows[-1]

    def curve(
        self, series: str, points: Sequence[Point], *, dots: int = 0, **values: object
    ) -> list[dict[str, Any]]:
        """A line that stands still, broken where a value has no place on the axis: its rows.

        dots: up to so many points are marked; one between two gaps always is. values: of all its rows.
        """
        values = {"settled": 0} | values
        stretches = [thin(stretch) for stretch in _unbroken(points)]
        marked = sum(map(len, stretches)) <= dots
        rows = []
        for stretch in stretches:
            self._parts += 1
            dot = int(marked or len(stretch) == 1)
            for point in stretch:
                own = point._asdict() | {"series": series, "part": self._parts, "dot": dot}
                rows.append(self.add("line", **own, **values))
        return rows

    def line(
        self,
        series: str,
        points: Sequence[Point],
        name: str = "",
        *,
        until: int = NEVER,
        dots: int = DOTS_UP_TO,
    ) -> None:
        """A line that grows with the film.

        Each row ends where the next begins, so that at any frame one row of the series is its head, which has
        its name; the last ends at `until`.
        """
        rows = self.curve(series, points, dots=dots, settled=self.settled, **wrapped(name))
        for row, after in pairwise([*rows, {"frame": until}]):
            row["until"] = after["frame"]

    def limits(self, windows: Sequence[Window]) -> None:
        """What the axes cover at each frame: two invisible points for each stretch of equal windows."""
        for frame, until, window in stretches(windows):
            for x, y in ((window.x0, window.y0), (window.x1, window.y1)):
                self.add("limit", x=x, y=y, y2=y, frame=frame, until=until)

    def frame(self) -> pd.DataFrame:
        """The tidy frame."""
        columns: dict[str, Any] = {}
        for name, kind in self._columns.items():
            values = [row[name] for row in self._rows]
            columns[name] = pd.Categorical(values) if kind == "category" else np.array(values, kind)
        return pd.DataFrame(columns)


def stretches(values: Sequence[T]) -> list[tuple[int, int, T]]:
    """(first frame, frame after the last, value) for each stretch of frames with equal ones; the last never ends."""
    starts = [i for i, value in enumerate(values) if i == 0 or value != values[i - 1]]
    return [(i, after, values[i]) for i, after in pairwise([*starts, NEVER])]


def thin(points: Sequence[Point], count: int = MOST_POINTS) -> list[Point]:
    """At most about `count` points in their order: the first, the last, and each bucket's extremes."""
    if len(points) <= count:
        return list(points)
    buckets = np.array_split(np.arange(1, len(points) - 1), max(count // 2 - 1, 1))
    values = np.array([point.y for point in points])
    kept = {0, len(points) - 1}
    for bucket in buckets:
        kept |= {int(bucket[values[bucket].argmin()]), int(bucket[values[bucket].argmax()])}
    return [points[i] for i in sorted(kept)]


def blocks(values: Iterable[tuple[int, float]], frames: int) -> list[tuple[float, float]]:
    """The y limits at each of `frames` frames, from (frame, value): wide enough for all up to it, in blocks.

    What is known later than the last frame belongs to that.
    """
    lowest, highest = [math.inf] * frames, [0.0] * frames
    for frame, value in values:
        if drawable(value):
            frame = min(frame, frames - 1)
            lowest[frame] = min(lowest[frame], value)
            highest[frame] = max(highest[frame], value)
    below = np.searchsorted(LOW_BLOCKS, np.minimum.accumulate(lowest), "right") - 1
    above = np.searchsorted(HIGH_BLOCKS, np.maximum.accumulate(highest))
    last = len(HIGH_BLOCKS) - 1
    ends = zip(below.clip(0).tolist(), above.clip(max=last).tolist(), strict=True)
    return [(LOW_BLOCKS[low], HIGH_BLOCKS[high]) for low, high in ends]


def _unbroken(points: Sequence[Point]) -> list[list[Point]]:
    """The runs of neighbouring points that can be drawn."""
    runs = groupby(points, lambda point: drawable(point.y))
    return [list(run) for seen, run in runs if seen]
