"""What a log tells: traces that are made, each with one certain course; and runs of ours, told as logs."""

import itertools
import json
import math
import os

import numpy as np
import pandas as pd
import pytest

from core.diagnosis.symptoms import RULES
from core.experiment import Experiment
from core.logs import diagnose_log, read_log
from core.logs.rules import LOG_RULES
from core.trace import Note, Trace
from tests.factories import calm
from tests.roundings import AS_IS
from tests.words.claims.drawing import draw

LONG = 50_000
NAN, INF = math.nan, math.inf


def log(*notes, **series):
    """A log as another tool would write it; None where it wrote nothing."""
    logged = pd.DataFrame({name: [v is not None for v in each] for name, each in series.items()})
    frame = pd.DataFrame({name: np.array(each, dtype=float) for name, each in series.items()})
    return Trace(frame=frame, logged=logged, notes=notes)


def every(count, interval=1):
    return [interval * n for n in range(count)]


def healthy(count=LONG, spread=0.3, seed=0):
    """Norms and losses of a run that learns: lognormal norms, a loss that falls and is noisy."""
    rng = np.random.default_rng(seed)
    steps = np.arange(count)
    loss = (2 + 8 * np.exp(-steps / 500)) * np.exp(0.1 * rng.standard_normal(count))
    return np.exp(spread * rng.standard_normal(count)), loss


def explosion(count=LONG, length=20, factor=2.0, spread=0.3, seed=0):
    """A healthy run whose norm is multiplied, step after step, and then NaN; and where that began."""
    norm, loss = healthy(count, spread, seed)
    began = count - length - 50
    grown = factor ** np.arange(1, length + 1)
    norm[began : began + length] *= grown
    loss[began : began + length] *= np.sqrt(grown)
    norm[began + length :], loss[began + length :] = NAN, NAN
    return norm, loss, began


def thinned(norm, loss, interval, first=0):
    steps = np.arange(len(norm))[first::interval]
    return log(step=steps, loss=loss[steps], grad_norm=norm[steps])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("spread", [0.05, 0.3, 1.0])
def test_a_long_healthy_log_raises_no_alarm(spread, seed):
    norm, loss = healthy(spread=spread, seed=seed)
    found = diagnose_log(thinned(norm, loss, 1))
    assert (found.kind, found.outcome, found.findings) == ("none", "learned", [])
    assert (found.began, found.end, found.threshold) == (None, None, None)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("spread", "factor"), [(0.05, 1.5), (0.3, 2.0), (1.0, 3.0)])
def test_an_explosion_of_20_steps_in_50000_is_found_at_its_step(spread, factor, seed):
    norm, loss, began = explosion(spread=spread, factor=factor, seed=seed)
    found = diagnose_log(thinned(norm, loss, 1))
    assert (found.kind, found.outcome) == ("explosion", "diverged")
    assert abs(found.began - began) <= 2 + 2 * spread
    assert found.end == began + 20
    warned = [f.step for f in found.findings if f.rule in RULES and RULES[f.rule].warns]
    assert warned
    assert all(began <= step < found.end for step in warned)
    mean = norm[began - 128 : began].mean()
    assert found.threshold == pytest.approx(mean, rel=0.3)


@pytest.mark.parametrize("first", range(10))
def test_thinned_to_every_tenth_step_the_same_log_cannot_tell(first):
    norm, loss, began = explosion(seed=first)
    found = diagnose_log(thinned(norm, loss, 10, first))
    assert (found.kind, found.outcome) == ("cannot tell", "diverged")
    assert found.began is None or began <= found.began < began + 20
    assert not found.could["gradient_doubling"]
    assert found.could["gradient_large"] == (found.began is not None)


def test_a_slow_rise_is_an_explosion_too():
    """2 % a step over 1000 steps is e^20."""
    norm, loss, began = explosion(count=20_000, length=1000, factor=1.02)
    found = diagnose_log(thinned(norm, loss, 1))
    assert found.kind == "explosion"
    assert abs(found.began - began) < 100


def test_an_end_without_a_ramp_is_an_overflow():
    norm, loss = healthy(200)
    norm[150:], loss[150:] = NAN, NAN
    found = diagnose_log(thinned(norm, loss, 1))
    assert (found.kind, found.outcome, found.end) == ("overflow", "diverged", 150)
    assert (found.began, found.threshold) == (None, None)
    assert found.could["gradient_doubling"]
    assert ("no_ramp", 150) in [(f.rule, f.step) for f in found.findings]


