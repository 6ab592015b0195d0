"""Claims of why a run exploded, and of the other runs that tell it."""

import math

from core.theory.prediction import predict
from tests.words.claims.facts import Case, Run, critical, differs_in, geometric
from tests.words.claims.judging import Claim, Digits, Part, Word, bounds, claim
from tests.words.claims.predicates import cancels, itself
from tests.words.claims.recording import Note


def cause_is(name: str):
    def holds(c: Case) -> bool:
        return c.cause == name and not (c.twin is not None and c.twin.survives)

    holds.__doc__ = (
        f"the cause is {name}: that is what the other runs cure, and no change of a millionth"
    )
    return holds


def multiplied(c: Case) -> bool:
    """the signal grew at step 0"""
    return c.growth > 1.01


def not_multiplied(c: Case) -> bool:
    """the signal did not grow at step 0"""
    return c.growth <= 1.02


def unmeasured(c: Case) -> bool:
    """no growth can be measured"""
    return math.isnan(c.growth) or cancels(c)


def less_growth(c: Case) -> bool:
    """theory gives the other start less growth"""
    chain, here = c.chain.experiment, c.experiment
    if chain.normalization != here.normalization:
        return True
    return chain.sigma_w < here.sigma_w


def slower_tried(c: Case) -> bool:
    """a lower rate was tried"""
    return c.slow.experiment.lr < c.experiment.lr


def a_tenth(c: Case) -> bool:
    """a tenth of the rate was tried, and nothing else was changed"""
    here, slow = c.experiment, c.slow.experiment
    return differs_in(here, slow, "lr") and math.isclose(slow.lr, here.lr / 10, rel_tol=1e-3)


def no_tenth(c: Case) -> bool:
    """the rates end before a tenth"""
    return not a_tenth(c)


def chain_tried(c: Case) -> bool:
    """a start without growth was tried"""
    return c.chain.experiment != c.experiment


def one_layer(c: Case) -> bool:
    """one hidden layer"""
    return c.experiment.depth == 1


def theory_has_none(c: Case) -> bool:
    """theory gives this start no growth already, and the run was the counterfactual itself"""
    return c.chain.experiment == c.experiment


def chance_cures(c: Case) -> bool:
    """it exploded, and a change of a millionth keeps it from that"""
    return not c.survives and c.twin.survives


CAUSE: dict[str, Claim] = {
    "verdict.cause.open": claim(chance_cures),
    "verdict.cause.chain": claim(cause_is("chain"), multiplied, chain_tried),
    "verdict.cause.step": claim(cause_is("step"), slower_tried),
    "verdict.cause.both": claim(cause_is("both"), multiplied, chain_tried, slower_tried),
    "verdict.cause.chain_unseen": claim(
        cause_is("chain"), not_multiplied, less_growth, chain_tried, slower_tried
    ),
    "verdict.cause.chain_unmeasured": claim(
        cause_is("chain"), unmeasured, less_growth, chain_tried, slower_tried
    ),
    "verdict.cause.both_unseen": claim(
        cause_is("both"), not_multiplied, less_growth, chain_tried, slower_tried
    ),
    "verdict.cause.both_unmeasured": claim(
        cause_is("both"), unmeasured, less_growth, chain_tried, slower_tried
    ),
    "verdict.cause.neither_alone": claim(cause_is("neither"), one_layer, slower_tried),
    "verdict.cause.neither": claim(
        cause_is("neither"), a_tenth, lambda c: not theory_has_none(c) or c.growth <= 1.02
    ),
    "verdict.cause.neither_grew": claim(
        cause_is("neither"), slower_tried, theory_has_none, multiplied
    ),
    "verdict.cause.neither_lowest": claim(cause_is("neither"), no_tenth),
}


# the other runs


def same_but_start(c: Case) -> bool:
    """the same run but for its start"""
    return differs_in(c.experiment, c.chain.experiment, "init", "gain")


def layer_instead(c: Case) -> bool:
    """the same run but for layer normalization instead of another, of more than two units"""
    here, chain = c.experiment, c.chain.experiment
    swapped = here.normalization == "batch" and chain.normalization == "layer"
    return swapped and chain.width > 2 and differs_in(here, chain, "normalization")


def of_a_few_units(c: Case) -> bool:
    """layer normalization of one or two units"""
    return c.experiment.normalization == "layer" and c.experiment.width <= 2


def without_normalization(c: Case) -> bool:
    """the same run without its normalization, from another start"""
    here, chain = c.experiment, c.chain.experiment
    plain = here.normalization != "none" and chain.normalization == "none"
    return plain and differs_in(here, chain, "normalization", "init", "gain")


def too_small(c: Case) -> bool:
    """its weights are too small for growth by theory"""
    return c.experiment.sigma_w < critical(c.experiment)


def no_growth_seen(c: Case) -> bool:
    """the chain is acquitted: its signal does not grow, or hardly"""
    return not c.growth > 1.02


def chain_survives_not(c: Case) -> bool:
    """the chain is not the cause"""
    return c.cause not in ("chain", "both")


def above_bound(note: Note) -> bool:
    """the curvature is above the bound"""
    return bounds(note.shown("curvature"), None)[1] > bounds(note.shown("bound"))[0]


def twice_the_quotient(note: Note) -> bool:
    """the product is twice the curvature over the bound, to the digits shown"""
    least, most = bounds(note.shown("curvature"), None)
    low, high = bounds(note.shown("bound"))
    smallest, largest = bounds(note.shown("product"))
    return 2 * least / high <= largest and smallest <= 2 * most / low


