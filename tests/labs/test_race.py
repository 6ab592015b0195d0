"""The race of the fixes: its verdicts are right, each is told with its reason, and the visitor chooses who races."""

import math
from dataclasses import replace
from importlib import import_module
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.charts.base.look import COLOURS
from core.charts.base.rows import NEVER
from core.diagnosis.cell import Cell
from core.diagnosis.changes import AIMS, FIXES, STANDARDIZATION, USUAL, WAYS, each_alone
from core.diagnosis.outcomes import twin
from core.engine.networks import NETWORKS
from core.engine.training import train
from core.experiment import Experiment
from core.labs.race import chart
from core.labs.race import words as race_words
from core.labs.race.chart import Runner
from core.labs.race.fates import SAVES, Entrant, fate
from core.labs.race.words import MORE_WORK, cost, facts, normalization_parameters, rounded, sentence
from core.presets import EXPLOSIONS
from core.problems import ExperimentError
from core.runs.slowdown import slowdown
from core.runs.store import STORE
from core.steps import Lost, Step
from core.tasks import load_task, task_of, trivial_loss
from core.text import load
from core.ui import fix_choices as ways
from core.ui import live
from core.ui.visit import Visit
from core.words import problems
from tests.roundings import AS_IS
from tests.visitor import opened, words

ENGLISH = load("en")
race = import_module("core.labs.race.view")  # the name in core.ui is the lab's function
SMALL = {"depth": "4", "width": "8", "batch_size": "8", "steps": "12"}


def entrant(fix, experiment, rounding=AS_IS):
    return Entrant(fix, experiment, rounding.train(experiment))


def raced(story, rounding=AS_IS):
    """The preset as it is, and with each usual fix."""
    experiment = EXPLOSIONS[story]
    fixed = each_alone(experiment, USUAL)[0]
    return {fix: entrant(fix, e, rounding) for fix, e in ({"unfixed": experiment} | fixed).items()}


@pytest.mark.parametrize("story", EXPLOSIONS)
def test_every_outcome_is_the_same_however_it_is_rounded(story, rounding):
    """No matter of course: many a run learns or not by rounding alone. The presets' fixes end alike."""
    for fix, run in raced(story, rounding).items():
        assert run.outcome == AS_IS.outcome(run.experiment), fix


SAYS = {
    "chain": ("diverged_exploded_before", "saves", "diverges", "saves"),
    "overshoot": ("saves", "diverges", "saves", "diverges"),
    "hidden": ("exploded_exploded", None, "saves", "exploded_stalled"),
    "rnn": ("diverged_stalled", "saves", "diverged_stalled", "diverged_stalled"),
    "no_help": (None, "saves", "exploded_exploded", "saves"),
    "raw": ("saves", None, "diverges", "diverges"),
}
"""Fates of clipping, initialization, a lower rate and normalization (outcomes: see above); None: nothing to race.

At which step a run diverges rounding may move, and with it whether that is sooner or later than another.
"""
SAME = {"sooner": "diverges", "as_soon": "diverges", "later": "diverges"}
BY_A_HAIR = {"rnn": {"diverged_risen": "diverged_stalled"}}
"""The clipped RNN ends where it began: whether a little above that rounding decides."""


@pytest.mark.parametrize("story", EXPLOSIONS)
def test_each_fix_is_judged_against_the_unfixed_run(story, rounding):
    runs = raced(story, rounding)
    found = [fate(runs["unfixed"], runs[fix]) if fix in runs else None for fix in WAYS]
    same = SAME | BY_A_HAIR.get(story, {})
    assert tuple(same.get(what, what) for what in found) == SAYS[story]


