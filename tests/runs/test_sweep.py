"""Diagrams: stacks against runs alone, the order of cells, what is bounded, and other executors."""

import itertools
import math
import pickle
import subprocess
import sys
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from subprocess import PIPE

import numpy as np
import pytest
import torch

from core.computing import executors
from core.computing.executors import SCHEDULER, default_executor
from core.computing.stacking import SHARED, STACK_BYTES, seconds_together, stack_size, start_bytes
from core.diagnosis.cell import Cell
from core.diagnosis.outcomes import largest_gradient_norm, outcome
from core.engine.training import train, train_stack
from core.experiment import CHOICES, Experiment
from core.problems import ExperimentError
from core.runs.cells import STRIDES, train_cells
from core.runs.sweeps import run_many, start_sweep, sweep
from core.theory.mean_field import growth_rate

SMALL = Experiment(depth=4, width=8, gain=1.0, batch_size=8, steps=12, lr=0.01)
GAINS = ("gain", [0.5, 1.0, 2.0, 4.0])
LRS = ("lr", [1e-3, 0.1, 10.0])
MIXED = [
    replace(SMALL, gain=g, lr=lr, seed=seed)
    for seed, (g, lr) in enumerate(itertools.product(GAINS[1], LRS[1]))
]
VARIED = [
    replace(MIXED[0], init="orthogonal"),
    replace(MIXED[4], clipping="value", clip=0.1),
    replace(MIXED[2], init="torch_default", clipping="global_norm", clip=0.5),
    *MIXED[5:],
]


def alone(experiment, dtype=torch.float32):
    steps = list(train(experiment, dtype))
    lost = steps[-1].lost is not None
    losses = [s.loss for s in steps if math.isfinite(s.loss)]
    loss = (losses or [math.nan])[-1] if lost else steps[-1].end_loss
    peak = largest_gradient_norm(steps)
    return Cell(experiment, outcome(steps, experiment), loss, peak, len(steps) - lost)


def ends(experiments, dtype):
    """For each member: its losses, its gradient norms, what was lost, and its final loss."""
    steps = list(train_stack(experiments, dtype, record="outcome"))
    for m in range(len(experiments)):
        own = [s for s in steps if s.running[m]]
        found = own[-1].ends
        lost = own[-1].lost.get(m)
        last = None if found is None or lost else float(found.end_loss[m])
        yield [s.loss[m] for s in own], [s.grad_norm[m] for s in own], lost, last


def assert_close(ours, theirs):
    assert (ours is None) == (theirs is None)
    assert ours is None or ours == pytest.approx(theirs, rel=1e-4)


