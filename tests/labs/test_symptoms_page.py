"""What the symptoms' page makes of findings: the fix of each, the table, the timeline, the mark in the film."""

from dataclasses import replace

import numpy as np
import pytest

from core.charts.base.measure import SENTENCE, text_width
from core.charts.films import film
from core.diagnosis.advice import Suggestion
from core.diagnosis.cell import Cell
from core.diagnosis.changes import CHANGES
from core.diagnosis.outcomes import outcome, survived
from core.diagnosis.symptoms import RULES, Finding, diagnose, first_warning, not_heard
from core.diagnosis.verdict import Verdict, judge
from core.engine.training import train
from core.experiment import Experiment
from core.labs.symptoms import chart as early
from core.labs.symptoms.chart import Voice
from core.labs.symptoms.view import after, told, warned_picture
from core.labs.symptoms.view_table import COLUMNS, rows
from core.presets import EXPLOSIONS, PRESETS
from core.runs.cells import train_cells
from core.text import load
from core.ui.remedies import about, remedies, remedy, sentence, why
from core.words.course import cell_ending, ending
from tests.factories import calm, spec_of
from tests.roundings import AS_IS


def trained(name, rounding=AS_IS):
    return rounding.train(PRESETS[name])


def judged(name, rounding=AS_IS):
    return rounding.judge(PRESETS[name])


def found_in(name, rounding=AS_IS):
    return diagnose(trained(name, rounding), PRESETS[name])


@pytest.mark.parametrize("name", EXPLOSIONS)
def test_every_finding_has_a_fix_and_every_fix_stands_once(name, rounding):
    found, groups = (
        found_in(name, rounding),
        remedies(judged(name, rounding), found_in(name, rounding)),
    )
    assert sorted(f.rule for group in groups for f in group.findings) == sorted(
        f.rule for f in found
    )
    names = [group.fix.name for group in groups]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", EXPLOSIONS)
def test_no_fix_that_is_offered_blows_up(name, rounding):
    """Those that the verdict has tried and saw fail are not offered; those that it has not are tried here."""
    verdict = judged(name, rounding)
    tried = {e: survived(outcome(steps, e)) for e, steps in verdict.others.values()}
    for group in remedies(verdict, found_in(name, rounding)):
        e = group.fix.experiment
        assert tried.get(e, True)
        assert survived(rounding.outcome(e)), group.fix.name


@pytest.mark.parametrize(
    ("name", "first"),
    [("chain", "initialization"), ("overshoot", "lower_rate"), ("hidden", "lower_rate")],
)
def test_the_cure_that_the_verdict_saw_work_stands_first(name, first, rounding):
    groups = remedies(judged(name, rounding), found_in(name, rounding))
    assert groups[0].fix.name == first
    assert groups[0].fix.experiment in dict(judged(name, rounding).others.values())


@pytest.mark.parametrize(
    ("name", "rule", "fix"),
    [
        ("chain", "growth", "initialization"),
        ("chain", "update_ratio", "initialization"),
        ("chain", "gradient_large", "initialization"),
        ("overshoot", "growth", "lower_rate"),
        ("overshoot", "update_ratio", "lower_rate"),
        ("overshoot", "gradient_huge", "clipping"),
        ("hidden", "gradient_large", "lower_rate"),
        ("rnn", "growth", "initialization"),
        ("rnn", "weights_growing", "lower_rate"),
        ("no_help", "gradient_large", "initialization"),
    ],
)
def test_fix_belongs_to_what_the_rule_found(name, rule, fix, rounding):
    """Its own first, where the verdict has not seen it fail, and where it changes anything."""
    assert remedy(judged(name, rounding), rule).name == fix


def test_a_run_that_learned_needs_no_fix(rounding):
    """Whatever the rules found in it, which rounding decides."""
    found = found_in("saved_by_rate", rounding)
    groups = remedies(judged("saved_by_rate", rounding), found)
    assert [(group.fix, len(group.findings)) for group in groups] == [(None, len(found))]


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("name", EXPLOSIONS)
def test_what_is_said_of_a_fix_is_what_the_verdict_measured(name, language, rounding):
    verdict, text = judged(name, rounding), load(language)
    ends = {e: ending(steps, e, text) for e, steps in verdict.others.values()}
    for group in remedies(verdict, found_in(name, rounding)):
        said, e = about(group.fix, verdict, group.findings, text), group.fix.experiment
        proven = e in ends and text("symptoms.fix.proven", ending=ends[e])
        assert (proven or "") in said
        assert (text("symptoms.fix.untried") in said) == (bool(ends) and not proven)


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_fix_for_another_cause_is_told_as_that(language, rounding):
    text, verdict = load(language), judged("chain", rounding)
    fix = Suggestion("clipping", CHANGES["clipping"](verdict.experiment))
    assert text("symptoms.fix.beside_chain") in about(fix, verdict, (), text)
    tried = replace(verdict, tried={fix.experiment: train_cells([fix.experiment])[0]})
    said = about(fix, tried, (), text)
    assert text("symptoms.fix.beside_chain") not in said
    assert cell_ending(tried.tried[fix.experiment], text) in said