def test_raw_data_have_a_fifth_fix_that_saves_where_no_start_and_no_tenth_of_the_rate_does(
    rounding,
):
    runs = raced("raw", rounding)
    assert list(runs)[1] == STANDARDIZATION
    unfixed, standardized = runs["unfixed"], runs[STANDARDIZATION]
    assert rounding.cause(unfixed.experiment) == "neither"
    assert fate(unfixed, standardized) == "saves"
    assert ENGLISH("fixes.why.smaller") in sentence(unfixed, standardized, "neither", ENGLISH)
    assert cost(unfixed, standardized, ENGLISH) == ENGLISH("fixes.costs.standardization")


def test_losses_on_other_data_are_drawn_in_the_races_unit():
    """Where the trivial losses agree: the standardized run's is 1, the raw one's the targets' variance."""
    raw = Experiment(depth=1, width=2, gain=1, lr=1e-6, batch_size=4, steps=3, scaling="raw")
    e = replace(raw, scaling="standardized")
    run = race.runner(Entrant(STANDARDIZATION, e, list(train(e))), trivial_loss(raw), ENGLISH)
    variance = np.var(load_task("diabetes", 1, "raw").targets)
    assert run.losses == pytest.approx([step.loss * variance for step in train(e)])


def test_a_fix_that_does_not_help_is_told_to_cure_the_other_cause(rounding):
    for story, killer, fix in (
        ("chain", "chain", "lower_rate"),
        ("overshoot", "step", "initialization"),
    ):
        runs = raced(story, rounding)
        assert rounding.cause(EXPLOSIONS[story]) == killer != AIMS[fix]
        said = sentence(runs["unfixed"], runs[fix], killer, ENGLISH)
        assert ENGLISH(f"fixes.why.failed.other_{killer}") in said


def test_a_fix_that_would_go_on_learning_is_not_said_to_fail():
    """It works on the other cause; but nothing exploded, and its loss was still falling."""
    fixed = made("stalled", last=39, losses=[2.0] * 20 + [1.9] * 10 + [1.5] * 10)
    said = sentence(made("diverged", fix="unfixed"), fixed, "chain", ENGLISH)
    assert ENGLISH("fixes.fate.falling") in said
    assert ENGLISH("fixes.why.kept.other_chain") in said
    still = made("stalled", last=39)
    said = sentence(made("diverged", fix="unfixed"), still, "chain", ENGLISH)
    assert ENGLISH("fixes.fate.falling") not in said
    assert ENGLISH("fixes.why.failed.other_chain") in said


def test_the_default_run_clipped_is_told_as_what_it_does(rounding):
    """It begins far above anything learned, comes down a long way, and would learn in ten times the steps."""
    runs = raced("chain", rounding)
    said = sentence(runs["unfixed"], runs["clipping"], "chain", ENGLISH)
    assert "before the first update, for the starting weights alone made a loss of" in said
    assert ENGLISH("fixes.fate.falling") in said
    assert "above where it began" not in said


def test_a_fix_that_saves_is_told_to_cure_the_cause(rounding):
    for story, fix in (("chain", "initialization"), ("overshoot", "lower_rate")):
        runs, killer = raced(story, rounding), rounding.cause(EXPLOSIONS[story])
        said = sentence(runs["unfixed"], runs[fix], killer, ENGLISH)
        assert ENGLISH("fixes.fate.saves") in said
        assert ENGLISH(f"fixes.why.cured.own_{killer}") in said


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("story", EXPLOSIONS)
def test_every_run_has_its_name_where_its_line_ends(story, language):
    text, runs = load(language), raced(story).values()
    runners = [Runner(race.name(e.fix, text), race.SERIES.get(e.fix, e.fix), e.steps) for e in runs]
    rows = chart.frame(runners, 200, 1.0, text)
    last = rows[(rows["wide"] != "") & (rows["until"] == NEVER) & (rows["kind"] != "level")]
    named = {row.series: row for row in last.itertuples()}
    for runner in runners:
        end = runner.steps[-1].index if runner.lost else runner.drawn[-1][0]
        row = named[runner.series]
        assert (row.x, row.y) == pytest.approx((math.log1p(end), runner.drawn[-1][1]))
        assert row.text == runner.title(text)
    assert len(last) == len(runners)


