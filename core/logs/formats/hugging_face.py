"""Hugging Face's Trainer, and what is built on it: TRL, axolotl, LLaMA-Factory.

By default it replaces a loss that is not finite by a mean (`logging_nan_inf_filter`), which is 0 where nothing else
is left; losses of evaluations it leaves.
"""

import re

from core.logs.formats.loss_scale import scale_notes
from core.logs.pairs import rows_of
from core.logs.source import Source
from core.logs.table import Table, collect

DICTIONARY = re.compile(
    r"\{'(?:loss|eval_loss|train_runtime|eval_runtime)'|\{'[^{]*'learning_rate': "
)


def is_trainer_state(source: Source) -> bool:
    """`trainer_state.json`."""
    document = source.document
    return isinstance(document, dict) and isinstance(document.get("log_history"), list)


def read_trainer_state(source: Source) -> Table:
    """Its `log_history`: rows of training, of evaluations, and one about the whole at the end."""
    return collect(row for row in source.document["log_history"] if isinstance(row, dict))


def is_console(source: Source) -> bool:
    """Python's dictionaries among the lines of a progress bar."""
    return source.has(DICTIONARY)


def read_console(source: Source) -> Table:
    """They have no step, unless text-generation-webui puts one before them."""
    lines = [line for line in source.lines if "{'" in line]
    return collect(rows_of(lines), notes=scale_notes(source))


def is_llamafactory(source: Source) -> bool:
    """`trainer_log.jsonl`."""
    return any("current_steps" in record for record in source.records[:10])


def read_llamafactory(source: Source) -> Table:
    """Without the gradient's norm."""
    return collect(source.records, names={"step": "current_steps"})
