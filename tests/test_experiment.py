"""The one choice: validated where it is made, and the same through any URL."""

import itertools
import math

import pytest

from core.activations import ACTIVATIONS
from core.experiment import (
    CHOICES,
    FIELDS,
    MOST_SECONDS,
    RANGES,
    Experiment,
    ExperimentError,
    growth_one,
)
from core.initializations import INITS
from core.kinds import KINDS

VARIED = [
    Experiment(),
    Experiment(network="rnn"),
    Experiment(
        network="rnn", task="adding", depth=60, activation="tanh", init="orthogonal", gain=1.5
    ),
    Experiment(lr=1e-6, gain=0.1, clip=1e4, seed=9999, optimizer="adam", clipping="adaptive"),
    Experiment(lr=0.1 + 0.2, gain=1 / 3),
]


def test_bare_experiment_is_the_designs_default():
    e = Experiment()
    assert (e.network, e.task, e.depth, e.width, e.activation) == (
        "mlp",
        "diabetes",
        20,
        64,
        "relu",
    )
    assert (e.init, e.gain, e.normalization, e.optimizer) == ("he_normal", 1.25, "none", "sgd")
    assert (e.lr, e.clipping, e.clip) == (0.001, "none", 1.0)
    assert (e.batch_size, e.steps, e.seed) == (64, 200, 0)
    assert Experiment(network="rnn").task == "co2"


@pytest.mark.parametrize("experiment", VARIED)
def test_query_round_trips(experiment):
    query = experiment.to_query()
    assert all(isinstance(value, str) for value in query.values())
    assert Experiment.from_query(query) == (experiment, [])
    assert hash(experiment) == hash(Experiment.from_query(query)[0])


def test_query_tells_only_what_differs():
    assert Experiment().to_query() == {}
    assert Experiment(depth=30).to_query() == {"depth": "30"}
    assert Experiment(gain=2.0, lr=0.05).to_query() == {"gain": "2", "lr": "0.05"}
    assert Experiment(network="rnn").to_query() == {"network": "rnn"}


@pytest.mark.parametrize("name", RANGES)
def test_range_holds_and_the_sentence_names_value_and_range(name):
    least, most = RANGES[name]
    for value in (least, most):
        if name not in ("batch_size", "steps", "width", "depth") or value == least:
            assert getattr(Experiment(**{name: value}), name) == value
    beyond = most + 1
    with pytest.raises(ExperimentError, match=rf"{name} must be .* got {beyond:g}"):
        Experiment(**{name: int(beyond) if isinstance(most, int) else beyond})


@pytest.mark.parametrize("value", [math.nan, "20", None, True, [20]])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ExperimentError, match="depth must be a number"):
        Experiment(depth=value)


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"normalization": "batch", "batch_size": 1}, "batch_size of at least 2"),
        ({"network": "rnn", "task": "adding", "depth": 1}, "depth of at least 2"),
        ({"network": "rnn", "task": "diabetes"}, "one of co2, adding"),
        ({"depth": 100, "width": 256, "batch_size": 512, "steps": 2000}, "lower steps to"),
        ({"width": 7.5}, "whole number"),
        ({"init": "<script>"}, "must be one of"),
        ({"network": []}, "network must be one of"),
        ({"depth": 10**400}, "depth must be 1 to 100, got 1000"),
        ({"depth": 10**5000}, "depth must be 1 to 100, got int"),
        ({"init": 10**5000}, "init must be one of"),
    ],
)
def test_impossible_combinations_say_why(values, match):
    with pytest.raises(ExperimentError, match=match):
        Experiment(**values)


def test_the_advice_of_a_cost_error_is_right():
    sizes = {"depth": 100, "width": 256, "batch_size": 512}
    with pytest.raises(ExperimentError) as error:
        Experiment(**sizes, steps=2000)
    fits = error.value.problem.allowed[0]
    assert Experiment(**sizes, steps=fits).seconds <= MOST_SECONDS
    with pytest.raises(ExperimentError):
        Experiment(**sizes, steps=fits + 2)


@pytest.mark.parametrize(
    "query",
    [
        {"depth": "1e9"},
        {"lr": "nan"},
        {"lr": "-inf"},
        {"init": "<script>alert(1)</script>"},
        {"no such": "x"},
        {"seed": "x" * 10_000},
        {"steps": ""},
        {"width": "7.5"},
        {"gain": "1e400"},
        {"network": "rnn", "task": "diabetes"},
        {"normalization": "batch", "batch_size": "1"},
        {"network": "rnn", "task": "adding", "depth": "1"},
        {"depth": "100", "width": "256", "batch_size": "512", "steps": "2000"},
        {"depth": "\x00"},
    ],
)
def test_malformed_query_is_told_and_gives_sane_values(query):
    experiment, problems = Experiment.from_query(query)
    assert problems
    assert all(len(str(problem)) < 400 for problem in problems)
    assert experiment == Experiment(network=experiment.network, **_kept(experiment, query))


def _kept(experiment, query):
    """What of the query was fine and stayed."""
    return {k: getattr(experiment, k) for k in query if k in FIELDS and k != "network"}


def test_a_product_too_large_resets_the_sizes():
    e, _ = Experiment.from_query(
        {"depth": "100", "width": "256", "batch_size": "512", "steps": "2000", "lr": "0.5"}
    )
    assert (e.depth, e.width, e.batch_size, e.steps, e.lr) == (20, 64, 64, 200, 0.5)


def test_bangla_digits_are_digits():
    assert Experiment.from_query({"depth": "৩০", "lr": "০.০১"})[0] == Experiment(depth=30, lr=0.01)


@pytest.mark.parametrize(
    ("activation", "init"), [*itertools.product(ACTIVATIONS, [i for i in INITS if i != "normal"])]
)
def test_growth_one_has_the_critical_sigma(activation, init):
    cured = growth_one(Experiment(activation=activation, init=init))
    assert cured.sigma_w == pytest.approx(ACTIVATIONS[activation].critical_sigma_w, rel=1e-3)


def test_he_with_gain_one_is_critical_for_relu():
    assert growth_one(Experiment()).gain == 1.0


def test_sigma_w_of_named_schemes():
    assert Experiment(init="he_normal", gain=1).sigma_w == pytest.approx(math.sqrt(2))
    assert Experiment(init="xavier_uniform", gain=1).sigma_w == pytest.approx(1)
    assert Experiment(init="torch_default", gain=1).sigma_w == pytest.approx(1 / math.sqrt(3))
    assert Experiment(init="normal", gain=1, width=64).sigma_w == pytest.approx(8)


def test_every_task_belongs_to_one_network():
    assert sorted(CHOICES["task"]) == sorted(t for kind in KINDS.values() for t in kind.tasks)