def test_who_ends_where_another_does_has_a_name_of_its_own():
    """Both lost at step 1, their crosses one upon the other."""
    base = Experiment(gain=1.5, lr=0.01)
    runs = {"unfixed": base} | each_alone(base, USUAL)[0]
    runners = [Runner(fix, race.SERIES.get(fix, fix), AS_IS.train(e)) for fix, e in runs.items()]
    rows = chart.frame(runners, 200, 1.0, ENGLISH)
    named = rows[rows["kind"] == "name"]
    assert {"unfixed", "rate"} <= set(named["series"])
    assert any(name.startswith("unfixed: diverged") for name in named["text"])


def test_the_run_as_it_is_has_the_colour_of_a_loss_and_not_of_what_is_lost():
    assert COLOURS["unfixed"] == COLOURS["loss"] != COLOURS["end"] == "lost"


STARTS = {"learned": 1.0, "stalled": 2.0, "exploded": 1.0, "diverged": 1.0, "stopped": 1.0}
ENDS = {"learned": 0.5, "stalled": 1.5, "exploded": 1e3}


def made(
    what,
    last=9,
    *,
    loss=None,
    start=None,
    losses=None,
    fix="clipping",
    twin_ends=None,
    move=0.1,
    **fields,
):
    """A run of a simple kind, made up: how it ended, its loss before and after, and on the way; how far it moved.

    twin_ends: what became of its twin, the step at which that diverged, or its final loss.
    """
    planned = last + (2 if what == "stopped" else 1)
    experiment = Experiment(**({"depth": 2, "width": 2, "steps": planned} | fields))
    start = STARTS[what] if start is None else start
    peak = 1e9 if what == "exploded" else 1.0
    steps = [
        Step(
            index=i, loss=(losses or [start] * planned)[i], grad_norm=peak if i else 1.0, clipped_norm=1.0,
            activation_norms=(1.0, 1.0), signal_norms=(1.0, 1.0), weight_norms=(1.0,) * 3,
            weight_grad_norms=(1.0,) * 3, update_norms=(move,), saturated=(0.0, 0.0), clipped_fraction=0.0,
            clip_cosine=1.0, start_loss=start if i == 0 else None,
        )
        for i in range(last + 1)
    ]  # fmt: skip
    if what in ENDS:
        end = ENDS[what] if loss is None else loss
        steps[-1] = replace(steps[-1], end_loss=end, final_loss=end, final_grad_norm=1.0)
    elif what == "diverged":
        steps[-1] = replace(steps[-1], lost=Lost("loss"))
    other = None
    if twin_ends is not None:
        ended, value = twin_ends
        lost = ended == "diverged"
        other = Cell(
            twin(experiment), ended, 1.0 if lost else value, peak, value if lost else planned
        )
    return Entrant(fix, experiment, steps, other)


FATES = [
    ("diverged", "learned", "saves"),
    ("exploded", "learned", "saves"),
    ("diverged", "stalled", "diverged_stalled"),
    ("exploded", "stalled", "exploded_stalled"),
    ("diverged", "exploded", "diverged_exploded_rose"),
    ("exploded", "exploded", "exploded_exploded"),
    ("exploded", "diverged", "exploded_diverged"),
    ("learned", "diverged", "breaks"),
    ("stalled", "exploded", "breaks"),
    ("learned", "learned", "learned_better"),
    ("learned", "stalled", "learned_stalled"),
    ("stalled", "learned", "stalled_learned"),
    ("stalled", "stalled", "stalled_stalled"),
    ("diverged", "stopped", "stopped"),
]


@pytest.mark.parametrize(
    ("loss", "what"), [(0.4, "better"), (0.49, "learned"), (0.52, "learned"), (0.6, "worse")]
)
def test_two_runs_that_learn_are_compared_by_their_final_losses(loss, what):
    """Unfixed, 0.5; a twentieth more or less is about the same."""
    assert fate(made("learned", last=8), made("learned", loss=loss)) == f"learned_{what}"


