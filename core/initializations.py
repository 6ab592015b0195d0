"""How first weights are drawn: one entry a scheme, which everything else reads. No torch."""

import math
from dataclasses import dataclass
from typing import Literal

Distribution = Literal["normal", "uniform", "orthogonal"]


@dataclass(frozen=True, slots=True)
class Init:
    """How a scheme draws a weight: variance = scale / fan, or standard deviation = scale.

    fan: "in", "avg" ((fan_in + fan_out) / 2) or "none" (the scale itself is the standard deviation).
    """

    distribution: Distribution
    scale: float
    fan: Literal["in", "avg", "none"]
    random_bias: bool = False

    def std(self, fan_in: int, fan_out: int) -> float:
        """Standard deviation of one entry of a (fan_out, fan_in) matrix, before gain."""
        if self.fan == "none":
            return self.scale
        fan = fan_in if self.fan == "in" else (fan_in + fan_out) / 2
        return math.sqrt(self.scale / fan)


INITS = {
    "xavier_uniform": Init("uniform", 1.0, "avg"),  # Glorot & Bengio 2010
    "xavier_normal": Init("normal", 1.0, "avg"),
    "he_uniform": Init("uniform", 2.0, "in"),  # He et al. 2015
    "he_normal": Init("normal", 2.0, "in"),
    "lecun_normal": Init("normal", 1.0, "in"),  # LeCun et al. 1998
    "orthogonal": Init("orthogonal", 1.0, "in"),  # Saxe et al. 2014
    "normal": Init("normal", 1.0, "none"),
    "torch_default": Init("uniform", 1.0 / 3.0, "in", random_bias=True),
}
