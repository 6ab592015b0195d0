"""Weights & Biases: the export of a chart, with runs side by side, and the history of one run."""

from collections.abc import Sequence

from core.logs.errors import LogError
from core.logs.separated import table_of
from core.logs.source import Source
from core.logs.table import Table

SPREAD = ("__MIN", "__MAX")
"""The ends of a group's range; without groups they are its value once more."""
BETWEEN = " - "
STEP = "_step"


def is_export(source: Source) -> bool:
    """A column a run, mostly with one for the least and one for the most."""
    others = source.header[1:]
    return bool(others) and all(BETWEEN in name for name in others)


def read_export(source: Source) -> Table:
    """One run: the one that is asked for, else the first. What the chart's axis counts is the step.

    Raises:
        LogError: there is no such run.
    """
    axis, *names = (name for name in source.header if not name.endswith(SPREAD))
    names = [name for name in names if not name.endswith(BETWEEN + STEP)]
    runs = tuple(dict.fromkeys(map(_run, names)))
    chosen = chosen_run(runs, source.run)
    table = table_of(source.lines)
    columns = {
        name: column
        for name, column in table.columns.items()
        if name == axis or (name in names and _run(name) == chosen)
    }
    short = {name: name.rpartition(BETWEEN)[2] for name in names}
    return Table(columns=columns, length=table.length, names={"step": axis}, short=short, runs=runs)


def chosen_run(runs: Sequence[str], asked: str | None) -> str:
    """The run that is asked for, else the first. LogError if there is none of the name."""
    if asked is not None and asked not in runs:
        raise LogError("logs.errors.no_run", name=asked, choices=runs)
    return asked if asked is not None else next(iter(runs), "")


def _run(name: str) -> str:
    """The run in "run - key"; a run's name may have the dash, too."""
    return name.rpartition(BETWEEN)[0]


def is_history(source: Source) -> bool:
    """A run's history, as its API gives it: CSV or JSON."""
    document = source.document
    rows = source.records or (document if isinstance(document, list) else [])
    return STEP in source.header or any(isinstance(row, dict) and STEP in row for row in rows[:10])