@pytest.mark.parametrize(
    ("why", "trace"),
    [
        ("young", log(step=every(8), loss=[3] * 6 + [NAN] * 2, grad_norm=[5] * 6 + [NAN] * 2)),
        ("few_rows", log(step=every(4), loss=[3, 3, NAN, NAN], grad_norm=[2.5, 5, NAN, NAN])),
        ("few_rows", log(step=every(3), loss=[NAN] * 3, grad_norm=[NAN] * 3)),
        ("few_rows", log(step=[0], loss=[2.0], grad_norm=[1.0])),
        ("few_rows", log(step=[], loss=[])),
        ("no_norm", log(step=every(60), loss=[3] * 50 + [NAN] * 10)),
        ("apart", log(step=every(60, 500), grad_norm=[3] * 50 + [NAN] * 10)),
        ("apart", log(grad_norm=[3] * 50 + [NAN] * 10)),
        ("apart", log(Note("logs.notes.epochs"), step=every(60), grad_norm=[3] * 50 + [NAN] * 10)),
        ("short_rise", log(step=every(42), grad_norm=[3] * 40 + [3e4, NAN])),
        ("short_rise", log(step=every(43), grad_norm=[3] * 40 + [60, 3e9, NAN])),
        ("last_inf", log(step=every(41), loss=[3] * 41, grad_norm=[3] * 40 + [INF])),
        ("young", log(step=every(8), loss=[3] * 8)),
        ("ends_high", log(step=every(41), loss=[3] * 41, grad_norm=[3] * 39 + [60, 3e4])),
    ],
)
def test_what_a_log_cannot_tell_it_says_and_why(why, trace):
    found = diagnose_log(trace)
    assert (found.kind, found.why) == ("cannot tell", why)


@pytest.mark.parametrize(
    "norms", [[87, 1e5, 1e15], [2, 20, 200, 2000], [3] * 30 + [9, 90, 900], [3] * 9 + [1e7] * 30]
)
@pytest.mark.parametrize("end", [NAN, INF])
def test_a_growth_that_does_not_come_back_is_an_explosion(norms, end):
    losses = [norm**0.5 for norm in norms]
    trace = log(step=every(len(norms) + 1), grad_norm=[*norms, end], loss=[*losses, end])
    assert diagnose_log(trace).kind == "explosion"


def test_an_explosion_that_stays_finite():
    trace = log(
        step=every(80), grad_norm=[3] * 40 + [9, 90, 900] + [1e8] * 37, loss=[2] * 41 + [1e9] * 39
    )
    found = diagnose_log(trace)
    assert (found.kind, found.outcome, found.began, found.end) == (
        "explosion",
        "exploded",
        40,
        None,
    )
    assert found.threshold == 3


def test_norms_that_rise_while_the_loss_falls_are_no_explosion():
    """A start from nearly nothing, as after a warm-up; then 400 steps of learning."""
    norm, loss = healthy(400, 0.1)
    norm[:30] *= 1e-3
    assert diagnose_log(thinned(norm, loss, 1)).kind == "none"
    norm[-5:], loss[-5:] = NAN, NAN
    assert diagnose_log(thinned(norm, loss, 1)).kind == "overflow"


def test_a_spike_that_came_back_is_none():
    rng = np.random.default_rng(0)
    norm, loss = rng.uniform(5, 30, 300), np.linspace(4, 2, 300)
    norm[200] = 11_140
    found = diagnose_log(thinned(norm, loss, 1))
    assert (found.kind, found.outcome, found.end) == ("spike", "learned", None)
    assert ("spike", 200) in [(f.rule, f.step) for f in found.findings]
    assert found.threshold == pytest.approx(17.5, rel=0.2)


def test_a_lone_infinity_is_a_skipped_step():
    norm, loss = healthy(100, 0.1)
    norm[50] = INF
    found = diagnose_log(thinned(norm, loss, 1))
    assert (found.kind, found.outcome) == ("none", "learned")
    assert [(f.rule, f.step, f.value) for f in found.findings] == [("lone_inf", 50, INF)]


def test_a_loss_of_zero_with_a_norm_that_is_none_is_death():
    """As the Trainer of Hugging Face writes it with its default filter, every 500 steps."""
    losses, norms = [2.5, 2.1, 1.9, 1.2, 0, 0, 0], [3, 2.5, 2.7, 40, NAN, NAN, NAN]
    found = diagnose_log(log(step=every(7, 500), loss=losses, grad_norm=norms))
    assert (found.outcome, found.kind, found.end) == ("diverged", "cannot tell", 2000)
    assert {"dead", "not_finite"} <= {f.rule for f in found.findings}
    alone = diagnose_log(log(step=every(7, 500), loss=losses))
    assert (alone.outcome, alone.end) == ("diverged", 2000)
    learned = diagnose_log(log(step=every(7), loss=[2, 1, 0.1, 0.005, 0, 0, 0]))
    assert (learned.outcome, learned.end) == ("learned", None)


def test_a_threshold_far_below_the_norms_is_a_lower_rate():
    norm, loss = np.linspace(10, 100, 50), np.linspace(3, 2, 50)
    told = diagnose_log(thinned(norm, loss, 1), clip=0.1)
    assert ("always_clipped", 1.0) in [(f.rule, f.value) for f in told.findings]
    logged = log(step=every(50), loss=loss, grad_norm=norm, clipped_norm=[0.1] * 50)
    assert "always_clipped" in [f.rule for f in diagnose_log(logged).findings]
    rarely = diagnose_log(thinned(norm, loss, 1), clip=80)
    assert "always_clipped" not in [f.rule for f in rarely.findings]


