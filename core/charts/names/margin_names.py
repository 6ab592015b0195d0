"""Names in a margin beside a still chart: each at its own line's end, with a leader where it had to move.

The margin is at the right, or at the left, where the gradient arrives: then places are found on the mirrored
plot, and mirrored back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.charts.base.plots import HEIGHTS, MODELS, Plot
from core.charts.base.rows import Rows, Window, drawable
from core.charts.names import marks
from core.charts.names.end_names import LEADER, End, write_beside
from core.charts.names.labels import Written, put_level
from core.charts.names.placing import Board, Box, wrap

SWAPPED = {"left": "right", "right": "left", "center": "center"}


@dataclass(frozen=True, slots=True)
class Margin:
    """Pixels kept free of data by the model plots' `size`, at the left or the right, and below the lines."""

    pixels: Mapping[int, float]
    left: bool = False
    below: float = 0.0


def write_names(
    rows: Rows,
    ends: Sequence[End],
    window: Window,
    levels: Sequence[marks.Level],
    margin: Margin,
) -> None:
    """The names of those lines that have a point to draw, and of the levels, on every model plot."""
    turned = [replace(end, stroke=_stroke(end, window, left=margin.left)) for end in ends]
    for size, model in MODELS:
        wide = margin.pixels[size]
        plot = Plot(model.width - wide, model.height + margin.below, bottom=margin.below)
        room = wide - LEADER - 4
        shown = [
            replace(e, text=wrap(e.short if size == 1 else e.text, room), short=wrap(e.short, room))
            for e in turned
            if e.stroke
        ]
        for series, text, leader in _placed(shown, window, levels, plot, wide):
            if margin.left:
                text, leader = _mirrored(text, plot), (-leader[0], leader[1])
            if leader != (0.0, 0.0):
                x, y = plot.at(window, text.held[0]), plot.value(window, text.held[1])
                rows.add("leader", series=series, x=x, y=y, dx=leader[0], dy=leader[1], size=size)
            marks.write(rows, window, plot, text, series, size=size, frame=0)


def _placed(
    ends: Sequence[End],
    window: Window,
    levels: Sequence[marks.Level],
    plot: Plot,
    wide: float,
) -> list[tuple[str, Written, tuple[float, float]]]:
    """Series, text and leader of each: the levels first, for names have more places to go to."""
    rules = [level.y for level in levels]
    across = [[(window.x0, y), (window.x1, y)] for y in rules]
    heights = [height + plot.bottom for height in HEIGHTS]
    lines = [plot.stroke(window, s) for s in (*(e.stroke for e in ends), *across)]
    board = Board(plot, lines, heights)
    downs = [float(plot.pixels(window, [window.x0], [y])[0, 1]) for y in rules]
    standing = [
        put_level(board, down, level.text) for level, down in zip(levels, downs, strict=True)
    ]
    found = [(level.series, text, (0.0, 0.0)) for level, text in zip(levels, standing, strict=True)]
    placed = write_beside(ends, window, plot, wide, rules, standing, heights)
    return found + [(end.series, text, tip) for end, (text, tip) in zip(ends, placed, strict=True)]


def _stroke(end: End, window: Window, *, left: bool) -> tuple[tuple[float, float], ...]:
    """What can be drawn of a line, its named end last."""
    seen = tuple((x, y) for x, y in end.stroke if drawable(y))
    return tuple((window.x0 + window.x1 - x, y) for x, y in reversed(seen)) if left else seen


def _mirrored(text: Written, plot: Plot) -> Written:
    box, (across, down) = text.box, text.held
    turned = Box(plot.width - box.right, box.top, plot.width - box.left, box.bottom)
    return replace(text, box=turned, align=SWAPPED[text.align], held=(plot.width - across, down))