@pytest.mark.parametrize(("loss", "what"), [(1.2, "better"), (1.5, "stalled"), (80.0, "worse")])
def test_two_runs_that_learn_nothing_are_compared_too(loss, what):
    unfixed, fixed = made("stalled", last=8), made("stalled", loss=loss)
    assert fate(unfixed, fixed) == f"stalled_{what}"
    said = sentence(unfixed, fixed, None, ENGLISH)
    assert ("weight matrices moved by" in said or "At the start" in said) == (what != "stalled")


@pytest.mark.parametrize(
    ("twins", "what"),
    [
        ((0.5, 0.4), "better"),
        ((0.5, 0.39), "better"),
        ((0.5, 0.35), "learned"),  # 0.4 is nearer to 0.5 than twice as far as it is from its twin
        ((0.58, 0.4), "learned"),
    ],
)
def test_better_is_farther_apart_than_rounding_takes_a_run(twins, what):
    unfixed = made("learned", last=8, twin_ends=("learned", twins[0]))
    fixed = made("learned", loss=0.4, twin_ends=("learned", twins[1]))
    assert fate(unfixed, fixed) == f"learned_{what}"
    for language in ("en", "bn"):
        said = sentence(unfixed, fixed, None, load(language))
        assert (load(language)("fixes.fate.no_farther") in said) == (what == "learned")


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize(
    ("twin_ends", "kind"),
    [(("diverged", 5), "outcome"), (("stalled", 1.2), "outcome"), (("learned", 0.94), "border")],
)
def test_where_rounding_decides_a_run_nothing_is_praised(language, twin_ends, kind):
    text = load(language)
    unfixed, fixed = made("stalled", last=8), made("learned", loss=0.8, twin_ends=twin_ends)
    assert fate(unfixed, fixed) == "wavers"
    said = sentence(unfixed, fixed, None, text)
    assert text.get(f"verdict.rounded.{kind}").split(":**")[0] in said
    assert not any(text(f"fixes.fate.{key}") in said for key in ("saves", "stalled_learned"))
    whole = replace(unfixed, twin=Cell(twin(unfixed.experiment), "learned", 0.5, 1.0, 9))
    assert fate(whole, replace(fixed, twin=None)) == "open"
    assert text.get("verdict.rounded.outcome").split(":**")[0] in rounded(whole, text)


@pytest.mark.parametrize(("twin_ends", "what"), [("stalled", "helps"), ("learned", "open")])
def test_a_fix_that_learns_helps_where_rounding_decides_between_two_others(twin_ends, what):
    unfixed = made("diverged", last=5, fix="unfixed", twin_ends=(twin_ends, 0.5))
    fixed = made("learned", twin_ends=("learned", 0.5))
    assert fate(unfixed, fixed) == what
    said = sentence(unfixed, fixed, "step", ENGLISH)
    assert ("diverges at step 5, or" in said) == (what == "helps")
    assert "cures" not in said


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_divergence_is_told_as_the_steps_between_which_it_may_happen(language):
    text = load(language)
    unfixed = made("diverged", last=26, fix="unfixed", twin_ends=("diverged", 22))
    fixed = made("diverged", last=20, twin_ends=("diverged", 20))
    assert (
        fate(unfixed, fixed) == "as_soon"
    )  # six steps apart; rounding moves it by four, perhaps by eight
    assert text("fixes.race.between", early=22, late=26) in rounded(unfixed, text)
    assert not rounded(fixed, text)
    assert text("fixes.fate.no_farther") in sentence(unfixed, fixed, None, text)


@pytest.mark.parametrize(
    ("twins", "what"), [((26, 20), "sooner"), ((24, 20), "sooner"), ((23, 20), "as_soon")]
)
def test_sooner_is_farther_apart_than_rounding_takes_a_run(twins, what):
    unfixed = made("diverged", last=26, twin_ends=("diverged", twins[0]))
    assert fate(unfixed, made("diverged", last=20, twin_ends=("diverged", twins[1]))) == what


