"""The map's rows: one for each cell, known or not, and those of what is drawn over them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.charts.base.rows import Rows
from core.charts.names.beside_points import Names
from core.diagnosis.cell import Cell
from core.labs.map.question import SCALES, Question
from core.runs.cells import STRIDES, StartCell
from core.text import Text

Float32s = NDArray[np.float32]
Point = tuple[float, float]
COARSEST = STRIDES[0]
OUTCOMES = ("learned", "stalled", "exploded", "diverged")
BEYOND = 128.0
"""Is drawn where a growth is infinite: as float32's own end."""
NAME_PIXELS, LINE_PIXELS = 10, 14
"""From a point to its name, to the side, and from theory's line up or down."""
PLOT = (300.0, 300.0)
"""Pixels of the plot on a phone."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a map shows: the known cells by place, theory's line and the visitor's own place as points (x, y).

    named: the key of what stands at the visitor's place.
    """

    question: Question
    cells: Mapping[tuple[int, int], Cell | StartCell]
    line: Sequence[Point] = ()
    here: Point | None = None
    named: str = "diagram.here"


def frames(drawn: Drawn, text: Text) -> dict[str, pd.DataFrame]:
    """The data sets of a map: "cells", a row for each that has a colour, and "over", what is drawn over them.

    A cell's row: x to x2 and y to y2, its place i and j, its colour (outcome or growth, as log2), and what its
    tooltip says: ready to be read, for a browser takes long to write it.
    """
    rows = Rows(outcome="category", align="category", dx="int8", dy="int8")
    boxes = _boxes(drawn, [place for place, cell in drawn.cells.items() if not _coloured(cell)])
    for ends in zip(*boxes.values(), strict=True):
        rows.add("none", **dict(zip(boxes, ends, strict=True)))
    for x, y in drawn.line:
        rows.add("line", x=x, y=y)
    _names(rows, drawn, text)
    return {"cells": _cells(drawn, text), "over": rows.frame()}


def edges(field: str, values: Sequence[float]) -> list[float]:
    """Where each cell of an axis begins and the last one ends: half way between values, as its scale has it."""
    log = SCALES[field].log
    at = np.log(values) if log else np.asarray(values, dtype=float)
    inner = (at[1:] + at[:-1]) / 2
    ends = np.array([2 * at[0] - inner[0], *inner, 2 * at[-1] - inner[-1]])
    return [float(edge) for edge in (np.exp(ends) if log else ends)]


def _coloured(cell: Cell | StartCell) -> bool:
    return isinstance(cell, Cell) or cell.growth > 0


def _cells(drawn: Drawn, text: Text) -> pd.DataFrame:
    """The known cells, coarse ones first: each covers what it stands for until finer ones cover that."""
    coloured = (place for place, cell in drawn.cells.items() if _coloured(cell))
    places = sorted(coloured, key=_stride, reverse=True)
    cells = [drawn.cells[place] for place in places]
    columns: dict[str, Any] = dict(_boxes(drawn, places))
    asked = drawn.question
    for place, said, at, axis in (("i", "across", 0, asked.x), ("j", "up", 1, asked.y)):
        names = [text.exact(value) for value in axis[1]]
        columns[place] = np.array([each[at] for each in places], dtype=np.uint8)
        columns[said] = _category([names[each[at]] for each in places])
    for name, tell in TOLD[asked.kind].items():
        told = [tell(cell, text) for cell in cells]
        columns[name] = np.array(told, dtype=np.float32) if name == "growth" else _category(told)
    return pd.DataFrame(columns)


def _boxes(drawn: Drawn, places: Sequence[tuple[int, int]]) -> dict[str, Float32s]:
    """From where to where each cell of a place is drawn."""
    i, j = np.array(places, dtype=int).reshape(-1, 2).T
    complete = len(drawn.cells) == drawn.question.size
    wide = 1 if complete else np.array([_stride(place) for place in places], dtype=int)
    boxes = {}
    for name, at, axis in (("x", i, drawn.question.x), ("y", j, drawn.question.y)):
        ends = np.array(edges(*axis), dtype=np.float32)
        boxes[name], boxes[f"{name}2"] = ends[at], ends[np.minimum(at + wide, len(ends) - 1)]
    return boxes


def _category(values: Sequence[str]) -> "pd.Categorical[str]":
    """The same as pandas would make of them, sooner."""
    codes = {value: code for code, value in enumerate(dict.fromkeys(values))}
    names = pd.Index(list(codes), dtype=str)
    return pd.Categorical.from_codes([codes[value] for value in values], names)


