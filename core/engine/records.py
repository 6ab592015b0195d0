"""What a stack of runs yields per update, as arrays; and where a run stopped being finite."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.engine.network import Network
from core.engine.parameters import Float64s
from core.engine.updates import UpdateRule
from core.steps import Lost, Step

SATURATED = 0.01
"""A unit is saturated where |φ'| is below this share of its maximum on the whole batch."""


@dataclass(frozen=True, slots=True)
class Details:
    """What `core.steps.Step` tells beyond loss and gradient norm: (M,), or (M, layers)."""

    clipped_norm: Float64s
    activation_norms: Float64s
    signal_norms: Float64s
    weight_norms: Float64s
    bias_norms: Float64s
    weight_grad_norms: Float64s
    update_norms: Float64s
    saturated: Float64s
    clipped_fraction: Float64s
    clip_cosine: Float64s


@dataclass(frozen=True, slots=True)
class Ends:
    """What M runs have come to after their last update, (M,) each; NaN where a member is lost."""

    end_loss: Float64s
    final_loss: Float64s
    final_grad_norm: Float64s


@dataclass(frozen=True, slots=True)
class Tensors:
    """Of every tensor of parameters, (tensors, M).

    gradients, weights: squares of the norms; of weights after the update.
    forgotten: whether some of the optimizer's second moment is no longer finite.
    """

    gradients: Float64s
    weights: Float64s
    forgotten: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StackStep:
    """One update of M runs. Fields are as in `core.steps.Step`, the members' axis first.

    running: which members were still finite before this update; the others' numbers mean nothing.
    lost: the members which stopped being finite in this update, and what was first.
    start_loss: on the first update; else None.
    ends: on the last update, of those that stayed finite; else None.
    """

    index: int
    running: NDArray[np.bool_]
    loss: Float64s
    grad_norm: Float64s
    lost: dict[int, Lost] = field(default_factory=dict)
    start_loss: Float64s | None = None
    ends: Ends | None = None
    details: Details | None = None

    def member(self, m: int) -> Step:
        """One run's record; needs the details."""
        assert self.details is not None
        ends = None if m in self.lost else self.ends
        return Step(
            index=self.index,
            loss=float(self.loss[m]),
            grad_norm=float(self.grad_norm[m]),
            lost=self.lost.get(m),
            start_loss=None if self.start_loss is None else float(self.start_loss[m]),
            **_of_member(self.details, m),
            **({} if ends is None else _of_member(ends, m)),
        )


def _of_member(record: Details | Ends, m: int) -> dict[str, Any]:
    """One run's fields: a number, or a tuple where there is one for each layer."""
    values = {name: getattr(record, name)[m].tolist() for name in record.__slots__}
    return {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}


def measure(
    network: Network, rule: UpdateRule, weight_squares: Float64s, gradient_squares: Float64s
) -> Details:
    """The details of the update that was just made; squares, (tensors, M), from before it."""
    layout, matrices = network.layout, network.layout.matrices
    clipped_squares = gradient_squares
    changed, cosine = np.zeros(layout.members), np.ones(layout.members)
    if rule.clips:
        clipped_squares = layout.inner_products(rule.clipped, rule.clipped)
        changed, cosine = _clipping_effect(network, rule, gradient_squares, clipped_squares)
    direction_squares = clipped_squares
    if rule.direction is not rule.clipped:
        direction_squares = layout.inner_products(rule.direction, rule.direction)
    return Details(
        clipped_norm=np.sqrt(clipped_squares.sum(axis=0)),
        activation_norms=network.chain.norms(network.activations),
        signal_norms=network.chain.norms(network.signals),
        weight_norms=np.sqrt(weight_squares[:matrices].T),
        bias_norms=np.sqrt(_of_biases(network, weight_squares).T),
        weight_grad_norms=np.sqrt(gradient_squares[:matrices].T),
        update_norms=rule.lr[:, None] * np.sqrt(direction_squares[:matrices].T),
        saturated=saturation(network),
        clipped_fraction=changed,
        clip_cosine=cosine,
    )


def _of_biases(network: Network, squares: Float64s) -> Float64s:
    """Of all tensors, (tensors, M), the vectors of biases: they follow the matrices, the readout's is the last."""
    layout = network.layout
    hidden = next(block.count for block in layout.blocks if block.name == "bias")
    rows = [*range(layout.matrices, layout.matrices + hidden), len(squares) - 1]
    return squares[rows]


def saturation(network: Network) -> Float64s:
    """Share of the units that are saturated on the whole batch: (M, layers)."""
    activation = network.chain.activation.known
    slopes = network.slopes.abs() if activation.falls else network.slopes
    idle = torch.amax(slopes, dim=2) < SATURATED * activation.steepest
    share: Float64s = idle.mean(dim=2, dtype=torch.float64).T.numpy()
    return share


def _clipping_effect(
    network: Network, rule: UpdateRule, before: Float64s, after: Float64s
) -> tuple[Float64s, Float64s]:
    """Share of the entries that clipping changed, and cosine of before and after: each (M,)."""
    layout = network.layout
    differs = torch.ne(network.gradients, rule.clipped)
    changed = layout.inner_products(differs, differs).sum(axis=0)
    inner = layout.inner_products(network.gradients, rule.clipped).sum(axis=0)
    cosine = np.clip(inner / np.sqrt(before.sum(axis=0) * after.sum(axis=0)), -1.0, 1.0)
    return changed / (layout.size / layout.members), np.where(changed > 0, cosine, 1.0)


def first_lost(
    network: Network,
    running: NDArray[np.bool_],
    loss: Float64s,
    tensors: Tensors,
) -> dict[int, Lost]:
    """What stopped being finite first, for each running member where something did.

    loss: (M,). Looking at this and at `tensors` is enough: what is not finite on the way makes a gradient so. (In
    float64, where squares can overflow, a tensor is lost from a norm of 1e154 on.)
    """
    finite = np.isfinite(loss) & np.isfinite(tensors.gradients).all(axis=0)
    finite &= np.isfinite(tensors.weights).all(axis=0) & ~tensors.forgotten.any(axis=0)
    return {
        m: _first(network, m, loss[m], tensors) for m in np.flatnonzero(running & ~finite).tolist()
    }


def _first(network: Network, m: int, loss: float, tensors: Tensors) -> Lost:
    """Look in the order of computing: forwards, the loss, back from the readout, the memory, the weights."""
    if not (whole := _whole_layers(network.activations[:, m])).all():
        return Lost("activation", 1 + int(np.argmin(whole)))
    if not np.isfinite(loss):
        return Lost("loss")
    if not (whole := _whole_layers(network.signals[:, m])).all():
        return Lost("signal", network.depth - int(np.argmin(whole[::-1])))
    layers = np.array(network.layout.layers)
    layers[layers == layers.max()] -= network.depth - network.shape.depths[m]
    if len(broken := layers[~np.isfinite(tensors.gradients[:, m])]):
        return Lost("weight_gradient", int(broken.max()))
    if len(forgotten := layers[tensors.forgotten[:, m]]):
        return Lost("memory", int(forgotten.min()))
    return Lost("weight", int(layers[~np.isfinite(tensors.weights[:, m])].min()))


def _whole_layers(values: Tensor) -> NDArray[np.bool_]:
    """Which of (layers, batch, width) are finite throughout."""
    whole: NDArray[np.bool_] = torch.isfinite(values).flatten(1).all(dim=1).numpy()
    return whole
