"""Every way to clip a gradient, one function each; exact, with norms in float64.

A block is (count, M, ...): `count` tensors of one shape for each of M networks. Factors are float64
too and meet the gradient there, so that neither a norm above float32's range nor a factor below it
is lost (torch.nn.utils.clip_grad_norm_ turns four entries of 1e20 into zeros, Keras into NaN). A
gradient that is not finite stays so. A threshold of infinity leaves a network alone, to the bit.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

AGC_EPS = 1e-3
"""What adaptive clipping takes a smaller norm of weights for: zeros can learn (Brock et al. 2021)."""

Blocks = Sequence[Tensor]
Clipper = Callable[[Blocks, Blocks, Blocks, Tensor, Blocks], None]
"""(gradients, weights, norms (count, M) of each gradient block, thresholds (M,), out) -> None.

Norms and thresholds are float64; `out` may be the gradients' own memory.
"""


def clip_by_value(
    gradients: Blocks, _weights: Blocks, _norms: Blocks, thresholds: Tensor, out: Blocks
) -> None:
    """Each entry to ±threshold. Turns the gradient: large entries are cut, small ones are not."""
    for gradient, clipped in zip(gradients, out, strict=True):
        bound = _beside(thresholds, gradient).to(gradient.dtype)
        torch.clamp(gradient, -bound, bound, out=clipped)


def clip_by_norm(
    gradients: Blocks, _weights: Blocks, norms: Blocks, thresholds: Tensor, out: Blocks
) -> None:
    """Each tensor to a norm of at most the threshold (Keras' clipnorm)."""
    for gradient, norm, clipped in zip(gradients, norms, out, strict=True):
        _scale(gradient, _beside(thresholds / norm, gradient), clipped)


def clip_by_global_norm(
    gradients: Blocks, _weights: Blocks, norms: Blocks, thresholds: Tensor, out: Blocks
) -> None:
    """All together to a norm of at most the threshold (Pascanu et al. 2013). Keeps the direction."""
    factor = thresholds / global_norm(norms)
    for gradient, clipped in zip(gradients, out, strict=True):
        _scale(gradient, _beside(factor, gradient), clipped)


def clip_adaptively(
    gradients: Blocks, weights: Blocks, _norms: Blocks, thresholds: Tensor, out: Blocks
) -> None:
    """Each unit's gradient to at most threshold times its weights' norm (AGC, Brock et al. 2021).

    A matrix's units are its rows; a vector (bias, scale, shift) is taken as a whole.
    """
    for gradient, weight, clipped in zip(gradients, weights, out, strict=True):
        allowed = _norm(weight, -1).clamp_(min=AGC_EPS) * _beside(thresholds, gradient)
        _scale(gradient, allowed / _norm(gradient, -1), clipped)


CLIPPERS: dict[str, Clipper] = {
    "value": clip_by_value,
    "norm": clip_by_norm,
    "global_norm": clip_by_global_norm,
    "adaptive": clip_adaptively,
}


def clip_gradients(
    gradients: Blocks, weights: Blocks, method: str, threshold: float | Tensor
) -> tuple[list[Tensor], Tensor]:
    """Clip the gradients of a stack of M networks, each network by itself.

    Args:
        gradients: vectors (M, n) and matrices (M, out, in).
        weights: what they are the gradients of, alike.
        method: one of core.experiment.CLIPPINGS.
        threshold: one for all, or (M,).

    Returns:
        The clipped gradients, and the global norm (M,) before, in float64.

    Raises:
        KeyError: no such method.
    """
    blocks, of_weights = [g[None] for g in gradients], [w[None] for w in weights]
    norms = [_norm(block, *range(2, block.ndim)).flatten(1) for block in blocks]
    clipped = [g.clone() for g in gradients]
    if method != "none":
        thresholds = torch.as_tensor(threshold, dtype=torch.float64).expand(len(gradients[0]))
        CLIPPERS[method](blocks, of_weights, norms, thresholds, [c[None] for c in clipped])
    return clipped, global_norm(norms)


def global_norm(norms: Blocks) -> Tensor:
    """From each tensor's norm, blocks (count, M), to that of all together, (M,)."""
    return torch.cat([*norms]).square_().sum(0).sqrt_()


def _norm(block: Tensor, *axes: int) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(block, dim=axes, keepdim=True, dtype=torch.float64)
    return norm


def _beside(factor: Tensor, block: Tensor) -> Tensor:
    """(M,) or (count, M), shaped to multiply a block (count, M, ...)."""
    return factor.view(*factor.shape, *[1] * (block.ndim - 2))


def _scale(gradient: Tensor, factor: Tensor, out: Tensor) -> None:
    """Multiply, in float64, where the factor is below 1; 0/0, a gradient of zero, is not."""
    torch.mul(gradient, factor.clamp(max=1.0), out=out)
