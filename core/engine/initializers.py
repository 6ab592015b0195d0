"""First weights: every scheme of `core.initializations.INITS`, drawn in float64 from a generator."""

import math

import torch
from torch import Generator, Tensor

from core.initializations import INITS, Init

READOUT = INITS["xavier_uniform"]
STREAMS = ("weights", "batches")


def stream(seed: int, name: str) -> Generator:
    """One of a run's independent streams of random numbers."""
    return Generator().manual_seed(len(STREAMS) * seed + STREAMS.index(name))


def draw_weights(init: Init, fan_out: int, fan_in: int, rng: Generator) -> Tensor:
    """A (fan_out, fan_in) matrix of the scheme, without gain."""
    if init.distribution == "orthogonal":
        return _orthogonal(fan_out, fan_in, rng)
    std = init.std(fan_in, fan_out)
    if init.distribution == "normal":
        return std * torch.randn(fan_out, fan_in, generator=rng, dtype=torch.float64)
    return _uniform(math.sqrt(3.0) * std, (fan_out, fan_in), rng)


def draw_bias(init: Init, size: int, fan_in: int, rng: Generator) -> Tensor:
    """Zeros, or uniform within ±1/sqrt(fan_in) as torch.nn.Linear has it."""
    if not init.random_bias:
        return torch.zeros(size, dtype=torch.float64)
    return _uniform(1.0 / math.sqrt(fan_in), (size,), rng)


def _uniform(bound: float, shape: tuple[int, ...], rng: Generator) -> Tensor:
    return bound * (2.0 * torch.rand(shape, generator=rng, dtype=torch.float64) - 1.0)


def _orthogonal(rows: int, columns: int, rng: Generator) -> Tensor:
    """(Semi-)orthogonal, uniform over all such matrices (Saxe et al. 2014), signs as torch's."""
    drawn = torch.randn(rows, columns, generator=rng, dtype=torch.float64)
    tall = drawn if rows >= columns else drawn.mT
    q, r = torch.linalg.qr(tall)
    signed: Tensor = q * torch.sign(torch.diagonal(r))
    return signed if rows >= columns else signed.mT
