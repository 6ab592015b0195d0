"""nanoGPT, `iter 10: loss 9.62, …`; build-nanogpt, `step 3 | loss: 14.87 | … | norm: inf | …` or `3 train 14.87`."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from core.logs.pairs import rows_of
from core.logs.source import Source
from core.logs.table import Table, collect

ITERATION = re.compile(r"^iter \d+: loss ")
CONSOLE = re.compile(r"^step\s+\d+ \| loss: .*\| norm: ")
FILE = re.compile(r"^(\d{1,12}) (train|val|hella) ([\w.+-]{1,30})$")
NAMES = {"train": "train loss", "val": "val loss", "hella": "hellaswag"}


def is_nanogpt(source: Source) -> bool:
    """What nanoGPT prints."""
    return source.has(ITERATION)


def read_nanogpt(source: Source) -> Table:
    """Iterations, and the estimates `step 50: train loss …, val loss …`, which count the same."""
    return collect(_iterations(source.lines), names={"step": "iter"})


def _iterations(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for row in rows_of(lines):
        if "step" in row:
            row["iter"] = row.pop("step")
        if "iter" in row:
            yield row


def is_build(source: Source) -> bool:
    """build-nanogpt's console, or its log.txt."""
    return source.has(CONSOLE) or bool(FILE.match(source.lines[0]))


def read_build(source: Source) -> Table:
    """The norm is on the console alone."""
    return collect(_steps(source.lines))


def _steps(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if found := FILE.match(line):
            yield {"step": found[1], NAMES[found[2]]: found[3]}
        elif "step" in line:
            yield from rows_of([line])
