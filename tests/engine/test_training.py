"""Training against torch.optim and autograd; the same bits everywhere; where a run is lost."""

import itertools
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from core.computing.stacking import SHARED
from core.engine import optimizers
from core.engine.batches import Batches
from core.engine.clipping import clip_gradients
from core.engine.networks import NETWORKS
from core.engine.parameters import CHUNK
from core.engine.records import SATURATED
from core.engine.training import Trainer, train, train_many, train_stack
from core.experiment import OPTIMIZERS, Experiment
from core.steps import Lost, Step
from core.tasks import load_task, task_of
from tests.engine.torch_reference import Reference, optimizer

LEARNS = Experiment(gain=1.0)
SMALL = Experiment(depth=4, width=8, gain=1.0, batch_size=8, steps=6, lr=0.01)


def by_torch(experiment):
    """The same training by autograd and torch.optim, in float64: the model, the batches' losses, and Ends."""
    task = task_of(experiment)
    network = NETWORKS[experiment.network]([experiment], task, torch.float64)
    model = Reference(experiment, network)
    batches = Batches([experiment], task, torch.float64)
    rule = optimizer(experiment, model.leaves())
    start, losses = whole_loss(model, batches), []
    for _ in range(experiment.steps):
        x, y = batches.draw()
        rule.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x[0]), y[0])
        loss.backward()
        clip_like(experiment, model)
        rule.step()
        losses.append(loss.item())
    found = {"start_loss": start, "end_loss": whole_loss(model, batches)}
    found["final_loss"] = whole_loss(model.eval(), batches)
    x, y = batches.draw()
    rule.zero_grad()
    torch.nn.functional.mse_loss(model.train()(x[0]), y[0]).backward()
    gradient = torch.cat([p.grad.flatten() for p in model.leaves()])
    return model, losses, found | {"final_grad_norm": gradient.norm().item()}


def whole_loss(model, batches):
    """On all the data; a model that is training takes their own statistics, and forgets them again."""
    kept = [model.running_mean.clone(), model.running_var.clone()]
    with torch.no_grad():
        loss = torch.nn.functional.mse_loss(model(batches.inputs), batches.targets).item()
    model.running_mean.copy_(kept[0])
    model.running_var.copy_(kept[1])
    return loss


def clip_like(experiment, model):
    """Clip in place; test_clipping holds the function itself to torch and Keras."""
    leaves = model.leaves()
    gradients, weights = [p.grad[None] for p in leaves], [p.detach()[None] for p in leaves]
    clipped, _ = clip_gradients(gradients, weights, experiment.clipping, experiment.clip)
    for parameter, gradient in zip(leaves, clipped, strict=True):
        parameter.grad.copy_(gradient[0])


@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_updates_are_torchs(name, network, normalization):
    # Where batch normalization cancels a gradient, Adam and RMSprop make steps of its rounding errors.
    lr = 1e-6 if normalization == "batch" and name in ("rmsprop", "adam") else 0.01
    e = replace(SMALL, network=network, task=None, optimizer=name, normalization=normalization)
    assert_same_training(replace(e, activation="tanh", lr=lr))


@pytest.mark.parametrize("at_once", [100, 150, CHUNK])
@pytest.mark.parametrize("method", ["value", "norm", "global_norm", "adaptive"])
@pytest.mark.parametrize("network", NETWORKS)
def test_clipped_updates_are_torchs(network, method, at_once, monkeypatch):
    monkeypatch.setattr("core.engine.parameters.CHUNK", at_once)
    e = replace(SMALL, network=network, task=None, optimizer="momentum", activation="tanh")
    assert_same_training(replace(e, clipping=method, clip=0.02))


def assert_same_training(e):
    model, losses, found = by_torch(e)
    trainer = Trainer([e], torch.float64, "everything")
    steps = [trainer.advance(i, last=i == e.steps - 1).member(0) for i in range(e.steps)]
    assert [s.loss for s in steps] == pytest.approx(losses, rel=1e-10)
    ours = {"start_loss": steps[0].start_loss} | {
        name: getattr(steps[-1], name) for name in ("end_loss", "final_loss", "final_grad_norm")
    }
    assert ours == pytest.approx(found, rel=1e-10)
    assert all(s.start_loss is None for s in steps[1:])
    assert all(s.end_loss is s.final_grad_norm is None for s in steps[:-1])
    for block, k, parameter in model.in_order():
        ours = trainer.network.w[block][k, 0]
        torch.testing.assert_close(ours, parameter.detach(), rtol=1e-10, atol=1e-11)