start, chain_part = (
    Part(lambda c: c.chain, "verdict.aim.*"),
    Part(lambda c: c.chain, "verdict.then.*"),
)
slower = Part(itself, "verdict.slower.*")
EVIDENCE: dict[str, Claim] = {
    "verdict.evidence.alone": claim(one_layer, slower=slower),
    "verdict.evidence.both_runs_gain": claim(same_but_start, start=start, chain=chain_part, slower=slower),
    "verdict.evidence.both_runs_layer": claim(layer_instead, start=start, chain=chain_part, slower=slower),
    "verdict.evidence.both_runs_plain": claim(without_normalization, start=start, chain=chain_part, slower=slower),
    "verdict.evidence.already_gain": claim(
        theory_has_none, chain_survives_not, no_growth_seen, start=start, slower=slower
    ),
    "verdict.evidence.already_less": claim(
        theory_has_none, chain_survives_not, no_growth_seen, too_small,
        sigma=Digits(4, lambda c: c.experiment.sigma_w),
        critical=Digits(4, lambda c: critical(c.experiment)),
        aim=Word(lambda c: f"verdict.aim.{'gelu' if c.experiment.activation == 'gelu' else 'deep'}"),
        slower=slower,
    ),
    "verdict.evidence.already_grew": claim(theory_has_none, multiplied, slower=slower),
    "verdict.evidence.already_layer": claim(
        theory_has_none, chain_survives_not, no_growth_seen,
        lambda c: c.experiment.normalization == "layer" and not of_a_few_units(c), start=start, slower=slower,
    ),
    "verdict.evidence.already_cancelled": claim(
        theory_has_none, chain_survives_not, of_a_few_units, cancels, slower=slower
    ),
    "verdict.evidence.curvature": claim(
        lambda c: c.experiment.optimizer == "sgd" and c.experiment.clipping == "none",
        lambda c: c.cause in ("step", "both"),
        shown=[above_bound, twice_the_quotient],
        curvature=Digits(None, lambda c: curvature(c)),
        bound=lambda c: 2 / c.experiment.lr,
        product=lambda c: curvature(c) * c.experiment.lr,
    ),
    "verdict.slower.tenth": claim(
        a_tenth, lr=Digits(4, lambda c: c.slow.experiment.lr), ending=Part(lambda c: c.slow, "verdict.then.*")
    ),
    "verdict.slower.lowest": claim(
        no_tenth, lambda c: c.slow.experiment.lr == 1e-6,
        lr=Digits(4, lambda c: c.slow.experiment.lr), ending=Part(lambda c: c.slow, "verdict.then.*"),
    ),
    "verdict.slower.none": claim(lambda c: c.experiment.lr == 1e-6, lr=Digits(4, lambda c: c.experiment.lr)),
}  # fmt: skip


def curvature(c: Run) -> float:
    """Of the last step whose activations are numbers: the largest eigenvalue of (2 / batch) AᵀA, A = [h_L, 1]."""
    import numpy as np
    import torch

    from core.engine.training import Trainer

    whole = [s.index for s in c.steps if math.isfinite(s.activation_norms[-1])]
    trainer = Trainer([c.experiment], torch.float32, "everything")
    for index in range(whole[-1] + 1):
        trainer.advance(index)
    h = trainer.network.activations[-1, 0].double().numpy()
    assert math.isclose(np.linalg.norm(h), c.steps[whole[-1]].activation_norms[-1], rel_tol=1e-5)
    a = np.concatenate([h, np.ones((len(h), 1))], axis=1)
    return float(np.linalg.eigvalsh(2 / len(h) * a.T @ a)[-1])


def predicted(run: Run) -> float:
    prediction = predict(run.experiment)
    return math.nan if prediction is None else geometric(prediction.signal_norms(1.0))


def aims_at_one(run: Run) -> bool:
    """this start is the one for a growth of 1"""
    e = run.experiment
    return math.isclose(e.sigma_w, critical(e), rel_tol=2e-3)


def _aim(network: str) -> Claim:
    return claim(
        lambda run: run.experiment.network == network,
        gain=Digits(4, lambda run: run.experiment.gain),
        aim=Part(itself, "verdict.aim.*"),
        growth=predicted,
    )


LAYER_GROWTH = {"relu": 1.0, "linear": 1.0, "sigmoid": 0.3909}
AIM: dict[str, Claim] = {
    "verdict.aim.deep": claim(lambda run: run.experiment.activation != "gelu", aims_at_one),
    "verdict.aim.gelu": claim(lambda run: run.experiment.activation == "gelu", aims_at_one),
    "verdict.aim.nearest": claim(lambda run: run.experiment.sigma_w < critical(run.experiment)),
    "verdict.aim.alone": claim(
        gain=Digits(4, lambda run: run.experiment.gain), aim=Part(itself, "verdict.aim.*")
    ),
    "verdict.aim.mlp": _aim("mlp"),
    "verdict.aim.rnn": _aim("rnn"),
    "verdict.aim.layer_mlp": claim(
        lambda run: run.experiment.network == "mlp",
        growth=lambda run: LAYER_GROWTH[run.experiment.activation],
    ),
    "verdict.aim.layer_rnn": claim(
        lambda run: run.experiment.network == "rnn",
        growth=lambda run: LAYER_GROWTH[run.experiment.activation],
    ),
}


CLAIMS = CAUSE | EVIDENCE | AIM