CASES = [
    *({"network": n, "task": None, "normalization": k} for n in ("mlp", "rnn") for k in ("none", "batch", "layer")),
    *({"optimizer": name, "activation": "tanh"} for name in ("momentum", "rmsprop", "adam")),
    *({"activation": name} for name in ("linear", "sigmoid", "gelu")),
    *({"clipping": name, "clip": 0.05} for name in ("value", "norm", "global_norm", "adaptive")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_stack_gives_each_what_it_gets_alone(case):
    """Members die at different steps, so that the stack is made anew on the way."""
    experiments = [replace(e, **case) for e in (MIXED if "clipping" in case else VARIED)]
    for dtype, count, rel in ((torch.float32, 3, 1e-5), (torch.float64, 12, 1e-6)):
        for e, (losses, norms, lost, final) in zip(
            experiments, ends(experiments, dtype), strict=True
        ):
            steps = list(train(e, dtype))
            assert len(losses) == len(steps) or dtype is torch.float32
            for ours, theirs in (
                (losses, [s.loss for s in steps]),
                (norms, [s.grad_norm for s in steps]),
            ):
                assert ours[:count] == pytest.approx(theirs[:count], rel=rel, nan_ok=True)
            if dtype is torch.float64:
                assert lost == steps[-1].lost
                assert_close(final, steps[-1].end_loss)


@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_depths_share_a_stack(normalization, optimizer):
    e = replace(SMALL, normalization=normalization, optimizer=optimizer, activation="tanh")
    experiments = [
        replace(e, depth=d, gain=g, init="torch_default") for d in (3, 1, 6, 3) for g in (1.0, 5.0)
    ]
    experiments += [
        replace(e, depth=d, activation="tanh", lr=10.0, init="normal", gain=5.0) for d in (2, 9)
    ]
    for one, (losses, norms, lost, final) in zip(
        experiments, ends(experiments, torch.float64), strict=True
    ):
        steps = list(train(one, torch.float64))
        assert losses == pytest.approx([s.loss for s in steps], rel=1e-6)
        assert norms == pytest.approx([s.grad_norm for s in steps], rel=1e-6)
        assert lost == steps[-1].lost
        assert_close(final, steps[-1].end_loss)


def test_shallow_members_lose_their_own_layers():
    """Where a ReLU or linear network of any depth overflows is told as if it were alone."""
    e = replace(SMALL, activation="linear", init="normal", gain=5.0, lr=10.0)
    experiments = [replace(e, depth=d) for d in (40, 2, 60, 1, 30)]
    for one, (*_, lost, _final) in zip(experiments, ends(experiments, torch.float64), strict=True):
        assert lost == list(train(one, torch.float64))[-1].lost
    assert len({lost for *_, lost, _ in ends(experiments, torch.float32)}) > 1


def test_the_dead_never_reach_the_living():
    living = [replace(SMALL, gain=1.0, seed=s) for s in range(3)]
    dying = [replace(SMALL, gain=5.0, lr=10.0, init="normal", seed=s) for s in range(9)]
    cells = train_cells([*dying[:4], living[0], *dying[4:], *living[1:]])
    assert {c.outcome for c in (*cells[:4], *cells[5:10])} == {"diverged"}
    for ours, theirs in zip([cells[4], *cells[10:]], map(alone, living), strict=True):
        assert_same(ours, theirs)


def assert_same(ours, theirs, rel=1e-4):
    assert (ours.experiment, ours.outcome, ours.steps) == (
        theirs.experiment,
        theirs.outcome,
        theirs.steps,
    )
    assert ours.loss == pytest.approx(theirs.loss, rel=rel, nan_ok=True)
    assert ours.grad_norm == pytest.approx(theirs.grad_norm, rel=rel, nan_ok=True)


# Diagrams


def test_a_sweep_is_every_combination_trained():
    cells = list(sweep(SMALL, GAINS, LRS))
    assert {(c.experiment.gain, c.experiment.lr) for c in cells} == set(
        itertools.product(GAINS[1], LRS[1])
    )
    for cell in cells:
        assert_same(cell, alone(cell.experiment), rel=0.01)
    assert {"diverged", "stalled"} <= {c.outcome for c in cells}


@pytest.mark.parametrize("network", ["mlp", "rnn"])
@pytest.mark.parametrize(
    "axis",
    [
        ("depth", [2, 3, 5]),
        ("width", [3, 8]),
        ("clip", [0.1, 1.0]),
        ("optimizer", ["sgd", "adam"]),
        ("normalization", ["none", "layer"]),
    ],
)
def test_every_axis(axis, network):
    base = replace(SMALL, network=network, task=None, clipping="norm", steps=3)
    cells = list(sweep(base, axis, ("gain", [0.5, 1.0])))
    assert len(cells) == 2 * len(axis[1])
    for cell in cells:
        assert_same(cell, alone(cell.experiment))


class AtOnce(Executor):
    """Computes where it is asked, in order."""

    def submit(self, job, *args):
        done = Future()
        done.set_result(job(*args))
        return done


@pytest.mark.parametrize(("quick", "strides"), [(math.inf, (4, 1)), (0.0, STRIDES)])
def test_coarse_first_then_fine_and_what_is_over_soon_without_a_middle(quick, strides, monkeypatch):
    monkeypatch.setattr("core.runs.sweeps.QUICK_SECONDS", quick)
    values = list(range(1, 10))
    base = replace(SMALL, steps=1)
    cells = list(sweep(base, ("width", values), ("depth", values), ThreadPoolExecutor(1)))
    places = [(c.experiment.width - 1, c.experiment.depth - 1) for c in cells]
    assert len(set(places)) == 81
    ranks = [next(r for r, s in enumerate(strides) if i % s == j % s == 0) for i, j in places]
    assert ranks == sorted(ranks)
    assert ranks.count(0) == 9


def test_any_experiments_come_back():
    experiments = [
        replace(SMALL, steps=3, seed=seed, normalization=n, clipping=c, network=k, task=None)
        for seed in range(2)
        for n in ("none", "layer")
        for c in ("none", "value")
        for k in ("mlp", "rnn")
    ]
    cells = {cell.experiment for cell in run_many(experiments)}
    assert cells == set(experiments)


def test_who_waits_may_leave_while_a_stack_is_trained():
    """As Streamlit does where a visitor presses Stop: it raises out of the next call of its own."""

    def leave():
        raise InterruptedError

    cells = run_many([Experiment(gain=1, depth=60, width=64, steps=200)], idle=leave)
    with pytest.raises(InterruptedError):
        next(cells)


def test_stacks_hold_only_what_may_share_one():
    jobs = []

    class Watched(AtOnce):
        def submit(self, job, *args):
            jobs.append(args[0])
            return super().submit(job, *args)

    list(sweep(replace(SMALL, steps=1), ("depth", range(1, 21)), ("width", [4, 8]), Watched()))
    for stack in jobs:
        assert len(stack) <= stack_size(stack[0])
        for name in set(SHARED) - {"depth"}:
            assert len({getattr(e, name) for e in stack}) == 1


@pytest.mark.parametrize("own", [True, False])
def test_our_own_threads_get_the_coarse_picture_alone(own, monkeypatch):
    """Any other executor gets all at once: its jobs need not wait for Python's lock."""
    jobs = []

    class Counting(AtOnce):
        def submit(self, job, *args):
            jobs.append(args[0])
            return super().submit(job, *args)

    executor, gains = Counting(), np.linspace(0.5, 3, 20).tolist()
    if own:
        monkeypatch.setattr("core.runs.sweeps.threads", lambda: executor)
    cells = sweep(replace(SMALL, steps=1), ("gain", gains), ("lr", gains), executor)
    coarse = [next(cells) for _ in range(25)]
    assert {c.experiment.gain for c in coarse} == set(gains[::4])
    assert (len(jobs) == 1) == own
    assert len([*coarse, *cells]) == 400


def test_closing_cancels_what_has_not_begun():
    release, begun = threading.Event(), []

    class Blocked(Executor):
        def __init__(self):
            self.pool, self.futures = ThreadPoolExecutor(1), []

        def submit(self, job, experiments):
            def wait():
                begun.append(1)
                result = job(experiments)
                if len(begun) > 1:
                    release.wait()
                return result

            self.futures.append(self.pool.submit(wait))
            return self.futures[-1]

    executor = Blocked()
    cells = sweep(replace(SMALL, steps=1), ("width", range(1, 9)), GAINS, executor)
    next(cells)
    cells.close()
    release.set()
    executor.pool.shutdown()
    assert len(begun) < len(executor.futures)
    assert all(f.cancelled() or f.done() for f in executor.futures)
    assert any(f.cancelled() for f in executor.futures)


def test_what_a_job_raises_reaches_who_asked():
    class Broken(AtOnce):
        def submit(self, _job, *_args):
            failed = Future()
            failed.set_exception(RuntimeError("the worker is gone"))
            return failed

    with pytest.raises(RuntimeError, match="the worker is gone"):
        list(sweep(SMALL, GAINS, LRS, Broken()))


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ((("dropout", [0.5]), LRS), "axis must be one of .*depth, .*, got dropout"),
        ((GAINS, GAINS), "axis must be one of .*, got gain"),
        ((("depth", [1, 0]), LRS), "depth must be 1 to 100, got 0"),
        ((("gain", [9]), LRS), "gain must be 0.1 to 5, got 9"),
    ],
)
def test_what_cannot_be_is_said_at_once(axes, said):
    with pytest.raises(ExperimentError, match=said):
        sweep(SMALL, *axes)


