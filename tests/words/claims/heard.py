"""What each rule of the symptoms hears in a run, by its published words, written once more."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from core.experiment import Experiment
from core.tasks import task_of
from tests.words.claims.facts import Run
from tests.words.claims.predicates import cancels

Heard = tuple[int, float, int | None]
"""A step, what was measured there, and the layer or matrix; None for the whole network."""
USUAL = {
    "growth": 1.1,
    "update_ratio": 0.1,
    "gradient_large": 100.0,
    "gradient_huge": 1e6,
    "loss_jump": 10.0,
    "loss_rising": 2.0,
    "gradient_doubling": 2.0,
    "weights_growing": 2.0,
    "saturated": 0.5,
    "vanishing": 1e-7,
    "update_small": 1e-5,
}
WINDOWS = {"loss_jump": 1, "loss_rising": 5, "gradient_doubling": 4, "weights_growing": 5}
NO_WARNING = ("not_finite", "saturated", "vanishing", "update_small")
OF_LAYERS = ("growth", "saturated")


def sizes(e: Experiment) -> list[int]:
    """Entries of each weight matrix."""
    features = task_of(e).inputs.shape[-1]
    between = e.depth - 1 if e.network == "mlp" else 1
    return [features * e.width, *[e.width**2] * between, e.width]


def takes_part(e: Experiment, matrix: int) -> bool:
    """An RNN of one time step never uses its recurrent matrix."""
    return not (e.network == "rnn" and e.depth == 1 and matrix == 2)


def _ratios(run: Run, index: int) -> dict[int, float]:
    step = run.steps[index]
    pairs = enumerate(zip(step.update_norms, step.weight_norms, strict=True), start=1)
    return {m: u / w for m, (u, w) in pairs if w > 0 and takes_part(run.experiment, m)}


def _entries(run: Run, index: int) -> dict[int, float]:
    """Root mean square of each matrix's gradient."""
    pairs = zip(run.steps[index].weight_grad_norms, sizes(run.experiment), strict=True)
    told = enumerate(pairs, start=1)
    return {m: g / math.sqrt(n) for m, (g, n) in told if takes_part(run.experiment, m)}


def _dead(run: Run, index: int) -> dict[int, float]:
    step = run.steps[index]
    pairs = enumerate(zip(step.saturated, step.activation_norms, strict=True), start=1)
    return {layer: share for layer, (share, norm) in pairs if math.isfinite(norm)}


def _over(read: Callable[[Run, int], dict[int, float]], limit: float):
    def heard(run: Run) -> Heard | None:
        for index in range(len(run.steps)):
            beyond = {m: v for m, v in read(run, index).items() if limit < v < math.inf}
            if beyond:
                m = max(beyond, key=lambda m: beyond[m])
                return index, beyond[m], m
        return None

    return heard


def _under(read: Callable[[Run, int], dict[int, float]], limit: float):
    def heard(run: Run) -> Heard | None:
        for index in range(len(run.steps)):
            below = {m: v for m, v in read(run, index).items() if v < limit}
            if below:
                m = min(below, key=lambda m: below[m])
                return index, below[m], m
        return None

    return heard


def _rises(values: Sequence[float], window: int, each: float, whole: float) -> Iterator[int]:
    """Every index at whose end the values have risen so."""
    for end in range(window, len(values)):
        part = values[end - window : end + 1]
        pairs = list(pairwise(part))
        up = all(0 < a < b < math.inf and b >= each * a for a, b in pairs)
        if up and part[-1] >= whole * part[0]:
            yield end


def _rising(series: Callable[[Run], list[Sequence[float]]], window: int, each: float, whole: float):
    def heard(run: Run) -> Heard | None:
        found = []
        for number, values in enumerate(series(run), start=1):
            end = next(_rises(values, window, each, whole), None)
            if end is not None:
                found.append((end, values[end] / values[end - window], number))
        return min(found, key=lambda f: (f[0], -f[1]), default=None)

    return heard


def _growth(run: Run) -> Heard | None:
    grown = 1.1 < run.growth < math.inf and not cancels(run)
    return (0, run.growth, None) if grown else None


def _large(run: Run) -> Heard | None:
    found = (s for s in run.steps if 100 < s.grad_norm < math.inf)
    return next(((s.index, s.grad_norm, None) for s in found), None)


def _jump(run: Run) -> Heard | None:
    for before, now in pairwise(run.steps):
        if before.loss > 0 and 10 * before.loss <= now.loss < math.inf:
            return now.index, now.loss / before.loss, None
    return None


def _doubling(run: Run) -> Heard | None:
    matrices = len(run.steps[0].weight_grad_norms)
    found = _rising(
        lambda r: [*zip(*(s.weight_grad_norms for s in r.steps), strict=True), [s.grad_norm for s in r.steps]],
        4, 2.0, 1.0,
    )(run)  # fmt: skip
    return (*found[:2], None) if found and found[2] == matrices + 1 else found


HEARD: dict[str, Callable[[Run], Heard | None]] = {
    "growth": _growth,
    "update_ratio": _over(_ratios, 0.1),
    "gradient_large": _large,
    "gradient_huge": _over(_entries, 1e6),
    "loss_jump": _jump,
    "loss_rising": _rising(lambda r: [[s.loss for s in r.steps]], 5, 1.0, 2.0),
    "gradient_doubling": _doubling,
    "weights_growing": _rising(
        lambda r: [*zip(*(s.weight_norms for s in r.steps), strict=True)], 5, 1.0, 2.0
    ),
    "not_finite": lambda r: (r.last, r.end.loss, r.end.lost.layer) if r.lost else None,
    "saturated": _over(_dead, 0.5),
    "vanishing": _under(_entries, 1e-7),
    "update_small": _under(_ratios, 1e-5),
}


def heard_in(run: Run) -> dict[str, Heard]:
    """Every rule that spoke, by itself."""
    return {name: told for name, hear in HEARD.items() if (told := hear(run)) is not None}