def test_a_step_tells_what_it_says():
    """Every number of the first step from autograd's tensors."""
    e = replace(SMALL, activation="tanh", gain=2.0, clipping="value", clip=0.01)
    step = next(train(e, torch.float64))
    task = task_of(e)
    model = Reference(e, NETWORKS["mlp"]([e], task, torch.float64))
    x, y = Batches([e], task, torch.float64).draw()
    torch.nn.functional.mse_loss(model(x[0]), y[0]).backward()
    matrices = [p for name, _, p in model.in_order() if name in ("input", "hidden", "readout")]
    flat = torch.cat([p.grad.flatten() for p in model.leaves()])
    clipped = flat.clamp(-0.01, 0.01)

    def close(ours, theirs):
        assert ours == pytest.approx([t.norm().item() for t in theirs], rel=1e-10)

    close(step.activation_norms, model.activations)
    close(step.signal_norms, [s.grad for s in model.signals])
    close(step.weight_norms, matrices)
    close(step.weight_grad_norms, [p.grad for p in matrices])
    close(step.update_norms, [e.lr * p.grad.clamp(-0.01, 0.01) for p in matrices])
    close([step.grad_norm, step.clipped_norm], [flat, clipped])
    assert step.clipped_fraction == pytest.approx((flat != clipped).double().mean().item())
    cosine = torch.nn.functional.cosine_similarity(flat, clipped, dim=0).item()
    assert step.clip_cosine == pytest.approx(cosine, rel=1e-10)
    slopes = [(1 - h**2).amax(dim=0) for h in model.activations]
    assert step.saturated == pytest.approx([(s < SATURATED).double().mean().item() for s in slopes])


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "gelu", "linear"])
def test_saturation_counts_units_with_no_slope_on_the_whole_batch(activation):
    e = replace(SMALL, activation=activation, gain=5.0, depth=2, width=64)
    trainer = Trainer([e], torch.float64, "everything")
    step = trainer.advance(0).member(0)
    z = trainer.network.activations if activation != "gelu" else trainer.network.chain.y
    slope, steepest = {
        "tanh": (1 - z**2, 1.0),
        "relu": ((z > 0).double(), 1.0),
        "sigmoid": (z * (1 - z), 0.25),
        "gelu": (trainer.network.slopes, 1.129),
        "linear": (torch.ones_like(z), 1.0),
    }[activation]
    idle = (slope.abs() < 0.01 * steepest).all(dim=2)
    assert step.saturated == pytest.approx(idle.double().mean(dim=2)[:, 0].tolist())
    assert (sum(step.saturated) > 0) == (activation in ("relu", "gelu", "tanh", "sigmoid"))


def test_steps_are_plain_numbers_of_the_promised_lengths():
    for network, matrices in (("mlp", 5), ("rnn", 3)):
        e = replace(SMALL, network=network, task=None)
        step = list(train(e))[-1]
        for name in ("activation_norms", "signal_norms", "saturated"):
            assert len(getattr(step, name)) == e.depth
        for name in ("weight_norms", "weight_grad_norms", "update_norms"):
            assert len(getattr(step, name)) == matrices
        for field in fields(Step):
            value = getattr(step, field.name)
            for number in value if isinstance(value, tuple) else (value,):
                assert number is None or type(number) in (int, float)


def test_without_clipping_nothing_is_clipped():
    for step in train(SMALL):
        assert (step.clipped_fraction, step.clip_cosine) == (0.0, 1.0)
        assert step.clipped_norm == step.grad_norm


def test_a_threshold_that_is_never_reached_changes_nothing():
    plain = [s.loss for s in train(SMALL)]
    for method in ("value", "norm", "global_norm", "adaptive"):
        steps = list(train(replace(SMALL, clipping=method, clip=1e4)))
        assert [s.loss for s in steps] == plain
        assert {(s.clipped_fraction, s.clip_cosine) for s in steps} == {(0.0, 1.0)}


def test_global_norm_clipping_keeps_the_direction():
    for step in train(replace(SMALL, clipping="global_norm", clip=0.01), torch.float64):
        assert step.clipped_norm == pytest.approx(0.01, rel=1e-12)
        assert step.clip_cosine == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_default_dies_and_growth_one_cures_it(seed, rounding):
    steps = rounding.train(Experiment(seed=seed))
    assert 2 <= len(steps) <= 4
    assert steps[-1].lost is not None
    assert steps[-1].end_loss is None
    assert all(s.lost is None for s in steps[:-1])
    cured = rounding.train(replace(LEARNS, seed=seed))
    assert len(cured) == 200
    assert cured[-1].lost is None
    assert cured[-1].end_loss < 0.95 * load_task("diabetes", 20).trivial_loss