def test_who_cannot_share_a_stack_costs_more():
    """Each stack pays for its layers: 40 stacks of 10 took 3.4 times what was told of them as two of 200."""
    together = [replace(SMALL, gain=1 + k / 400) for k in range(400)]
    apart = [replace(e, batch_size=8 + k % 40) for k, e in enumerate(together)]
    largest = [replace(e, batch_size=47) for e in together]
    assert seconds_together(together) < seconds_together(largest) < seconds_together(apart)


def test_the_cost_of_all_is_bounded_and_says_what_to_lower():
    fine = ("gain", np.linspace(0.5, 2, 20).tolist()), ("lr", np.logspace(-4, 0, 20).tolist())
    large = Experiment(depth=50, width=64, batch_size=64, steps=400)
    with pytest.raises(ExperimentError, match="lower steps to") as caught:
        sweep(large, *fine)
    problem = caught.value.problem
    assert problem.kind == "sweep_cost"
    sweep(replace(large, steps=problem.allowed[0]), *fine)
    with pytest.raises(ExperimentError):
        sweep(replace(large, steps=problem.allowed[0] + 1), *fine)
    with pytest.raises(ExperimentError, match="lower width to"):
        sweep(replace(large, width=256, batch_size=256, steps=15), *fine)
    with pytest.raises(ExperimentError, match="lower cells to"):
        sweep(replace(large, depth=100, width=4, batch_size=512, steps=9), *fine, most_seconds=1e-3)
    sweep(large, *fine, executor=AtOnce())
    with pytest.raises(ExperimentError):
        sweep(large, *fine, executor=AtOnce(), most_seconds=1.0)


