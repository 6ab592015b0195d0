"""The autopsy tells what each kind of death left in the records, for real runs found by search."""

import math
from dataclasses import replace

import pytest
import torch

from core.diagnosis.autopsy import ENOUGH, TAIL, Event, autopsy, largest, last_moments
from core.engine.optimizers import OPTIMIZERS
from core.engine.training import Trainer
from core.experiment import Experiment
from core.presets import PRESETS
from core.steps import Lost, Step
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
    ("mlp", "memory"): Experiment(depth=60, gain=2, optimizer="adam"),
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
    first = of(autopsy(run(*death, float32), DEATHS[death]), f"lost_{death[1]}")
    assert (first.step, first.layer) == (last.index, last.lost.layer)


@pytest.mark.parametrize("death", DEATHS, ids="-".join)
def test_what_is_said_to_be_a_number_is_one_and_what_is_not_is_not(death, float32):
    last, events = run(*death, float32)[-1], autopsy(run(*death, float32), DEATHS[death])
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
    """By hand, from the steps of the first preset: some steps, then a layer overflows on the way forward."""
    steps = run("mlp", "activation", float32)
    events = autopsy(steps, DEATHS["mlp", "activation"])
    events = [event for event in events if not event.kind.startswith("bias")]
    kinds = "weights_grew", "lost_activation", "loss_followed", "gradient_followed"
    assert [event.kind for event in events] == [*kinds, "weights_followed"]
    then, last = steps[-TAIL:][0], steps[-1]
    factors = [b / a for a, b in zip(then.weight_norms, last.weight_norms, strict=True)]
    assert events[0].value == max(factors)
    assert events[0].layer == 1 + factors.index(max(factors))
    assert (events[0].since, events[0].step) == (then.index, last.index)
    assert events[1].value == last.activation_norms[last.lost.layer - 2] < math.inf


def test_chain_of_the_slow_death(float32):
    """The squared error overflows, the gradient does not: it starts from the error itself."""
    steps = run("mlp", "loss", float32)
    events = [e for e in autopsy(steps, DEATHS["mlp", "loss"]) if not e.kind.startswith("bias")]
    kinds = "weights_grew", "forward_whole", "lost_loss", "gradient_whole", "weights_whole"
    assert [event.kind for event in events] == list(kinds)
    assert events[0].since == len(steps) - TAIL
    assert events[2].value == steps[-2].loss
    assert events[3].value == steps[-1].grad_norm < math.inf


def test_signal_is_measured_one_layer_nearer_to_the_output(float32):
    steps = run("mlp", "signal", float32)
    lost = of(autopsy(steps, DEATHS["mlp", "signal"]), "lost_signal")
    assert lost.value == steps[-1].signal_norms[lost.layer] < math.inf
    assert not math.isfinite(steps[-1].signal_norms[lost.layer - 1])


def test_a_run_that_dies_in_its_first_step_had_no_update(float32):
    death = "mlp", "weight"
    assert autopsy(run(*death, float32), DEATHS[death])[0] == Event("first_step", 0)


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
    e = Experiment(gain=1, steps=5)
    assert autopsy(AS_IS.train(e), e) == []


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("death", DEATHS, ids="-".join)
def test_every_event_has_its_sentence(death, language):
    text = load(language)
    for event in autopsy(run(*death), DEATHS[death]):
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
            told(event, e, load(language)) for event in autopsy(steps, e) if "lost" in event.kind
        )


def test_a_signal_that_overflows_by_itself_is_not_blamed_on_the_loss(float32):
    """The loss is a mean of squares and leaves float32 first; the signal begins as 2 / batch times the error."""
    experiment = Experiment(init="normal", gain=5)
    last = float32.train(experiment)[-1]
    assert last.lost.quantity == "loss"
    assert math.isfinite(last.signal_norms[-1])
    event = of(autopsy([last], experiment), "signal_too")
    assert not math.isfinite(last.signal_norms[event.layer - 1])
    assert all(map(math.isfinite, last.signal_norms[event.layer :]))
    assert event.value == last.signal_norms[event.layer]
    assert f"at layer {event.layer}" in told(event, experiment, load("en"))


SMALL_NET = Experiment(depth=2, width=4, batch_size=4)


def step(index, **changes):
    """Of two hidden layers: what the weights make is at most 2 · 3 / sqrt(4) = 3, in layer 2 and the readout."""
    values = {
        "index": index,
        "loss": 1.0,
        "grad_norm": 1.0,
        "clipped_norm": 0.5,
        "activation_norms": (3.0, 3.0),
        "signal_norms": (1.0, 1.0),
        "weight_norms": (2.0, 2.0, 2.0),
        "weight_grad_norms": (1.0, 1.0, 1.0),
        "update_norms": (0.0, 0.0, 0.0),
        "saturated": (0.0, 0.0),
        "clipped_fraction": 0.0,
        "clip_cosine": 1.0,
        "bias_norms": (0.0, 0.0, 0.0),
    }
    return Step(**(values | changes))


