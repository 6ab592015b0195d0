"""tqdm's progress bars with numbers behind them: `10%|█ | 10/100 [00:01<00:11, 8.01it/s, loss=1.61]`."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core.logs.pairs import TOTAL, row_of
from core.logs.source import Source
from core.logs.table import Table, collect

BAR = re.compile(
    r"(?:^|[|:\s])(\d{1,12})(?:/(\d{1,12}))?(?:it)? \[\d\d:\d\d.{0,40}?\w/\w{1,9}[,\]]"
)
EPOCH = re.compile(r"\b[Ee]poch:?\s{0,3}\[?(\d{1,9})\b")


def is_tqdm(source: Source) -> bool:
    """A bar with a number that it was given."""
    return any(
        "=" in line[found.end() :] for line in source.some_lines if (found := BAR.search(line))
    )


def read_tqdm(source: Source) -> Table:
    """Each state of each bar that was drawn; bars start again in each epoch."""
    return collect(_last(_rows(source.lines)), names={"step": "n"})


def _last(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of the states at the same place the last: before it a bar shows the numbers of the step before once more."""
    for _, same in itertools.groupby(rows, key=lambda row: (row["n"], row.get("epoch"))):
        yield {name: value for row in same for name, value in row.items()}


def _rows(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        found = BAR.search(line)
        if found and (row := row_of(line[found.end() :])):
            row["n"] = found[1]
            if found[2]:
                row[TOTAL] = found[2]
            if epoch := EPOCH.search(line[: found.start()]):
                row.setdefault("epoch", epoch[1])
            yield row