# At initialization


@pytest.mark.parametrize(("activation", "critical"), [("tanh", 1.0), ("relu", math.sqrt(2))])
def test_growth_one_is_where_theory_has_it(activation, critical):
    """Within one of 20 cells from 0.5 to 3 (LeCun's gain is sigma_w), for networks deep enough to settle."""
    gains = np.linspace(0.5, 3.0, 20)
    base = Experiment(activation=activation, init="lecun_normal", width=128, batch_size=16)
    depths = [30, 40, 50]
    cells = list(start_sweep(base, ("gain", gains.tolist()), ("depth", depths)))
    for depth in depths:
        row = sorted((c.experiment.gain, c.growth) for c in cells if c.experiment.depth == depth)
        grows = [gain for gain, growth in row if growth > 1]
        boundary = grows[0] - (gains[1] - gains[0]) / 2
        assert grows == [gain for gain, _ in row[-len(grows) :]]
        assert abs(boundary - critical) <= gains[1] - gains[0]
    assert growth_rate(activation, critical) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("normalization", CHOICES["normalization"])
@pytest.mark.parametrize("activation", CHOICES["activation"])
@pytest.mark.parametrize("network", CHOICES["network"])
def test_growth_does_not_depend_on_the_stack_nor_on_what_else_is_kept(
    network, activation, normalization
):
    """`propagate` keeps activations and gradients; in a map the signals take the activations' memory."""
    from core.engine.propagation import propagate
    from core.steps import slopes

    base = replace(
        SMALL, network=network, task=None, activation=activation, normalization=normalization
    )
    for cell in start_sweep(replace(base, width=16), ("depth", [1, 2, 5, 9]), GAINS):
        expected = float(slopes(propagate(cell.experiment).signal_norms)[0])
        assert cell.growth == pytest.approx(expected, rel=1e-5, nan_ok=True)


PEAK = """
from dataclasses import replace
from core.runs.cells import train_cells
from core.computing.stacking import stack_size
from tests.measures import most_resident
from tests.runs.test_sweep import LARGE, SMALL

for e in LARGE:
    train_cells([replace(SMALL, network=e.network, task=None)] * 2)
before = most_resident()
for e in LARGE:
    lrs = (10.0 ** (3 * k / stack_size(e) - 2) for k in range(stack_size(e)))
    train_cells([replace(e, lr=lr) for lr in lrs])
    print(most_resident() - before)
"""
"""Prints how many bytes more than before a process has had at most, after each stack; many of a stack are lost."""
DEEP = Experiment(depth=30, width=64, batch_size=64, gain=1.0, steps=4)
LARGE = [
    replace(DEEP, clipping="global_norm", clip=1.0),
    replace(DEEP, network="rnn", task=None, width=16, batch_size=16, gain=2.0),
    replace(DEEP, clipping="adaptive", clip=0.1, optimizer="adam"),
]


def test_a_stack_holds_about_what_is_said():
    """While it trains, lets lost members go, and looks at the whole data set in the end."""
    printed = subprocess.run([sys.executable, "-c", PEAK], stdout=PIPE, check=True).stdout
    assert STACK_BYTES / 2 < max(map(int, printed.split())) < 2 * STACK_BYTES


# Executors


def test_a_job_and_its_result_are_small_parcels():
    cells = train_cells([replace(SMALL, seed=s) for s in range(64)])
    assert len(pickle.dumps((train_cells, [c.experiment for c in cells]))) < 64 * 300
    assert len(pickle.dumps(cells)) < 64 * 400


@pytest.fixture(scope="module")
def scheduler():
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def cluster(scheduler):
    from distributed import Client

    with Client(scheduler, set_as_default=False) as client:
        yield client


