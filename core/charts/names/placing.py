"""Where a chart's texts go: clear of its lines, of its marks and of one another.

Browsers measure text; Python must guess before it is drawn, so widths are estimated a little too large, and
places are found on model plots: NARROW (a phone), WIDE and LARGE. On a plot between two of them the smaller's
places are used, where the same texts only stand farther apart.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from core.charts.base.plots import FONT, HEIGHTS, LINE_HEIGHT, NARROW, Pixels, Plot, dense

Down = TypeVar("Down", float, Pixels)


ON_THE_WHOLE = 0.1
"""How much the other heights of a plot count beside the worst."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, points: Pixels, margin: float = 0.0) -> int:
        """How many of the points lie in it."""
        x, y = points[:, 0], points[:, 1]
        inside = (x > self.left - margin) & (x < self.right + margin)
        return int((inside & (y > self.top - margin) & (y < self.bottom + margin)).sum())

    def meets(self, other: "Box", margin: float = 3.0) -> bool:
        """Whether the two overlap."""
        return (
            self.left < other.right + margin
            and other.left < self.right + margin
            and self.top < other.bottom + margin
            and other.top < self.bottom + margin
        )

    def moved(self, down: float) -> "Box":
        """The same so many pixels farther down."""
        return Box(self.left, self.top + down, self.right, self.bottom + down)


@dataclass(frozen=True, slots=True)
class Place:
    """A text's box, and how much one would rather have it elsewhere (0: not at all).

    held: the pixel, downwards, of what the text belongs to: on a plot of another height it moves with that.
    """

    box: Box
    cost: float = 0.0
    held: float = 0.0


def text_width(text: str, font: float = FONT) -> float:
    """About how wide the widest line of a text is, in pixels; rather too wide than too narrow."""
    return max(sum(_advance(c) for c in line) for line in text.split("\n")) * font


def text_height(text: str, font: float = FONT) -> float:
    """How high a text of one or more lines is."""
    return font * LINE_HEIGHT * (text.count("\n") + 1)


def wrap(text: str, width: float, font: float = FONT) -> str:
    """The text with line breaks, no line wider than `width` where its words allow."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, font) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def apart(downs: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Middles of texts of these heights, sorted downwards, moved as little as goes until none meet."""
    places = list(downs)
    for _ in range(3 * len(places)):
        for i in range(len(places) - 1):
            short = (heights[i] + heights[i + 1]) / 2 - (places[i + 1] - places[i])
            if short > 0:
                places[i] -= short / 2
                places[i + 1] += short / 2
    return places


def below(top: float, places: Sequence[float], heights: Sequence[float]) -> list[float]:
    """The same texts, those pushed down that `apart` has moved above `top`."""
    found: list[float] = []
    for place, height in zip(places, heights, strict=True):
        found.append(max(place, top + height / 2))
        top = found[-1] + height / 2
    return found


class Board:
    """A model plot that fills up: lines first, then texts, each at the best place that is left.

    A place is as good as it is at the worst of the plot's possible heights; of equals there, on the whole.
    """

    def __init__(
        self, plot: Plot, lines: Sequence[Pixels], heights: Sequence[float] = HEIGHTS
    ) -> None:
        """A plot with its lines' pixels. heights: what a wide plot's may be."""
        self.plot = plot
        self.ink = np.concatenate([dense(line) for line in lines]) if lines else np.zeros((0, 2))
        self.areas: Pixels = np.zeros((0, 2))
        self.taken: list[Place] = []
        inner = plot.height - plot.top - plot.bottom
        others = () if plot.width <= NARROW.width else heights
        self._shares = [1.0, *((h - plot.top - plot.bottom) / inner for h in others)]

    def block(self, box: Box) -> None:
        """Keep a rectangle free of texts."""
        self.taken.append(Place(box, held=box.top))

    def fill_under(self, strokes: Sequence[Pixels]) -> None:
        """Keep texts off the areas from these lines down to where the data ends."""
        depths = np.arange(self.plot.height - self.plot.bottom, 0, -6.0)
        for stroke in strokes:
            points = [(x, down) for x, y in stroke for down in depths if y < down]
            self.areas = np.concatenate([self.areas, np.reshape(points, (-1, 2))])

    def put(self, places: Sequence[Place]) -> Box:
        """The best of the places, from now on taken. Of equals the one that is better by itself."""
        views = [_View(self, share) for share in self._shares]
        best, least = places[0], math.inf
        for place in sorted(places, key=lambda place: place.cost):
            if place.cost >= least:
                break
            seen = [view.cost(place) for view in views]
            cost = place.cost + max(seen) + ON_THE_WHOLE * sum(seen)
            if cost < least:
                best, least = place, cost
        self.taken.append(best)
        return best.box


class _View:
    """A board whose data are `share` times as high as its model plot's."""

    def __init__(self, board: Board, share: float) -> None:
        self._top, self._share, plot = board.plot.top, share, board.plot
        self._width = plot.width
        self._height = self._at(plot.height - plot.bottom) + plot.bottom
        self._ink, self._areas = (
            np.stack([points[:, 0], self._at(points[:, 1])], axis=-1)
            for points in (board.ink, board.areas)
        )
        self._boxes = [self._moved(place) for place in board.taken]

    def cost(self, place: Place) -> float:
        """How bad a place is here: outside, over lines and areas, over texts."""
        box = self._moved(place)
        over = max(-box.left, 0) + max(box.right - self._width, 0)
        over += max(-box.top, 0) + max(box.bottom - self._height, 0)
        met = sum(box.meets(other) for other in self._boxes)
        lines, areas = min(box.holds(self._ink, 3.0), 12), min(box.holds(self._areas), 60)
        return 100 * over + 60 * lines + 5 * areas + 2000 * met

    def _moved(self, place: Place) -> Box:
        return place.box.moved(self._at(place.held) - place.held)

    def _at(self, down: Down) -> Down:
        return self._top + (down - self._top) * self._share


def _advance(character: str) -> float:
    """A character's width in em, Hind Siliguri 600, rounded up."""
    category = unicodedata.category(character)
    if category == "Mn" or character in "\u200c\u200d\u2060":
        return 0.0
    if character == " ":
        return 0.26
    if category in ("Mc", "Lo", "Nd") and not character.isascii():
        return 0.32 if category == "Mc" else 0.62
    if character in "ijlt.,:;'()·":
        return 0.33
    return 0.86 if character in "mwMW→←" else 0.58
