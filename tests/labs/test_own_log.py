"""The visitor's own log on the page: what is given, what is said of it, and what a threshold would have clipped."""

import json
import math

import numpy as np
import pandas as pd
import pytest
import torch

from core.codegen import FRAMEWORKS
from core.engine.training import train
from core.experiment import Experiment
from core.labs.own_log import chart
from core.labs.own_log.clips import clips
from core.labs.own_log.examples import EXAMPLES
from core.labs.own_log.view_detail import rule_rows
from core.logs import diagnose_log, read_log
from core.logs.dashboards import filtered, sampled, watched
from core.text import load
from core.trace import Note, Trace
from core.ui.dashboards import kept
from core.words.own_log import KINDS, WHEN, answer, whole
from tests.factories import LANGUAGES, spec_of
from tests.visitor import charts, opened, words

FAST = {"steps": "3", "depth": "3", "width": "8", "gain": "1"}
NAN, INF = math.nan, math.inf
COURSES = {
    "explosion": ("explosion", 366, 380),
    "overflow": ("overflow", None, 263),
    "spike": ("spike", 310, None),
    "zero": ("cannot tell", None, 900),
}
"""Of each example its kind, where it begins and ends, by how it was made."""
PASTED = "step,loss,grad_norm\n" + "\n".join(
    f"{n},{3 - n / 50},{1.5 if n < 60 else 1.5 * 4 ** (n - 59)}" for n in range(66)
)
PASTED += "\n66,nan,nan"


def log(*notes, every=1, **series):
    count = len(next(iter(series.values())))
    frame = pd.DataFrame({"step": every * np.arange(count)} | series, dtype=np.float64)
    return Trace(frame=frame, logged=~frame.isna() | True, notes=notes, format="csv")


