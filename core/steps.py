"""The record of one update, as everything above the engine sees it. Loads without torch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64s = NDArray[np.float64]


MANY = 6
"""Of so many layers or more a fitted line leaves out the first and the last: the data and the loss bend it there."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What stopped being finite first, in the order in which a step computes.

    quantity: "activation" (forward), "loss", "signal" (backward), "weight_gradient", "memory" (the optimizer's
        second moment, whose weights never move again), "weight" (after the update); or, where all of these were
        finite, "start_loss" and "final_loss" (on the whole data set, before the first update and after the last),
        "final_gradient" (on one more batch after the last update).
    layer: counted from 1 at the input, the readout is depth + 1; in an RNN the time step for
        "activation" and "signal", and 1, 2, 3 for the input, recurrent and readout matrix otherwise.
        None for a loss and for the final gradient.
    """

    quantity: str
    layer: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One update. Norms are L2 in float64, before clipping unless named otherwise, input side first.

    Per layer (RNN: per time step), `depth` long: activation_norms ‖h_l‖, signal_norms ‖∂L/∂z_l‖ (RNN:
    ‖∂L/∂h_t‖, total), saturated (share of units whose φ' is below 1 % of its maximum on the whole batch).
    Per weight matrix, readout last (RNN: input, recurrent, readout): weight_norms (before the update),
    weight_grad_norms, update_norms (of what was really subtracted).
    Per vector of biases, readout last (RNN: recurrent, readout): bias_norms (before the update); empty in records
    that were made without.
    """

    index: int
    loss: float
    grad_norm: float
    clipped_norm: float
    activation_norms: tuple[float, ...]
    signal_norms: tuple[float, ...]
    weight_norms: tuple[float, ...]
    weight_grad_norms: tuple[float, ...]
    update_norms: tuple[float, ...]
    saturated: tuple[float, ...]
    clipped_fraction: float
    clip_cosine: float
    lost: Lost | None = None
    bias_norms: tuple[float, ...] = ()
    start_loss: float | None = None
    """On the first step: the loss on the whole data set before any update; under batch normalization by that
    set's own statistics. None on later steps."""
    end_loss: float | None = None
    """On the last step of a run that stayed finite: as `start_loss`, after the last update."""
    final_loss: float | None = None
    """With `end_loss`, and the same but under batch normalization: there by the running statistics, as an
    evaluation would have it; it may be infinite."""
    final_grad_norm: float | None = None
    """With `end_loss`: the gradient's norm on one more batch, of which no update is made."""


def growth(signal_norms: Sequence[float]) -> float:
    """Factor by which the signal's norm grows per layer towards the input: as `growths`, of one network."""
    return float(growths(np.array([signal_norms], dtype=float))[0])


def growths(signal_norms: Float64s) -> Float64s:
    """Factor by which each signal's norm grows per layer towards the input: of (networks, layers), (networks,).

    The geometric mean of the factors between the last layer and the first: to the power of their number it is the
    first norm over the last. Layers at the ends whose norm is zero or not finite are left out; NaN where fewer than
    two remain.
    """
    seen = np.isfinite(signal_norms) & (signal_norms > 0)
    logs = np.log(np.where(seen, signal_norms, 1.0))
    networks, (first, last) = np.arange(len(logs)), _ends(seen)
    factors = np.where(seen.sum(axis=1) < 2, np.nan, last - first)
    with np.errstate(over="ignore", invalid="ignore"):
        rates: Float64s = np.exp((logs[networks, first] - logs[networks, last]) / factors)
    return rates


def slopes(signal_norms: Float64s) -> Float64s:
    """The growth that theory is compared with: along a line fitted over the inner layers, (networks,).

    e to minus the slope of the least-squares line through log(norm) over the layers, (networks, layers). Left out are
    those whose norm is zero or not finite, and the first and the last where there are MANY. NaN where fewer than two
    remain.
    """
    seen = np.isfinite(signal_norms) & (signal_norms > 0)
    many = np.flatnonzero(seen.sum(axis=1) >= MANY)
    for ends in _ends(seen[many]):
        seen[many, ends] = False
    logs = np.log(np.where(seen, signal_norms, 1.0))
    layers, count = np.arange(signal_norms.shape[1]), seen.sum(axis=1)
    middle = (seen * layers).sum(axis=1) / np.maximum(count, 1)
    away = np.where(seen, layers - middle[:, None], 0.0)
    squares = np.where(count < 2, np.nan, np.square(away).sum(axis=1))
    with np.errstate(over="ignore"):
        rates: Float64s = np.exp(-(away * logs).sum(axis=1) / squares)
    return rates


def _ends(seen: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Of each network, the first and the last layer that is seen: (networks,) each."""
    return seen.argmax(axis=1), seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