def test_a_fix_that_the_verdict_credits_is_not_said_to_fail(rounding):
    """What the verdict asks is whether the numbers stay finite: so does the RNN at a tenth of its rate."""
    runs, killer = raced("rnn", rounding), rounding.cause(EXPLOSIONS["rnn"])
    assert killer == "both"
    said = sentence(runs["unfixed"], runs["lower_rate"], killer, ENGLISH)
    assert ENGLISH("fixes.why.held.both") in said


def test_a_fix_that_the_verdict_has_tried_in_vain_is_said_to_be_that():
    experiment = Experiment(lr=10, depth=10, steps=20)
    unfixed = made("diverged", last=1, fix="unfixed", lr=10, depth=10, steps=20)
    assert unfixed.experiment == replace(experiment, width=2)
    for fix in ("initialization", "lower_rate"):
        e = FIXES[fix](unfixed.experiment)
        fixed = replace(made("diverged", last=1, fix=fix, losses=[1.1, 1.1]), experiment=e)
        said = sentence(unfixed, fixed, "neither", ENGLISH)
        assert ENGLISH("fixes.why.failed.neither_tried") in said


def test_who_is_lost_at_once_is_not_said_to_be_the_same(rounding):
    """Of a run that is lost at step 1 nothing but step 0 has numbers, and there no update was made yet."""
    experiment = Experiment(lr=10, steps=20)
    slower = entrant("lower_rate", FIXES["lower_rate"](experiment), rounding)
    assert entrant("unfixed", experiment, rounding).last == 1
    assert fate(entrant("unfixed", experiment, rounding), slower) == "as_soon"


@pytest.mark.parametrize(
    ("unfixed", "fixed", "what"),
    [
        (2, 1, "as_soon"),
        (2, 3, "as_soon"),
        (2, 4, "later"),
        (26, 20, "sooner"),
        (26, 22, "as_soon"),
        (26, 31, "as_soon"),
        (26, 45, "later"),
    ],
)
def test_ends_that_rounding_alone_can_move_so_far_are_as_soon(unfixed, fixed, what):
    """A step for a sudden one; the deep tanh network ends at steps 24 to 27 where its rate moves by some 1e-6."""
    assert fate(made("diverged", last=unfixed), made("diverged", last=fixed)) == what


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize(("before", "after", "what"), FATES)
def test_every_fate_has_its_sentence(before, after, what, language):
    unfixed = made(before, last=8, fix="unfixed")
    fixed = made(after, loss=0.4 if after == "learned" else None)
    assert fate(unfixed, fixed) == what
    for killer in ("chain", "step", "both", "neither", None):
        assert "{" not in sentence(unfixed, fixed, killer, load(language))


@pytest.mark.parametrize(("last", "what"), [(3, "sooner"), (5, "as_soon"), (7, "later")])
def test_who_diverges_sooner_is_worse_than_unfixed(last, what):
    fixed = made("diverged", last=last, losses=[1.01] * (last + 1))
    assert fate(made("diverged", last=5), fixed) == what


EXPLODED = {
    "diverged_exploded": {"start": 500.0, "loss": 400.0},
    "diverged_exploded_rose": {"start": 500.0, "loss": 600.0},
    "diverged_exploded_before": {"start": 5000.0, "loss": 20.0},
}


@pytest.mark.parametrize("what", EXPLODED)
def test_an_explosion_that_stays_finite_is_told_by_what_its_loss_did(what):
    fixed = made("exploded", **EXPLODED[what])
    assert fixed.outcome == "exploded"
    assert fate(made("diverged", last=5), fixed) == what
    assert ("rose" in sentence(made("diverged", last=5), fixed, None, ENGLISH)) == what.endswith(
        "rose"
    )


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("saves", {}),
        ("saves_hardly", {"start": 0.52}),
        ("saves_hardly", {"start": 0.1}),
        ("saves_spike", {"losses": [1.0] * 5 + [500.0] + [1.0] * 4}),
    ],
)
def test_what_saves_a_run_is_told_by_what_its_loss_did(what, changed):
    assert fate(made("diverged", last=5), made("learned", **changed)) == what


