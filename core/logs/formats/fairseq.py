"""fairseq: JSON behind `train_inner`, numbers as strings; or `epoch 003:  5 / 356 loss=…, gnorm=…`."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from core.logs.formats.loss_scale import scale_notes
from core.logs.pairs import TOTAL, row_of
from core.logs.source import Source
from core.logs.table import Table, collect

BAR = re.compile(r"\| (\w{1,80}) (?=[\d.ni-])")
"""Of older ones, `| epoch 027 | loss 6.343 | gnorm 0.390 |`."""
INNER = re.compile(
    r"\| train_inner \||\bgnorm=|\"gnorm\":|epoch \d+:\s+\d+ / \d+ loss=|\| gnorm [\d.ni]"
)
PLACE = re.compile(r"epoch\s+(\d{1,9}):\s{0,9}(\d{1,12}) / (\d{1,12})\b")


def is_fairseq(source: Source) -> bool:
    """Either kind of line."""
    return source.has(INNER)


def read_fairseq(source: Source) -> Table:
    """Rows of training and of validation; `clip` is the percentage of updates that were clipped."""
    return collect(_rows(source.lines), notes=scale_notes(source))


def _rows(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if "overflow detected" in line:
            continue
        row = row_of(BAR.sub(r"| \1=", line))
        if "num_updates" not in row and "valid_num_updates" in row:
            row["num_updates"] = row["valid_num_updates"]
        elif "num_updates" not in row and (place := PLACE.search(line)):
            row |= {"epoch": place[1], "iter": place[2], TOTAL: place[3]}
        if row:
            yield row
