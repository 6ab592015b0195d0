"""MMEngine and MMCV: `Epoch(train) [1][210/735]  lr: …`, and JSON lines of {mode, epoch, iter, lr, loss}."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from core.logs.pairs import TOTAL, row_of
from core.logs.source import Source
from core.logs.table import Table, collect

LINE = re.compile(
    r"\b(?:Epoch|Iter)\s?(?:\((\w{1,20})\))?\s{0,9}\[\s{0,9}(\d{1,12})(?:/(\d{1,12}))?\]([\[\s])"
)
"""Epoch(train) [1][210/735] or Iter(train) [210/735]; older ones say neither train nor val."""


def is_lines(source: Source) -> bool:
    """Its console and its log file."""
    return source.has(LINE)


def read_lines(source: Source) -> Table:
    """Iterations start again in each epoch."""
    return collect(_rows(source.lines))


def is_json(source: Source) -> bool:
    """The first line is the environment."""
    return any("mode" in row and "iter" in row for row in source.records[:20])


def read_json(source: Source) -> Table:
    """Iterations start again in each epoch."""
    return collect(map(_placed, source.records))


def _rows(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if found := LINE.search(line):
            mode, number, steps, _ = found.groups()
            row = row_of(line[found.start() :])
            row |= {"iter": number, TOTAL: steps} if steps else {"epoch": number}
            yield _placed(row | {"mode": mode or "train"})


def _placed(row: dict[str, Any]) -> dict[str, Any]:
    """Validation counts iterations of its own: it stands where training is."""
    if row.get("mode", "train") == "train":
        return row
    own = {name: value for name, value in row.items() if name not in ("iter", "step", TOTAL)}
    return {f"val_{name}" if name == "loss" else name: value for name, value in own.items()}