def lost_run(*biases, **last):
    """As many steps as biases are given, the last without a loss."""
    steps = [step(i, bias_norms=norms) for i, norms in enumerate(biases)]
    return [*steps[:-1], replace(steps[-1], **({"lost": Lost("loss"), "loss": math.inf} | last))]


def biases_of(steps, experiment=SMALL_NET):
    return [event for event in autopsy(steps, experiment) if event.kind.startswith("bias")]


def test_a_bias_that_outgrows_its_weights_is_named_with_its_numbers():
    found = biases_of(lost_run((0.0, 1.0, 2.0), (0.0, 1.0, 3.1)))
    assert found == [Event("bias_drives", 1, 3.1, 3, 0, was=2.0, bound=3.0)]
    found = biases_of(lost_run((0.0, 1.0, 2.0), (0.0, 9.0, 3.1)))
    assert (found[0].kind, found[0].layer) == ("bias_drives", 2), "the one that is farthest beyond"


def test_a_bias_over_dead_units_outgrows_weights_that_make_nothing():
    steps = lost_run((0.0, 0.0, 0.1), (0.0, 0.0, 0.2), activation_norms=(3.0, 0.0))
    assert [(e.kind, e.layer, e.bound) for e in biases_of(steps)] == [("bias_drives", 3, 0.0)]


def test_a_bias_that_grew_is_told_where_no_matrix_did():
    """A sentence that the weights had hardly grown does not stand alone."""
    steps = lost_run((0.5, 1.0, 2.0), (2.0, 1.2, 2.5))
    assert [(e.kind, e.layer, e.was, e.value) for e in biases_of(steps)] == [
        ("bias_grew", 1, 0.5, 2.0)
    ]
    grown = [*steps[:-1], replace(steps[-1], weight_norms=(3.0, 2.0, 2.0))]
    assert biases_of(grown) == []


@pytest.mark.parametrize(
    "steps",
    [
        lost_run((0.0, 1.0, 9.0), (0.0, 1.0, 9.0)),
        lost_run((0.0, 1.0, 9.0)),
        lost_run((0.0, 1.0, 2.0), (0.0, 1.0, 2.1)),
        lost_run((), ()),
        [replace(step(0, bias_norms=(0.0,) * 3)), *lost_run(*[(0.0, 1.0, 9.0)] * 5)],
    ],
    ids=["large but steady", "no update", "hardly grown", "not recorded", "grown long before"],
)
def test_nothing_is_said_of_biases_that_did_not_grow(steps):
    assert biases_of(steps) == []


def test_a_layer_that_is_no_number_is_not_compared_with():
    steps = lost_run((0.0, 0.0, 0.1), (0.0, 0.0, 9.0), activation_norms=(3.0, math.inf))
    assert [event.kind for event in biases_of(steps)] == ["bias_grew"]


def test_a_normalization_leaves_only_the_readouts_bias():
    """It takes away the scale of what the others add to."""
    steps = lost_run((0.0, 1.0, 2.0), (0.0, 90.0, 3.1))
    found = biases_of(steps, replace(SMALL_NET, normalization="layer"))
    assert [(event.kind, event.layer) for event in found] == [("bias_drives", 3)]
    words = told(
        autopsy(steps, SMALL_NET)[0], replace(SMALL_NET, normalization="layer"), load("en")
    )
    assert "scales and shifts" in words


def test_an_rnns_biases_are_the_recurrent_and_the_readouts():
    e = Experiment(network="rnn", depth=2, width=4, batch_size=4)
    found = biases_of(lost_run((0.0, 2.0), (9.0, 3.1)), e)
    assert [(event.kind, event.layer) for event in found] == [("bias_drives", 3)]
    found = biases_of(lost_run((0.0, 2.0), (9.0, 2.0)), e)
    assert [(event.kind, event.layer) for event in found] == [("bias_grew", 2)]
    assert "the recurrent matrix" in told(found[0], e, load("en"))


@pytest.mark.parametrize(("network", "hidden"), [("mlp", 3), ("rnn", 1)])
@pytest.mark.parametrize("normalization", ["none", "layer"])
def test_bias_norms_are_those_of_the_networks_biases_before_the_update(
    network, hidden, normalization
):
    e = Experiment(network=network, depth=3, width=4, normalization=normalization, lr=0.1, steps=4)
    trainer = Trainer([e], torch.float32, "everything")
    for index in range(4):
        w = trainer.network.w
        norms = [float(b.double().norm()) for b in w["bias"]] + [float(w["readout_bias"].abs())]
        found = trainer.advance(index).member(0).bias_norms
        assert len(found) == hidden + 1
        assert found == pytest.approx(norms, rel=1e-12)
    assert found[-1] > 0


