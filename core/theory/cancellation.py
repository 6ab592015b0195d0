"""Where a normalization takes the signal out, so that what is left of it measures nothing of the network.

x̂ = (z - mean) / sqrt(var + ε) of n values has mean 0 and a spread of 1, so of the n directions of a signal that
comes back through it two are taken out; of two values nothing is left. They lie ±d around their mean,
x̂ = ±d / sqrt(d² + ε), and of what arrives only the share ε / (d² + ε) goes on: the ε that is there against a
division by zero lets it through. n is the batch for batch normalization (in an RNN too: each time step has
statistics of its own), the width for layer normalization.
"""

from collections.abc import Sequence
from itertools import pairwise

from core.experiment import Experiment

RESOLVED = 1e-5
"""A factor below it, from one layer to the next through a normalization, is no factor but rounding.

What should cancel leaves some 2**-24 of itself in float32, and a few times that: of 48 seeds each of narrow networks,
20 ReLU layers deep, it finds all whose ratio is not float64's, and no other (tests/theory/test_cancellation.py).
"""


def signal_cancels(experiment: Experiment, signal_norms: Sequence[float] = ()) -> bool:
    """Whether the signal's size, its ratios and its growth tell ε and rounding instead of the network.

    Two values or fewer (the module's formula): always, whatever width, depth and activation. An ε a hundred times
    smaller changes the ratio over the layers many times over, in float64 too. How much float32 adds depends on the
    rest. Of batches of 2 through 20 ReLU layers its ratio is off by more than a factor of 2 in a tenth of the seeds
    at a width of 64, in nine tenths at 256; of two units nothing is left in it after ten layers.

    signal_norms: a network's own at its start, as in core.steps.Step, input side first. A narrow layer with hardly
    a unit active may do the same by chance, which only they can tell.
    """
    return cancelled_by(experiment, signal_norms) is not None


def cancelled_by(experiment: Experiment, signal_norms: Sequence[float] = ()) -> str | None:
    """What `signal_cancels` for: "batch_of_two", "two_units", "one_unit", "chance", or None."""
    if experiment.normalization == "none":
        return None
    # An RNN's last ∂L/∂h is before any.
    behind = not experiment.kind.recurrent or experiment.depth > 1
    if behind and experiment.normalization == "batch" and experiment.batch_size == 2:
        return "batch_of_two"
    if behind and experiment.normalization == "layer" and experiment.width <= 2:
        return "two_units" if experiment.width == 2 else "one_unit"
    falls = any(0 < here < RESOLVED * above for here, above in pairwise(signal_norms))
    return "chance" if falls else None
