"""Logs that nobody here has heard of: JSON, tables, and lines of names and numbers."""

from collections.abc import Sequence
from typing import Any

from core.logs.errors import LogError
from core.logs.formats.loss_scale import scale_notes
from core.logs.numbers import number
from core.logs.pairs import rows_of
from core.logs.separated import table_of
from core.logs.source import DEEPEST, Source, flat
from core.logs.table import Rows, Table, collect

FEWEST = 2
"""Where no name has a number more often, it is no log."""


def is_document(source: Source) -> bool:
    """Whether it is one piece of JSON that holds rows, or columns."""
    return bool(rows_in(source.document) or columns_in(source.document))


def read_document(source: Source) -> Table:
    """The longest list of objects in it; else its lists of numbers."""
    if rows := rows_in(source.document):
        return collect(dict(flat(row)) for row in rows)
    return read_columns(columns_in(source.document))


def has_records(source: Source) -> bool:
    """Whether its lines are JSON."""
    return bool(source.records)


def read_records(source: Source) -> Table:
    """An object a line."""
    return collect(source.records)


def has_header(source: Source) -> bool:
    """Whether it is a table."""
    return bool(source.header)


def read_table(source: Source) -> Table:
    """A line a row."""
    return table_of(source.lines)


def read_shape(source: Source) -> Table:
    """By its shape: JSON, lines of JSON, or a table."""
    if source.records:
        return read_records(source)
    return read_table(source) if source.header else read_document(source)


def anything(_source: Source) -> bool:
    """Whatever it is."""
    return True


def read_lines(source: Source) -> Table:
    """Lines of `key: value` or `key=value`.

    Raises:
        LogError: there is nothing of the kind in it, or nothing that comes twice.
    """
    if source.broken:
        raise LogError("logs.errors.broken_json")
    table = collect(rows_of(source.lines), notes=scale_notes(source))
    if max((len(column.rows) for column in table.columns.values()), default=0) < FEWEST:
        raise LogError("logs.errors.nothing")
    return table


def rows_in(document: Any) -> Sequence[dict[str, Any]]:
    """The longest list of objects in JSON, at its top or under its names."""
    lists = [document] if isinstance(document, list) else []
    if isinstance(document, dict):
        lists = [each for _, each in flat(document) if isinstance(each, list)]
    found = [[row for row in each if isinstance(row, dict)] for each in lists]
    return max(found, key=len, default=[])


def columns_in(document: Any, depth: int = 0) -> dict[str, list[Any]]:
    """The lists of numbers in JSON by name, pandas' columns {"0": 1.5, "1": null} among them."""
    if isinstance(document, list):
        return {"value": document} if _numeric(document) else {}
    found: dict[str, list[Any]] = {}
    for name, inner in document.items() if isinstance(document, dict) else ():
        if isinstance(inner, dict) and inner and all(key.isdigit() for key in inner):
            inner = list(inner.values())
        if isinstance(inner, dict) and depth < DEEPEST:
            found |= {f"{name}/{key}": each for key, each in columns_in(inner, depth + 1).items()}
        elif isinstance(inner, list) and _numeric(inner):
            found[name] = inner
    return found


def read_columns(columns: dict[str, list[Any]], **known: Any) -> Table:
    """The table of lists; a shorter one has nothing in the last rows."""
    rows = Rows()
    rows.add_columns(columns)
    return rows.table(**known)


def _numeric(values: list[Any]) -> bool:
    return any(number(each) is not None for each in values[:100])
