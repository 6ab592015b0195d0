"""All parameters of a stack of networks in one flat tensor, and exact norms of their parts."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, repeat
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Float64s = NDArray[np.float64]
CHUNK = 2**16
"""Entries that are copied to float64 at a time, where they must be."""
PIECE = 2**10
"""Entries that are summed in their own precision; above 10,000 OpenBLAS would start threads."""
SMALLEST = 1e-24
"""A float32 sum of squares below this may have lost some to the end of float32's range."""


@dataclass(frozen=True, slots=True)
class Block:
    """`count` tensors of one shape, of consecutive layers from `layer` on (counted from 1)."""

    name: str
    count: int
    shape: tuple[int, ...]
    layer: int


class Layout:
    """Where each tensor of M networks lies: block after block, each (count, M, *shape).

    The matrices come first, input side first, the readout last; `matrices` is how many they are.
    layers: the layer of each tensor.
    """

    def __init__(self, members: int, blocks: Sequence[Block]) -> None:
        """Lay the blocks out one after the other; those of no tensors are left out."""
        self.members = members
        self.blocks = [block for block in blocks if block.count]
        self.layers = [b.layer + k for b in self.blocks for k in range(b.count)]
        self.matrices = sum(b.count for b in self.blocks if len(b.shape) == 2)
        lengths = [math.prod(b.shape) for b in self.blocks for _ in range(b.count * members)]
        self.segments = Segments(lengths)
        self.size = sum(lengths)

    def views(self, flat: Tensor) -> dict[str, Tensor]:
        """Each block of a flat tensor, (count, M, *shape), by its name."""
        views, start = {}, 0
        for block in self.blocks:
            shape = (block.count, self.members, *block.shape)
            stop = start + math.prod(shape)
            views[block.name] = flat[start:stop].view(shape)
            start = stop
        return views

    def inner_products(self, a: Tensor, b: Tensor) -> Float64s:
        """Inner product of every tensor of a with its own in b: (tensors, M)."""
        return self.segments.inner_products(a, b).reshape(-1, self.members)

    def squares(self, flat: Tensor) -> Float64s:
        """Square of every tensor's norm: (tensors, M)."""
        return self.segments.squares(flat).reshape(-1, self.members)

    def select(self, flat: Tensor, members: Sequence[int], into: "Layout") -> Tensor:
        """Some members' parameters, laid out as a stack of these alone; `into` may be shallower."""
        selected, ours = flat.new_empty(into.size), self.views(flat)
        for name, block in into.views(selected).items():
            block.copy_(ours[name][: len(block), members])
        return selected


class Segments:
    """Consecutive stretches of a flat tensor, and their inner products, added up in float64.

    A stretch is cut into pieces. A sum of squares of float32 entries is finite if and only if all of
    them are, and right where a float32 one overflows (Σ g² does so long before g) or underflows.
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        """Cut the stretches into pieces, and find runs of pieces of one length."""
        pieces = [_piece(length) for length in lengths]
        counts = [length // piece for length, piece in zip(lengths, pieces, strict=True)]
        self._firsts = np.cumsum([0, *counts[:-1]])
        self._whole = len(lengths) == sum(counts)
        self._runs: list[tuple[slice, int]] = []
        start = 0
        for length, run in groupby(zip(pieces, counts, strict=True), key=itemgetter(0)):
            stop = start + length * sum(count for _, count in run)
            self._runs.append((slice(start, stop), length))
            start = stop

    def inner_products(self, a: Tensor, b: Tensor) -> Float64s:
        """Σ a·b over each stretch, in float64 throughout."""
        others = repeat(None) if a is b else self._rows(b)
        return self._added(
            _in_float64(x, x if y is None else y)
            for x, y in zip(self._rows(a), others, strict=False)
        )

    def squares(self, a: Tensor) -> Float64s:
        """Σ a² over each stretch; within a piece in the entries' own precision, where that has room for it."""
        return self._added(map(_squares, self._rows(a)))

    def _rows(self, flat: Tensor) -> Iterator[NDArray[Any]]:
        entries = flat.numpy()
        return (entries[where].reshape(-1, length) for where, length in self._runs)

    def _added(self, pieces: Iterable[Float64s]) -> Float64s:
        products = np.concatenate([*pieces])
        return products if self._whole else np.add.reduceat(products, self._firsts)


def _squares(rows: NDArray[Any]) -> Float64s:
    with np.errstate(all="ignore"):
        sums: Float64s = np.vecdot(rows, rows).astype(np.float64)
    doubtful = ~((sums > SMALLEST) & (sums < np.inf))
    if rows.dtype != np.float64 and doubtful.any():
        sums[doubtful] = _in_float64(*[rows[doubtful]] * 2)
    return sums


def _in_float64(a: NDArray[Any], b: NDArray[Any]) -> Float64s:
    """Row by row, few rows at a time: their copies stay in the cache."""
    at_once = max(1, CHUNK // a.shape[1])
    parts = []
    for start in range(0, len(a), at_once):
        rows = slice(start, start + at_once)
        wide = a[rows].astype(np.float64)
        parts.append(np.vecdot(wide, wide if a is b else b[rows].astype(np.float64)))
    return np.concatenate(parts)


@cache
def _piece(length: int) -> int:
    """The largest divisor within PIECE: numpy may use several threads for longer products."""
    return next(n for n in range(min(length, PIECE), 0, -1) if length % n == 0)
