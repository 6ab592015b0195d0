"""Claims of the advice: what a suggested experiment is, and what came of it."""

from dataclasses import replace

from core.experiment import Experiment
from tests.words.claims.facts import critical, differs_in
from tests.words.claims.judging import Claim, Digits, Part, Word, claim
from tests.words.claims.offers import Offer, not_worse, untried


def only(*names: str):
    """Nothing else is changed."""

    def holds(it: Offer) -> bool:
        return differs_in(it.case.experiment, it.experiment, *names)

    holds.__doc__ = f"the same run but for {', '.join(names)}"
    return holds


def has(**values: object):
    """It has these."""

    def holds(it: Offer) -> bool:
        return replace(it.experiment, **values) == it.experiment

    holds.__doc__ = f"it has {values}"
    return holds


def rate(times: float):
    """So many times the rate."""

    def holds(it: Offer) -> bool:
        return abs(it.experiment.lr / it.case.experiment.lr / times - 1) < 1e-3

    holds.__doc__ = f"{times} times the rate"
    return holds


def better_start(it: Offer) -> bool:
    """it aims at a growth of 1, or comes as near as gains go"""
    e = it.experiment
    return abs(e.sigma_w / critical(e) - 1) < 2e-3 or e.gain == 5


def more(name: str):
    def holds(it: Offer) -> bool:
        return getattr(it.experiment, name) > getattr(it.case.experiment, name)

    holds.__doc__ = f"more {name}"
    return holds


def less(name: str):
    def holds(it: Offer) -> bool:
        return getattr(it.experiment, name) < getattr(it.case.experiment, name)

    holds.__doc__ = f"less {name}"
    return holds


def changed(name: str):
    def holds(it: Offer) -> bool:
        before: Experiment = it.case.experiment
        return getattr(it.experiment, name) != getattr(before, name)

    holds.__doc__ = f"another {name}"
    return holds


def _is(name: str) -> Digits:
    return Digits(4, lambda it: getattr(it.experiment, name))


init = Word(lambda it: f"ui.choices.init.{it.experiment.init}")
start = Part(lambda it: it.aimed, "*")
ADAM = {"optimizer": "adam"}
DETAILS: dict[str, Claim] = {
    "clipping": claim(only("clipping", "clip"), has(clipping="global_norm"), clip=_is("clip")),
    "clip_hard": claim(only("clipping", "clip"), has(clipping="global_norm"), clip=_is("clip")),
    "clip_values": claim(only("clipping", "clip"), has(clipping="value"), clip=_is("clip")),
    "initialization": claim(only("init", "gain"), better_start, init=init, start=start),
    "lower_rate": claim(only("lr"), rate(0.1), lr=_is("lr")),
    "hundredth": claim(only("lr"), rate(0.01), lr=_is("lr")),
    "normalization": claim(only("normalization"), has(normalization="layer")),
    "standardization": claim(only("scaling"), has(scaling="standardized")),
    "plain_start": claim(
        only("normalization", "init", "gain"), has(normalization="none"), better_start,
        changed("normalization"), init=init, start=start,
    ),
    "all_four": claim(
        only("clipping", "clip", "init", "gain", "lr", "normalization"), rate(0.1), better_start,
        lambda it: it.experiment.clipping != "none" and it.experiment.normalization != "none",
    ),
    "longer": claim(only("steps"), more("steps"), steps=_is("steps")),
    "adam": claim(only("optimizer", "lr"), has(**ADAM), changed("optimizer"), lr=_is("lr")),
    "adam_rate": claim(only("lr"), has(**ADAM), lr=_is("lr")),
    "adam_longer": claim(
        only("optimizer", "lr", "steps"), has(**ADAM), more("steps"), lr=_is("lr"), steps=_is("steps")
    ),
    "fresh": claim(
        only("optimizer", "lr", "init", "gain", "clipping", "normalization"),
        has(clipping="none", normalization="none", **ADAM), better_start,
        init=init, start=start, lr=_is("lr"),
    ),
    "small": claim(
        only("depth", "steps", "optimizer", "lr", "init", "gain", "clipping", "normalization"),
        has(clipping="none", normalization="none", **ADAM), better_start,
        depth=_is("depth"), init=init, start=start, lr=_is("lr"), steps=_is("steps"),
    ),
    "shallower": claim(only("depth"), less("depth"), depth=_is("depth")),
    "gentle_rate": claim(only("lr"), lr=_is("lr")),
    "unclipped": claim(only("clipping"), has(clipping="none")),
    "unnormalized": claim(only("normalization"), has(normalization="none")),
    "more_gain": claim(only("gain"), more("gain"), gain=_is("gain")),
    "deeper": claim(only("depth"), more("depth"), depth=_is("depth")),
    "faster": claim(only("lr"), more("lr"), lr=_is("lr")),
}  # fmt: skip
CLAIMS: dict[str, Claim] = {
    **{f"advice.{name}.detail": each for name, each in DETAILS.items()},
    **{f"advice.{name}.name": claim(*each.holds) for name, each in DETAILS.items()},
    "advice.start": claim(gain=Digits(4, lambda run: run.experiment.gain)),
    "advice.tried": claim(not_worse, ending=Part(lambda it: it.run, "verdict.then.*")),
    "advice.untried": claim(untried),
}
