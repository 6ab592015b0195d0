"""Words for where in a network something is: a layer, a time step, a weight matrix."""

from core.experiment import Experiment
from core.steps import Lost
from core.text import Text

MATRICES = ("input", "recurrent", "readout")
"""Of an RNN."""


def place(layer: int | None, experiment: Experiment, text: Text) -> str:
    """A layer, or a time step of an RNN."""
    key = "time" if experiment.network == "rnn" else "layer"
    return text(f"charts.where.{key}", layer=layer or 0)


def matrix(number: int | None, experiment: Experiment, text: Text) -> str:
    """A weight matrix, or all of them."""
    if number is None:
        return text("charts.where.whole")
    if experiment.network == "rnn":
        return text(f"charts.where.{MATRICES[number - 1]}")
    key = "readout" if number > experiment.depth else "matrix"
    return text(f"charts.where.{key}", layer=number)


def of_lost(lost: Lost, experiment: Experiment, text: Text) -> str:
    """Where the first thing was that stopped being finite; "" if that was a loss."""
    if lost.layer is None:
        return ""
    hidden = experiment.network == "mlp" and lost.layer <= experiment.depth
    if hidden or lost.quantity in ("activation", "signal"):
        return place(lost.layer, experiment, text)
    return matrix(lost.layer, experiment, text)
