"""The CSV of the app's own `gradient_watch.py`: norms of the whole and of each layer."""

from core.logs.separated import table_of
from core.logs.source import Source
from core.logs.table import Table

LAYER = "grad_norm/"


def is_gradient_watch(source: Source) -> bool:
    """Its first columns, and layers."""
    layers = any(name.startswith(LAYER) for name in source.header)
    return layers and {"step", "loss", "grad_norm"} <= {*source.header}


def read_gradient_watch(source: Source) -> Table:
    """A line an update."""
    own = ("step", "loss", "grad_norm", "clipped_norm", "lr")
    return table_of(source.lines, names={name: name for name in own})
