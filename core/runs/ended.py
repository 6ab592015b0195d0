"""What follows from runs that have ended is the same for all who ask, and made once."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from core.computing.shared import kept
from core.diagnosis.outcomes import ended
from core.steps import Step

R = TypeVar("R")


def of_ended(runs: Iterable[Sequence[Step]], key: Hashable, make: Callable[[], R]) -> R:
    """What `make` makes of these runs; kept under the key if all have ended. key: names the runs, too."""
    return kept(key, make) if all(map(ended, runs)) else make()
