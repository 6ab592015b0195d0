"""The autopsy tells what each kind of death left in the records, for real runs found by search."""

import math

import pytest

from core.autopsy import TAIL, Event, autopsy, largest, last_moments
from core.experiment import Experiment
from core.presets import PRESETS
from core.text import load
from core.ui.autopsy import told
from tests.roundings import AS_IS

SMALL = {"batch_size": 16, "width": 16}
DEATHS = {
    ("mlp", "activation"): PRESETS["chain"],
    ("mlp", "loss"): PRESETS["overshoot"],
    ("mlp", "signal"): Experiment(
        depth=60,
        width=2,
        activation="gelu",
        init="xavier_normal",
        gain=3,
        normalization="batch",
        optimizer="rmsprop",
        lr=0.1,
        batch_size=16,
        steps=10,
    ),
    ("mlp", "weight_gradient"): Experiment(
        depth=40, activation="gelu", init="lecun_normal", gain=5, lr=0.01, steps=3, **SMALL
    ),
    ("mlp", "weight"): Experiment(
        depth=40, init="lecun_normal", gain=4.85, lr=10, steps=3, **SMALL
    ),
    ("mlp", "final_loss"): Experiment(
        depth=3, width=8, activation="linear", gain=0.5, lr=10, batch_size=16, steps=2
    ),
    ("rnn", "activation"): Experiment(
        network="rnn",
        depth=3,
        activation="gelu",
        init="orthogonal",
        gain=0.5,
        lr=1,
        steps=40,
        **SMALL,
    ),
    ("rnn", "loss"): PRESETS["rnn"],
    ("rnn", "signal"): Experiment(
        network="rnn",
        depth=40,
        width=32,
        activation="linear",
        init="xavier_normal",
        gain=1.5,
        normalization="layer",
        optimizer="momentum",
        lr=10,
        clipping="adaptive",
        batch_size=16,
        steps=40,
    ),
    ("rnn", "weight_gradient"): Experiment(
        network="rnn",
        depth=100,
        width=16,
        activation="linear",
        init="orthogonal",
        gain=1.57,
        lr=0.01,
        batch_size=8,
        steps=1,
    ),
    ("rnn", "weight"): Experiment(
        network="rnn", depth=40, init="orthogonal", gain=4.9, lr=10, steps=3, **SMALL
    ),
    ("rnn", "final_loss"): Experiment(
        network="rnn",
        depth=5,
        width=32,
        activation="linear",
        init="orthogonal",
        gain=2,
        lr=10,
        batch_size=16,
        steps=2,
    ),
}


def run(network, quantity, rounding=AS_IS):
    return rounding.train(DEATHS[network, quantity])


def of(events, kind):
    return next((event for event in events if event.kind == kind), None)


@pytest.mark.parametrize("death", DEATHS, ids="-".join)
def test_first_loss_is_the_one_on_record(death, float32):
    last = run(*death, float32)[-1]
    assert last.lost.quantity == death[1]
    first = of(autopsy(run(*death, float32)), f"lost_{death[1]}")
    assert (first.step, first.layer) == (last.index, last.lost.layer)


@pytest.mark.parametrize("death", DEATHS, ids="-".join)
def test_what_is_said_to_be_a_number_is_one_and_what_is_not_is_not(death, float32):
    last, events = run(*death, float32)[-1], autopsy(run(*death, float32))
    for event in events:
        if event.kind in ("loss_followed", "gradient_followed"):
            assert not math.isfinite(event.value)
        elif event.kind.startswith(("lost_", "forward", "gradient_whole", "weights_grew")):
            assert not math.isinf(event.value)
    assert (of(events, "forward_whole") is None) == (death[1] == "activation")
    if of(events, "weights_followed"):
        broken = [norm for norm in last.update_norms if not math.isfinite(norm)]
        assert of(events, "weights_followed").value == len(broken) > 0
    if of(events, "weights_whole"):
        assert all(map(math.isfinite, last.update_norms))