@pytest.mark.parametrize("gain", [1, 1 + 1e-6, 1 - 1e-6])
def test_a_readouts_bias_that_overshoots_is_told(gain, float32):
    """Three small layers: the last one dies, and the bias doubles at each step, for |1 - 2 · 1.5| = 2."""
    e = Experiment(depth=3, width=4, gain=gain, lr=1.5, steps=100)
    steps = float32.train(e)
    weights, bias = autopsy(steps, e)[:2]
    assert (weights.kind, bias.kind, bias.layer) == ("weights_steady", "bias_drives", 4)
    assert bias.value == steps[-1].bias_norms[-1] == pytest.approx(2**4 * bias.was, rel=1e-3)
    made = steps[-1].weight_norms[-1] * steps[-1].activation_norms[-1] / math.sqrt(e.batch_size)
    assert bias.bound == made < bias.value
    for language, where in (("en", "The bias of the readout"), ("bn", "আউটপুট ম্যাট্রিক্সের বায়াস")):
        assert where in told(bias, e, load(language))


def test_what_weights_make_is_a_bound():
    """The root mean square of W h over the batch, in a network's own numbers."""
    e = Experiment(depth=2, width=8, activation="tanh", gain=1, batch_size=16, steps=1)
    trainer = Trainer([e], torch.float32, "everything")
    weights = {name: block.double().clone() for name, block in trainer.network.w.items()}
    trainer.advance(0)
    h = trainer.network.activations[:, 0].double()
    for below, w in ((h[0], weights["hidden"][0, 0]), (h[1], weights["readout"][0, 0])):
        made = (below @ w.T).square().sum(1).mean().sqrt()
        assert made <= w.norm() * below.norm() / math.sqrt(e.batch_size)


@pytest.mark.parametrize("optimizer", ENOUGH)
def test_so_large_an_entry_makes_the_memory_infinite_and_none_much_smaller_does(optimizer):
    """As torch's own optimizers, at their first step."""
    theirs = {
        "adam": (torch.optim.Adam, "exp_avg_sq"),
        "rmsprop": (torch.optim.RMSprop, "square_avg"),
    }
    for entry, infinite in ((ENOUGH[optimizer], True), (0.95 * ENOUGH[optimizer], False)):
        gradient = torch.full((5,), entry)
        ours = OPTIMIZERS[optimizer](gradient)
        ours.direction(gradient)
        weights = torch.nn.Parameter(torch.ones(5))
        weights.grad = gradient.clone()
        make, name = theirs[optimizer]
        torchs = make([weights], lr=0.1)
        torchs.step()
        for memory in (ours.second_moment, torchs.state[weights][name]):
            assert torch.isinf(memory).tolist() == [infinite] * 5


def test_a_forgotten_run_is_told_as_frozen(float32):
    """Adam's memory at step 0: nothing is no number, and nothing moves."""
    e = DEATHS["mlp", "memory"]
    steps = run("mlp", "memory", float32)
    assert all(map(math.isfinite, (steps[-1].loss, steps[-1].grad_norm)))
    events = autopsy(steps, e)
    assert [event.kind for event in events][-2:] == ["lost_memory", "nothing_moved"]
    assert set(steps[-1].update_norms) == {0.0}
    assert events[-2].value == steps[-1].clipped_norm
    for language, name in (("en", "memory that Adam keeps"), ("bn", "এর স্মৃতি")):
        assert name in told(events[-2], e, load(language))


def test_of_a_memory_that_is_partly_infinite_it_is_told_what_still_moved():
    steps = [step(0, lost=Lost("memory", 1), update_norms=(0.0, 0.1, 0.2))]
    assert autopsy(steps, SMALL_NET)[-1] == Event("some_moved", 0, 2)
    e = Experiment(depth=2, width=4, batch_size=4, optimizer="adam")
    assert "2 of 3 weight matrices" in told(autopsy(steps, e)[-1], e, load("en"))


@pytest.mark.parametrize("language", ["en", "bn"])
def test_what_was_lost_before_the_first_update_and_after_the_last(language):
    text = load(language)
    before = autopsy([step(0, lost=Lost("start_loss"), loss=7.0)], SMALL_NET)
    assert [event.kind for event in before[-2:]] == ["lost_start_loss", "weights_whole"]
    assert text.number(7.0) in told(before[-2], SMALL_NET, text)
    steps = [step(0), step(1, lost=Lost("final_gradient"), grad_norm=8.0)]
    after = autopsy(steps, SMALL_NET)
    assert after[-1] == Event("lost_final_gradient", 1, 8.0)
    assert text.number(8.0) in told(after[-1], SMALL_NET, text)
