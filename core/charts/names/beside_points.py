"""Names beside the points of a chart that stands still: none on another, none across the plot's edge."""

from collections.abc import Sequence

from core.charts.base.measure import FONT, LINE_HEIGHT, text_width
from core.charts.base.rows import Rows

Way = tuple[float, float]
"""Where a name may stand: pixels right and down from its point. Right of it it begins there, left of it it ends."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels from the plot's upper left corner."""
APART = 3.0


class Names:
    """A plot's names. Each stands at the first of its places that is free where a plot is smallest, on a phone.

    If none is, at the first that is free when it is moved into the plot, or at least in the plot.
    """

    def __init__(self, rows: Rows, wide: float, high: float) -> None:
        """Of a plot of so many pixels at letters of FONT; its rows have the columns align, dx and dy."""
        self._rows, self._wide, self._high = rows, wide, high
        self.taken: list[Box] = []

    def add(
        self, said: str, share: tuple[float, float], ways: Sequence[Way], **row: object
    ) -> None:
        """A row of kind "label" (`layers.placed_labels`). ways: the first is where it belongs.

        share: of the plot's width and height, from its lower left corner to the point.
        """
        own = [self._box(said, share, way) for way in ways]
        tried = [*own, *map(self._moved_in, own)]
        k = next((k for k, box in enumerate(tried) if self._free(box)), len(own))
        (dx, dy), from_, to = ways[k % len(own)], own[k % len(own)], tried[k]
        self.taken.append(to)
        align = "center" if dx == 0 else "left" if dx > 0 else "right"
        dx, dy = dx + to[0] - from_[0], dy + to[1] - from_[1]
        self._rows.add("label", text=said, align=align, dx=dx, dy=dy, **row)

    def _box(self, said: str, share: tuple[float, float], way: Way) -> Box:
        wide, line = text_width(said), FONT * LINE_HEIGHT
        x, y = share[0] * self._wide + way[0], (1 - share[1]) * self._high + way[1]
        left = x - wide * (0.5 if way[0] == 0 else way[0] < 0)
        top = y - line / 2
        return left, top, left + wide, top + line * len(said.split("\n"))

    def _moved_in(self, box: Box) -> Box:
        left, top, right, bottom = box
        across = max(0.0, -left) + min(0.0, self._wide - right)
        down = max(0.0, -top) + min(0.0, self._high - bottom)
        return left + across, top + down, right + across, bottom + down

    def _free(self, box: Box) -> bool:
        return box == self._moved_in(box) and not any(meet(box, other) for other in self.taken)


def meet(one: Box, other: Box, apart: float = APART) -> bool:
    """Whether two boxes are nearer to each other than `apart`."""
    return all(one[k] < other[k + 2] + apart and other[k] < one[k + 2] + apart for k in (0, 1))
