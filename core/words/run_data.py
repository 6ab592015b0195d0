"""A run's numbers, a row each step, the columns in plain words: for who listens, and for who calculates on."""

import csv
import math
from collections.abc import Callable, Sequence
from io import StringIO
from operator import attrgetter

from core.experiment import Experiment
from core.places import matrix, place
from core.steps import Step
from core.text import Text

Column = tuple[str, Sequence[float]]
"""Its head, and a number for each step."""
Where = Callable[[int | None, Experiment, Text], str]
Parts = dict[str, tuple[Callable[[Step], Sequence[float]], Where]]
"""By the head, a number for each layer or matrix, and what names that."""

WHOLE: dict[str, Callable[[Step], float]] = {
    "run_data.columns.step": attrgetter("index"),
    "run_data.columns.loss": attrgetter("loss"),
    "run_data.columns.before": attrgetter("grad_norm"),
    "run_data.columns.after": attrgetter("clipped_norm"),
    "run_data.columns.weights": lambda step: math.hypot(*step.weight_norms),
}
"""By the head, what there is of the whole network."""
READ: Parts = {"run_data.columns.signal_norms": (attrgetter("signal_norms"), place)}
"""What the table has, too; the rest is in the CSV alone."""
PARTS: Parts = READ | {
    "run_data.columns.activation_norms": (attrgetter("activation_norms"), place),
    "run_data.columns.saturated": (attrgetter("saturated"), place),
    "run_data.columns.weight_norms": (attrgetter("weight_norms"), matrix),
    "run_data.columns.weight_grad_norms": (attrgetter("weight_grad_norms"), matrix),
    "run_data.columns.update_norms": (attrgetter("update_norms"), matrix),
}
CELLS = 6000
"""A table has no more: the steps of a longer run are thinned out."""


def columns(
    steps: Sequence[Step], experiment: Experiment, text: Text, parts: Parts = READ
) -> list[Column]:
    """The whole network's columns, then those of its parts, input side first."""
    found: list[Column] = [(text(k), [value(step) for step in steps]) for k, value in WHOLE.items()]
    for key, (values, where) in parts.items():
        each = zip(*map(values, steps), strict=True)
        for number, column in enumerate(each, start=1):
            found.append((text(key, where=where(number, experiment, text)), column))
    return found


def as_csv(steps: Sequence[Step], experiment: Experiment, text: Text) -> bytes:
    """All of it; every number reads back as it was."""
    heads, values = zip(*columns(steps, experiment, text, PARTS), strict=True)
    written = StringIO()
    csv.writer(written).writerows([heads, *zip(*values, strict=True)])
    return written.getvalue().encode("utf-8-sig")  # the mark by which spreadsheets know UTF-8


def thinned(steps: Sequence[Step]) -> list[Step]:
    """As many steps as the table has room for, evenly spread, the first and the last among them."""
    most = max(CELLS // (len(WHOLE) + len(steps[0].signal_norms)), 2)
    rows = min(len(steps), most)
    last = len(steps) - 1
    return [steps[round(k * last / max(rows - 1, 1))] for k in range(rows)]
