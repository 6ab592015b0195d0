"""The same log as dashboards would have kept it by default: fewer rows, and not always the numbers themselves."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.steps import Float64s
from core.trace import Trace

WATCHED = 1000
"""`wandb.watch` logs the gradients of every so many batches (its log_freq)."""
LOGGED = 500
"""Hugging Face's Trainer logs every so many steps (logging_steps), the loss as their mean."""
POINTS = 1000
"""TensorBoard shows so many points of a scalar: a random sample, and the last (samples_per_plugin)."""
LEAST = 100
"""A shorter log has nothing to be thinned."""


def watched(trace: Trace) -> Trace:
    """As Weights & Biases' watch."""
    return _rows(trace, np.flatnonzero(trace.frame["step"].to_numpy() % WATCHED == 0))


def filtered(trace: Trace) -> Trace:
    """As Hugging Face's Trainer with its default filter: a loss that is no number counts as the mean so far."""
    frame = trace.frame
    if "loss" in frame:
        frame = frame.assign(loss=_means(frame["loss"].to_numpy()))
    last = np.arange(LOGGED - 1, len(frame), LOGGED)
    return _rows(replace(trace, frame=frame), last)


def _means(losses: Float64s) -> Float64s:
    """Of each step the mean of its stretch of LOGGED steps up to it, as the Trainer adds it up."""
    total, means = 0.0, np.empty(len(losses))
    for n, loss in enumerate(losses.tolist()):
        since = n % LOGGED
        total = 0.0 if since == 0 else total
        total += loss if math.isfinite(loss) else total / (1 + since)
        means[n] = total / (1 + since)
    return means


def sampled(trace: Trace) -> Trace:
    """As TensorBoard; one such sample, always the same."""
    count = len(trace.frame)
    if count <= POINTS:
        return trace
    chosen = np.random.default_rng(0).choice(count - 1, POINTS - 1, replace=False)
    return _rows(trace, np.append(np.sort(chosen), count - 1))


def _rows(trace: Trace, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Trace:
    """The rows alone: who draws them knows nothing of layers, nor of what else was lost."""
    frame, logged = trace.frame.iloc[rows], trace.logged.iloc[rows]
    return replace(trace, frame=frame, logged=logged, by_layer={}, lost=None)


DASHBOARDS: dict[str, Callable[[Trace], Trace]] = {
    "own_log.dashboard.full": lambda trace: trace,
    "own_log.dashboard.tensorboard": sampled,
    "own_log.dashboard.hugging_face": filtered,
    "own_log.dashboard.wandb": watched,
}
"""By the key of what it is called, the most rows first."""
