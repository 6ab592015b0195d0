"""What the chain rule's product came to, in sentences: measured, bounded, predicted. No Streamlit here."""

import math

from core.experiment import Experiment
from core.labs.chain_rule.chart import NAMES
from core.labs.chain_rule.model import MOST, Measured, number
from core.text import SUPERSCRIPTS, Text
from core.theory.prediction import RULES, obstacle
from core.words.theory import basins, cited, pascanu, sigmas

WORDS = "mathematics.jacobians"
TIGHT = 1.005
"""A bound less than this times too large is exact to the digits that are shown."""


def lead(experiment: Experiment, text: Text) -> str:
    """What is sent through the network, and what an RNN's end of the chain is."""
    kind = "batch" if experiment.normalization == "batch" else experiment.kind.words
    return text(f"{WORDS}.lead_{kind}", samples=experiment.batch_size)


def sentences(measured: Measured, text: Text) -> list[str]:
    """One paragraph each: the product, the bound, the directions, theory, the recurrent matrix."""
    tell = (_product, _bound, _directions, _theory, _matrix)
    return [said for said in (each(measured, text) for each in tell) if said]


def _key(name: str, measured: Measured) -> str:
    return f"{WORDS}.{name}_{measured.experiment.kind.words}"


def _product(measured: Measured, text: Text) -> str:
    """The whole product in numbers, or where it ends before its end."""
    chain, depth = measured.chain, measured.experiment.depth
    zero = [layer for layer, length in enumerate(chain.lengths, start=1) if length == -math.inf]
    over = [layer for layer, length in enumerate(chain.lengths, start=1) if not length < math.inf]
    if over:
        return text(_key("overflow", measured), layer=max(over))
    if zero:
        return text(_key("zero", measured), layer=max(zero))
    slots = {
        "samples": chain.samples,
        "start": power(chain.lengths[-1], text),
        "last": power(chain.into_weights, text),
        "measured": power(chain.measured, text),
    }
    if depth == 1:
        return text(_key("one", measured), **slots)
    kind = "product" if chain.norms else "batch_product"
    gain = power(measured.log_gain, text)
    factors = text(
        f"{WORDS}.factors_{'one' if depth == 2 else 'many'}",
        count=depth - 1,
        gain=gain,
        least=power(min(chain.gains), text),
        most=power(max(chain.gains), text),
    )
    return text(_key(kind, measured), gain=gain, factors=factors, **slots)


def _bound(measured: Measured, text: Text) -> str:
    """The product of the spectral norms against what happened."""
    chain = measured.chain
    if not chain.norms or min(chain.norms) == -math.inf:
        return ""
    bound = chain.bounds[0] - chain.lengths[-1]
    off = bound - measured.log_gain
    if not math.isfinite(off):
        return text(f"{WORDS}.bound_alone", bound=power(sum(chain.norms), text))
    key = "bound_tight" if number(off) < TIGHT else "bound"
    return text(
        f"{WORDS}.{key}",
        bound=power(bound, text),
        off=power(off, text),
        count=len(chain.norms),
        ends=power(chain.bounds[0] + chain.last_norm, text),
    )


def _directions(measured: Measured, text: Text) -> str:
    """Singular values of the whole product, and how many directions it closes."""
    width = measured.experiment.width
    if not measured.chain.spreads or width == 1:
        return ""
    whole = measured.chain.spreads[0]
    shown = {name: getattr(whole, name) for name in NAMES}
    shown = {name: power(log, text) for name, log in shown.items() if not math.isnan(log)}
    rest = ""
    if whole.median != -math.inf:
        rest = text(f"{WORDS}.rest.{'middle' if 'median' in shown else 'unresolved'}", **shown)
    said = [text(f"{WORDS}.directions", width=width, largest=shown["largest"], rest=rest)]
    if whole.rank < width:
        closed = "layer" if measured.experiment.normalization == "layer" else "none"
        said.append(text(f"{WORDS}.rank.{closed}", rank=whole.rank, width=width))
    return " ".join([*said, text(f"{WORDS}.mixture")])


def _theory(measured: Measured, text: Text) -> str:
    """Theory's growth and product with formula and source, or why there is none."""
    experiment, prediction = measured.experiment, measured.prediction
    if experiment.depth < 2:
        return ""
    if prediction is None:
        reason = obstacle(experiment)
        return text(f"why.travel.obstacle.{reason}", size=experiment.batch_size)
    rule = RULES[prediction.rule]
    batch = experiment.normalization == "batch"
    said = text(
        f"{WORDS}.theory_batch_mlp" if batch else _key("theory", measured),
        growth=text.factor(prediction.growth, experiment.depth - 1),
        total=power(sum(map(math.log10, prediction.factors)), text),
        formula=f"${rule.latex}$",
        sigma=sigmas(experiment, text),
        source=cited(rule, experiment, text),
        width=experiment.width,
    )
    return f"{said} {basins(experiment, prediction, 'sample', text)}".strip()


def _matrix(measured: Measured, text: Text) -> str:
    """An RNN's one matrix: its spectral radius, its largest singular value, and what follows."""
    radius, singular = measured.radius, measured.singular
    if radius is None or singular is None:
        return ""
    said = text(f"{WORDS}.matrix", radius=radius, singular=singular)
    return f"{said} {pascanu(measured.experiment, singular, text)}".strip()


def power(log: float, text: Text) -> str:
    """A number given by its log10, also where it leaves float64."""
    if log <= MOST:
        return text.number(number(log))
    return text.digits("10") + str(round(log)).translate(SUPERSCRIPTS)