def _stride(place: tuple[int, int]) -> int:
    i, j = place
    return next(stride for stride in STRIDES if i % stride == j % stride == 0)


def _outcome(what: str, text: Text) -> str:
    return text(f"verdict.outcomes.{what}")


TOLD: dict[str, dict[str, Callable[[Any, Text], Any]]] = {
    "start": {
        "growth": lambda cell, _: min(math.log2(cell.growth), BEYOND),
        "text": lambda cell, text: text.number(cell.growth),
    },
    "outcome": {
        "outcome": lambda cell, _: cell.outcome,
        "text": lambda cell, text: _outcome(cell.outcome, text),
        "loss": lambda cell, text: text.number(cell.loss),
        "norm": lambda cell, text: text.number(cell.grad_norm),
        "steps": lambda cell, text: text.digits(str(cell.steps)),
    },
}
"""By kind of diagram, what a cell's colour and its tooltip say."""
TIPS = {
    "text": "diagram.tip.text",
    "loss": "diagram.tip.loss",
    "norm": "diagram.tip.norm",
    "steps": "diagram.tip.steps",
}
"""What the tooltip of a trained cell tells, and the name of each."""


def _names(rows: Rows, drawn: Drawn, text: Text) -> None:
    """The texts within the map: of the regions, of theory's line and of the visitor's own place."""
    names = Names(rows, *PLOT)
    for outcome, (x, y) in regions(drawn).items():
        rows.add("name", outcome=outcome, text=_outcome(outcome, text), x=x, y=y)
    if drawn.line:
        upright = drawn.question.x[0] == "gain"
        at = max(drawn.line, key=lambda point: point[1 if upright else 0])
        down = LINE_PIXELS if upright else -LINE_PIXELS
        _name(names, drawn.question, at, text("diagram.line"), down)
    if drawn.here:
        x, y = drawn.here
        rows.add("here", x=x, y=y)
        _name(names, drawn.question, drawn.here, text(drawn.named), 0)


def _name(names: Names, question: Question, at: Point, said: str, down: int) -> None:
    """A text right of its point, or left of it, and `down` pixels lower."""
    across, up = (
        float(np.interp(value, ends, np.linspace(0, 1, len(ends))))
        for value, ends in zip(at, (edges(*axis) for axis in question.axes), strict=True)
    )
    ways = [(side, line) for line in (down, -LINE_PIXELS) for side in (NAME_PIXELS, -NAME_PIXELS)]
    names.add(said, (across, up), ways, series="note", x=at[0], y=at[1])


def regions(drawn: Drawn, least: int = 5) -> dict[str, Point]:
    """For each outcome the middle of its largest square of cells, of at least `least` a side.

    One that theory's line does not cross, where there is one.
    """
    (_, xs), (_, ys) = drawn.question.axes
    if len(drawn.cells) < drawn.question.size or drawn.question.kind != "outcome":
        return {}
    grid = np.array(
        [[drawn.cells[i, j].outcome for j in range(len(ys))] for i in range(len(xs))]  # type: ignore[union-attr]
    )
    crossed, found = _crossed(drawn), {}
    for outcome in OUTCOMES:
        inside = grid == outcome
        size, (i, j) = _largest_square(inside & ~crossed)
        if size < least:
            size, (i, j) = _largest_square(inside)
        if size >= least:
            found[outcome] = (xs[i - size // 2], ys[j - size // 2])
    return found


def _crossed(drawn: Drawn) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """The cells that theory's line runs through."""
    crossed = np.zeros([len(values) for _, values in drawn.question.axes], bool)
    axes = zip(drawn.question.axes, zip(*drawn.line, strict=True), strict=False)
    places = [np.interp(along, values, range(len(values))) for (_, values), along in axes]
    if places:
        ends = range(len(drawn.line))
        between = np.linspace(0, len(ends) - 1, 50 * len(ends))  # many more than there are cells
        crossed[tuple(np.rint(np.interp(between, ends, each)).astype(int) for each in places)] = (
            True
        )
    return crossed


def _largest_square(inside: np.ndarray[Any, np.dtype[np.bool_]]) -> tuple[int, tuple[int, int]]:
    """Side of the largest square of True, and its last corner."""
    sides = np.zeros(inside.shape, dtype=int)
    for i, j in zip(*np.nonzero(inside), strict=True):
        # the square that ends here is one larger than the least of those that end beside it
        before = (sides[i - 1, j], sides[i, j - 1], sides[i - 1, j - 1]) if i and j else (0,)
        sides[i, j] = 1 + min(before)
    i, j = np.unravel_index(sides.argmax(), sides.shape)
    return int(sides[i, j]), (int(i), int(j))
