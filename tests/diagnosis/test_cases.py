"""Public reports of runs that exploded, in small: what the app says of each, however it is rounded.

Each query has a report's own settings, as far as the app can choose them; the name says where it was reported.
"""

from dataclasses import replace

import pytest

from core.diagnosis.advice import candidates, promising
from core.diagnosis.changes import STANDARDIZATION
from core.diagnosis.outcomes import end_loss, survived
from core.experiment import Experiment
from core.tasks import trivial_loss

ONE_LINEAR_UNIT = (
    "task=sine&depth=1&width=1&activation=linear&init=xavier_uniform&gain=1&batch_size=1"
)
TANH_UNITS = "depth=1&width=8&activation=tanh&init=xavier_uniform&gain=1&batch_size=1&steps=500"
NINE_LAYERS = "depth=9&width=256&init=normal&gain=0.1414&lr=0.01"
MOMENTUM = "depth=1&width=100&activation=linear&init=xavier_uniform&gain=1&optimizer=momentum&lr=2&batch_size=128"
TUTORIAL = (
    "depth=1&width=25&init=he_uniform&gain=1&optimizer=momentum&lr=0.01&batch_size=32&steps=1600"
)
HOUSES = "depth=2&init=xavier_uniform&gain=1&lr=0.1&batch_size=16&steps=1000"
RELU_RNN = (
    "network=rnn&task=adding&depth=35&width=200&init=torch_default&gain=1&lr=10&batch_size=20"
)
WHICH_CLIP = "activation=tanh&init=lecun_normal&gain=2&lr=0.12&clip=1"


def case(query, **more):
    experiment, problems = Experiment.from_query(dict(each.split("=") for each in query.split("&")))
    assert problems == []
    return replace(experiment, **more)


def died(experiment, rounding):
    """The step at which it stopped being finite."""
    last = rounding.train(experiment)[-1]
    assert last.lost is not None
    return last.index


@pytest.mark.parametrize(
    ("report", "query"),
    [
        ("keras#3040: one linear unit, unscaled inputs", f"{ONE_LINEAR_UNIT}&lr=0.001"),
        ("a clipping tutorial: targets in hundreds", TUTORIAL),
        ("dl-keras-tf#9: house prices", HOUSES),
    ],
)
def test_raw_data_alone_kill_it_and_to_standardize_them_is_said_first(report, query, rounding):
    raw = case(query, scaling="raw")
    assert not survived(rounding.outcome(raw)), report
    known = rounding.cells([replace(raw, scaling="standardized")])
    among = candidates(raw, rounding.judge(raw).situation)
    offered = promising(among, rounding.cell(raw), known)
    assert [cell.outcome for cell in known.values()] == ["learned"]
    assert offered[0].name == STANDARDIZATION


def test_playground_3_a_rate_of_one_overshoots_and_a_small_one_learns(rounding):
    fast = case(TANH_UNITS, lr=1)
    assert 15 <= died(fast, rounding) <= 25
    assert rounding.cause(fast) == "step"
    assert rounding.outcome(case(TANH_UNITS, lr=0.03)) == "learned"


def test_mxnet_9478_neither_start_nor_rate_alone_saves_and_both_do(rounding):
    nine = case(NINE_LAYERS)
    assert died(nine, rounding) == 2
    he = replace(nine, init="he_normal", gain=1)
    assert rounding.outcome(he) == "diverged"
    assert rounding.cause(nine) == "neither"
    assert rounding.outcome(replace(he, lr=0.001)) == "learned"


def test_keras_510_clipped_it_stays_finite_and_is_not_called_saved(rounding):
    assert died(case(MOMENTUM), rounding) in (3, 4)
    clipped = case(MOMENTUM, clipping="norm", clip=0.5, steps=500)
    assert rounding.outcome(clipped) in ("stalled", "exploded")
    assert end_loss(rounding.train(clipped)) > trivial_loss(clipped)


def test_fifty_standard_normal_matrices_are_lost_before_any_update(rounding):
    product = case("depth=50&width=100&activation=linear&init=normal&gain=1&lr=1e-06")
    assert died(product, rounding) == 0
    assert rounding.cause(product) == "chain"


def test_tensorflow_323_exploded_before_it_began(rounding):
    start = case("depth=4&width=256&init=normal&gain=1&optimizer=adam&lr=0.0001&batch_size=50")
    assert rounding.train(start)[0].start_loss > 1000 * trivial_loss(start)
    assert rounding.outcome(start) == "exploded"
    assert rounding.cause(start) == "chain"


def test_keras_2194_a_relu_rnn_under_adam_is_no_stalled_run(rounding):
    rnn = case("network=rnn&task=adding&depth=100&gain=1.2&optimizer=adam&batch_size=32&seed=1")
    assert rounding.outcome(rnn) in ("diverged", "exploded")


def test_pytorch_examples_223_clipping_keeps_it_finite_and_teaches_it_nothing(rounding):
    assert died(case(RELU_RNN), rounding) == 1
    clipped = case(RELU_RNN, clipping="global_norm", clip=0.25)
    assert rounding.outcome(clipped) == "stalled"
    assert end_loss(rounding.train(clipped)) > trivial_loss(clipped)


def test_tensorflow_36001_which_clip_is_which(rounding):
    ends = {
        clipping: rounding.outcome(case(WHICH_CLIP, clipping=clipping))
        for clipping in ("none", "value", "norm", "global_norm")
    }
    assert ends == {
        "none": "diverged",
        "value": "stalled",
        "norm": "learned",
        "global_norm": "learned",
    }
    assert 20 <= died(case(WHICH_CLIP), rounding) <= 30
    by_value = rounding.train(case(WHICH_CLIP, clipping="value"))
    assert by_value[-1].end_loss > by_value[0].start_loss


def test_lightning_9694_clipped_to_next_to_nothing_it_learns_nothing(rounding):
    scaled = case("gain=1&clipping=global_norm&clip=0.0001")
    steps = rounding.train(scaled)
    assert rounding.outcome(scaled) == "stalled"
    assert all(step.clipped_norm < step.grad_norm for step in steps)
    assert max(step.clipped_norm / step.grad_norm for step in steps) < 1e-3
