"""What theory says of an experiment, in half sentences."""

from core.activations import ACTIVATIONS
from core.experiment import Experiment
from core.text import Text
from core.theory.prediction import RECURRENT, Prediction, Rule, two_basins
from core.theory.variances import sigma_b


def cited(rule: Rule, experiment: Experiment, text: Text) -> str:
    """Where the formula comes from, and for an RNN why it holds there."""
    return text.cite(rule.source + (f"; {RECURRENT}" if experiment.kind.recurrent else ""))


def sigmas(experiment: Experiment, text: Text) -> str:
    """The numbers that go into the formula; a normalization undoes those of the weights."""
    if experiment.normalization != "none":
        return ""
    bias = sigma_b(experiment)
    both = text("why.travel.sigma_b", bias=bias) if bias else ""
    return text("why.travel.sigma_w", weight=experiment.sigma_w) + both


def basins(experiment: Experiment, prediction: Prediction, of: str, text: Text) -> str:
    """GELU: the same weights shrink a small signal and enlarge a large one. of: "data", or one "sample"."""
    found = two_basins(experiment)
    if found is None:
        return ""
    below, above, between = found
    said = text("why.travel.basins", below=below, above=above, between=between)
    return f"{said} {text(f'why.travel.start_{of}', variance=prediction.variance)}"


def pascanu(experiment: Experiment, singular: float, text: Text) -> str:
    """What a recurrent matrix's largest singular value allows; nothing where a normalization comes between."""
    if experiment.normalization != "none":
        return ""
    bound = 1 / ACTIVATIONS[experiment.activation].steepest
    key = "may_explode" if singular > bound * (1 + 1e-9) else "cannot_explode"
    key = "must_vanish" if singular < bound * (1 - 1e-9) else key
    return text(f"why.travel.{key}", bound=bound)