def test_a_step_is_no_saviour_of_what_is_still_exploded():
    """Nothing is said to be cured, or saved, that exploded or diverged."""
    cures = [ENGLISH.get(f"fixes.why.{kind}.own_step") for kind in ("cured", "held")]
    for before, after in product(("diverged", "exploded"), repeat=2):
        said = sentence(made(before, last=5, fix="unfixed"), made(after), "step", ENGLISH)
        assert not any(cure in said for cure in cures)
        assert "aves this run" not in said


def test_a_threshold_that_is_never_reached_does_nothing():
    calm = Experiment(depth=2, width=4, steps=5, gain=1)
    unfixed, fixed = (
        entrant("unfixed", calm),
        entrant("clipping", WAYS["clipping"]["value:10"](calm)),
    )
    assert fate(unfixed, fixed) == "same"
    assert fixed.clipped == 0


def test_how_often_clipping_acted_is_counted():
    tight = entrant(
        "clipping", Experiment(depth=2, width=4, steps=5, clipping="global_norm", clip=1e-3)
    )
    assert tight.clipped == 5
    assert "clipped in 5 of 5 steps" in facts(tight, ENGLISH)


def test_what_each_fix_costs():
    base = Experiment(depth=2, width=4, steps=5)
    runs = {fix: entrant(fix, e) for fix, e in each_alone(base, USUAL)[0].items()}
    said = {fix: cost(entrant("unfixed", base), run, ENGLISH) for fix, run in runs.items()}
    assert "10 times shorter" in said["lower_rate"]
    assert "16 more parameters" in said["normalization"]
    assert {fix for fix, words in said.items() if "timed on this server" in words} == set(MORE_WORK)


def test_a_normalization_that_replaces_another_costs_no_parameters():
    batch = Experiment(depth=2, width=4, steps=5, normalization="batch")
    layer = entrant("normalization", each_alone(batch, USUAL)[0]["normalization"])
    said = cost(entrant("unfixed", batch), layer, ENGLISH)
    assert ENGLISH("fixes.costs.replaced") in said
    assert "more parameters than" in said


@pytest.mark.parametrize("after", ["learned", "stalled", "exploded"])
@pytest.mark.parametrize("cause", ["chain", "step", "both", "neither", None])
def test_a_run_that_exploded_finite_is_not_said_to_be_kept_finite(after, cause):
    """Its numbers were finite without any fix; what a fix prevents is the explosion."""
    said = sentence(made("exploded", last=5, fix="unfixed"), made(after), cause, ENGLISH)
    assert " finite" not in said


def test_the_time_of_an_update_is_told_as_it_was_measured(monkeypatch):
    base = Experiment(depth=2, width=4, steps=5)
    clipped = entrant("clipping", each_alone(base, USUAL)[0]["clipping"])
    for times, said in ((1.04, "about as long"), (1.38, "1.4 times as long")):
        monkeypatch.setattr(race_words, "slowdown", lambda *_, times=times: times)
        assert said in cost(entrant("unfixed", base), clipped, ENGLISH)


@pytest.mark.parametrize("network", ["mlp", "rnn"])
def test_a_lost_run_is_timed_on_ordinary_numbers(network):
    lost = Experiment(network=network, depth=60, gain=5, lr=10, width=16)
    assert 0 < slowdown(lost, replace(lost, normalization="layer")) < math.inf


