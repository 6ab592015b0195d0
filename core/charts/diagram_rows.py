"""The map's rows: one for each cell, known or not, and those of what is drawn over them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.axes import SCALES, Question
from core.cells import STRIDES, Cell, StartCell
from core.charts.placing import dense
from core.text import Text

COARSEST = STRIDES[0]
OUTCOMES = ("learned", "stalled", "exploded", "diverged")
BEYOND = 128.0
"""Is drawn where a growth is infinite: as float32's own end."""
NAME_PIXELS, LINE_PIXELS = 10, 14
"""From a point to its name, to the side, and from theory's line up or down."""
COLUMNS = {
    "kind": "category",
    "x": "float32",
    "x2": "float32",
    "y": "float32",
    "y2": "float32",
    "i": "uint8",
    "j": "uint8",
    "outcome": "category",
    "growth": "float32",
    "loss": "category",
    "norm": "category",
    "steps": "category",
    "text": "category",
    "series": "category",
    "across": "category",
    "up": "category",
    "align": "category",
    "dx": "int8",
    "dy": "int8",
}
"""kind: blank, cell, none (nothing to colour), line, here, label, name. i, j: a cell's place. growth: its log2.
across, up, text, loss, norm, steps: what its tooltip says, ready to be read, for a browser takes long to write it.
"""
ONLY = {"growth": "start"} | dict.fromkeys(("outcome", "loss", "norm", "steps"), "outcome")
"""Columns that one kind of diagram alone has: a browser reads every number of 1600 rows."""
NOTHING: dict[str, object] = {
    name: "" if dtype == "category" else 0 for name, dtype in COLUMNS.items()
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a map shows: the known cells by place, theory's line and the visitor's own place as points (x, y).

    named: the key of what stands at the visitor's place.
    """

    question: Question
    cells: Mapping[tuple[int, int], Cell | StartCell]
    line: Sequence[tuple[float, float]] = ()
    here: tuple[float, float] | None = None
    named: str = "diagram.here"


def frame(drawn: Drawn, text: Text) -> pd.DataFrame:
    """One row for each cell, known or not, and the rows of what is drawn over them."""
    rows = _cells(drawn, text)
    rows += [{"kind": "line", "x": x, "y": y} for x, y in drawn.line]
    rows += _names(drawn, text)
    kind = drawn.question.kind
    columns = {name: dtype for name, dtype in COLUMNS.items() if ONLY.get(name, kind) == kind}
    table = pd.DataFrame([NOTHING | row for row in rows], columns=list(columns))
    for end, start in (("x2", "x"), ("y2", "y")):
        table[end] = table[end].where(table["kind"].isin(("cell", "none", "blank")), table[start])
    return table.astype(columns)


def edges(field: str, values: Sequence[float]) -> list[float]:
    """Where each cell of an axis begins and the last one ends: half way between values, as its scale has it."""
    log = SCALES[field].log
    at = np.log(values) if log else np.asarray(values, dtype=float)
    inner = (at[1:] + at[:-1]) / 2
    ends = np.array([2 * at[0] - inner[0], *inner, 2 * at[-1] - inner[-1]])
    return [float(edge) for edge in (np.exp(ends) if log else ends)]


def _cells(drawn: Drawn, text: Text) -> list[dict[str, object]]:
    """The known cells, coarse ones first: each covers what it stands for until finer ones cover that."""
    (x, xs), (y, ys) = drawn.question.x, drawn.question.y
    across, up = edges(x, xs), edges(y, ys)
    whole = {"kind": "blank", "x": across[0], "x2": across[-1], "y": up[0], "y2": up[-1]}
    rows: list[dict[str, object]] = [whole]
    names = [text.exact(value) for value in xs], [text.exact(value) for value in ys]
    complete = len(drawn.cells) == drawn.question.size
    for stride in STRIDES:
        for i, j in (place for place in drawn.cells if _stride(*place) == stride):
            wide = 1 if complete else stride
            ends = across[min(i + wide, len(xs))], up[min(j + wide, len(ys))]
            box = {"x": across[i], "x2": ends[0], "y": up[j], "y2": ends[1], "i": i, "j": j}
            said = {"across": names[0][i], "up": names[1][j]}
            rows.append(box | said | _told(drawn.cells[i, j], text))
    return rows


def _stride(i: int, j: int) -> int:
    return next(stride for stride in STRIDES if i % stride == j % stride == 0)


def _told(cell: Cell | StartCell, text: Text) -> dict[str, object]:
    """What a cell's colour and its tooltip say."""
    if isinstance(cell, StartCell):
        if not cell.growth > 0:
            return {"kind": "none"}
        drawn = min(math.log2(cell.growth), BEYOND)
        return {"kind": "cell", "growth": drawn, "text": text.number(cell.growth)}
    return {
        "kind": "cell",
        "outcome": cell.outcome,
        "text": _outcome(cell.outcome, text),
        "loss": text.number(cell.loss),
        "norm": text.number(cell.grad_norm),
        "steps": text.digits(str(cell.steps)),
    }


def _outcome(what: str, text: Text) -> str:
    return text(f"verdict.outcomes.{what}")


def _names(drawn: Drawn, text: Text) -> list[dict[str, object]]:
    """The texts within the map: of the regions, of theory's line and of the visitor's own place."""
    rows: list[dict[str, object]] = []
    for outcome, (x, y) in regions(drawn).items():
        rows.append(
            {"kind": "name", "outcome": outcome, "text": _outcome(outcome, text), "x": x, "y": y}
        )
    if drawn.line:
        upright = drawn.question.x[0] == "gain"
        at = max(drawn.line, key=lambda point: point[1 if upright else 0])
        down = LINE_PIXELS if upright else -LINE_PIXELS
        rows.append(_label(drawn.question, at, text("diagram.line"), down))
    if drawn.here:
        x, y = drawn.here
        rows.append({"kind": "here", "x": x, "y": y})
        rows.append(_label(drawn.question, drawn.here, text(drawn.named), 0))
    return rows


def _label(question: Question, at: tuple[float, float], said: str, down: int) -> dict[str, object]:
    """A text right of its point, or left of it near the right end, and `down` pixels lower."""
    ends = edges(*question.x)
    left = sum(edge < at[0] for edge in ends) > 0.55 * len(ends)
    side = -1 if left else 1
    place = {"align": "right" if left else "left", "dx": side * NAME_PIXELS, "dy": down}
    return {"kind": "label", "x": at[0], "y": at[1], "text": said, "series": "note"} | place


def regions(drawn: Drawn, least: int = 5) -> dict[str, tuple[float, float]]:
    """For each outcome the middle of its largest square of cells, of at least `least` a side.

    One that theory's line does not cross, where there is one.
    """
    (_, xs), (_, ys) = drawn.question.x, drawn.question.y
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
    crossed = np.zeros([len(values) for _, values in (drawn.question.x, drawn.question.y)], bool)
    axes = zip((drawn.question.x, drawn.question.y), zip(*drawn.line, strict=True), strict=False)
    places = [np.interp(along, values, range(len(values))) for (_, values), along in axes]
    if places:
        crossed[tuple(np.rint(dense(np.stack(places, axis=-1), 0.5)).astype(int).T)] = True
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