def course(losses=(1.0, 1.0, 0.5), norms=(1.0, 1.0, 1.0), **changes):
    """Three steps of a run on data whose trivial loss is 1: what was before, on the way, and in the end."""
    steps = [calm(i, loss=losses[1], grad_norm=norms[i], **changes) for i in range(3)]
    steps[0] = replace(steps[0], start_loss=losses[0])
    end = {"end_loss": losses[2], "final_loss": losses[2], "final_grad_norm": norms[2]}
    return [*steps[:2], replace(steps[2], **end)]


def known(experiment, what):
    return {experiment: Cell(experiment, what, 1.0, 1.0, 10)}


def test_what_is_tried_and_fails_is_not_offered_but_told():
    e = Experiment(depth=3, width=4, steps=10)
    stalled = Verdict(e, course((1.0, 1.0, 1.0)), "stalled")
    first = remedy(stalled, "vanishing")
    assert first.name == "initialization", "of what is not known the rule's own is the first"
    for what in ("stalled", "exploded", "diverged"):
        verdict = replace(stalled, tried=known(first.experiment, what))
        other = remedy(verdict, "vanishing")
        assert other.experiment != first.experiment
        found = (Finding("vanishing", 3, 1e-9, 1),)
        ending = cell_ending(verdict.tried[first.experiment], load("en"))
        assert f"with it the run {ending}" in about(other, verdict, found, load("en"))
    verdict = replace(stalled, tried=known(first.experiment, "learned"))
    assert remedy(verdict, "vanishing") == first
    assert "Tried already for the verdict: with it the run learns" in about(
        first, verdict, (), load("en")
    )


def test_of_fixes_that_do_good_the_one_that_learned_comes_first():
    e = Experiment(depth=3, width=4, steps=10)
    run = course((2.0, 5.0, 500.0))
    change = {name: CHANGES[name](e) for name in ("normalization", "lower_rate")}
    for better, worse in (("normalization", "lower_rate"), ("lower_rate", "normalization")):
        tried = known(change[better], "learned") | known(change[worse], "stalled")
        tried |= known(CHANGES["initialization"](e), "diverged")
        assert remedy(Verdict(e, run, "exploded", tried=tried), "growth").name == better


@pytest.mark.parametrize(
    ("name", "blamed"),
    [
        ("chain", {"growth": "chain_guilty", "update_ratio": "step_innocent"}),
        ("overshoot", {"growth": "chain_innocent", "update_ratio": "step_guilty"}),
        ("hidden", {"update_ratio": "step_guilty"}),
        ("rnn", {"growth": "chain_guilty", "update_ratio": "step_guilty"}),
        ("no_help", {"growth": "chain_guilty"}),
    ],
)
def test_a_card_does_not_contradict_the_verdict(name, blamed, rounding):
    verdict, text = judged(name, rounding), load("en")
    ends = {way: ending(steps, e, text) for way, (e, steps) in verdict.others.items()}
    keys = load("en").get("symptoms.judged")
    for finding in found_in(name, rounding):
        said = why(verdict, finding, text)
        told_as = [
            key
            for key in keys
            if text(f"symptoms.judged.{key}", ending=ends[key.split("_")[0]]) in said
        ]
        assert told_as == ([blamed[finding.rule]] if finding.rule in blamed else [])


def test_one_layer_is_never_called_a_chain():
    """Whatever rule speaks, its reason and its fix."""
    e = Experiment(depth=1, gain=2, lr=0.03, steps=50)
    verdict = AS_IS.judge(e)
    assert set(verdict.others) == {"step"}
    found = diagnose(verdict.steps, e)
    for language, word in (("en", "chain"), ("bn", "চেইন")):
        text = load(language)
        for group in remedies(verdict, found):
            said = about(group.fix, verdict, group.findings, text)
            said += "".join(why(verdict, f, text) + sentence(verdict, f, {}, text) for f in found)
            assert word not in said
    assert "gradient_large" in {f.rule for f in found}


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_memory_that_is_infinite_has_reasons_of_its_own(language):
    e, text = Experiment(depth=60, gain=2, optimizer="adam"), load(language)
    verdict = AS_IS.judge(e)
    found = {f.rule: f for f in diagnose(verdict.steps, e)}
    assert why(verdict, found["not_finite"], text) == text("symptoms.rules.not_finite.why_memory")
    small = found["update_small"]
    assert small.value == 0 < verdict.steps[0].weight_grad_norms[small.layer - 1]
    assert why(verdict, small, text) == text("symptoms.rules.update_small.why_frozen")
    assert after(verdict, list(found.values()), text) == text("symptoms.after.diverged_memory")


