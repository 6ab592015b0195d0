"""What an operator may set: the process's limits, each by an environment variable; the defaults suit 1 GB."""

import logging
import os
from typing import NamedTuple

PREFIX = "EXPLODING_"
LOG = logging.getLogger(__name__)


class Limit(NamedTuple):
    """One of them, a whole number from `least` to `most`. name: its variable's, without PREFIX."""

    name: str
    default: int
    least: int = 1
    most: int = 2**20

    @property
    def value(self) -> int:
        """What holds; what cannot be is told in the log, and the default holds."""
        said = os.environ.get(PREFIX + self.name, "").strip()
        if not said:
            return self.default
        try:
            value = int(said)
        except ValueError:
            value = self.least - 1
        if self.least <= value <= self.most:
            return value
        allowed = f"a whole number from {self.least} to {self.most}"
        LOG.warning("%s%s=%s: %s; %s holds", PREFIX, self.name, said, allowed, self.default)
        return self.default

    @property
    def bytes(self) -> int:
        """Of one in MB."""
        return self.value * 2**20


STEPS = Limit("STEPS_MB", 96)
"""MB for the steps of all runs that are known."""
TRAINING = Limit("TRAINING_MB", 64)
"""MB for all networks in training but the largest, beside which small ones go on."""
DIAGRAMS = Limit("DIAGRAMS_MB", 48)
"""MB for the cells of maps."""
KEPT = Limit("KEPT_MB", 32)
"""MB for the rows of finished pictures."""
AT_ONCE = Limit("AT_ONCE", os.cpu_count() or 1, most=1024)
"""So many runs are trained at a time."""
LOG_SECONDS = Limit("LOG_SECONDS", 60, least=0, most=86_400)
"""A line for the operator at most so often, when pages are opened; never, if 0."""
LIMITS = (STEPS, TRAINING, DIAGRAMS, KEPT, AT_ONCE, LOG_SECONDS)
