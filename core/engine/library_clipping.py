"""What the libraries' own clipping by the global norm makes of a run's first gradient.

Both measure the norm in the gradient's float32, whose squares overflow from 1.8e19 on; this app's clipping
(core/engine/clipping.py) measures it in float64.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.computing.shared import once
from core.engine.clipping import clip_gradients
from core.engine.networks import at_first_batch
from core.experiment import Experiment

Gradients = Sequence[Tensor]


@dataclass(frozen=True, slots=True)
class Clipping:
    """How a rule clips a gradient: the norm as the rule measures it, the norm afterwards in truth."""

    measured: float
    clipped: float


@once
def clip_first_gradient(experiment: Experiment, threshold: float) -> dict[str, Clipping]:
    """What each of RULES makes of the run's first gradient, clipped by its global norm at the threshold."""
    gradients = first_gradient(experiment)
    found = {}
    for name, rule in RULES.items():
        measured, clipped = rule([g.clone() for g in gradients], threshold)
        found[name] = Clipping(measured, exact_norm(clipped))
    return found


@torch.inference_mode()
def first_gradient(experiment: Experiment) -> list[Tensor]:
    """The gradient of step 0, one tensor for each parameter, in float32."""
    network = at_first_batch([experiment], torch.float32)
    blocks = network.layout.views(network.gradients).values()
    return [tensor.clone() for block in blocks for tensor in block[:, 0]]


def exact_norm(gradients: Gradients) -> float:
    """The norm of all together, in float64."""
    return float(torch.linalg.vector_norm(torch.cat([g.double().flatten() for g in gradients])))


def by_pytorch(gradients: Gradients, threshold: float) -> tuple[float, Gradients]:
    """torch.nn.utils.clip_grad_norm_ itself."""
    parameters = [torch.nn.Parameter(torch.empty_like(g)) for g in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    measured = torch.nn.utils.clip_grad_norm_(parameters, threshold)
    return float(measured), gradients


def by_keras(gradients: Gradients, threshold: float) -> tuple[float, Gradients]:
    """The rule of Keras 3's `global_clipnorm` (keras/src/optimizers/base_optimizer.py, clip_by_global_norm)."""
    norm = torch.stack([g.square().sum() for g in gradients]).sum().sqrt()
    scale = threshold * torch.minimum(1 / norm, torch.tensor(1 / threshold)) + (norm - norm)
    return float(norm), [g * scale for g in gradients]


def exactly(gradients: Gradients, threshold: float) -> tuple[float, Gradients]:
    """As this app clips."""
    stack = [g[None] for g in gradients]
    clipped, norm = clip_gradients(stack, stack, "global_norm", threshold)
    return float(norm), clipped


RULES: dict[str, Callable[[Gradients, float], tuple[float, Gradients]]] = {
    "pytorch": by_pytorch,
    "keras": by_keras,
    "exact": exactly,
}
