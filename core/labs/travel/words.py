"""The reveal in sentences: what was measured at the start, what theory predicts and why, what follows."""

import math

import numpy as np

from core.experiment import RANGES
from core.labs.travel.measure import Start
from core.text import Text
from core.theory.cancellation import signal_cancels
from core.theory.critical_gain import critical_gain
from core.theory.number_formats import FORMATS
from core.theory.prediction import RULES, WIDE, edge_of_chaos, obstacle, plain, predict
from core.words.cancelled import cancelled
from core.words.theory import basins, cited, pascanu, sigmas

FLOAT32 = FORMATS["float32"]
NOTICEABLE = 0.01
"""Theory's limit is told beside its value at this depth where they are further apart."""
FAR = 10_000
"""More layers than that until float32 ends are told as "no danger"."""
DIGITS = 5
"""Of a growth whose logarithm is divided by: with fewer nobody could do the sum again."""
BATCH_NEAR = 128
"""From here on a batch counts as large without a word."""


def sentences(start: Start, text: Text) -> list[str]:
    """One paragraph each, empty ones left out: what happened, theory, float32, where theory does not reach.

    Of two layers or more. Where a normalization cancels the signal, that, and the recurrent matrix.
    """
    if signal_cancels(start.experiment):
        return list(filter(None, [cancelled(start.experiment, text), _recurrent(start, text)]))
    tell = (_measured, _predicted, _recurrent, _edge, float32, _caveats)
    return [said for said in (each(start, text) for each in tell) if said]


def beside(start: Start, text: Text) -> str:
    """Of a start beside another: what theory says and where it does not reach, or why nothing is told."""
    if signal_cancels(start.experiment):
        return cancelled(start.experiment, text)
    if not len(start.growths):
        return ""
    return f"{_predicted(start, text)} {_caveats(start, text)}".strip()


def _key(name: str, start: Start) -> str:
    return f"why.travel.{name}_{start.experiment.kind.words}"


def _measured(start: Start, text: Text) -> str:
    """The fate, the growth with its range, and the seeds that have none."""
    growths, seeds, depth = start.growths, len(start.growth), start.experiment.depth
    parts = []
    if start.fate is not None and start.ratio is not None:
        finite = math.isfinite(start.ratio)
        key = _key(f"fate.{start.fate}", start) if finite else "why.travel.fate.beyond"
        parts.append(text(key, depth=depth, ratio=start.ratio))
    if len(growths):
        growth = text.factor(float(np.median(growths)), depth - 1)
        ends = {"least": float(np.min(growths)), "most": float(np.max(growths))}
        parts.append(text(_key("growth", start), seeds=seeds, growth=growth, **ends))
    lost = int((~np.isfinite(start.signals)).any(axis=1).sum())
    dead = int((start.signals == 0).any(axis=1).sum())
    parts += [text("why.travel.lost", count=lost, seeds=seeds)] if lost else []
    parts += [text("why.travel.dead", count=dead, seeds=seeds)] if dead else []
    return " ".join(parts)


def _predicted(start: Start, text: Text) -> str:
    """Theory's number with formula and source, or why there is none."""
    experiment, prediction = start.experiment, predict(start.experiment)
    if prediction is None:
        return text(f"why.travel.obstacle.{obstacle(experiment)}", size=experiment.batch_size)
    rule = RULES[prediction.rule]
    slots = {"formula": f"${rule.latex}$", "source": cited(rule, experiment, text)}
    sigma = sigmas(experiment, text)
    parts = [text(_key("theory", start), growth=prediction.slope, sigma=sigma, **slots)]
    if len(start.slopes):
        parts.append(text("why.travel.fitted", slope=float(np.median(start.slopes))))
    if abs(math.log(prediction.slope / prediction.limit)) > NOTICEABLE:
        parts.append(text(_key("limit", start), limit=prediction.limit))
    return " ".join([*parts, basins(experiment, prediction, "data", text)]).strip()


def _recurrent(start: Start, text: Text) -> str:
    """Spectral radius and largest singular value of the one matrix, and what follows (Pascanu et al. 2013)."""
    radius, singular = start.spectral_radius, start.largest_singular_value
    if radius is None or singular is None:
        return ""
    said = text("why.travel.matrix", radius=radius, singular=singular)
    return f"{said} {pascanu(start.experiment, singular, text)}".strip()


def _edge(start: Start, text: Text) -> str:
    """The sigma_w, and the gain, at which the growth would be 1, or that there is none, and why."""
    if not plain(start.experiment):
        return ""
    edge = edge_of_chaos(start.experiment)
    if edge is None:
        return text("why.travel.no_edge")
    said = text("why.travel.edge", critical=edge[0], gain=edge[1])
    here = critical_gain(start.experiment, RANGES["gain"])
    if here is None or abs(here / edge[1] - 1) < NOTICEABLE:
        return said
    return f"{said} {text('why.travel.edge_here', depth=start.experiment.depth, gain=here)}"


def float32(start: Start, text: Text) -> str:
    """After how many layers at this growth a signal of 1 leaves float32; whether one of these networks did."""
    if not len(start.growths):
        return ""
    growth = float(np.median(start.growths))
    rate = math.log(growth)
    end = FLOAT32.largest if rate > 0 else FLOAT32.smallest_normal
    layers = math.inf if rate == 0 else math.ceil(math.log(end) / rate)
    kind = "far" if layers > FAR else "over" if rate > 0 else "under"
    said = text(_key(f"float32.{kind}", start), growth=text.number(growth, DIGITS), layers=layers)
    values = np.concatenate([start.signals, start.activations])
    if np.nanmax(np.where(np.isfinite(values), values, np.inf)) > FLOAT32.largest:
        return f"{said} {text('why.travel.float32.passed')}"
    return said


def _caveats(start: Start, text: Text) -> str:
    """Where theory's limits are not this network."""
    experiment, prediction = start.experiment, predict(start.experiment)
    if prediction is None:
        return ""
    batch, said = experiment.normalization == "batch", []
    if experiment.width < WIDE:
        said.append("why.travel.caveat.narrow")
    if experiment.depth < 3:
        said.append("why.travel.caveat.shallow")
    if experiment.kind.recurrent:
        said.append("why.travel.caveat.recurrent")
    inside = not len(start.slopes) or min(start.slopes) <= prediction.slope <= max(start.slopes)
    if not said and not inside:
        said.append("why.travel.caveat.batch_strays" if batch else "why.travel.caveat.strays")
    elif batch and experiment.batch_size < BATCH_NEAR:
        said.append("why.travel.caveat.batch")
    slots = {"width": experiment.width, "size": experiment.batch_size}
    return " ".join(text(key, **slots) for key in said)
