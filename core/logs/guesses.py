"""What a log's names may mean where none of them says so."""

import re
from collections.abc import Mapping

import numpy as np

from core.logs.moments import MAIN
from core.logs.table import Table
from core.trace import Note

UNNAMED = re.compile(r"value|column \d+", re.IGNORECASE)


def guessed(table: Table, names: Mapping[str, str]) -> tuple[dict[str, str], list[Note]]:
    """What the names mean, of a log without any series of the training; and what is to be said of that.

    The loss of evaluations stands in for the training's; so does the first column without a name, behind one that
    rises as steps do.
    """
    found = dict(names)
    if any(series in found for series in MAIN):
        return found, []
    if "val_loss" in found:
        found["loss"] = found.pop("val_loss")
        return found, [Note("logs.notes.eval_only", {"name": found["loss"]})]
    unnamed = [name for name in table.columns if UNNAMED.fullmatch(name)]
    if len(unnamed) > 1 and "step" not in found and _counts(table, unnamed[0]):
        found["step"] = unnamed.pop(0)
    if not unnamed:
        return found, []
    found["loss"] = unnamed[0]
    return found, [Note("logs.notes.guessed", {"name": unnamed[0]})]


def _counts(table: Table, name: str) -> bool:
    values = table.columns[name].values
    return bool((np.diff(values) > 0).all() and (values % 1 == 0).all())