WARNED = (Finding("gradient_large", 3, 200.0),)
NOT_WARNED = (Finding("saturated", 3, 0.7, 1),)


DEAD = {"signal_norms": (0.0, 1.0, 1.0)}
COURSES = [
    ("learned", course(), WARNED),
    ("learned_spike", course((2.0, 500.0, 0.5)), WARNED),
    ("learned_before", course((2000.0, 2000.0, 0.5)), WARNED),
    ("learned_rough", course(norms=(1.0, 150.0, 1.0)), WARNED),
    ("learned_unwarned", course(norms=(1.0, 150.0, 1.0)), NOT_WARNED),
    ("learned_unwarned_spike", course((2.0, 500.0, 0.5)), NOT_WARNED),
    ("learned_quiet", course(norms=(1.0, 150.0, 1.0)), ()),
    ("learned_unwarned_spike", course((2.0, 500.0, 0.5)), ()),
    ("exploded", course((2.0, 5.0, 500.0)), WARNED),
    ("exploded_before", course((2000.0, 2000.0, 20.0)), WARNED),
    ("exploded_quiet", course((2000.0, 2000.0, 20.0)), ()),
    ("stalled", course((2.0, 5.0, 1.0)), NOT_WARNED),
    ("stalled_spike", course((2.0, 500.0, 1.0)), WARNED),
    ("stalled_silent", course((2.0, 500.0, 1.0), **DEAD), WARNED),
    ("stalled_quiet", course((2.0, 5.0, 1.0), **DEAD), ()),
    ("stopped", course()[:2], WARNED),
    ("stopped", course()[:2], ()),
]


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize(("key", "steps", "found"), COURSES)
def test_what_a_rules_word_was_worth_is_told_by_what_became_of_the_run(key, steps, found, language):
    e, text = Experiment(depth=3, width=4, steps=3), load(language)
    verdict = judge(e, steps, train_short, AS_IS.cells)
    assert verdict.outcome == key.split("_")[0]
    said = after(verdict, found, text)
    given = {
        "start": steps[0].start_loss,
        "highest": steps[1].loss,
        "trivial": 1.0,
        "first": 1.0,
        "peak": max(step.grad_norm for step in steps),
        "since": 0,
    }
    assert said == text(f"symptoms.after.{key}", **given)


def train_short(e):
    return list(train(replace(e, steps=min(e.steps, 3))))


def test_every_worth_is_one_that_is_tested():
    assert set(load("en").get("symptoms.after")) == {key for key, *_ in COURSES} | {
        "diverged_memory"
    }


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize(("arrived", "reason"), [(0.0, "why_zero"), (1e-30, "why")])
def test_an_update_of_exactly_zero_is_no_short_one(arrived, reason, language):
    """Its reason depends on whether a gradient arrived at all."""
    e, text = Experiment(depth=3, width=4, steps=3), load(language)
    updates = {"update_norms": (0.01, 0.0, 0.01, 0.01)}
    steps = course(**updates, weight_grad_norms=(1.0, arrived, 1.0, 1.0))
    verdict = AS_IS.judge(e, steps)
    small = next(f for f in diagnose(steps, e) if f.rule == "update_small")
    assert (small.value, small.layer) == (0, 2)
    assert why(verdict, small, text) == text(f"symptoms.rules.update_small.{reason}")
    assert {"en": "exactly 0", "bn": "ঠিক ০"}[language] in sentence(verdict, small, {}, text)


def test_a_fix_that_failed_for_the_verdict_is_told_with_its_end(rounding):
    verdict, text = judged("overshoot", rounding), load("en")
    cure = remedies(verdict, found_in("overshoot", rounding))[0]
    said = about(cure.fix, verdict, cure.findings, text)
    assert (
        f"“Start it better”, which the verdict has tried as well: {_end_of('chain', rounding)}"
        in said
    )


