"""All parameters of a stack of networks in one flat tensor, and exact norms of their parts."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Float64s = NDArray[np.float64]
CHUNK = 2**16
"""Entries that are computed with in float64 at a time: few enough to stay in the cache."""
PIECE = 2**13
"""Entries that are multiplied and summed at a time; above 10,000 OpenBLAS would start threads."""


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
        self.size = members * sum(math.prod(b.shape) * b.count for b in self.blocks)

    @cached_property
    def _segments(self) -> "Segments":
        """A stretch for each tensor of each member."""
        counts = ((math.prod(b.shape), b.count * self.members) for b in self.blocks)
        return Segments([length for length, count in counts for _ in range(count)])

    def views(self, flat: Tensor) -> dict[str, Tensor]:
        """Each block of a flat tensor, (count, M, *shape), by its name."""
        views, start = {}, 0
        for block in self.blocks:
            shape = (block.count, self.members, *block.shape)
            stop = start + math.prod(shape)
            views[block.name] = flat[start:stop].view(shape)
            start = stop
        return views

    def pieces(self, flat: Tensor) -> list[Tensor]:
        """The blocks cut into a few tensors each: what is computed in float64 stays in the cache."""
        blocks = self.views(flat).values()
        return [p for b in blocks for p in torch.split(b, max(1, CHUNK // b[0].numel()))]

    def inner_products(self, a: Tensor, b: Tensor) -> Float64s:
        """Inner product of every tensor of a with its own in b: (tensors, M)."""
        return self._segments.inner_products(a, b).reshape(-1, self.members)

    def select(self, flat: Tensor, members: Sequence[int], into: "Layout") -> Tensor:
        """Some members' parameters, laid out as a stack of these alone; `into` may be shallower."""
        selected, ours = flat.new_empty(into.size), self.views(flat)
        for name, block in into.views(selected).items():
            block.copy_(ours[name][: len(block), members])
        return selected


class Segments:
    """Consecutive stretches of a flat tensor, and their inner products in float64.

    A float64 sum of squares of float32 entries is finite if and only if all of them are, and right
    where a float32 one overflows (Σ g² does so long before g).
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        """Cut the stretches into pieces, and the pieces into chunks that stay in the cache."""
        pieces = [_piece(length) for length in lengths]
        counts = [length // piece for length, piece in zip(lengths, pieces, strict=True)]
        self._firsts = np.cumsum([0, *counts[:-1]])
        self._whole = len(lengths) == sum(counts)
        self._scratch = torch.empty(CHUNK, dtype=torch.float64)
        self._other = torch.empty(CHUNK, dtype=torch.float64)
        self._chunks = list(self._cut(np.repeat(pieces, counts)))

    def inner_products(self, a: Tensor, b: Tensor) -> Float64s:
        """Σ a·b over each stretch."""
        products = np.concatenate([part for chunk in self._chunks for part in chunk.dots(a, b)])
        return products if self._whole else np.add.reduceat(products, self._firsts)

    def _cut(self, pieces: NDArray[np.int64]) -> Iterator["_Chunk"]:
        start = 0
        while len(pieces):
            ends = np.cumsum(pieces[:CHUNK])
            taken = int(np.searchsorted(ends, CHUNK, side="right"))
            size = int(ends[taken - 1])
            yield _Chunk(slice(start, start + size), pieces[:taken], self._scratch, self._other)
            start, pieces = start + size, pieces[taken:]


class _Chunk:
    """Some whole pieces, and where their float64 copies lie: rows of equal length together."""

    def __init__(
        self, where: slice, pieces: NDArray[np.int64], scratch: Tensor, other: Tensor
    ) -> None:
        size = where.stop - where.start
        self._where, self._scratch, self._other = where, scratch[:size], other[:size]
        self._runs: list[tuple[Float64s, Float64s]] = []
        start = 0
        for length, run in groupby(pieces.tolist()):
            stop = start + length * len(list(run))
            rows = (self._scratch[start:stop], self._other[start:stop])
            self._runs.append((rows[0].view(-1, length).numpy(), rows[1].view(-1, length).numpy()))
            start = stop

    def dots(self, a: Tensor, b: Tensor) -> list[Float64s]:
        self._scratch.copy_(a[self._where])
        if a is b:
            return [np.vecdot(rows, rows) for rows, _ in self._runs]
        self._other.copy_(b[self._where])
        return [np.vecdot(rows, other) for rows, other in self._runs]


@cache
def _piece(length: int) -> int:
    """The largest divisor within PIECE: numpy may use several threads for longer products."""
    return next(n for n in range(min(length, PIECE), 0, -1) if length % n == 0)
