"""What a trace holds, as one writes it down: None where nothing was logged, "nan" for a NaN that was."""

import math
import os

from hypothesis import settings

from core.trace import Trace

NAN, INF = "nan", math.inf
EXAMPLES = int(os.environ.get("LOGS_MADE_UP", "100"))
made_up = settings(
    max_examples=EXAMPLES, deadline=None, derandomize="LOGS_MADE_UP" not in os.environ
)
"""The same logs each time, unless one asks for so many new ones."""


def told(trace: Trace, name: str) -> list:
    """All rows of a series."""
    there, values = trace.logged[name], trace.frame[name]
    return [_written(v) if known else None for v, known in zip(values, there, strict=True)]


def _written(value: float) -> float | str:
    return NAN if math.isnan(value) else value


def notes(trace: Trace) -> dict[str, dict]:
    """What is said of it, by the last part of the key."""
    return {note.key.rpartition(".")[2]: dict(note.slots) for note in trace.notes}
