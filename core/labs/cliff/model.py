"""The cliff of Pascanu, Mikolov and Bengio (2013): the loss of a one-unit RNN over its two weights.

h_t = σ(w h_(t-1) + b), h_0 = σ(0.5), loss (h_50 - 0.7)². For w above 4 the map h → σ(w h + b) can have two
fixed points that attract, with one between them that repels: two basins, and where h_0 changes from one to the
other the loss has a wall. Everything is in float64: seven digits do not find the wall.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
Point = tuple[float, float]
"""w and b."""

TIME_STEPS = 50
TARGET = 0.7
H0 = (1 + math.tanh(0.25)) / 2
"""σ(0.5)."""
W_RANGE, B_RANGE = (3.0, 7.0), (-4.0, -1.0)
"""The part of the plane that is drawn, and where a descent may start."""
UPDATES = 200

COARSE = (32, 24)
FINEST = 4
"""Cells of the first grid along w and b, and how many times one may be halved along each."""
SEEN = 0.03
"""A cell is halved where √loss, which is |h_50 - 0.7| and what is drawn, differs by more along it."""
CORNERS = np.reshape(np.meshgrid([0, 1], [0, 1], indexing="ij"), (2, 2, 2, 1))
"""Shares of a cell's size: along w and b, (2, at w, at b, 1)."""
MOST_SAMPLES = 300


@dataclass(frozen=True, slots=True)
class Place:
    """The loss at points of the plane and its gradient there, one shape for all."""

    loss: Values
    along_w: Values
    along_b: Values

    @property
    def norm(self) -> Values:
        """The gradient's L2 norm over (w, b)."""
        return np.hypot(self.along_w, self.along_b)


@dataclass(frozen=True, slots=True)
class Cells:
    """Rectangles that cover the picture, small where the loss changes fast; (cells,) each."""

    w: Values
    b: Values
    width: Values
    height: Values
    loss: Values


@dataclass(frozen=True, slots=True)
class Path:
    """A descent: where it was before each update and after the last; (updates + 1,) each.

    lost: whether it ended early because the gradient was not finite.
    """

    w: Values
    b: Values
    loss: Values
    norm: Values
    lost: bool


def edge(w: float) -> float:
    """The b at which h_0 is a fixed point; above w = 4.26 it repels, and this is the foot of the wall."""
    return 0.5 - w * H0


def look(w: ArrayLike, b: ArrayLike) -> Place:
    """Loss and gradient, the derivative carried forward with h: ∂h_t = h_t (1 - h_t)(w ∂h_(t-1) + ∂(w h + b))."""
    w, b = np.asarray(w, np.float64), np.asarray(b, np.float64)
    h = np.full(np.broadcast(w, b).shape, H0)
    to_w, to_b = np.zeros_like(h), np.zeros_like(h)
    with np.errstate(all="ignore"):
        for _ in range(TIME_STEPS):
            after = (1 + np.tanh((w * h + b) / 2)) / 2
            slope = after * (1 - after)
            to_w, to_b, h = slope * (h + w * to_w), slope * (1 + w * to_b), after
        error = h - TARGET
        return Place(error**2, 2 * error * to_w, 2 * error * to_b)


@lru_cache(maxsize=256)
def descend(w: float, b: float, lr: float, clip: float) -> tuple[Path, Path]:
    """Gradient descent from one point for UPDATES updates: as it is, and with the norm clipped at `clip`."""
    thresholds = np.array([math.inf, clip])
    at = np.array([[w, w], [b, b]])
    seen = [(at, look(*at))]
    with np.errstate(all="ignore"):
        for _ in range(UPDATES):
            place = seen[-1][1]
            length = lr * np.minimum(1, thresholds / place.norm)
            step = length * np.stack([place.along_w, place.along_b])
            at = at - np.where(place.norm == 0, 0, step)
            seen.append((at, look(*at)))
    return _path(seen, 0), _path(seen, 1)


def _path(seen: list[tuple[Values, Place]], which: int) -> Path:
    """One of the two descents, up to where its gradient stopped being finite."""
    columns = [(*at[:, which], p.loss[which], p.norm[which]) for at, p in seen]
    kept = next((k for k, row in enumerate(columns) if not np.isfinite(row).all()), len(columns))
    w, b, loss, norm = np.array(columns[: max(kept, 1)]).T
    return Path(w, b, loss, norm, lost=kept < len(columns))


