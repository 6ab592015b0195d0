"""Model plots: how large a picture is where texts find their places, and what is drawn there, in pixels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.charts.base.rows import Window, drawable

FONT = 14.0
LINE_HEIGHT = 1.3
Pixels = NDArray[np.float64]
"""Points in pixels, (points, 2)."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A model plot in pixels at a font of FONT; top and bottom are kept free of data."""

    width: float
    height: float
    top: float = 0.0
    bottom: float = 0.0

    def pixels(self, window: Window, x: Sequence[float], y: Sequence[float]) -> Pixels:
        """Data coordinates to pixels, y downwards; (points, 2)."""
        across = (np.asarray(x, float) - window.x0) / max(window.x1 - window.x0, 1e-9) * self.width
        log0, log1 = math.log10(window.y0), math.log10(window.y1)
        share = (np.log10(np.asarray(y, float)) - log0) / (log1 - log0)
        inner = self.height - self.top - self.bottom
        return np.stack([across, self.height - self.bottom - share * inner], axis=-1)

    def stroke(self, window: Window, points: Sequence[tuple[float, float]]) -> Pixels:
        """What a logarithmic axis has a place for of a line's points, in pixels close together."""
        seen = [(x, y) for x, y in points if drawable(y)]
        return dense(self.pixels(window, [x for x, _ in seen], [y for _, y in seen]))

    def across(self, window: Window, x: float) -> float:
        """The pixel of an x."""
        return (x - window.x0) / max(window.x1 - window.x0, 1e-9) * self.width

    def value(self, window: Window, down: float) -> float:
        """The y whose pixel is `down`."""
        share = (self.height - self.bottom - down) / (self.height - self.top - self.bottom)
        log0, log1 = math.log10(window.y0), math.log10(window.y1)
        return float(10 ** (log0 + share * (log1 - log0)))

    def at(self, window: Window, across: float) -> float:
        """The x whose pixel is `across`."""
        return window.x0 + across / self.width * (window.x1 - window.x0)


NARROW = Plot(width=290, height=240)
WIDE = Plot(width=600, height=280)
LARGE = Plot(width=900, height=280)
MODELS = ((1, NARROW), (2, WIDE), (3, LARGE))
"""The column `size` of the rows, and its plot: the smallest of those that use it."""
HEIGHTS = (190.0, 400.0)
"""Between which the wide model plots' are: a lecture's on a laptop, a lecture's on a projector."""


def dense(points: Pixels, step: float = 4.0) -> Pixels:
    """The points of a polyline, and points between them no farther apart than `step`."""
    if len(points) < 2:
        return points
    lengths = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    between = np.arange(0.0, along[-1], step)
    places = np.union1d(along, between)
    return np.stack([np.interp(places, along, axis) for axis in points.T], axis=1)
