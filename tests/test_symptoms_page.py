"""What the symptoms' page makes of findings: the fix of each, the table, the timeline, the mark in the film."""

from dataclasses import replace

import numpy as np
import pytest

from core.charts import early, film
from core.charts.early import Voice
from core.charts.palette import PALETTES
from core.charts.placing import NARROW, text_width
from core.experiment import Experiment
from core.outcomes import outcome, survived
from core.presets import EXPLOSIONS, PRESETS
from core.symptoms import RULES, diagnose, first_warning, not_heard
from core.text import load
from core.ui.remedies import about, remedies, remedy, sentence, why
from core.ui.rules import COLUMNS, rows
from core.ui.symptoms import told, warned_picture
from core.ui.verdict import ending
from tests.factories import finished
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
        ("chain", "gradient_large", "clipping"),
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
        elsewhere = name == "chain" and group.fix.name == "clipping"
        assert (text("symptoms.fix.beside_chain") in said) == elsewhere


@pytest.mark.parametrize(
    ("name", "blamed"),
    [
        ("chain", {"growth": "chain_guilty", "update_ratio": "step_innocent"}),
        ("overshoot", {"growth": "chain_innocent", "update_ratio": "step_guilty"}),
        ("hidden", {"update_ratio": "step_guilty"}),
        ("rnn", {"growth": "chain_guilty", "update_ratio": "step_guilty"}),
        ("no_help", {}),
    ],
)
def test_a_card_does_not_contradict_the_verdict(name, blamed, rounding):
    text, judgements = load("en"), load("en").get("symptoms.judged").values()
    for finding in found_in(name, rounding):
        said = why(judged(name, rounding), finding, text)
        key = blamed.get(finding.rule)
        expected = [text(f"symptoms.judged.{key}")] if key else []
        assert [each for each in judgements if each in said] == expected


@pytest.mark.parametrize("language", ["en", "bn"])
def test_an_update_of_exactly_zero_is_no_short_one(language):
    """As where every unit is saturated, and the gradient of all but the readout is 0."""
    e, text = Experiment(depth=3, activation="tanh", steps=10), load(language)
    none = {"weight_grad_norms": (1.0, 1.0, 0.0, 1.0), "update_norms": (0.01, 0.01, 0.0, 0.01)}
    steps = finished(e, start=1.5, final=1.4)
    verdict = AS_IS.judge(e, [*steps[:4], *(replace(s, **none) for s in steps[4:])])
    found = {f.rule: f for f in diagnose(verdict.steps, e)}
    small = found["update_small"]
    assert (small.step, small.layer, small.value) == (4, 3, 0)
    said = sentence(verdict, small, {}, text) + why(verdict, small, text)
    assert text("symptoms.rules.update_small.why_zero") in said
    assert {"en": "exactly 0", "bn": "ঠিক ০"}[language] in said


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
    assert (kinds["name"], kinds["bar"], kinds["quiet"], kinds["warning"]) == (12, 2, 10, 1)
    assert np.isfinite(rows.select_dtypes("number")).all(axis=None)
    one = early.frame(voices[1:] + voices[2:3], 0, None, "")
    assert "warning" not in set(one.kind)
    assert (one.x[one.kind == "limit"].to_numpy() == [0, 1]).all()


def test_timelines_specification_does_not_know_the_data():
    for language in ("en", "bn"):
        spec = early.spec(load(language), PALETTES["dark"], font=20)
        assert spec == early.spec(load(language), PALETTES["dark"], font=20)
        assert "datasets" not in str(spec)


@pytest.mark.parametrize("language", ["en", "bn"])
def test_every_name_fits_into_the_timeline_of_a_phone(language):
    text = load(language)
    for name in EXPLOSIONS:
        for voice in told(trained(name), found_in(name), text):
            assert text_width(voice.text) < NARROW.width - early.END_PIXELS


def test_first_warning_is_drawn_into_the_film_where_it_came():
    e, steps, text = PRESETS["overshoot"], trained("overshoot"), load("en")
    drawn = film.warned(7).frame(steps, e, text, done=True)
    mark = drawn[drawn.kind == "warning"]
    assert (mark.x.tolist(), mark.frame.tolist()) == ([7.0], [7])
    label = drawn[(drawn.kind == "label") & (drawn.series == "warning")]
    assert set(label.text.str.replace("\n", " ")) == {"first warning: step 7"}
    assert set(label.frame) == {steps[-1].index}, (
        "the words wait for the end, as the other marks' do"
    )
    assert "warning" not in set(film.warned(7).frame(steps, e, text, done=False).kind)


@pytest.mark.parametrize("name", ["chain", "overshoot", "saved_by_init"])
def test_picture_has_the_first_warning_of_the_run(name, monkeypatch, rounding):
    monkeypatch.setattr("core.ui.symptoms.chosen_thresholds", dict)
    monkeypatch.setattr("streamlit.session_state", {})
    e, steps = PRESETS[name], trained(name, rounding)
    picture = warned_picture(steps, e, True)
    rows_drawn = picture.frame(steps, e, load("en"), True)
    warning = first_warning(found_in(name, rounding))
    assert ("warning" in set(rows_drawn.kind)) == (warning is not None)
    told = f"The first warning came at step {warning.step}." if warning else "warning"
    assert (told in picture.tell(steps, e, load("en"))) == (warning is not None)
    assert (rows_drawn.frame[rows_drawn.kind == "warning"] < rows_drawn.frame.max()).all()