@pytest.mark.parametrize("network", ["mlp", "rnn"])
def test_parameters_of_normalization_are_those_of_the_network(network):
    counts = []
    for kind in ("none", "layer"):
        e = Experiment(network=network, depth=3, width=4, normalization=kind)
        counts.append(NETWORKS[network]([e], task_of(e), torch.float32).layout.size)
    assert counts[1] - counts[0] == normalization_parameters(e)


@pytest.mark.parametrize("fix", WAYS)
def test_every_way_makes_an_experiment_and_has_a_name(fix):
    for network in ("mlp", "rnn"):
        for way, change in WAYS[fix].items():
            assert change(Experiment(network=network)) != Experiment(network=network)
            for language in ("en", "bn"):
                assert ways.named(fix, load(language), way)


def test_ways_are_read_from_the_link_and_checked():
    assert ways.FIXES.read(None) == (tuple(USUAL.values()), True)
    told = "value:0.1,he_normal,100,batch"
    assert ways.FIXES.read(told) == (tuple(told.split(",")), True)
    for wrong in ("", "value:0.1", "value:3,he_normal,100,batch", told + ",more", "<b>,,,"):
        found, fine = ways.FIXES.read(wrong)
        assert not fine
        assert all(way in WAYS[fix] for fix, way in zip(WAYS, found, strict=True))


def test_what_cannot_be_trained_or_is_there_already_does_not_race():
    base = Experiment(batch_size=1, clipping="global_norm", clip=1)
    fixed, nothing = each_alone(base, USUAL | {"normalization": "batch"})
    assert list(fixed) == ["initialization", "lower_rate"]
    assert nothing["clipping"] is None
    assert nothing["normalization"].kind == "batch_of_one"
    with pytest.raises(ExperimentError):
        WAYS["normalization"]["batch"](base)


