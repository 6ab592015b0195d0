"""What happened, written into a chart: the end and its sentence, the threshold, float32's last number, names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.charts.placing import (
    FONT,
    MODELS,
    Board,
    Box,
    Pixels,
    Place,
    Plot,
    dense,
    text_height,
    text_width,
    wrap,
)
from core.charts.rows import NEVER, Rows, Window, drawable
from core.experiment import Experiment
from core.steps import Step
from core.text import Text

FLOAT32_MOST = 3.4e38
READOUT = {("mlp", "weight_gradient"): "readout_gradient", ("mlp", "weight"): "readout"}
MATRICES = ("input", "recurrent", "readout")
GAP = 6.0
SHARES = (0.04, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.88, 0.96)


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal rule and its name."""

    series: str
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Named:
    """A line with a name: its unbroken strokes as (x, y)."""

    series: str
    text: str
    strokes: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A text at its place on a model plot: its box, and the pixel of the thing that it belongs to."""

    text: str
    box: Box
    align: str
    held: tuple[float, float]


def end_sentence(step: Step, experiment: Experiment, text: Text) -> str:
    """What stopped being finite at this step, and where, in one sentence; "" if nothing did."""
    if step.lost is None:
        return ""
    quantity, layer = step.lost.quantity, step.lost.layer
    key = quantity
    if layer is not None and quantity in ("weight_gradient", "weight"):
        suffix = "_gradient" if quantity == "weight_gradient" else ""
        if experiment.network == "rnn":
            key = MATRICES[layer - 1] + suffix
        elif layer > experiment.depth:
            key = "readout" + suffix
    elif layer is not None and experiment.network == "rnn":
        key = f"{quantity}_rnn"
    return text(f"charts.lost.{key}", step=step.index, layer=layer)


def put_name(
    board: Board, strokes: Sequence[Pixels], others: Sequence[Pixels], text: str, *, up: bool
) -> Written:
    """A line's name at one of its strokes: above it if `up`, where it is level and no other line is near."""
    wide, high = text_width(text), text_height(text)
    places: list[Place] = []
    edges: dict[int, float] = {}
    for number, stroke in enumerate(strokes):
        left, right = stroke[:, 0].min(), stroke[:, 0].max()
        for share in SHARES if len(strokes) == 1 else SHARES[1::4]:
            middle = left + share * (right - left)
            middle = min(max(middle, wide / 2 + 2), board.plot.width - wide / 2 - 2)
            near = stroke[abs(stroke[:, 0] - middle) <= wide / 2 + 4]
            near = near if len(near) else stroke[abs(stroke[:, 0] - middle).argmin()][None]
            for above in (True, False):
                edge = float(near[:, 1].min() if above else near[:, 1].max())
                top = edge - GAP - high if above else edge + GAP
                box = Box(middle - wide / 2, top, middle + wide / 2, top + high)
                edges[id(box)] = edge
                apart = min((_distance(box, other) for other in others), default=99.0)
                cost = 0.4 * (near[:, 1].max() - near[:, 1].min()) + max(40 - apart, 0)
                cost += (12.0 if above != up else 0.0) + 2 * (number + share)
                places.append(Place(box, float(cost)))
    box = board.put(places)
    return Written(text, box, "center", ((box.left + box.right) / 2, edges[id(box)]))


def put_sentence(board: Board, across: float, sentence: str) -> Written:
    """The sentence beside its rule at the pixel `across`: left or right, high or low, in as few lines as go."""
    board.block(Box(across - 2, 0, across + 2, board.plot.height))
    places: list[Place] = []
    shapes: dict[int, str] = {}
    for width in (400, 260, 190, 140, 110):
        shown = wrap(sentence, width)
        wide, high = text_width(shown), text_height(shown)
        for right in (False, True):
            left = across + 9 if right else across - 9 - wide
            for down in range(4, int(board.plot.height - high), 12):
                box = Box(left, down, left + wide, down + high)
                shapes[id(box)] = shown
                cost = 2.0 * shown.count("\n") + 0.02 * down + (1.0 if right else 0.0)
                places.append(Place(box, cost))
    best = board.put(places)
    align = "left" if best.left > across else "right"
    return Written(shapes[id(best)], best, align, (across, best.top))


