"""How long what remains will take, by what was measured so far."""

import time

LEAST_SECONDS = 1.0
"""Before so much is measured nothing is told."""


class Pace:
    """Of one piece of work, from the first time it is looked at."""

    def __init__(self) -> None:
        """Nothing is measured."""
        self._first: tuple[float, float] | None = None

    def left(self, known: float, planned: float) -> int | None:
        """About how many seconds are left when so much is known, at least 1; None for what cannot be told yet.

        known, planned: in any unit.
        """
        now = time.perf_counter()
        if self._first is None or known < self._first[1]:
            self._first = now, known
        began, before = self._first
        if now - began < LEAST_SECONDS or known == before:
            return None
        return max(1, round((planned - known) * (now - began) / (known - before)))
