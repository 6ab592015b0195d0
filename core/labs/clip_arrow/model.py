"""A gradient with two entries, as an arrow in the plane, and what clipping makes of it.

The rules of core/engine/clipping.py for one tensor of two entries, in plain arithmetic: a slider needs no torch.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arrow:
    """A gradient's two entries."""

    x: float
    y: float

    @property
    def length(self) -> float:
        """The L2 norm."""
        return math.hypot(self.x, self.y)


def by_value(arrow: Arrow, clip: float) -> Arrow:
    """Each entry to ±clip: into the square."""
    return Arrow(*(min(max(entry, -clip), clip) for entry in (arrow.x, arrow.y)))


def by_norm(arrow: Arrow, clip: float) -> Arrow:
    """The whole arrow to a length of at most clip: into the circle."""
    if arrow.length <= clip:
        return arrow
    factor = clip / arrow.length
    return Arrow(arrow.x * factor, arrow.y * factor)


def angle(a: Arrow, b: Arrow) -> float:
    """From a to b in degrees, −180 to 180, counterclockwise positive; 0 where one of them has no direction."""
    return math.degrees(math.atan2(a.x * b.y - a.y * b.x, a.x * b.x + a.y * b.y))