@cache
def surface() -> Cells:
    """The picture as cells, halved where the loss differs along them: a plain grid steps over the wall."""
    first = np.array([[high - low] for low, high in (W_RANGE, B_RANGE)]) / np.array([COARSE]).T
    steps = np.meshgrid(*map(np.arange, COARSE), indexing="ij")
    at = np.array([[W_RANGE[0]], [B_RANGE[0]]]) + first * np.reshape(steps, (2, -1))
    size = np.broadcast_to(first, at.shape)
    done = []
    while at.size:
        differs = np.where(size > first / 2 ** (FINEST - 0.5), _differs(at, size), 0)
        split = differs.max(axis=0) > SEEN
        done.append((at[:, ~split], size[:, ~split]))
        halved = np.eye(2, dtype=bool)[:, differs[:, split].argmax(axis=0)]
        corner, half = at[:, split], np.where(halved, size[:, split] / 2, size[:, split])
        at = np.concatenate([corner, corner + half * halved], axis=1)
        size = np.concatenate([half, half], axis=1)
    (w, b), (width, height) = (np.concatenate(each, axis=1) for each in zip(*done, strict=True))
    return Cells(w, b, width, height, look(w + width / 2, b + height / 2).loss)


def _differs(at: Values, size: Values) -> Values:
    """By how much √loss differs along w and along b, between the corners of each cell; (2, cells)."""
    corners = np.sqrt(look(*(at[:, None, None] + CORNERS * size[:, None, None])).loss)
    along_w, along_b = (abs(np.diff(corners, axis=axis)).max(axis=(0, 1)) for axis in (0, 1))
    return np.stack([along_w, along_b])


@lru_cache(maxsize=64)
def wall(w: float) -> float:
    """The b at which the gradient is longest, along b at this w, to about its last digit."""
    b = _sampled(lambda b: look(w, b), *B_RANGE)
    norm = look(w, b).norm
    return float(b[norm.argmax()])


@lru_cache(maxsize=64)
def along_b(w: float, low: float, high: float) -> tuple[Values, Place]:
    """A slice of the surface: where it was sampled, denser where it turns, and what is there."""
    b = _sampled(lambda b: look(w, b), low, high)
    return b, look(w, b)


def _sampled(function: Callable[[Values], Place], low: float, high: float) -> Values:
    """Points between which neither √loss nor the gradient's size differ much, by halving."""
    b = np.linspace(low, high, 65)
    for _ in range(60):
        place = function(b)
        differs = np.maximum(
            np.abs(np.diff(np.sqrt(place.loss))) / 0.03,
            np.abs(np.diff(np.log10(np.maximum(place.norm, 1e-12)))) / 0.25,
        )
        middle = (b[1:] + b[:-1]) / 2
        worth = (differs > 1) & (middle > b[:-1]) & (middle < b[1:])
        if not worth.any() or len(b) >= MOST_SAMPLES:
            return b
        b = np.sort(np.concatenate([b, middle[worth][: MOST_SAMPLES - len(b)]]))
    return b


def inside(point: Point) -> bool:
    """Whether a point is in the picture."""
    return W_RANGE[0] <= point[0] <= W_RANGE[1] and B_RANGE[0] <= point[1] <= B_RANGE[1]


def within(a: Point, b: Point) -> tuple[Point, Point] | None:
    """The part of the way from a to b that is in the picture (Liang and Barsky's clipping); None if none is."""
    first, last = 0.0, 1.0
    for start, step, (low, high) in (
        (a[0], b[0] - a[0], W_RANGE),
        (a[1], b[1] - a[1], B_RANGE),
    ):
        if step == 0:
            if not low <= start <= high:
                return None
            continue
        crossings = sorted(((low - start) / step, (high - start) / step))
        first, last = max(first, crossings[0]), min(last, crossings[1])
    if first > last or a == b:
        return None
    ends = [(a[0] + s * (b[0] - a[0]), a[1] + s * (b[1] - a[1])) for s in (first, last)]
    return ends[0], ends[1]
