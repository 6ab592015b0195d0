"""Logs to look at, each with one certain course. The numbers are made up, the formats are the tools' own."""

import json
from collections.abc import Callable, Iterator

import numpy as np

from core.steps import Float64s

Given = tuple[bytes | str, str]
"""A log as somebody gives it: what is in it, and its file's name."""


def _course(count: int, seed: int, spread: float = 0.25) -> tuple[Float64s, Float64s]:
    """Losses and norms of a run that learns."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((2, count))
    loss = (0.8 + 2.2 * np.exp(-np.arange(count) / (count / 4))) * np.exp(0.03 * noise[0])
    return loss, 2.0 * np.exp(spread * noise[1])


def _csv(rows: Iterator[tuple[int, float, float]], name: str) -> Given:
    lines = (f"{step},{loss:.5g},{norm:.5g}" for step, loss, norm in rows)
    return "\n".join(["step,train/loss,train/grad_norm", *lines]) + "\n", name


def _explosion() -> Given:
    """A norm that grows for fourteen steps, and the loss with it."""
    loss, norm = _course(400, 1)
    grown = 1.9 ** np.arange(1, 15)
    norm[366:380] *= grown
    loss[368:380] *= grown[:12] ** 0.5
    loss[380:], norm[380:] = np.nan, np.nan
    return _csv(zip(range(400), loss, norm, strict=True), "metrics.csv")


def _overflow() -> Given:
    """As torchtitan prints it: level, and then no number."""
    loss, norm = _course(300, 2)
    loss[262:], norm[262:] = np.nan, np.nan
    rows = zip(range(1, 301), loss, norm, strict=True)
    lines = (f"step: {step}  loss: {a:8.5f}  grad_norm: {b:8.4f}" for step, a, b in rows)
    return "\n".join(lines) + "\n", "train.log"


def _spike() -> Given:
    """A norm of 11,140 among 5 to 30, clipped."""
    loss, norm = _course(500, 3)
    norm *= 6.0
    norm[310] = 11140.0
    return _csv(zip(range(500), loss, norm, strict=True), "run.csv")


def _zero() -> Given:
    """A trainer_state.json, a row every 50 steps, in which the default filter has been at work."""
    loss, norm = _course(24, 4)
    rows = []
    for n in range(24):
        dead = n >= 17
        row = {"epoch": round((n + 1) / 12, 2), "grad_norm": round(float(norm[n]), 4)}
        row |= {"learning_rate": 5e-5, "loss": round(float(loss[n]), 4), "step": 50 * (n + 1)}
        rows.append(row | ({"grad_norm": float("nan"), "loss": 0.0} if dead else {}))
    return json.dumps({"global_step": 1200, "log_history": rows}, indent=2), "trainer_state.json"


EXAMPLES: dict[str, Callable[[], Given]] = {
    "explosion": _explosion,
    "overflow": _overflow,
    "spike": _spike,
    "zero": _zero,
}