def test_sudden_and_slow_deaths_take_as_long_as_known(rounding):
    """ReLU with sigma_w 2 at lr 0.01 dies at once; deep tanh at lr 0.1 after some twenty steps."""
    sudden = Experiment(gain=math.sqrt(2), lr=0.01)
    slow = Experiment(activation="tanh", init="lecun_normal", gain=2.0, depth=30, lr=0.1)
    for seed in range(3):
        assert len(rounding.train(replace(sudden, seed=seed))) <= 3
        assert 15 <= len(rounding.train(replace(slow, seed=seed))) <= 40


# Bits


@pytest.mark.parametrize("name", ["rmsprop", "adam"])
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e15])
def test_no_direction_is_longer_than_is_said(name, scale):
    """Whatever gradients come, silent for long and then huge among them."""
    draw = torch.Generator().manual_seed(0)
    shape = 2 * 300
    gradients = [scale * torch.randn(shape, generator=draw) for _ in range(20)]
    gradients += [torch.zeros(shape)] * 100 + [scale * torch.ones(shape)] * 60
    gradients += [scale * 10.0**k * torch.ones(shape) for k in range(3)]
    rule = optimizers.OPTIMIZERS[name](torch.zeros(shape))
    longest = rule.longest(np.ones(2))[0] * math.sqrt(2)  # of both members together
    norms = [float(rule.direction(g.clone()).norm()) for g in gradients]
    assert max(norms) <= longest
    if scale == 1.0:
        assert max(norms) > longest / 20
    assert rule.longest(np.array([np.inf])) == np.inf


def test_the_same_bits_in_threads_that_run_at_once():
    chosen = [
        LEARNS,
        Experiment(network="rnn", activation="tanh", init="orthogonal", gain=1.5, steps=40),
        replace(
            LEARNS, width=100, batch_size=200, optimizer="adam", normalization="batch", steps=20
        ),
    ]
    alone = [list(train(e)) for e in chosen]
    torch.set_num_threads(2)
    try:
        with ThreadPoolExecutor(4) as pool:
            for together in pool.map(lambda e: list(train(e)), chosen * 3):
                assert together in alone
    finally:
        torch.set_num_threads(1)


def test_other_random_numbers_do_not_matter():
    expected = list(train(SMALL))
    torch.manual_seed(1)
    np.random.seed(1)
    assert list(train(SMALL)) == expected


def test_a_longer_run_begins_as_a_shorter_one():
    longer = list(train(replace(SMALL, steps=70)))
    shorter = list(train(replace(SMALL, steps=40)))
    assert [s.loss for s in longer[:40]] == [s.loss for s in shorter]


def test_depth_does_not_change_the_batches():
    task = load_task("diabetes", 1)
    one, other = (Batches([replace(SMALL, depth=d)], task, torch.float32) for d in (2, 9))
    for _ in range(40):
        assert torch.equal(one.draw()[0], other.draw()[0])


# Stacks

VARIED = [
    replace(SMALL, seed=1),
    replace(SMALL, seed=2, gain=1.7, clipping="value", clip=0.1),
    replace(SMALL, seed=1, init="orthogonal", lr=0.003, clipping="adaptive", clip=0.01),
    replace(SMALL, seed=3, init="torch_default", clipping="global_norm", clip=0.5),
]


@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
@pytest.mark.parametrize("network", NETWORKS)
def test_a_stack_trains_like_its_members_alone(network, normalization):
    shared = {"network": network, "task": None, "normalization": normalization}
    shared |= {"activation": "tanh", "optimizer": "momentum"}
    experiments = [replace(e, **shared) for e in VARIED]
    for dtype, steps, rel in ((torch.float32, 3, 1e-5), (torch.float64, 6, 1e-9)):
        together = list(train_many(experiments, dtype))
        for m, e in enumerate(experiments):
            for ours, alone in zip(together[:steps], train(e, dtype), strict=False):
                assert_similar(ours[m], alone, rel)


def assert_similar(a, b, rel):
    for field in fields(Step):
        ours, theirs = getattr(a, field.name), getattr(b, field.name)
        if ours is None or isinstance(ours, Lost):
            assert ours == theirs
        else:
            assert ours == pytest.approx(theirs, rel=rel, abs=rel), field.name