@pytest.mark.parametrize(
    ("why", "loss", "norm"),
    [
        ("not_falling", [2.3] * 40, [1.0] * 40),
        ("drifting", [4 - n / 10 for n in range(20)] + [2 + n / 40 for n in range(20)], [1] * 40),
        ("vanished", [2.3] * 40, [1.0] * 20 + [1e-9] * 20),
    ],
)
def test_slow(why, loss, norm):
    found = diagnose_log(log(step=every(40), loss=loss, grad_norm=norm))
    assert (found.kind, found.why) == ("slow", why)


def test_what_is_not_logged_is_named_and_never_raises():
    only_norm = diagnose_log(log(step=every(40), grad_norm=[1] * 40))
    assert (only_norm.kind, only_norm.outcome) == ("none", "unknown")
    assert only_norm.unheard["loss_jump"] == ("loss",)
    assert only_norm.unheard["weights_growing"] == ("weight_norms",)
    assert {*only_norm.could, *only_norm.unheard} == {*RULES, *LOG_RULES} - {"not_finite"} | {
        *only_norm.could
    }
    for values in (
        [],
        [None],
        [NAN],
        [INF] * 5,
        [0.0] * 30,
        [1e308] * 30 + [NAN],
        [None, 1, None, NAN],
    ):
        for names in (("loss",), ("grad_norm",), ("loss", "grad_norm"), ("lr",)):
            for steps in ({}, {"step": every(len(values))}, {"step": [None] * len(values)}):
                assert diagnose_log(log(**steps, **dict.fromkeys(names, values))).kind


def told(steps):
    """What a tool that logs loss and norm at every step would write of a run of ours."""
    return log(
        step=[s.index for s in steps],
        loss=[s.loss for s in steps],
        grad_norm=[s.grad_norm for s in steps],
    )


def test_a_run_that_is_calm_is_judged_as_its_log():
    steps = [calm(n, loss=1 / (n + 1)) for n in range(40)]
    own = diagnose_log(Trace.of(steps, Experiment(depth=3, width=4)))
    assert own.kind == diagnose_log(told(steps)).kind == "none"


def rows_of(steps):
    return [(s.index, s.loss, s.grad_norm) for s in steps]


def as_csv(steps):
    lines = (f"{n},{loss!r},{norm!r}" for n, loss, norm in rows_of(steps))
    return "\n".join(["step,train/loss,train/grad_norm", *lines]), "metrics.csv"


def as_json_lines(steps):
    """With four digits, as many write."""
    rows = (
        {"step": n, "loss": float(f"{loss:.4g}"), "grad_norm": float(f"{norm:.4g}")}
        for n, loss, norm in rows_of(steps)
    )
    return "\n".join(map(json.dumps, rows)), "log.jsonl"


def as_trainer_state(steps):
    rows = [{"step": n, "loss": loss, "grad_norm": norm} for n, loss, norm in rows_of(steps)]
    return json.dumps({"global_step": len(rows), "log_history": rows}), "trainer_state.json"


def as_console(steps):
    rows = rows_of(steps)
    lines = (f"step: {n} loss: {loss:.5g} grad_norm: {norm:.5g}" for n, loss, norm in rows)
    return "\n".join(lines), "console.log"


def as_fairseq(steps):
    """Its numbers are strings."""
    rows = (
        {"loss": f"{loss:.4g}", "gnorm": f"{norm:.4g}", "num_updates": f"{n}"}
        for n, loss, norm in rows_of(steps)
    )
    lines = (f"2024-01-01 00:00:00 | INFO | train_inner | {json.dumps(row)}" for row in rows)
    return "\n".join(lines), "train.log"


FORMATS = (as_csv, as_json_lines, as_trainer_state, as_console, as_fairseq)


def test_logs_of_our_runs_tell_what_their_steps_do():
    """Each in one of five formats. LOGS_COUNT draws more of them: 200 before a release."""
    drawn = [e for _, e in draw("logs", int(os.environ.get("LOGS_COUNT", "40")))]
    kinds = []
    for e, write in zip(drawn, itertools.cycle(FORMATS), strict=False):
        steps = AS_IS.train(e)
        logs = [told(steps)]
        if len(steps) > 2:  # nothing that comes once is a series to a reader
            logs.append(read_log(*write(steps)))
        own = diagnose_log(Trace.of(steps, e)).kind
        kinds.append((own, *(diagnose_log(each).kind for each in logs)))
    differ = [
        (e.to_query(), *pair) for e, pair in zip(drawn, kinds, strict=True) if len({*pair}) > 1
    ]
    assert len(differ) <= 0.05 * len(drawn), differ
