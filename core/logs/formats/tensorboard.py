"""TensorBoard: what its page lets one download, CSV or JSON, one tag a file. Event files: see tfevents.py."""

import re

from core.logs.separated import table_of
from core.logs.source import Source
from core.logs.table import Table, collect

HEADER = ["Wall time", "Step", "Value"]
STEP, VALUE = HEADER[1:]
FILE = re.compile(r"run-(?P<run>.*)-tag-(?P<tag>.*?)(?: \(\d+\))?\.\w+$")
"""run-<run>-tag-<tag>.csv; a browser adds (1)."""


def is_csv(source: Source) -> bool:
    """Three columns of these names."""
    return list(source.header) == HEADER


def read_csv(source: Source) -> Table:
    """The tag is told by the file's name alone."""
    return _tagged(table_of(source.lines), source.name)


def is_json(source: Source) -> bool:
    """Lists of three: wall time, step, value."""
    document = source.document
    if not isinstance(document, list) or not document:
        return False
    return all(isinstance(row, list) and len(row) == len(HEADER) for row in document[:10])


def read_json(source: Source) -> Table:
    """The same as in CSV."""
    rows = (row for row in source.document if isinstance(row, list))
    return _tagged(collect(dict(zip(HEADER, row, strict=False)) for row in rows), source.name)


def _tagged(table: Table, name: str) -> Table:
    told = FILE.search(name)
    tag = told["tag"] if told and told["tag"] else VALUE
    own = {STEP: STEP, VALUE: tag}
    return Table(
        columns={own[name]: column for name, column in table.columns.items() if name in own},
        length=table.length,
        names={"step": STEP},
        notes=table.notes,
        runs=(told["run"],) if told else (),
    )
