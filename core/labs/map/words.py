"""What the map says in words: what its networks are, what became of them, and where theory's line lies."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np

from core.diagnosis.cell import Cell
from core.experiment import MOST_SECONDS, Experiment
from core.labs.map.line import boundary, passage_of_each, passages
from core.labs.map.question import CLIPPED, Question
from core.labs.map.rows import OUTCOMES, TIPS, TOLD, Drawn
from core.runs.cells import StartCell
from core.text import Text, plain
from core.theory.cancellation import signal_cancels
from core.theory.critical_gain import log_growth
from core.theory.prediction import edge_of_chaos, obstacle

SIZES = {
    "outcome": ("width", "depth", "batch_size", "steps"),
    "start": ("width", "depth", "batch_size"),
}
ON_LINE = 1e-6
"""A gain no farther beyond theory's line is on it."""
FLAT = 0.005
"""A logarithm of the growth so near to 0 is told as a growth of 1."""
SIDES = {math.inf: "below", 0.0: "above"}
"""What `passage` says where the growth does not pass 1 along the gain."""
NEAR = 0.05
"""A gain no farther from another one is the same on a map."""
TOLD_SECONDS = 6.0
"""A map that costs less is there before one has read what it costs."""


def sentences(drawn: Drawn, experiment: Experiment, text: Text) -> list[str]:
    """Paragraphs: what became of the networks, where theory's line lies, and what the networks are."""
    said = [f"{_read(drawn, text)} {_theory(drawn, text)}".strip()]
    return [each for each in (*said, _networks(drawn.question, experiment, text)) if each]


def alt(asked: Question, text: Text) -> str:
    """The map for who does not see it: the same for all drawings, since a chart whose text changes is made anew."""
    (x, xs), (y, ys) = asked.axes
    ends = {"x_least": xs[0], "x_most": xs[-1], "y_least": ys[0], "y_most": ys[-1]}
    names = {"x": text(f"pair.fields.{x}"), "y": text(f"pair.fields.{y}")}
    return plain(text("diagram.alt", cells=asked.size, **names, **ends))


def cell(known: Cell | StartCell | None, kind: str, text: Text) -> str:
    """A cell's tooltip in one line, for who has no pointer; "" of one that is not known yet."""
    if known is None:
        return ""
    said = {name: tell(known, text) for name, tell in TOLD[kind].items()}
    if kind == "start":
        return f"{text('diagram.growth')}: {said['text']}"
    return "; ".join(f"{text(key)}: {said[name]}" for name, key in TIPS.items())


def cost(seconds: float, text: Text) -> str:
    """What a map will take, where that is worth telling."""
    if seconds > MOST_SECONDS:
        return too_large(seconds, text, small=True)
    return text("diagram.takes", seconds=round(seconds)) if seconds > TOLD_SECONDS else ""


def too_large(seconds: float, text: Text, *, small: bool = False) -> str:
    """Why a map cannot be drawn."""
    if math.isinf(seconds):
        return text("diagram.impossible")
    key = "too_large_small" if small else "too_large"
    return text(f"diagram.{key}", seconds=round(seconds), most=round(MOST_SECONDS))


def _read(drawn: Drawn, text: Text) -> str:
    """What became of the networks, or in how many the signal grows."""
    known, cells = len(drawn.cells), drawn.question.size
    if not known:
        return ""
    if known < cells:
        return text("diagram.partly", known=known, cells=cells)
    if drawn.question.kind == "outcome":
        found = Counter(cell.outcome for cell in drawn.cells.values() if isinstance(cell, Cell))
        return text("diagram.counts", cells=cells, **{name: found[name] for name in OUTCOMES})
    growths = [cell.growth for cell in drawn.cells.values() if isinstance(cell, StartCell)]
    grows, shrinks = sum(g > 1 for g in growths), sum(g < 1 for g in growths)
    said = text("diagram.growths", cells=cells, grows=grows, shrinks=shrinks)
    beyond, silent = sum(map(math.isinf, growths)), sum(map(math.isnan, growths))
    more = [text("diagram.beyond", beyond=beyond)] if beyond else []
    more += [text("diagram.silent", silent=silent)] if silent else []
    cancel = sum(map(signal_cancels, (cell.experiment for cell in drawn.cells.values())))
    more += [text("diagram.cancels", count=cancel)] if cancel else []
    return " ".join([said, *more])


def _theory(drawn: Drawn, text: Text) -> str:
    """Where the measured boundary lies against theory's line; or why there is no line."""
    asked = drawn.question
    if "gain" not in asked.fields:
        return ""
    why = "" if drawn.line else _no_line(asked, text)
    if len(drawn.cells) < asked.size:
        return why
    if asked.kind == "start":
        return f"{_crossing(drawn, text)} {why} {_line_words(drawn, text)}".strip()
    return f"{_sides(drawn, text)} {_line_words(drawn, text)}".strip() if drawn.line else why


