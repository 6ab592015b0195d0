"""torchtitan: `step:  4  loss: 21.3  grad_norm: 9120.25  …` in colours, from one rank or from all."""

import re

from core.logs.pairs import rows_of
from core.logs.source import Source
from core.logs.table import Table, collect

STEP = re.compile(r"\bstep:\s+\d+\s+loss:\s+\S+\s")


def is_torchtitan(source: Source) -> bool:
    """Step and loss, then memory and speed."""
    return source.has(STEP) and any("tps:" in line or "mfu:" in line for line in source.some_lines)


def read_torchtitan(source: Source) -> Table:
    """Its steps; other lines have none."""
    return collect(rows_of([line for line in source.lines if STEP.search(line)]))
