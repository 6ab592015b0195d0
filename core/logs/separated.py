"""Tables of text: comma, semicolon, tab, bar or blanks between the cells."""

import csv
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core.logs.errors import LogError
from core.logs.numbers import number
from core.logs.table import CELLS, Table, collect

SEPARATORS = (",", "\t", ";", "|")
BLANKS = " "
CHUNK = 10_000
NOTHING = ("", "NA", "None", "null", "N/A", "-")


def separator_of(lines: Sequence[str]) -> str | None:
    """What stands between the cells, by the first two lines, which have as many; None of lines that are no table.

    The second line is numbers, or nothing, in most of its cells; a table of one column has no separator, "".
    """
    if len(lines) < 2:
        return None
    for separator in (*SEPARATORS, BLANKS):
        names, cells = (_cells(line.lstrip("# "), separator) for line in lines[:2])
        if 1 < len(names) == len(cells) and _numeric(cells):
            return separator
    return "" if all(number(line) is not None for line in lines[1:50]) else None


def header_of(lines: Sequence[str]) -> Sequence[str]:
    """The names of a table's columns, "column 1" where it has none; none of lines that are no table."""
    separator = separator_of(lines)
    if separator is None:
        return []
    names = _cells(lines[0].lstrip("# "), separator)
    if all(number(name) is not None or name in NOTHING for name in names):
        return [f"column {place}" for place in range(1, len(names) + 1)]
    return _different(names)


def table_of(lines: Sequence[str], **known: Any) -> Table:
    """The numbers of a table. A line that repeats the header, or has another, gives the names from there on."""
    separator = separator_of(lines) or ""
    try:
        return collect(_rows(lines, separator), **known)
    except csv.Error:
        raise LogError("logs.errors.cell") from None


def _rows(lines: Sequence[str], separator: str) -> Iterator[dict[str, Any]]:
    names = header_of(lines)
    headed = not names[0].startswith("column ") or number(_cells(lines[0], separator)[0]) is None
    seen = 0
    for cells in itertools.islice(_split(lines, separator), int(headed), None):
        seen += len(cells)
        if seen > 4 * CELLS:
            raise LogError("logs.errors.cells", most=CELLS)
        row = {n: c for n, c in zip(names, cells, strict=False) if c not in NOTHING}
        if separator == ";":
            row = {name: cell.replace(",", ".") for name, cell in row.items()}
        if row and _is_header(row, names):
            names = _different([cell.strip() for cell in cells])
        elif row:
            yield row


def _is_header(row: dict[str, str], names: Sequence[str]) -> bool:
    """Whether a later row holds names: an appended log writes its header again."""
    return names[0] in row and row[names[0]].strip() == names[0]


def _split(lines: Iterable[str], separator: str) -> Iterable[list[str]]:
    if separator in (BLANKS, ""):
        return (line.split() if separator else [line.strip()] for line in lines)
    return csv.reader(lines, delimiter=separator, skipinitialspace=True)


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(iter(_split([line], separator)))]
    except (csv.Error, StopIteration):
        return []


def _numeric(cells: Sequence[str]) -> bool:
    numbers = sum(number(cell) is not None for cell in cells)
    return numbers > 0 and numbers + sum(cell in NOTHING for cell in cells) > len(cells) / 2


def _different(names: Sequence[str]) -> list[str]:
    """Names of which none comes twice; an empty one is called by its place, as pandas' index."""
    given: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        name = name or f"column {place}"
        given[f"{name} ({place})" if name in given else name] = place
    return list(given)
