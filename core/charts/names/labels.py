"""Texts at their places: names at their lines, the end's sentence at its rule, levels' names at theirs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from core.charts.base.plots import Pixels
from core.charts.names.placing import Board, Box, Place, text_height, text_width, wrap

GAP = 6.0
NEAR = ((9, False), (9, True), (24, False), (48, False), (64, False), (80, False))
"""Pixels from a rule to its sentence, and whether it stands to the right of it."""
FAR = (110, 140, 180, 230)
"""Pixels left of its rule at which a sentence stands alone: it keeps its place among the lines, not the distance."""
LINE_COST = 8.0
"""Of a second line in a line's name."""
SHARES = (0.04, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.88, 0.96, 1.0)
"""Where along a line its name is tried."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text at its place on a model plot: its box, and the pixel of the thing that it belongs to."""

    text: str
    box: Box
    align: str
    held: tuple[float, float]


def put_name(
    board: Board, strokes: Sequence[Pixels], others: Sequence[Pixels], text: str, *, up: bool
) -> Written:
    """A line's name at one of its strokes: above it if `up`, where it is level and no other line is near."""
    options: list[tuple[Place, Written]] = []
    shares = SHARES if len(strokes) == 1 else SHARES[1::4]
    names = dict.fromkeys((text, text.replace(": ", ":\n", 1)))
    for (number, stroke), share, shown in product(enumerate(strokes), shares, names):
        for written, cost in _beside(board, stroke, share, shown, up=up):
            cost += LINE_COST * shown.count("\n")
            apart = min((_distance(written.box, other) for other in others), default=99.0)
            cost += max(40 - apart, 0) + 0.15 * max(120 - apart, 0) + 2 * (number + share)
            cost += 1500 * any(_between(written).holds(other) for other in others)
            options.append((Place(written.box, cost), written))
    return _choose(board, options)


def _beside(
    board: Board, stroke: Pixels, share: float, text: str, *, up: bool
) -> list[tuple[Written, float]]:
    """The places at one point of a stroke, and how good each is by itself: above, below, right, left."""
    wide, high = text_width(text), text_height(text)
    x, y = stroke[round(share * (len(stroke) - 1))]
    middle = min(max(x, wide / 2 + 2), board.plot.width - wide / 2 - 2)
    near = stroke[abs(stroke[:, 0] - middle) <= wide / 2 + 4]
    near = near if len(near) else stroke[abs(stroke[:, 0] - middle).argmin()][None]
    top, bottom = float(near[:, 1].min()), float(near[:, 1].max())
    found = []
    for away, above in product((0.0, 20.0, 40.0), (True, False)):
        edge = top if above else bottom
        start = edge - GAP - high - away if above else edge + GAP + away
        box = Box(middle - wide / 2, start, middle + wide / 2, start + high)
        cost = 0.4 * (bottom - top) + (12.0 if above != up else 0.0) + 0.8 * away
        found.append((Written(text, box, "center", (middle, edge)), cost))
    for align, start in (("left", x + 9), ("right", x - 9 - wide)):
        box = Box(start, y - high / 2, start + wide, y + high / 2)
        found.append((Written(text, box, align, (float(x), float(y))), 16.0))
    return found


def _choose(board: Board, options: Sequence[tuple[Place, Written]]) -> Written:
    """The best of the options, which takes its place on the board."""
    box = board.put([replace(place, held=written.held[1]) for place, written in options])
    return next(written for place, written in options if place.box is box)


def put_sentence(board: Board, across: float, sentence: str) -> Written:
    """The sentence beside its rule at the pixel `across`: left or right, high or low, in as few lines as go."""
    board.block(Box(across - 2, 0, across + 2, board.plot.height))
    options: list[tuple[Place, Written]] = []
    for width in (400, 260, 190, 140, 110):
        shown = wrap(sentence, width)
        wide, high = text_width(shown), text_height(shown)
        for gap, right in (*NEAR, *((gap, False) for gap in FAR)):
            left = across + gap if right else across - gap - wide
            for down in range(4, int(board.plot.height - high), 12):
                box = Box(left, down, left + wide, down + high)
                cost = 2.0 * shown.count("\n") + 0.02 * down + (1.0 if right else 0.1 * (gap - 9))
                held = across - gap if gap in FAR else across
                written = Written(shown, box, "left" if right else "right", (held, down))
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


def _between(written: Written) -> Box:
    """What lies between a text and the point that it belongs to."""
    box, (across, down) = written.box, written.held
    return Box(
        min(across, box.right) - 2,
        min(down, box.bottom),
        max(across, box.left) + 2,
        max(down, box.top),
    )


def _distance(box: Box, points: Pixels) -> float:
    """How far the nearest of the points is from the box, vertically, among those above or below it."""
    near = points[(points[:, 0] > box.left - 4) & (points[:, 0] < box.right + 4)]
    if not len(near):
        return 99.0
    middle = (box.top + box.bottom) / 2
    return float(abs(near[:, 1] - middle).min())