def test_in_float64_a_stack_ends_as_its_members_do():
    grid = itertools.product((0.5, 1.0, 1.25, 2.0), (0.001, 0.1, 10.0))
    experiments = [replace(LEARNS, width=16, depth=10, steps=40, gain=g, lr=lr) for g, lr in grid]
    together = list(train_many(experiments, torch.float64))
    lost = set()
    for m, e in enumerate(experiments):
        ours = [steps[m] for steps in together if steps[m] is not None]
        alone = list(train(e, torch.float64))
        assert len(ours) == len(alone)
        assert ours[-1].lost == alone[-1].lost
        assert all(steps[m] is None for steps in together[len(alone) :])
        lost.add(alone[-1].lost is not None)
    assert lost == {True, False}


def test_what_one_member_loses_never_reaches_another():
    healthy = [replace(LEARNS, seed=s, steps=30) for s in (1, 2)]
    dying = [replace(LEARNS, seed=s, steps=30, gain=5.0, lr=10.0) for s in (3, 4)]
    mixed = [dying[0], healthy[0], dying[1], healthy[1]]
    beside_health = list(train_many([healthy[0], healthy[0], healthy[1], healthy[1]]))
    for ours, theirs in zip(train_many(mixed), beside_health, strict=True):
        assert (ours[1], ours[3]) == (theirs[1], theirs[3])


def test_a_stack_ends_when_all_its_members_have():
    experiments = [Experiment(seed=s) for s in range(4)]
    ends = [len(list(train(e))) for e in experiments]
    assert len(list(train_many(experiments))) == max(ends)


@pytest.mark.parametrize(
    "change",
    [
        {"depth": 5},
        {"width": 9},
        {"activation": "tanh"},
        {"network": "rnn", "task": "co2"},
        {"task": "sine"},
        {"normalization": "batch"},
        {"optimizer": "adam"},
        {"batch_size": 9},
        {"steps": 7},
    ],
)
def test_experiments_that_cannot_share_a_stack_are_told_why(change):
    assert set(change) & set(SHARED)
    with pytest.raises(ValueError, match=f"same {next(iter(change))}"):
        train_many([SMALL, replace(SMALL, **change)])
    with pytest.raises(ValueError, match="at least one"):
        train_many([])


def test_records_cost_nothing_but_what_is_asked_for():
    everything = [s.loss[0] for s in train_stack([SMALL])]
    outcome = list(train_stack([SMALL], record="outcome"))
    assert [s.loss[0] for s in outcome] == everything
    assert outcome[-1].ends is not None
    assert outcome[0].details is None
    assert [s.loss[0] for s in train_stack([SMALL], record="nothing")] == everything


# Lost


def last(rounding, experiment):
    return rounding.train(experiment)[-1]


def test_lost_forward_names_the_first_layer_that_overflows(float32):
    """Each layer multiplies by gain * sqrt(width) = 40; the entries begin at about 5 * sqrt(10)."""
    step = last(
        float32, Experiment(activation="linear", init="normal", gain=5.0, depth=100, steps=5)
    )
    broken = [k for k, norm in enumerate(step.activation_norms, 1) if not math.isfinite(norm)]
    assert step.lost == Lost("activation", broken[0])
    assert step.index == 0
    assert broken[0] == pytest.approx(1 + math.log(3.4e38 / 16) / math.log(40), abs=2)


def test_lost_in_the_loss(float32):
    """Activations of 1e20 and more are finite, the square of such an error is not."""
    step = last(
        float32, replace(SMALL, activation="linear", init="normal", gain=5.0, depth=30, width=8)
    )
    assert all(math.isfinite(norm) for norm in step.activation_norms)
    assert (step.loss, step.lost) == (math.inf, Lost("loss"))


def first_step(experiment, **blocks):
    """The first step from weights that are all zero but for these."""
    trainer = Trainer([experiment], torch.float32, "everything")
    with torch.inference_mode():
        trainer.network.weights.zero_()
        for name, value in blocks.items():
            trainer.network.w[name].fill_(value)
    return trainer.advance(0, last=experiment.steps == 1).member(0)


CHAIN = replace(SMALL, activation="linear", depth=5, width=1, steps=2)
"""One unit per layer: with zero input weights h_l = 0, and ∂L/∂z_l is ∂L/∂(output) times the weights above."""


def test_lost_in_the_signal_names_the_deepest_layer():
    """∂L/∂z: about 1 at layer 5, 1e15 at 4, 1e30 at 3, 1e45 at 2."""
    step = first_step(CHAIN, hidden=1e15, readout=1.0)
    assert step.loss < 10
    assert step.lost == Lost("signal", 2)
    finite = [math.isfinite(norm) for norm in step.signal_norms]
    assert finite == [False, False, True, True, True]