def test_runs_advance_in_step_and_are_the_stores_own(monkeypatch):
    """The picture grows for all at once: nobody is a slice ahead while another still has steps to go."""
    monkeypatch.setattr(live, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(live, "DRAW_SECONDS", 0.0)
    monkeypatch.setattr(live, "DRAW_SHARE", 1.0)
    experiments = [Experiment(depth=40, gain=1, seed=seed, steps=150) for seed in (71, 72)]
    status = SimpleNamespace(
        wait_for_engine=lambda: None, progress=lambda *_: None, ahead=lambda _: None, visit=Visit()
    )
    seen = []

    def draw(known):
        seen.append([len(steps) for steps in known])

    known = live.follow_together(experiments, status, draw)
    for steps, e in zip(known, experiments, strict=True):
        assert steps is STORE.finished(e).steps
        assert len(steps) == 150
    assert any(min(lengths) > 0 and max(lengths) < 150 for lengths in seen)


def test_the_visitor_chooses_who_races_and_a_card_makes_it_the_experiment():
    app = opened("fixes", gain="3", **SMALL)
    assert [app.selectbox(key=f"way-{fix}").value for fix in WAYS] == list(USUAL.values())
    app.selectbox(key="way-clipping").set_value("value:0.1").run()
    assert app.query_params["fixes"] == "value:0.1,growth_one,10,layer"
    assert "Clipping: each value at 0.1" in words(app)
    app.button(key="race-clipping").click().run()
    assert not app.exception
    assert (app.query_params["clipping"], app.query_params["clip"]) == ("value", "0.1")
    assert load("en")("fixes.race.in_it") in words(app)


@pytest.mark.parametrize("language", ["en", "bn", "both"])
@pytest.mark.parametrize(
    "query",
    [
        {"depth": "1", "width": "1"},
        {"depth": "1", "network": "rnn"},
        {"gain": "5", "activation": "sigmoid", "network": "rnn"},
        {"gain": "0.1", "activation": "gelu"},
        {"normalization": "batch", "lr": "10", "activation": "linear"},
        {"batch_size": "1", "fixes": "adaptive:10,orthogonal,100,batch"},
        {"lr": "1e-06", "optimizer": "adam"},
        {"fixes": "nonsense"},
    ],
    ids=lambda query: "-".join(map(str, query.values())),
)
def test_extremes_are_raced_and_told(query, language):
    app = opened("fixes", lang=language, **(SMALL | query))
    told = "nonsense" in query.values()
    assert bool(app.warning) == told
    assert "{" not in words(app)


@pytest.mark.parametrize("seed", range(4))
def test_of_all_starts_only_an_orthogonal_one_keeps_the_step_from_overshooting(seed, rounding):
    """As the page's prose has it of the preset."""
    preset = replace(EXPLOSIONS["overshoot"], seed=seed)
    ends = {
        way: entrant(way, change(preset), rounding).outcome
        for way, change in WAYS["initialization"].items()
    }
    assert {way for way, what in ends.items() if what == "learned"} == {"orthogonal"}
    assert set(ends.values()) == {"learned", "diverged"}


def test_a_fix_that_leaves_the_growth_is_not_said_to_cure_the_chain(rounding):
    """Batch normalization's own growth is about 1.22 here, the run's 1.2; it saves the run all the same."""
    e = Experiment(depth=15, gain=1.2, lr=0.01)
    ways = USUAL | {"normalization": "batch"}
    unfixed = entrant("unfixed", e, rounding)
    runs = {fix: entrant(fix, other, rounding) for fix, other in each_alone(e, ways)[0].items()}
    assert rounding.cause(e) == "chain"
    said = {fix: sentence(unfixed, run, "chain", ENGLISH) for fix, run in runs.items()}
    assert fate(unfixed, runs["normalization"]) in SAVES
    assert "the signal still grows by a factor of 1.2" in said["normalization"]
    assert ENGLISH("fixes.why.cured.own_chain") in said["initialization"]


@pytest.mark.parametrize(("move", "lucky"), [(0.1, True), (0.01, False)])
def test_a_clip_that_shortens_no_step_is_not_said_to_cure_the_step(move, lucky):
    """RMSprop undoes it: the longest update is as long with it as without."""
    unfixed = made("diverged", last=3, fix="unfixed", optimizer="rmsprop")
    clipped = made("learned", optimizer="rmsprop", clipping="global_norm", move=move)
    said = sentence(unfixed, clipped, "step", ENGLISH)
    assert ("By chance it takes another way" in said) == lucky
    assert ("cures the cause" in said) == (not lucky)


@pytest.mark.parametrize("before", ["exploded", "diverged"])
def test_a_loss_that_rose_is_no_explosion_prevented(before):
    """By the outcome's words it stalled; but its loss rose."""
    fixed = made("stalled", loss=2.2)
    assert fate(made(before, last=5), fixed) == f"{before}_risen"
    for blamed in ("chain", "step", "both", "neither"):
        said = sentence(made(before, last=5), fixed, blamed, ENGLISH)
        assert "explodes;" not in said
        assert "its loss rose" in said


def test_who_only_counts_as_learned_is_not_told_to_learn():
    unfixed = made("learned", last=8, loss=0.9, start=0.92)
    assert fate(unfixed, made("learned", loss=0.91, start=0.92)) == "learned_hardly"


def test_whose_race_was_stopped_has_no_twin_and_is_told_so():
    lesson = SimpleNamespace(glance=lambda _: pytest.fail("nobody waits"))
    left = [made("learned", fix="unfixed"), made("stopped")]
    assert race._with_twins(lesson, left) == left
    done = [made("learned", fix="unfixed"), made("learned", lr=0.1)]
    lesson.glance = lambda runs: {runs[0]: Cell(runs[0], "learned", 0.5, 1.0, 10)}
    assert [e.twin is None for e in race._with_twins(lesson, done)] == [False, True]


def test_a_rate_at_the_end_of_the_range_is_told_as_that():
    _, nothing = each_alone(Experiment(lr=2e-6), USUAL)
    said = problems.said(nothing["lower_rate"], ENGLISH)
    assert "Divided by 10," in said
    assert "the lowest of this app" in said