def test_chain_of_the_sudden_death(float32):
    """By hand, from the steps of the first preset: three steps, then layer 2 overflows on the way forward."""
    steps = run("mlp", "activation", float32)
    events = autopsy(steps)
    kinds = "weights_grew", "lost_activation", "loss_followed", "gradient_followed"
    assert [event.kind for event in events] == [*kinds, "weights_followed"]
    factors = [b / a for a, b in zip(steps[0].weight_norms, steps[2].weight_norms, strict=True)]
    assert events[0].value == max(factors)
    assert events[0].layer == 1 + factors.index(max(factors))
    assert (events[0].since, events[0].step) == (0, 2)
    assert events[1].value == steps[2].activation_norms[0] < 3.4e38


def test_chain_of_the_slow_death(float32):
    """The squared error overflows, the gradient does not: it starts from the error itself."""
    steps = run("mlp", "loss", float32)
    events = autopsy(steps)
    kinds = "weights_grew", "forward_whole", "lost_loss", "gradient_whole", "weights_whole"
    assert [event.kind for event in events] == list(kinds)
    assert events[0].since == len(steps) - TAIL
    assert events[2].value == steps[-2].loss
    assert events[3].value == steps[-1].grad_norm < math.inf


def test_signal_is_measured_one_layer_nearer_to_the_output(float32):
    steps = run("mlp", "signal", float32)
    lost = of(autopsy(steps), "lost_signal")
    assert lost.value == steps[-1].signal_norms[lost.layer] < math.inf
    assert not math.isfinite(steps[-1].signal_norms[lost.layer - 1])


def test_a_run_that_dies_in_its_first_step_had_no_update(float32):
    assert autopsy(run("mlp", "weight", float32))[0] == Event("first_step", 0)


def test_last_moments_are_the_records(float32):
    steps = run("mlp", "loss", float32)
    moments = last_moments(steps)
    assert [moment.step for moment in moments] == list(range(len(steps) - 5, len(steps)))
    assert moments[-1].loss == math.inf
    assert moments[0].weights == max(steps[-5].weight_norms)
    assert len(last_moments(run("mlp", "activation", float32))) == 3


def test_largest_tells_what_was_lost_first():
    assert largest([1.0, 3.0, 2.0]) == 3.0
    assert largest([1.0, math.inf, math.nan]) == math.inf
    assert math.isnan(largest([1.0, math.nan, math.inf]))


def test_nothing_is_told_of_a_run_that_lives():
    assert autopsy(AS_IS.train(Experiment(gain=1, steps=5))) == []


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("death", DEATHS, ids="-".join)
def test_every_event_has_its_sentence(death, language):
    text = load(language)
    for event in autopsy(run(*death)):
        said = told(event, DEATHS[death], text)
        assert "{" not in said
        if event.kind == f"lost_{death[1]}" and event.layer is not None:
            words = (
                ("time step", "matrix", "readout")
                if death[0] == "rnn"
                else ("layer", "matrix", "readout")
            )
            assert language == "bn" or any(word in said for word in words)


def test_a_loss_at_the_first_layer_has_nothing_before_it(float32):
    """Layer 1 of depth 1: the sentence without a number is chosen."""
    e = Experiment(depth=1, width=4, lr=10, activation="linear", steps=200, batch_size=8)
    steps = float32.train(e)
    assert steps[-1].lost is not None
    for language in ("en", "bn"):
        assert "NaN" not in "".join(
            told(event, e, load(language)) for event in autopsy(steps) if "lost" in event.kind
        )


def test_a_signal_that_overflows_by_itself_is_not_blamed_on_the_loss(float32):
    """The loss is a mean of squares and leaves float32 first; the signal begins as 2 / batch times the error."""
    experiment = Experiment(init="normal", gain=5)
    last = float32.train(experiment)[-1]
    assert last.lost.quantity == "loss"
    assert math.isfinite(last.signal_norms[-1])
    event = of(autopsy([last]), "signal_too")
    assert not math.isfinite(last.signal_norms[event.layer - 1])
    assert all(map(math.isfinite, last.signal_norms[event.layer :]))
    assert event.value == last.signal_norms[event.layer]
    assert f"at layer {event.layer}" in told(event, experiment, load("en"))
