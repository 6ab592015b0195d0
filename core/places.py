"""Words for where in a network something is: a layer, a time step, a weight matrix."""

from core.experiment import Experiment
from core.steps import Lost
from core.text import Text


def place(layer: int | None, experiment: Experiment, text: Text) -> str:
    """A layer, or a time step of an RNN."""
    return text(f"charts.where.{experiment.kind.unit}", layer=layer or 0)


def matrix(number: int | None, experiment: Experiment, text: Text) -> str:
    """A weight matrix, or all of them."""
    if number is None:
        return text("charts.where.whole")
    if names := experiment.kind.matrices:
        return text(f"charts.where.{names[number - 1]}")
    key = "readout" if number > experiment.depth else "matrix"
    return text(f"charts.where.{key}", layer=number)


def of_lost(lost: Lost, experiment: Experiment, text: Text) -> str:
    """Where the first thing was that stopped being finite; "" if that was a loss."""
    if lost.layer is None:
        return ""
    hidden = not experiment.kind.recurrent and lost.layer <= experiment.depth
    if hidden or lost.quantity in ("activation", "signal"):
        return place(lost.layer, experiment, text)
    return matrix(lost.layer, experiment, text)
