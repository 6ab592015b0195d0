"""Long tables, a value a row with the name of what it is beside it: tbparse, MLflow, Aim, melted data frames."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.logs.formats.wandb import chosen_run
from core.logs.names import SERIES, plain
from core.logs.numbers import number
from core.logs.separated import rows_of_table
from core.logs.source import Source
from core.logs.table import Table, collect

TAGS = ("tag", "metric", "variable", "key", "name")
VALUE, RUN = "value", "run"


def is_long(source: Source) -> bool:
    """Whether each row has a name and a value."""
    first = _rows(source)[:1]
    return any(_tag(row) is not None and VALUE in row for row in first)


def read_long(source: Source) -> Table:
    """A series of each name; of several runs the one that is asked for, else the first."""
    rows = _rows(source)
    runs = tuple(dict.fromkeys(str(row[RUN]) for row in rows if row.get(RUN)))
    chosen = chosen_run(runs, source.run)
    own = [row for row in rows if not runs or str(row.get(RUN)) == chosen]
    return collect(_wide(sorted(own, key=_step)), runs=runs)


def _rows(source: Source) -> list[Mapping[str, Any]]:
    rows: Iterable[Any] = source.document if isinstance(source.document, list) else source.records
    if source.header and VALUE in source.header and {*TAGS} & {*source.header}:
        rows = rows_of_table(source.lines)
    return [row for row in rows if isinstance(row, dict)]


def _wide(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        tag = _tag(row)
        if tag is not None and VALUE in row:
            beside = {n: v for n, v in row.items() if n not in (VALUE, RUN, *TAGS)}
            yield beside | {str(row[tag]): row[VALUE]}


def _step(row: Mapping[str, Any]) -> float:
    """The step of a row: names mostly come one after the other, each with all its steps."""
    steps = (number(value) for name, value in row.items() if plain(name) in SERIES["step"])
    return next((step for step in steps if step is not None), 0.0)


def _tag(row: Mapping[str, Any]) -> str | None:
    """The column that holds the names."""
    return next((tag for tag in TAGS if isinstance(row.get(tag), str)), None)
