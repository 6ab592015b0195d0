"""Inner products of parts of a flat tensor against numpy's, and where they lie."""

import numpy as np
import pytest
import torch

from core.engine.parameters import CHUNK, PIECE, Block, Layout, Segments


@pytest.mark.parametrize(
    "lengths", [[1], [3, 3, 7, 1], [PIECE + 1] * 3, [251 * 509, 2], [64] * 3000, [CHUNK * 3, 5]]
)
def test_inner_products_of_stretches_are_numpys(lengths):
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=sum(lengths)).astype(np.float32) for _ in range(2))
    parts = np.split(np.arange(len(a)), np.cumsum(lengths)[:-1])
    segments = Segments(lengths)
    for x, y in ((a, a), (a, b)):
        tensors = torch.from_numpy(x), torch.from_numpy(y)
        ours = segments.inner_products(tensors[0], tensors[0] if x is y else tensors[1])
        theirs = [float(x[i].astype(np.float64) @ y[i].astype(np.float64)) for i in parts]
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-10)


def test_squares_of_the_largest_and_smallest_float32_are_finite_and_not_zero():
    flat = torch.tensor([3e38, -3e38, 1e-45, 1e-45, torch.inf, torch.nan])
    squares = Segments([2, 2, 1, 1]).inner_products(flat, flat)
    assert squares[0] == pytest.approx(2 * 9e76, rel=1e-6)
    assert squares[1] > 0
    assert not np.isfinite(squares[2:]).any()


def test_layout_keeps_blocks_apart_and_in_order():
    blocks = [
        Block("input", 1, (2, 3), layer=1),
        Block("hidden", 0, (2, 2), layer=2),
        Block("readout", 1, (1, 2), layer=2),
        Block("bias", 2, (2,), layer=1),
    ]
    layout = Layout(4, blocks)
    assert (layout.size, layout.matrices, layout.layers) == (4 * (6 + 2 + 4), 2, [1, 2, 1, 2])
    flat = torch.zeros(layout.size)
    views = layout.views(flat)
    assert {name: tuple(v.shape) for name, v in views.items()} == {
        "input": (1, 4, 2, 3),
        "readout": (1, 4, 1, 2),
        "bias": (2, 4, 2),
    }
    views["bias"][1, 2].fill_(1.0)
    squares = layout.inner_products(flat, flat)
    assert squares.shape == (4, 4)
    assert squares[3].tolist() == [0.0, 0.0, 2.0, 0.0]
    assert squares.sum() == 2.0


@pytest.mark.parametrize(("entries", "tensors"), [(1, 1), (100, 2), (10**6, 7)])
def test_pieces_are_all_tensors_in_order_a_few_at_a_time(entries, tensors, monkeypatch):
    monkeypatch.setattr("core.engine.parameters.CHUNK", entries)
    layout = Layout(4, [Block("hidden", 7, (3, 3), layer=2), Block("bias", 2, (3,), layer=1)])
    flat = torch.arange(layout.size)
    pieces = layout.pieces(flat)
    assert torch.equal(torch.cat([piece.flatten() for piece in pieces]), flat)
    assert tuple(pieces[0].shape) == (tensors, 4, 3, 3)
    assert all(piece.numel() <= entries or len(piece) == 1 for piece in pieces)