def assert_the_same_by(executor):
    here = {c.experiment: c for c in sweep(SMALL, GAINS, LRS)}
    there = list(sweep(SMALL, GAINS, LRS, executor=executor))
    assert len(there) == len(here) == 12
    for cell in there:
        assert_same(cell, here[cell.experiment])


@pytest.mark.xdist_group("dask")
def test_a_sweep_runs_on_a_dask_cluster_unchanged(cluster):
    assert_the_same_by(cluster.get_executor())


def test_a_sweep_runs_by_processes_unchanged():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert_the_same_by(pool)


@pytest.mark.xdist_group("dask")
def test_an_environment_variable_names_the_cluster(scheduler, monkeypatch):
    executors._client.cache_clear()
    monkeypatch.setenv(SCHEDULER, scheduler)
    executor = default_executor()
    assert type(executor).__name__ == "ClientExecutor"
    assert len(list(sweep(SMALL, GAINS, LRS))) == 12
    executors._client(scheduler).close()
    assert type(default_executor()).__name__ == "ClientExecutor"
    executors._client(scheduler).close()
    executors._client.cache_clear()


class Deserted(ThreadPoolExecutor):
    """Does the first stack, and never another, or returns an error for it."""

    def __init__(self, error):
        super().__init__(1)
        self.error, self.first = error, True

    def submit(self, *args, **kwargs):
        if self.first:
            self.first = False
            return super().submit(*args, **kwargs)
        future = Future()
        if self.error:
            future.set_exception(self.error)
        return future


@pytest.mark.parametrize("error", [None, OSError("lost")])
def test_where_a_cluster_is_lost_the_threads_go_on(error, monkeypatch):
    given = iter([Deserted(error)])
    monkeypatch.setattr("core.runs.sweeps.PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(
        "core.runs.sweeps.default_executor", lambda: next(given, executors.threads())
    )
    cells = list(sweep(SMALL, GAINS, LRS))
    assert sorted((c.experiment.gain, c.experiment.lr) for c in cells) == sorted(
        itertools.product(GAINS[1], LRS[1])
    )


def failing(_experiments):
    raise ArithmeticError("failed")


def test_an_error_that_is_not_the_clusters_is_told(monkeypatch):
    given = iter([ThreadPoolExecutor(1)])
    monkeypatch.setattr("core.runs.sweeps.train_cells", failing)
    monkeypatch.setattr(
        "core.runs.sweeps.default_executor", lambda: next(given, executors.threads())
    )
    with pytest.raises(ArithmeticError, match="failed"):
        list(sweep(SMALL, GAINS, LRS))


@pytest.mark.xdist_group("dask")
def test_a_cluster_without_workers_is_as_none(monkeypatch, caplog):
    from distributed import LocalCluster

    with LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as empty:
        monkeypatch.setenv(SCHEDULER, empty.scheduler_address)
        assert default_executor() is executors.threads()
        executors._client(empty.scheduler_address).close()
    executors._client.cache_clear()
    assert "no workers" in caplog.text


def test_without_a_cluster_threads_do_it(monkeypatch, caplog):
    monkeypatch.setattr(executors, "CONNECT_SECONDS", 1)
    monkeypatch.setenv(SCHEDULER, "tcp://127.0.0.1:9")
    assert default_executor() is executors.threads()
    assert "Sweeps run on this machine" in caplog.text
    monkeypatch.delenv(SCHEDULER)
    assert default_executor() is executors.threads()


START = """
from core import steps
from core.engine import propagation
from tests.measures import resident
from tests.runs.test_sweep import deep

propagation.slopes(deep(1, {choices}))
seen, fit = [resident()], steps.slopes
steps.slopes = lambda norms: (seen.append(resident()), fit(norms))[1]
propagation.slopes(deep(40, {choices}))
print((seen[1] - seen[0]) / 40)
"""


def deep(count, choices):
    e = Experiment(depth=60, width=32, batch_size=32, **choices)
    return [replace(e, gain=1 + k / 100) for k in range(count)]


@pytest.mark.parametrize("choices", [{}, {"network": "rnn"}, {"activation": "gelu"}])
def test_what_a_look_at_the_start_holds_is_about_what_is_said(choices):
    """By the kernel's own count, while the networks are still there."""
    program = START.format(choices=choices)
    held = subprocess.run([sys.executable, "-c", program], stdout=PIPE, check=True).stdout
    assert start_bytes(deep(1, choices)[0]) == pytest.approx(float(held), rel=0.3)
