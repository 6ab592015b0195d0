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

WHOLE: dict[str, Callable[[Step], float]] = {
    "step": attrgetter("index"),
    "loss": attrgetter("loss"),
    "before": attrgetter("grad_norm"),
    "after": attrgetter("clipped_norm"),
    "weights": lambda step: math.hypot(*step.weight_norms),
}
"""What there is of the whole network, under its name in `run_data.columns`."""
HEARD: dict[str, Where] = {"signal_norms": place}
"""What there is for each layer or matrix in the table too, and what names that; the rest is in the CSV alone."""
PARTS: dict[str, Where] = HEARD | {
    "activation_norms": place,
    "saturated": place,
    "weight_norms": matrix,
    "weight_grad_norms": matrix,
    "update_norms": matrix,
}
CELLS = 6000
"""A table has no more: the steps of a longer run are thinned out."""


def columns(
    steps: Sequence[Step], experiment: Experiment, text: Text, parts: dict[str, Where] = HEARD
) -> list[Column]:
    """The whole network's columns, then those of its parts, input side first."""
    found: list[Column] = [
        (text(f"run_data.columns.{name}"), [value(step) for step in steps])
        for name, value in WHOLE.items()
    ]
    for name, where in parts.items():
        each = zip(*(getattr(step, name) for step in steps), strict=True)
        for number, values in enumerate(each, start=1):
            head = text(f"run_data.columns.{name}", where=where(number, experiment, text))
            found.append((head, values))
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