UP = [3.0 * 4.0**n for n in range(6)]
LOGS = {
    "rise": log(loss=[2.0] * 40 + UP, grad_norm=[3.0] * 40 + UP),
    "rise_of_loss": log(loss=[2.0] * 40 + UP + [NAN]),
    "rise_at_once": log(grad_norm=[3.0**n for n in range(9)] + [NAN]),
    "huge": log(loss=[5.0] * 30, grad_norm=[1e8] * 30),
    "level": log(loss=[3.0] * 40 + [NAN], grad_norm=[3.0] * 40 + [NAN]),
    "back": log(loss=[2.0] * 60, grad_norm=[3.0] * 40 + [9999.0] + [3.0] * 19),
    "not_falling": log(loss=[2.0] * 60, grad_norm=[3.0] * 60),
    "drifting": log(loss=[9.0 - n / 5 for n in range(40)] + [1.2 + n / 20 for n in range(40)]),
    "vanished": log(loss=[2.0] * 40, grad_norm=[1e-9] * 40),
    "loss_fell": log(loss=[5.0 - n / 20 for n in range(60)], grad_norm=[3.0] * 60),
    "calm": log(grad_norm=[3.0] * 60),
    "few_rows": log(loss=[2.0, NAN, NAN], grad_norm=[2.0, NAN, NAN]),
    "no_norm": log(loss=[2.0] * 40 + [NAN]),
    "short_rise": log(loss=[2.0] * 41 + [NAN], grad_norm=[3.0] * 40 + [3e4, NAN]),
    "young": log(loss=[2.0] * 9 + [NAN], grad_norm=[3.0] * 9 + [NAN]),
    "young_alive": log(loss=[2.0] * 9, grad_norm=[3.0] * 9),
    "apart": log(loss=[2.0] * 40 + [NAN], grad_norm=[3.0] * 40 + [NAN], every=500),
    "apart_unknown": log(Note("logs.notes.epochs"), grad_norm=[3.0] * 40 + [NAN]),
    "last_inf": log(loss=[2.0] * 41, grad_norm=[3.0] * 40 + [INF]),
    "ends_high": log(loss=[2.0] * 41, grad_norm=[3.0] * 40 + [3e4]),
    "zero": log(loss=[2.0] * 9 + [0.0] * 3, grad_norm=[3.0] * 9 + [NAN] * 3),
    "lone_inf": log(
        loss=[5.0 - n / 20 for n in range(60)], grad_norm=[3.0] * 30 + [INF] + [3.0] * 29
    ),
    "nothing": log(lr=[0.1, 0.1]),
    "all_nan": log(loss=[NAN] * 4, grad_norm=[NAN] * 4),
}
"""A log for every reason that a diagnosis can have, and some more."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("clip", [None, 0.1, 1e6])
@pytest.mark.parametrize("name", LOGS)
def test_whatever_a_log_shows_is_told_and_drawn(name, clip, language):
    text, found = load(language), diagnose_log(LOGS[name], clip)
    said = answer(found, clip, text)
    assert "{" not in said
    assert "–" not in said, "a step that is not known was told"
    assert "NaN" not in said.replace("NaN-", "").split("**")[2] or name in ("zero", "level")
    for reach in (None, chart.close_up(found)):
        frame = chart.frame(found, text, reach)
        assert np.isfinite(frame.select_dtypes("number")).all(axis=None)
    assert len(rule_rows(found, text)) >= 16


def test_every_reason_is_tried():
    assert {diagnose_log(trace).why for trace in LOGS.values()} == WHEN.keys()
    assert {diagnose_log(trace).kind for trace in LOGS.values()} == KINDS.keys()


def test_steps_are_told_in_full():
    assert whole(49_930.0, load("en")) == "49930"
    assert whole(49_930.0, load("bn")) == "৪৯৯৩০"


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_goes_as_its_name_says(name):
    found = diagnose_log(read_log(*EXAMPLES[name]()))
    assert (found.kind, found.began, found.end) == COURSES[name]


def test_what_a_threshold_would_have_clipped_is_counted():
    found = diagnose_log(LOGS["rise"])
    by_name = {clip.name: clip for clip in clips(found)}
    assert (by_name["average"].value, by_name["average"].first) == (3.0, 41)
    assert by_name["half"].share == 1
    assert [by_name[n].when for n in ("half", "average", "ten")] == ["before", "in_rise", "in_rise"]
    assert by_name["average"].share == pytest.approx(5 / 46)
    assert by_name["ten"].first == 42  # 3 * 4^2 is the first above 30
    norms = [1.0] * 40 + [3.0, 5.0, 9.0, 11.0, NAN]
    late = diagnose_log(log(loss=[2.0] * 40 + [2.0, 4.0, 9.0, 20.0, NAN], grad_norm=norms))
    assert {c.name: c.when for c in clips(late)}["ten"] == "too_late"


def test_dashboards_keep_what_they_say_they_keep():
    losses = np.linspace(5, 2, 2600)
    losses[1200:] = NAN
    norms = np.where(np.isfinite(losses), 1.0, NAN)
    trace = log(loss=losses, grad_norm=norms)
    assert watched(trace).frame["step"].tolist() == [0, 1000, 2000]
    rows = filtered(trace).frame
    assert rows["step"].tolist() == [499, 999, 1499, 1999, 2499]
    assert rows["loss"][499] == pytest.approx(losses[:500].mean())
    assert rows["loss"].tolist()[3:] == [0, 0]
    assert rows["grad_norm"].isna().tolist() == [False, False, True, True, True]
    left = sampled(trace).frame["step"]
    assert (len(left), left.iloc[-1]) == (1000, 2599)
    assert left.is_monotonic_increasing
    assert left.is_unique
    found = diagnose_log(trace)
    assert found.kind == "overflow"
    thinned = [diagnose_log(keep(trace)) for keep in (watched, filtered)]
    assert [(each.kind, each.outcome) for each in thinned] == [("cannot tell", "diverged")] * 2


def test_dashboards_are_told_of_our_own_runs_too():
    experiment = Experiment(gain=1.0, steps=30)
    rows = kept(Trace.of(list(train(experiment)), experiment), load("en"))
    assert [count for _, count, _ in rows] == ["30", "30", "0", "1"]
    app = opened("symptoms", lab="rules", gain="1", steps="30")
    assert load("en")("own_log.dashboard.heading") in [each.label for each in app.expander]
    assert not app.exception


def watched_log(rows):
    layers = ("model/first", "last")
    series = ("grad_norm", "weight_norm", "update_ratio")
    heads = ["step", "loss", "grad_norm", "clipped_norm", "lr"]
    heads += [f"{name}/{layer}" for name in series for layer in layers]
    lines = [",".join(map(str, (n, *row))) for n, row in enumerate(rows)]
    return read_log("\n".join([",".join(heads), *lines]))


def test_layers_are_named_where_the_log_has_them():
    calm = (1.0, 2.2, 2.2, 0.1, 2.0, 1.0, 10.0, 10.0, 0.02, 0.01)
    before = (1.0, 50.2, 50.2, 0.1, 50.0, 4.0, 10.0, 10.0, 0.5, 0.04)
    end = ("nan", "nan", "nan", 0.1, "nan", 7.0, 10.0, 10.0, "nan", 0.07)
    found = diagnose_log(watched_log([calm] * 30 + [before, end]))
    said = answer(found, None, load("en"))
    assert "at step 30, the last in which" in said
    assert "that of `model/first`, 50; in the first such row it was 2." in said
    assert "In the next row 1 of 2 layers had none any more: `model/first`." in said
    heard = {name: told for name, told, _ in rule_rows(found, load("en"))}
    name = load("en")("symptoms.rules.update_ratio.name")
    assert heard[f"**{name}**"] == "step 30, `model/first`"
    assert "Clipping acted" not in said


def test_the_lines_are_code():
    for each in FRAMEWORKS.values():
        compile(each.log, each.name, "exec")
        if each.language == "json":
            assert json.loads(each.clips(0.25)) == {"gradient_clipping": 0.25}
        else:
            compile(each.clips(0.25), each.name, "exec")
            assert "=0.25" in each.clips(0.25)


def test_torchs_lines_clip_and_log_the_norm_from_before(capsys):
    model = torch.nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = 1000 * model(torch.ones(1, 3)).sum()
    scope = {"torch": torch, "model": model, "optimizer": optimizer, "loss": loss, "step": 7}
    exec(FRAMEWORKS["pytorch"].clips(0.5), scope)
    after = math.hypot(*(float(p.grad.norm()) for p in model.parameters()))
    assert after == pytest.approx(0.5, rel=1e-4)
    for step in range(7, 10):
        exec(FRAMEWORKS["pytorch"].log, scope | {"step": step})
    row = read_log(capsys.readouterr().out).frame.iloc[0]
    assert (row["step"], row["grad_norm"]) == (7, pytest.approx(2000, rel=1e-4))


def test_keras_line_clips_all_together():
    import keras

    scope = {"keras": keras, "model": keras.Sequential([keras.layers.Dense(1)]), "loss": "mse"}
    exec(FRAMEWORKS["keras"].clips(0.25), scope)
    assert scope["model"].optimizer.global_clipnorm == 0.25


@pytest.mark.parametrize("language", [*LANGUAGES, "both"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_opened_by_a_link(name, language):
    app = opened("symptoms", lab="own_log", example=name, lang=language, **FAST)
    texts = [load(code) for code in (LANGUAGES if language == "both" else [language])]
    found = diagnose_log(read_log(*EXAMPLES[name]()))
    assert all(answer(found, None, text) in [m.value for m in app.markdown] for text in texts)
    assert not app.warning
    assert len(charts(app)) == 2 + (chart.close_up(found) is not None)


def test_nothing_is_shown_before_something_is_given():
    app = opened("symptoms", lab="own_log", **FAST)
    assert load("en")("own_log.lead") in words(app)
    assert len(charts(app)) == 1
    assert not app.warning


def test_a_link_with_nonsense_is_told():
    app = opened("symptoms", lab="own_log", example="nonsense", **FAST)
    assert len(app.warning) == 1
    assert "nonsense" in app.warning[0].value
    assert "example" not in app.query_params


def paste(app, said):
    (area,) = [each for each in app.text_area if "own_log_text" in str(each.key)]
    area.set_value(said).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("language", LANGUAGES)
def test_pasted_lines_are_judged_and_take_the_examples_place(language):
    app = opened("symptoms", lab="own_log", example="spike", lang=language, **FAST)
    paste(app, PASTED)
    found = diagnose_log(read_log(PASTED))
    assert (found.kind, found.began) == ("explosion", 60)
    assert answer(found, None, load(language)) in [m.value for m in app.markdown]
    assert "example" not in app.query_params
    assert "1.5" not in str(app.query_params)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_read_is_told_and_nothing_is_lost(language):
    app = opened("symptoms", lab="own_log", lang=language, **FAST)
    paste(app, "no numbers here\nnor here")
    text = load(language)
    said = text("own_log.refused", problem=text("logs.errors.nothing"))
    assert [each.value for each in app.warning] == [said]
    paste(app, PASTED)
    assert not app.warning
    assert app.query_params["lab"] == "own_log"


def test_what_was_taken_for_what_can_be_corrected():
    lines = "\n".join(f"{n},{2.0},{3 - n / 50}" for n in range(60))
    app = paste(opened("symptoms", lab="own_log", **FAST), f"step,loss,train_mse\n{lines}")
    assert load("en")("own_log.kinds.slow") in words(app)
    (box,) = [each for each in app.selectbox if "own_log_loss" in str(each.key)]
    assert box.value == "loss"
    box.set_value("train_mse").run()
    assert load("en")("own_log.kinds.none") in words(app)
    assert not app.exception


def test_of_several_runs_one_is_chosen_and_each_has_its_own_names():
    """As Weights & Biases exports a chart."""
    names = [
        f"{run} - train/loss{end}" for run in ("a", "b, lr 1") for end in ("", "__MIN", "__MAX")
    ]
    head = ",".join(f'"{name}"' for name in ["Step", *names])
    rows = [f"{n},2.0,2.0,2.0,{','.join([str(3 - n / 50)] * 3)}" for n in range(60)]
    app = paste(opened("symptoms", lab="own_log", **FAST), "\n".join([head, *rows]))
    assert load("en")("own_log.kinds.slow") in words(app)
    (box,) = [each for each in app.selectbox if "own_log_run" in str(each.key)]
    assert (box.value, box.options) == ("a", ["a", "b, lr 1"])
    box.set_value("b, lr 1").run()
    assert load("en")("own_log.kinds.none") in words(app)
    assert not app.warning
    (loss,) = [each for each in app.selectbox if "own_log_loss" in str(each.key)]
    assert loss.value == "b, lr 1 - train/loss"
    (box,) = [each for each in app.selectbox if "own_log_run" in str(each.key)]
    box.set_value("a").run()
    assert load("en")("own_log.kinds.slow") in words(app)


def test_a_threshold_that_is_told_is_counted():
    app = opened("symptoms", lab="own_log", example="explosion", **FAST)
    (field,) = [each for each in app.number_input if "own_log_clip" in str(each.key)]
    field.set_value(0.01).run()
    share, left = load("en").number(100.0, 2), "0.5"
    text = load("en")("own_log.also.always_clipped", share=share, left=left)
    assert text.split("left")[0] in words(app)


def test_its_specification_depends_on_no_log():
    for language in LANGUAGES:
        assert spec_of(chart.build, load(language)) == spec_of(chart.build, load(language))