def test_lost_in_the_signal_of_a_time_step():
    """∂L/∂h_t: about 1 at the last of five time steps, 1e15 at 4, 1e30 at 3, 1e45 at 2."""
    recurrent = replace(CHAIN, network="rnn", task="co2")
    step = first_step(recurrent, recurrent=1e15, readout=1.0)
    assert step.lost == Lost("signal", 2)


def test_lost_in_a_weight_gradient():
    """h_1 = 1e18, h_2 = 1e18 - h_1 = 0: the loss is small, ∂L/∂z_2 about 1e25, and ∂L/∂W_2 = 1e43."""
    step = first_step(replace(CHAIN, depth=2), bias=1e18, hidden=-1.0, readout=1e25)
    assert all(math.isfinite(norm) for norm in (step.loss, *step.signal_norms))
    assert step.lost == Lost("weight_gradient", 2)


def test_lost_in_a_weight_after_the_update():
    """lr 10 times a gradient of about 1e38: loss, signal and gradient were finite."""
    step = first_step(replace(CHAIN, depth=1, lr=10.0), readout=1e38)
    assert all(math.isfinite(norm) for norm in (step.loss, step.grad_norm, *step.signal_norms))
    assert step.lost == Lost("weight", 1)


def test_lost_with_the_last_update_only():
    """Every record is finite, yet the weights that the last update made give no finite loss."""
    step = first_step(replace(CHAIN, steps=1, lr=10.0), hidden=1e5, readout=1e5)
    assert all(math.isfinite(norm) for norm in (step.loss, step.grad_norm))
    assert step.lost == Lost("final_loss")
    assert step.end_loss is step.final_loss is step.final_grad_norm is None


def seed_whose_batches(*wanted):
    """A seed whose first batches of one sample of the sine fulfil these, each told |x| over the largest."""
    task = load_task("sine", 1)
    largest = abs(task.inputs).max()
    for seed in range(1000):
        batches = Batches([replace(SINE, seed=seed)], task, torch.float64)
        if all(ask(abs(batches.draw()[0].item()) / largest) for ask in wanted):
            return seed, float(largest)
    raise AssertionError("no such seed")


SINE = replace(CHAIN, task="sine", depth=1, batch_size=1, clipping="global_norm", clip=1e-4)
"""Steps so short that the weights stay what a test made them."""


def test_lost_before_the_first_update_on_all_the_data_only():
    """An output of 1.9e19 overflows when it is squared; the first batch's is a tenth of that."""
    seed, largest = seed_whose_batches(lambda x: x < 0.1)
    step = first_step(replace(SINE, seed=seed), input=2e19 / largest, readout=1.0)
    assert math.isfinite(step.loss)
    assert (step.start_loss, step.lost) == (math.inf, Lost("start_loss"))


def test_lost_in_the_gradient_after_the_last_update():
    """Outputs of 1e18 have a loss on all data; times an activation of 1e21 they are a gradient no more."""
    seed, largest = seed_whose_batches(lambda x: x < 0.01, lambda x: x > 0.5)
    e = replace(SINE, seed=seed, steps=1)
    step = first_step(e, input=1e21 / largest, readout=1e-3)
    assert math.isfinite(step.grad_norm)
    assert step.lost == Lost("final_gradient")
    assert step.end_loss is step.final_grad_norm is None


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_an_optimizers_memory_that_overflows_freezes_in_torch_too(optimizer):
    """A gradient of 1e22 is a number, its square is not: torch divides by infinity from then on."""
    e = replace(CHAIN, depth=1, optimizer=optimizer, lr=0.01)
    step = first_step(e, readout=1e22)
    assert math.isfinite(step.grad_norm)
    assert step.lost == Lost("memory", 1)
    assert step.update_norms[0] == 0
    weight = torch.nn.Parameter(torch.ones(1))
    rule = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}[optimizer]([weight], lr=0.01)
    for gradient in (1e22, 1.0, 1.0):
        weight.grad = torch.tensor([gradient])
        rule.step()
    assert weight.item() == 1.0


def test_a_clipped_gradient_leaves_the_memory_alone():
    e = replace(CHAIN, depth=1, optimizer="adam", clipping="global_norm", clip=1.0)
    assert first_step(e, readout=1e22).lost is None


@pytest.mark.parametrize("network", NETWORKS)
def test_a_lost_run_ends_with_the_step_that_lost_it(network, rounding):
    e = Experiment(network=network, init="normal", gain=2.0, lr=0.1, steps=20)
    steps = rounding.train(e)
    assert [s.index for s in steps] == list(range(len(steps)))
    assert [s.lost is None for s in steps] == [True] * (len(steps) - 1) + [False]