def _line_words(drawn: Drawn, text: Text) -> str:
    """What theory's line leaves out, or where it would lie in an endlessly deep network."""
    base = drawn.question.base
    if not drawn.line:
        return ""
    if base.kind.recurrent:
        return text("why.travel.caveat.recurrent")
    (_, xs), (_, ys) = drawn.question.axes
    ends = (drawn.question.experiment(0, 0), drawn.question.experiment(len(xs) - 1, len(ys) - 1))
    first, last = (edge_of_chaos(replace(e, gain=1.0)) for e in ends)
    if first is None or last is None or abs(first[1] - last[1]) > NEAR:
        return ""
    if max(abs(gain - first[1]) for _, gain in boundary(drawn.question)) < NEAR:
        return ""
    return text("diagram.finite", gain=first[1])


def _no_line(asked: Question, text: Text) -> str:
    """Why: no chain, no formula, or a growth that is on one side of 1, for each value of the other axis."""
    experiment = asked.experiment(len(asked.x[1]) - 1, len(asked.y[1]) - 1)
    if experiment.depth == 1:
        return text(f"diagram.one_{experiment.kind.words}")
    reason = obstacle(experiment)
    if reason is not None:
        return text(f"why.travel.obstacle.{reason}", size=experiment.batch_size)
    gains = dict(asked.axes)["gain"]
    if max(abs(log_growth(experiment, gain)) for gain in (gains[0], gains[-1])) < FLAT:
        return text("diagram.flat")
    known = [(other, gain) for other, gain in passages(asked) if gain in SIDES]
    sides = {SIDES[gain] for _, gain in known}
    if len(sides) < 2:
        return text("diagram.below" if "below" in sides else "diagram.above") if sides else ""
    field = asked.fields[asked.other]
    below = [other for other, gain in known if SIDES[gain] == "below"][-1]
    above = next(other for other, gain in known if SIDES[gain] == "above")
    slots = {"below": text.exact(below), "above": text.exact(above)}
    return text("diagram.either", field=text(f"pair.fields.{field}"), **slots)


def _sides(drawn: Drawn, text: Text) -> str:
    """How many stayed finite on either side of theory's line; cells for which there is no theory are left out."""
    low: list[bool] = []
    high: list[bool] = []
    k, passed = drawn.question.other, passage_of_each(drawn.question)
    for place, cell in drawn.cells.items():
        gain = passed[place[k]]
        if not math.isnan(gain):
            side = low if cell.experiment.gain <= gain + ON_LINE else high
            side.append(isinstance(cell, Cell) and cell.outcome != "diverged")
    counts = {"low": sum(low), "low_cells": len(low), "high": sum(high), "high_cells": len(high)}
    return text("diagram.sides", **counts)


def _crossing(drawn: Drawn, text: Text) -> str:
    """Where the measured growth passes 1 along the gain, and theory's beside it, where both do."""
    crossings = measured_boundary(drawn)
    if not crossings:
        return text("diagram.no_crossing")
    k, passed = drawn.question.other, passage_of_each(drawn.question)
    pairs = [(gain, passed[place[k]]) for place, gain in crossings]
    both = [(gain, line) for gain, line in pairs if 0 < line < math.inf]
    gains = [gain for gain, _ in both or pairs]
    slots = {"gain": float(np.median(gains)), "least": min(gains), "most": max(gains)}
    slots |= {"count": len(gains), "lines": len(drawn.question.axes[k][1])}
    if not both:
        return text("diagram.crossing_alone", **slots)
    return text("diagram.crossing", theory=float(np.median([line for _, line in both])), **slots)


def measured_boundary(drawn: Drawn) -> list[tuple[tuple[int, int], float]]:
    """For each value of the other axis (a place with it), the first gain at which the growth passes 1."""
    k, axes = drawn.question.other, drawn.question.axes
    gains, others = axes[1 - k][1], axes[k][1]
    found = []
    for other in range(len(others)):
        places = [(g, other) if k else (other, g) for g in range(len(gains))]
        logs = [_log_growth(drawn, place) for place in places]
        for n in range(len(gains) - 1):
            if logs[n] < 0 <= logs[n + 1]:
                share = -logs[n] / (logs[n + 1] - logs[n])
                found.append((places[n], gains[n] + share * (gains[n + 1] - gains[n])))
                break
    return found


def _log_growth(drawn: Drawn, place: tuple[int, int]) -> float:
    cell = drawn.cells[place]
    return math.log(cell.growth) if isinstance(cell, StartCell) and cell.growth > 0 else math.nan


def of_own_size(asked: Question, experiment: Experiment) -> bool:
    """Whether the networks are no smaller than the experiment's, but for the axes."""
    fields = [f for f in SIZES[asked.kind] if f not in asked.fields]
    return all(getattr(asked.base, f) == getattr(experiment, f) for f in fields)


def _networks(asked: Question, experiment: Experiment, text: Text) -> str:
    """What all the networks are, and what opening one does."""
    fields = [f for f in SIZES[asked.kind] if f not in asked.fields]
    sizes = ", ".join(text(f"pair.named.{f}", value=getattr(asked.base, f)) for f in fields)
    said = [text("diagram.own" if of_own_size(asked, experiment) else "diagram.small", sizes=sizes)]
    if experiment.clipping == "none" and asked.base.clipping == CLIPPED:
        said.append(text("diagram.clipped"))
    said.append(text("diagram.seed", seed=asked.base.seed))
    said.append(text("diagram.stack" if asked.kind == "outcome" else "diagram.start"))
    return " ".join(said)
