"""Names where lines end: each beside its own end, stacked where ends meet, a thin leader to each that is moved.

Every way to write every name is weighed on the model plot at several heights, for the picture is as high as
its page makes it: what is clear of lines on the lowest and on the highest is clear between them as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from core.charts.base.plots import HEIGHTS, NARROW, Pixels, Plot
from core.charts.base.rows import Window
from core.charts.names.labels import Written
from core.charts.names.placing import Box, text_height, text_width

BESIDE = 10.0
"""Pixels from a line's end to its name."""
LEADER = 20.0
"""Pixels across from a line's end to a name higher or lower than it, a leader between them."""
ASIDE = 25.0
"""What it costs to stand elsewhere than beside the plot, for a line that ends at its edge."""
MOST = 48
"""How many ways to write one name are weighed against those of the others."""
Numbers = NDArray[np.float64]
Stroke = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class End:
    """A line with a name: its points as (x, y). short: what is said of it where there is no room for the rest."""

    series: str
    text: str
    short: str
    stroke: Stroke


@dataclass(frozen=True, slots=True)
class Option:
    """A way to write a name, in pixels from the line's end. tip: its leader's far end; (0, 0): it has none."""

    text: str
    align: str
    box: tuple[float, float, float, float]
    tip: tuple[float, float]
    cost: float


class Field:
    """The model plot at one height: where lines run, where they end, and what is written already."""

    def __init__(
        self,
        plot: Plot,
        window: Window,
        ends: Sequence[End],
        rules: Sequence[float],
        right: float,
    ) -> None:
        """right: pixels kept free of data beside the plot, which names may take. rules: horizontal, by their y."""
        self.plot, self.window = plot, window
        self.width = plot.width + right
        strokes = [plot.stroke(window, end.stroke) for end in ends]
        self.ends = np.stack([stroke[-1] for stroke in strokes])
        level = [plot.stroke(window, [(window.x0, y), (window.x1, y)]) for y in rules]
        self.ink = _integral(np.concatenate([*strokes, *level]), self.width, plot.height)

    def cost(self, boxes: Numbers, tips: Numbers, own: int) -> Numbers:
        """How bad each of an end's options is on this plot: outside, over lines, its leader over lines."""
        at = boxes + np.tile(self.ends[own], 2)
        over = np.maximum(
            0, [-at[:, 0], -at[:, 1], at[:, 2] - self.width, at[:, 3] - self.plot.height]
        )
        lines = np.minimum(self._inked(at, 3.0), 12)
        shares = np.linspace(0.4, 1.0, 7)[:, None, None]
        along = self.ends[own] + shares * tips
        points = np.concatenate([along, along], axis=-1).reshape(-1, 4)
        crossed = (self._inked(points, 1.5) > 0).reshape(len(shares), -1).sum(axis=0)
        crossed[(tips == 0).all(axis=1)] = 0
        apart = abs(self.ends - self.ends[own]).max(axis=1) > 3
        beside = _meet(at, np.tile(self.ends[apart], 2), 9.0).any(
            axis=1
        )  # as if it were that one's name
        passed = (crossed > 0) + crossed / len(shares)
        return np.asarray(100 * over.sum(axis=0) + 60 * lines + 30 * passed + 150 * beside)

    def _inked(self, at: Numbers, margin: float) -> Numbers:
        """How much ink is in each box."""
        grown = at + np.array([-margin, -margin, margin, margin])
        rows, columns = self.ink.shape
        x = np.clip(np.rint(grown[:, [0, 2]]), 0, columns - 1).astype(int)
        y = np.clip(np.rint(grown[:, [1, 3]]), 0, rows - 1).astype(int)
        inside = self.ink[y[:, 1], x[:, 1]] - self.ink[y[:, 0], x[:, 1]]
        return np.asarray(inside - self.ink[y[:, 1], x[:, 0]] + self.ink[y[:, 0], x[:, 0]])

    def met(self, written: Sequence[tuple[Plot, Written]], boxes: Numbers, own: int) -> Numbers:
        """How many texts that stand already each option meets; they are held to their own points."""
        at = boxes + np.tile(self.ends[own], 2)
        count = np.zeros(len(at))
        for plot, text in written:
            value = plot.value(self.window, text.held[1])
            moved = self.plot.pixels(self.window, [self.window.x0], [value])[0, 1] - text.held[1]
            box = np.array(
                [text.box.left, text.box.top + moved, text.box.right, text.box.bottom + moved]
            )
            count += _meet(at, box[None])[:, 0]
        return count


def write_beside(
    ends: Sequence[End],
    window: Window,
    plot: Plot,
    right: float,
    rules: Sequence[float] = (),
    written: Sequence[Written] = (),
    heights: Sequence[float] = HEIGHTS,
) -> list[tuple[Written, tuple[float, float]]]:
    """Each name at its place on the plot, and its leader's far end in pixels from the line's end, (0, 0) for none.

    right: pixels beside the plot that hold no data. rules: y of horizontal rules. written: what stands there.
    heights: what a wide plot's may be, everything under its data included.
    """
    if not ends:
        return []
    heights = (plot.height,) if plot.width + right <= NARROW.width else heights
    fields = [Field(replace(plot, height=h), window, ends, rules, right) for h in heights]
    standing = [(plot, text) for text in written]
    options, costs = [], []
    for own, end in enumerate(ends):
        found = _options(end, at_edge=float(fields[0].ends[own, 0]) > plot.width - 1)
        boxes, tips = np.array([o.box for o in found]), np.array([o.tip for o in found])
        cost = np.array([o.cost for o in found])
        cost = cost + np.max([f.cost(boxes, tips, own) for f in fields], axis=0)
        cost += 2000 * np.max([f.met(standing, boxes, own) for f in fields], axis=0)
        best = cost.argsort(kind="stable")[:MOST]
        options.append([found[i] for i in best])
        costs.append(cost[best])
    chosen = _together(options, costs, _conflicts(options, fields))
    anchors = [plot.pixels(window, *zip(end.stroke[-1], strict=True))[0] for end in ends]
    return [_written(o, anchor) for o, anchor in zip(chosen, anchors, strict=True)]


