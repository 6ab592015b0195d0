"""Tables of text: comma, semicolon, tab, bar or blanks between the cells."""

import csv
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core.logs.errors import LogError
from core.logs.numbers import number
from core.logs.table import Rows, Table

SEPARATORS = (",", "\t", ";", "|")
BLANKS = " "
CHUNK = 5_000
NOTHING = ("", "NA", "None", "null", "N/A", "-")


def separator_of(lines: Sequence[str]) -> str | None:
    """What stands between the cells, by the first two lines, which have as many; None of lines that are no table.

    The second line is numbers, or nothing, in most of its cells; a table of one column has no separator, "".
    """
    if len(lines) < 2:
        return None
    for separator in (*SEPARATORS, BLANKS):
        names, cells = (_cells(line.lstrip("# "), separator) for line in lines[:2])
        if 1 < len(names) == len(cells) and _headed(names, cells, separator):
            return separator
    return "" if all(number(line) is not None for line in lines[1:50]) else None


def header_of(lines: Sequence[str]) -> Sequence[str]:
    """The names of a table's columns, "column 1" where it has none; none of lines that are no table."""
    separator = separator_of(lines)
    if separator is None:
        return []
    names = _cells(lines[0].lstrip("# "), separator)
    if _headless(lines, separator):
        return [f"column {place}" for place in range(1, len(names) + 1)]
    return _different(names)


def table_of(lines: Sequence[str], **known: Any) -> Table:
    """The numbers of a table. A line that repeats the header, or has another, gives the names from there on."""
    separator, names = separator_of(lines) or "", header_of(lines)
    rows, cells = Rows(), iter(_split(lines, separator))
    if not _headless(lines, separator):
        next(cells)
    try:
        while block := list(itertools.islice(cells, CHUNK)):
            names = _add(rows, names, block)
    except csv.Error:
        raise LogError("logs.errors.cell") from None
    return rows.table(**known)


def rows_of_table(lines: Sequence[str]) -> Iterator[dict[str, str]]:
    """The rows of a table with a header, as text."""
    separator, names = separator_of(lines) or "", header_of(lines)
    for cells in itertools.islice(_split(lines, separator), 1, None):
        yield dict(zip(names, cells, strict=False))


def _add(rows: Rows, names: Sequence[str], block: list[list[str]]) -> Sequence[str]:
    """Add rows of cells, and return the names from there on: an appended log writes its header again."""
    if all(len(row) == len(names) and row[0] != names[0] for row in block):
        rows.add_block(names, block)
        return names
    for row in block:
        if row and row[0].strip() == names[0]:
            names = _different([cell.strip() for cell in row])
        elif any(row):
            rows.add({name: cell for name, cell in zip(names, row, strict=False) if cell})
    return names


def _headless(lines: Sequence[str], separator: str) -> bool:
    cells = _cells(lines[0].lstrip("# "), separator)
    return all(number(cell) is not None or cell in NOTHING for cell in cells)


def _split(lines: Iterable[str], separator: str) -> Iterable[list[str]]:
    if separator in (BLANKS, ""):
        return (line.split() if separator else [line.strip()] for line in lines)
    cells = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    if separator != ";":
        return cells
    return ([cell.replace(",", ".") for cell in row] for row in cells)  # where a comma is a point


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(iter(_split([line], separator)))]
    except (csv.Error, StopIteration):
        return []


def _headed(names: Sequence[str], cells: Sequence[str], separator: str) -> bool:
    """Whether a line is names and half of the next one's cells are numbers, in prose more; or both are numbers."""
    above = sum(number(name) is not None for name in names)
    below = sum(number(cell) is not None for cell in cells)
    if above:
        return above == len(names) == below
    known = below + sum(cell in NOTHING for cell in cells)
    return below > 0 and known >= len(cells) / 2 + (separator == BLANKS)


def _different(names: Sequence[str]) -> list[str]:
    """Names of which none comes twice; an empty one is called by its place, as pandas' index."""
    given: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        name = name or f"column {place}"
        given[f"{name} ({place})" if name in given else name] = place
    return list(given)
