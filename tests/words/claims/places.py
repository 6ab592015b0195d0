"""Claims of single words: places in a network, settings, names."""

from core.experiment import Experiment
from tests.words.claims.facts import Run, Spot
from tests.words.claims.judging import SAYS_NOTHING, Claim, Digits, Word, claim

SETTINGS = ("depth", "width", "gain", "lr", "clip", "seed")


def number(spot: Spot) -> int:
    return spot.number or 0


def mlp(it: Spot | Run) -> bool:
    """a multilayer perceptron"""
    return it.experiment.network == "mlp"


def rnn(it: Spot | Run) -> bool:
    """a recurrent network"""
    return it.experiment.network == "rnn"


def a_matrix(spot: Spot) -> bool:
    """a weight matrix, not a layer"""
    return not spot.layer


def hidden(spot: Spot) -> bool:
    """a hidden layer"""
    return 1 <= (spot.number or 0) <= spot.experiment.depth


def readout(spot: Spot) -> bool:
    """the readout"""
    return spot.number == (spot.experiment.depth + 1 if mlp(spot) else 3)


WHERE: dict[str, Claim] = {
    "charts.where.layer": claim(mlp, hidden, layer=number),
    "charts.where.time": claim(rnn, lambda spot: spot.layer, hidden, layer=number),
    "charts.where.matrix": claim(mlp, a_matrix, hidden, layer=number),
    "charts.where.input": claim(rnn, a_matrix, lambda spot: spot.number == 1),
    "charts.where.recurrent": claim(rnn, a_matrix, lambda spot: spot.number == 2),
    "charts.where.readout": claim(a_matrix, readout),
    "charts.where.whole": claim(lambda spot: spot.number is None),
}


def _setting(name: str) -> Digits:
    return Digits(4, lambda run: getattr(run.experiment, name))


def _choice(name: str) -> Word:
    return Word(lambda run: f"ui.choices.{name}.{getattr(run.experiment, name)}")


def _clips(how: str) -> Claim:
    def here(run: Run) -> bool:
        return run.experiment.clipping == how

    return claim(here, clip=_setting("clip"))


network = {
    "depth": _setting("depth"),
    "width": _setting("width"),
    "activation": _choice("activation"),
}
WORDS: dict[str, Claim] = {
    "ui.words.mlp": claim(mlp, lambda run: run.experiment.depth > 1, **network),
    "ui.words.mlp_one": claim(mlp, lambda run: run.experiment.depth == 1, **network),
    "ui.words.rnn": claim(rnn, **network),
    "ui.words.init": claim(init=_choice("init"), gain=_setting("gain")),
    "ui.words.rate": claim(lr=_setting("lr")),
    "ui.words.normalization": claim(normalization=_choice("normalization")),
    **{
        f"ui.words.{how}": _clips(how)
        for how in ("none", "value", "norm", "global_norm", "adaptive")
    },
    "ui.choices.*": SAYS_NOTHING,
}


def unit(e: Experiment) -> str:
    return f"symptoms.units.{e.network}"


CLAIMS = WHERE | WORDS