def _end_of(counterfactual, rounding):
    e, steps = judged("overshoot", rounding).others[counterfactual]
    return f"with it the run {ending(steps, e, load('en'))}."


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("name", [*EXPLOSIONS, "saved_by_rate"])
def test_table_has_every_rule_in_the_timelines_order(name, language):
    e, steps, text, found = PRESETS[name], trained(name), load(language), found_in(name)
    table = rows(steps, e, found, {}, text)
    order = [*(f.rule for f in found), *not_heard(found)]
    assert [row[0] for row in table] == [f"**{text(f'symptoms.rules.{r}.name')}**" for r in order]
    lost = steps[-1].lost is not None
    assert {len(row) for row in table} == {len(COLUMNS) - (not lost)}
    for rule, row in zip(order, table, strict=True):
        assert row[2] in (text.cite(RULES[rule].source), text("symptoms.table.ours"))
    for finding, row in zip(found, table, strict=False):
        assert text.number(finding.step) in row[3]
        ahead = steps[-1].index - finding.step
        assert (
            not lost or finding.rule == "not_finite" or ahead == 0 or text.number(ahead) in row[4]
        )


def test_table_says_where_the_alarm_is_set_and_where_it_usually_is():
    e, steps = PRESETS["overshoot"], trained("overshoot")
    table = rows(steps, e, found_in("overshoot"), {"gradient_large": 50.0}, load("en"))
    alarms = {row[0]: row[1] for row in table}
    assert alarms["**Gradient large**"] == "**gradient norm over 50** (usually 100)"
    assert alarms["**Loss jumping**"] == "loss at least 10 × the step before"


def test_a_rule_that_a_run_is_too_short_for_is_not_called_silent(rounding):
    found, text = found_in("chain", rounding), load("en")
    said = {
        row[0]: row[3] for row in rows(trained("chain", rounding), Experiment(), found, {}, text)
    }
    assert said["**Loss rising**"] == text("symptoms.table.too_short")
    assert said["**Gradient vanishing**"] == text("symptoms.table.silent")


def test_fix_is_never_the_experiment_itself_nor_a_known_failure():
    e = replace(PRESETS["no_help"], gain=1.0, lr=1e-6, normalization="layer", steps=20)
    verdict = AS_IS.judge(e)
    for rule in RULES:
        fix = remedy(verdict, rule)
        assert fix is None or fix.experiment != e


def test_timeline_has_a_row_for_every_rule_and_a_bar_for_those_that_spoke():
    voices = [Voice("a", 0, "warning"), Voice("b", 2, "end")] + [Voice("c", None, "loss")] * 10
    rows = early.frame(voices, 2, 0, "step 2: the loss is no longer a number")
    kinds = rows.kind.value_counts()
    assert len(voices) == early.ROWS == len(RULES)
    assert (kinds["label"], kinds["bar"], kinds["quiet"], kinds["warning"]) == (12, 2, 10, 1)
    assert np.isfinite(rows.select_dtypes("number")).all(axis=None)
    one = early.frame(voices[1:] + voices[2:3], 0, None, "")
    assert "warning" not in set(one.kind)
    assert (one.x[one.kind == "limit"].to_numpy() == [0, 1]).all()


def test_timelines_specification_does_not_know_the_data():
    for language in ("en", "bn"):
        spec = spec_of(early.build, load(language), "dark", font=20)
        assert spec == spec_of(early.build, load(language), "dark", font=20)
        assert "datasets" not in str(spec)


@pytest.mark.parametrize("language", ["en", "bn"])
def test_every_name_fits_into_the_timeline_of_a_phone(language):
    text = load(language)
    for name in EXPLOSIONS:
        for voice in told(trained(name), found_in(name), text):
            assert text_width(voice.text) < SENTENCE[1]


def test_first_warning_is_drawn_into_the_film_where_it_came():
    e, steps, text = PRESETS["overshoot"], trained("overshoot"), load("en")
    drawn = film.film.warned(7).frame(steps, e, text, done=True)
    mark = drawn[drawn.kind == "warning"]
    assert (mark.x.tolist(), mark.frame.tolist()) == ([7.0], [7])
    (said,) = drawn[(drawn.kind == "said") & (drawn.series == "warning")].itertuples()
    assert (said.text, said.frame) == ("first warning: step 7", 7)
    assert "warning" not in set(film.film.warned(7).frame(steps, e, text, done=False).kind)


@pytest.mark.parametrize("name", ["chain", "overshoot", "saved_by_init"])
def test_picture_has_the_first_warning_of_the_run(name, monkeypatch, rounding):
    monkeypatch.setattr("core.labs.symptoms.view.chosen_thresholds", dict)
    e, steps = PRESETS[name], trained(name, rounding)
    picture = warned_picture(steps, e, True)
    rows_drawn = picture.frame(steps, e, load("en"), True)
    warning = first_warning(found_in(name, rounding))
    assert ("warning" in set(rows_drawn.kind)) == (warning is not None)
    told = f"The first warning came at step {warning.step}." if warning else "warning"
    assert (told in picture.alt(steps, e, load("en"))) == (warning is not None)
    assert (rows_drawn.frame[rows_drawn.kind == "warning"] < rows_drawn.frame.max()).all()
