"""Lightning's CSVLogger: `metrics.csv`, in which rows of training, validation and epochs are apart."""

from core.logs.separated import table_of
from core.logs.source import Source
from core.logs.table import Table

APART = ("_step", "_epoch")


def is_metrics(source: Source) -> bool:
    """Steps and epochs, and cells in which nothing was logged."""
    header = source.header
    apart = any(name.endswith(APART) for name in header)
    return {"step", "epoch"} <= {*header} and (apart or ",," in source.lines[1])


def read_metrics(source: Source) -> Table:
    """An empty cell was not logged; nan was."""
    return table_of(source.lines, names={"step": "step", "epoch": "epoch"})
