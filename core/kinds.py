"""The kinds of networks: all that is known of one without computing it, and read by everything else.

What a kind computes stands in modules of its own name: core/engine/<kind>.py and core/codegen/<kind>.py.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of network; its depth counts layers or, where it is recurrent, time steps.

    tasks: what it can learn, its default first.
    words: how the texts about it end in their keys, those in content/ that are told of layers or of time steps.
    recurrent: whether it is one layer, applied at every time step to its own last state and to the step's input.
        Its signal is ∂L/∂h_t, of others ∂L/∂z_l.
    matrices: the names of all, where their number does not depend on the depth; else there is one a layer, and
        the readout.
    mean_field: whether theory's maps of variance and signal hold for it.
    """

    tasks: tuple[str, ...]
    words: str
    recurrent: bool = False
    matrices: tuple[str, ...] = ()
    mean_field: bool = False

    @property
    def unit(self) -> Literal["layer", "time"]:
        """What its depth counts."""
        return "time" if self.recurrent else "layer"

    def layers(self, depth: int) -> int:
        """How many layers have weights of their own."""
        return 1 if self.recurrent else depth

    def count_matrices(self, depth: int) -> int:
        """How many weight matrices there are, the readout included."""
        return len(self.matrices) or depth + 1


KINDS = {
    "mlp": Kind(tasks=("diabetes", "sine"), words="mlp", mean_field=True),
    "rnn": Kind(
        tasks=("co2", "adding"),
        words="rnn",
        recurrent=True,
        matrices=("input", "recurrent", "readout"),
        mean_field=True,
    ),
}
