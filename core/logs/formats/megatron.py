"""Megatron-LM and DeepSpeed: lines of their own, and what they say of the loss scale."""

import re

from core.logs.formats.loss_scale import scale_notes
from core.logs.pairs import rows_of
from core.logs.source import Source
from core.logs.table import Table, collect

ITERATION = re.compile(r"\biteration\s{1,20}\d+/\s{0,20}\d+ \|")
DEEPSPEED = re.compile(r"\[deep(?:speed|scale)\] OVERFLOW!|\] step=\d+, skipped=\d+, lr=\[")


def is_megatron(source: Source) -> bool:
    """`iteration 3381/ 8000 | … | lm loss: 1.2E+00 | …`."""
    return source.has(ITERATION)


def read_megatron(source: Source) -> Table:
    """Older ones leave the loss out where it is NaN."""
    return collect(rows_of([line for line in source.lines if " | " in line]))


def is_deepspeed(source: Source) -> bool:
    """Steps with the rate, and steps that were skipped; neither loss nor norm."""
    return source.has(DEEPSPEED)


def read_deepspeed(source: Source) -> Table:
    """The lines that have a step, and how often a gradient overflowed."""
    return collect(
        rows_of([line for line in source.lines if "step=" in line]), notes=scale_notes(source)
    )