def _options(end: End, *, at_edge: bool) -> list[Option]:
    """The ways to write a name: in fewer or more lines, right, left, above or below the line's end."""
    said = {end.text: 0.0, end.text.replace(": ", ":\n", 1): 4.0}
    said.setdefault(end.short, 80.0)
    elsewhere = ASIDE if at_edge else 0.0
    found = []
    for text, cost in said.items():
        wide, high = text_width(text), text_height(text)
        for down in range(-110, 111, 5):
            far = LEADER if abs(down) > 5 else BESIDE
            tip = (far - 3, float(down)) if far == LEADER else (0.0, 0.0)
            box = (far, down - high / 2, far + wide, down + high / 2)
            more = 0.3 * abs(down) + (8 if far == LEADER else 0)
            found.append(Option(text, "left", box, tip, cost + more))
            box = (-far - wide, box[1], -far, box[3])
            found.append(Option(text, "right", box, (-tip[0], tip[1]), cost + more + 2 + elsewhere))
        for top in (-BESIDE - high, BESIDE):
            for align, left in (("left", -6.0), ("center", -wide / 2), ("right", 6.0 - wide)):
                box = (left, top, left + wide, top + high)
                found.append(Option(text, align, box, (0.0, 0.0), cost + 6 + elsewhere))
    return found


def _conflicts(options: Sequence[Sequence[Option]], fields: Sequence[Field]) -> Numbers:
    """How badly every two options of two ends go together, on whichever plot it is worst."""
    boxes = np.array([o.box for each in options for o in each])
    tips = np.array([o.tip for each in options for o in each])
    owner = np.repeat(np.arange(len(options)), [len(each) for each in options])
    worst = np.zeros((len(boxes), len(boxes)))
    for field in fields:
        start = field.ends[owner]
        at = boxes + np.tile(start, 2)
        across = np.zeros_like(worst)
        for share in (0.3, 0.5, 0.7, 0.85, 1.0):
            point = np.tile(start + share * tips, 2)
            across += _meet(point, at, 1.0) * (tips != 0).any(axis=1)[:, None]
        middle = (at[:, 1] + at[:, 3]) / 2
        higher = start[:, 1][:, None] < start[:, 1] - 2
        swapped = (
            higher & (middle[:, None] > middle) & (abs(start[:, 0][:, None] - start[:, 0]) < 2)
        )
        cost = 2000 * _meet(at, at) + 1000 * (across + across.T > 0) + 300 * _cross(start, tips)
        cost += 100 * (swapped | swapped.T)
        worst = np.maximum(worst, cost)
    return worst


def _meet(one: Numbers, other: Numbers, margin: float = 2.0) -> NDArray[np.bool_]:
    """Whether each of the boxes meets each of the others."""
    a, b = one[:, None], other[None]
    wide = (a[..., 0] < b[..., 2] + margin) & (b[..., 0] < a[..., 2] + margin)
    return wide & (a[..., 1] < b[..., 3] + margin) & (b[..., 1] < a[..., 3] + margin)


def _cross(start: Numbers, along: Numbers) -> NDArray[np.bool_]:
    """Whether each of the leaders crosses each of the others; that they begin at one point is no crossing."""
    gap = start[None] - start[:, None]
    turn = _turn(along[:, None], along[None])
    with np.errstate(divide="ignore", invalid="ignore"):
        mine, yours = _turn(gap, along[None]) / turn, _turn(gap, along[:, None]) / turn
    return (mine > 0.05) & (mine <= 1) & (yours > 0.05) & (yours <= 1)


def _turn(a: Numbers, b: Numbers) -> Numbers:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _together(
    options: Sequence[Sequence[Option]], costs: Sequence[Numbers], conflicts: Numbers
) -> list[Option]:
    """The best of those choices that take the names one after another, in any order."""
    starts = np.cumsum([0, *map(len, options)])
    least, best = np.inf, [0] * len(options)
    for order in permutations(range(len(options))):
        against, total, picked = np.zeros(len(conflicts)), 0.0, [0] * len(options)
        for k in order:
            cost = costs[k] + against[starts[k] : starts[k + 1]]
            picked[k] = int(cost.argmin())
            total += float(cost[picked[k]])
            against += conflicts[starts[k] + picked[k]]
        if total < least:
            least, best = total, picked
    return [options[k][i] for k, i in enumerate(best)]


def _written(option: Option, anchor: Numbers) -> tuple[Written, tuple[float, float]]:
    x, y = map(float, anchor)
    left, top, right, bottom = option.box
    box = Box(x + left, y + top, x + right, y + bottom)
    return Written(option.text, box, option.align, (x, y)), option.tip


def _integral(points: Pixels, width: float, height: float) -> Numbers:
    """Sums over all pixels up to each: four of them tell how many inked pixels a box holds."""
    rows, columns = round(height) + 1, round(width) + 1
    drawn = np.zeros((rows + 1, columns + 1), np.int32)
    x = np.clip(np.rint(points[:, 0]), 0, columns - 1).astype(int)
    y = np.clip(np.rint(points[:, 1]), 0, rows - 1).astype(int)
    drawn[y + 1, x + 1] = 1
    return drawn.cumsum(axis=0).cumsum(axis=1)