def put_level(board: Board, down: float, text: str) -> Written:
    """A horizontal rule's name, just above or below it, at the left or the right end or between."""
    wide, high = text_width(text), text_height(text)
    places = []
    for below in (False, True):
        top = down + 3 if below else down - 3 - high
        for order, share in enumerate((1.0, 0.0, 0.5, 0.75, 0.25)):
            left = share * (board.plot.width - wide - 4) + 2
            places.append(Place(Box(left, top, left + wide, top + high), order + (0.5 if below else 0)))
    box = board.put(places)
    ends = {"left": 0.0, "right": board.plot.width, "center": (box.left + box.right) / 2}
    align = "left" if box.left < 4 else "right" if box.right > board.plot.width - 4 else "center"
    return Written(text, box, align, (ends[align], down))


def draw_levels(
    rows: Rows, windows: Sequence[Window], levels: Sequence[Level], text: Text
) -> list[Level]:
    """Add the levels' rules, float32's end among them where the axis comes near; returns all of them."""
    everything = list(levels)
    if any(window.y1 > FLOAT32_MOST for window in windows):
        everything.append(Level("float32", FLOAT32_MOST, text("charts.mark.float32")))
    for level in everything:
        frame = next((i for i, w in enumerate(windows) if w.y0 <= level.y <= w.y1), NEVER)
        rows.add("level", series=level.series, y=level.y, frame=frame)
    return everything


def write_all(
    rows: Rows,
    named: Sequence[Named],
    window: Window,
    levels: Sequence[Level],
    end: tuple[float, str],
    frame: int,
    bottom: float = 0.0,
    margins: Mapping[int, float] | None = None,
) -> None:
    """Every text of the resting picture, for narrow and wide plots: the end, the lines' names, the levels'.

    bottom, margins: pixels kept free of data under the plot and, by size, right of it.
    """
    for size, plot in MODELS:
        width = plot.width - (margins[size] if margins else 0.0)
        model = replace(plot, bottom=bottom, width=width)
        _write_model(rows, named, window, levels, end, frame, size, model)


def _write_model(
    rows: Rows,
    named: Sequence[Named],
    window: Window,
    levels: Sequence[Level],
    end: tuple[float, str],
    frame: int,
    size: int,
    plot: Plot,
) -> None:
    strokes = {f"{n.series} {n.text}": [s for s in (_pixels(x, window, plot) for x in n.strokes) if len(s)] for n in named}
    heights = [float(plot.pixels(window, [0], [level.y])[0, 1]) for level in levels]
    rules = [plot.pixels(window, [window.x0, window.x1], [level.y] * 2) for level in levels]
    board = Board(plot, [s for each in strokes.values() for s in each] + rules)
    board.block(Box(0, plot.height - plot.bottom, plot.width, plot.height))
    written: list[tuple[str, Written]] = []
    if end[1]:
        across = float(plot.pixels(window, [end[0]], [window.y0])[0, 0])
        written.append(("end", put_sentence(board, across, end[1])))
    lines = {name: np.concatenate(each) for name, each in strokes.items() if each}
    for n in (n for n in named if n.text and f"{n.series} {n.text}" in lines):
        key = f"{n.series} {n.text}"
        others = [line for name, line in lines.items() if name != key]
        up = all(lines[key][:, 1].mean() <= other[:, 1].mean() + 0.5 for other in others)
        written.append((n.series, put_name(board, strokes[key], others, n.text, up=up)))
    for level, down in zip(levels, heights, strict=True):
        written.append((level.series, put_level(board, down, level.text)))
    for series, text in written:
        write(rows, window, plot, text, series, size=size, frame=frame)


def _pixels(stroke: Sequence[tuple[float, float]], window: Window, plot: Plot) -> Pixels:
    """What can be drawn of a stroke, in pixels close together."""
    points = [(x, y) for x, y in stroke if drawable(y)]
    return dense(plot.pixels(window, [x for x, _ in points], [y for _, y in points]))


def write(
    rows: Rows, window: Window, plot: Plot, text: Written, series: str, *, size: int, frame: int
) -> None:
    """A placed text as a row, held to its point in data coordinates, the rest of the way in pixels."""
    box, (across, down) = text.box, text.held
    side = {"left": box.left, "center": (box.left + box.right) / 2, "right": box.right}[text.align]
    rows.add(
        "label",
        series=series,
        x=plot.at(window, across),
        y=plot.value(window, down),
        dx=side - across,
        dy=box.top + FONT * 0.15 - down,
        text=text.text,
        size=size,
        align=text.align,
        frame=frame,
    )


def _distance(box: Box, points: Pixels) -> float:
    """How far the nearest of the points is from the box, vertically, among those above or below it."""
    near = points[(points[:, 0] > box.left - 4) & (points[:, 0] < box.right + 4)]
    if not len(near):
        return 99.0
    middle = (box.top + box.bottom) / 2
    return float(abs(near[:, 1] - middle).min())
