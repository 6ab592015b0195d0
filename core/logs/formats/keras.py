"""Keras: CSVLogger, `history` as JSON, and what `fit` prints. A row is an epoch, and a loss the mean over it."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from core.logs.formats.general import columns_in, read_columns
from core.logs.pairs import COUNTS, STEPS, row_of
from core.logs.separated import table_of
from core.logs.source import Source
from core.logs.table import Table, collect

EPOCH = re.compile(r"^\s*Epoch (\d{1,9})/\d{1,9}\s*$")
BAR = re.compile(r"^\s*\d{1,12}/(?:\d{1,12}|Unknown) (?:\[|\S*━|- )")


def is_csv(source: Source) -> bool:
    """An epoch a row, and no steps."""
    first, *others = source.header or [""]
    return (
        first == "epoch"
        and "loss" in others
        and others == sorted(others)
        and STEPS.isdisjoint(others)
    )


def read_csv(source: Source) -> Table:
    """Epochs count from 0; what was not measured is NA."""
    return table_of(source.lines, names={"step": "epoch"}, epochs=True)


def is_history(source: Source) -> bool:
    """Lists of numbers by name, by `json.dump` or by pandas."""
    document = source.document
    if not isinstance(document, dict) or "loss" not in document:
        return False
    return document.keys() == columns_in(document).keys() and COUNTS.isdisjoint(document)


def read_history(source: Source) -> Table:
    """The rows of an epoch each, from 0."""
    return read_columns(columns_in(source.document), epochs=True)


def is_console(source: Source) -> bool:
    """Epochs, and progress bars with losses."""
    return source.has(EPOCH) and any(
        BAR.match(line) and "loss" in line for line in source.some_lines
    )


def read_console(source: Source) -> Table:
    """Of each epoch the last state of its bar, which has its mean so far. Epochs count from 1."""
    return collect(_epochs(source.lines), names={"step": "Epoch"}, epochs=True)


def _epochs(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    row: dict[str, Any] = {}
    epoch = "1"
    for line in lines:
        if found := EPOCH.match(line):
            if row:
                yield row
            row, epoch = {}, found[1]
        elif BAR.match(line):
            row |= {"Epoch": epoch} | row_of(line[line.find(" - ") :])
    if row:
        yield row
