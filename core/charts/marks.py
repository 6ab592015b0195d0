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
    options: list[tuple[Place, Written]] = []
    for number, stroke in enumerate(strokes):
        for share in SHARES if len(strokes) == 1 else SHARES[1::4]:
            for written, cost in _beside(board, stroke, share, text, up=up):
                apart = min((_distance(written.box, other) for other in others), default=99.0)
                cost += max(40 - apart, 0) + 2 * (number + share)
                options.append((Place(written.box, cost), written))
    return _choose(board, options)


def _beside(
    board: Board, stroke: Pixels, share: float, text: str, *, up: bool
) -> list[tuple[Written, float]]:
    """The places at one point of a stroke, and how good each is by itself: above, below, right, left."""
    wide, high = text_width(text), text_height(text)
    x = stroke[:, 0].min() + share * (stroke[:, 0].max() - stroke[:, 0].min())
    middle = min(max(x, wide / 2 + 2), board.plot.width - wide / 2 - 2)
    near = stroke[abs(stroke[:, 0] - middle) <= wide / 2 + 4]
    near = near if len(near) else stroke[abs(stroke[:, 0] - middle).argmin()][None]
    top, bottom = float(near[:, 1].min()), float(near[:, 1].max())
    found = []
    for away in (0.0, 20.0, 40.0):
        for above in (True, False):
            edge = top if above else bottom
            start = edge - GAP - high - away if above else edge + GAP + away
            box = Box(middle - wide / 2, start, middle + wide / 2, start + high)
            cost = 0.4 * (bottom - top) + (12.0 if above != up else 0.0) + 0.8 * away
            found.append((Written(text, box, "center", (middle, edge)), cost))
    px, py = stroke[abs(stroke[:, 0] - x).argmin()]
    for align, start in (("left", px + 9), ("right", px - 9 - wide)):
        box = Box(start, py - high / 2, start + wide, py + high / 2)
        found.append((Written(text, box, align, (float(px), float(py))), 16.0))
    return found


def _choose(board: Board, options: Sequence[tuple[Place, Written]]) -> Written:
    """The best of the options, which takes its place on the board."""
    box = board.put([place for place, _ in options])
    return next(written for place, written in options if place.box is box)


def put_sentence(board: Board, across: float, sentence: str) -> Written:
    """The sentence beside its rule at the pixel `across`: left or right, high or low, in as few lines as go."""
    board.block(Box(across - 2, 0, across + 2, board.plot.height))
    options: list[tuple[Place, Written]] = []
    for width in (400, 260, 190, 140, 110):
        shown = wrap(sentence, width)
        wide, high = text_width(shown), text_height(shown)
        for gap, right in ((9, False), (9, True), (24, False), (48, False), (80, False)):
            left = across + gap if right else across - gap - wide
            for down in range(4, int(board.plot.height - high), 12):
                box = Box(left, down, left + wide, down + high)
                cost = 2.0 * shown.count("\n") + 0.02 * down + (1.0 if right else 0.1 * (gap - 9))
                written = Written(shown, box, "left" if right else "right", (across, down))
                options.append((Place(box, cost), written))
    return _choose(board, options)


def put_level(board: Board, down: float, text: str) -> Written:
    """A horizontal rule's name, just above or below it, at the left or the right end or between."""
    wide, high = text_width(text), text_height(text)
    options = []
    for below in (False, True):
        top = down + 3 if below else down - 3 - high
        for order, share in enumerate((1.0, 0.0, 0.5, 0.75, 0.25)):
            left = share * (board.plot.width - wide - 4) + 2
            align = {1.0: "right", 0.0: "left"}.get(share, "center")
            held = {"right": board.plot.width, "left": 0.0}.get(align, left + wide / 2)
            box = Box(left, top, left + wide, top + high)
            cost = order + (0.5 if below else 0)
            options.append((Place(box, cost), Written(text, box, align, (held, down))))
    return _choose(board, options)


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
