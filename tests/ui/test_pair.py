"""The same, but: two runs that differ in one setting, what is said of them, and how a visitor asks for them."""

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from core.charts.films import two_runs as chart
from core.charts.films.film import film
from core.charts.films.seismograph import seismograph
from core.charts.films.two_runs import Side
from core.diagnosis.cell import Cell
from core.diagnosis.outcomes import counterfactuals
from core.diagnosis.outcomes import twin as twin_of
from core.diagnosis.verdict import Verdict
from core.experiment import CHOICES, FIELDS, RANGES, Experiment
from core.problems import ExperimentError
from core.steps import Lost, Step
from core.text import LANGUAGES, load
from core.ui import compare as pair
from core.ui import compare_controls as but
from core.ui.frame import PAGES
from core.ui.sentence import GRIDS
from tests.browser_setup import launch_options
from tests.roundings import AS_IS
from tests.serving import serving
from tests.visitor import charts, opened, words

APP = Path(__file__).parent.parent.parent / "streamlit_app.py"
TEXT = load("en")
LOST = Experiment(depth=8, width=16, gain=3, steps=20)
QUICK = {"depth": "30", "width": "16", "steps": "30", "gain": "2"}
LEARNS = Experiment(depth=3, width=16, gain=1, lr=0.02, steps=60)
NETWORKS = [Experiment(), Experiment(network="rnn"), Experiment(clipping="value", gain=1.1173)]


def side(experiment, rounding=AS_IS):
    return Side(experiment, rounding.train(experiment))


def told(this, that, field, language="en"):
    return pair.sentence(field, this, that, load(language))


def domain(rows, axis):
    """The limits that a chart's axis has at rest."""
    ends = rows[(rows.kind == "limit") & (rows.until > 1_000_000)]
    return ends[axis].min(), ends[axis].max()


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("lr:0.0001", replace(LOST, lr=0.0001)),
        ("lr:১e-৪", replace(LOST, lr=0.0001)),
        ("clipping:value", replace(LOST, clipping="value")),
        ("gain:3.0", LOST),
    ],
)
def test_a_wish_changes_one_setting_and_nothing_else(wish, expected):
    assert but.changed(LOST, wish) == expected


@pytest.mark.parametrize(
    "wish",
    "; :;lr;lr:;lr:nan;lr:100;depth:2.5;clipping:soft;task:co2;but:1;network:rnn;lang:bn;<b>:1;"
    f"normalization:batch:x;seed:{'9' * 10_000}".split(";"),
)
def test_nonsense_is_refused_in_a_plain_sentence(wish):
    with pytest.raises(ExperimentError) as refused:
        but.changed(LOST, wish)
    for language in LANGUAGES:
        said = but.refused(refused.value.problem, load(language))
        assert said
        assert "{" not in said
        assert len(said) < 250


def test_what_does_not_go_with_the_other_settings_is_refused():
    with pytest.raises(ExperimentError, match="batch normalization"):
        but.changed(replace(LOST, normalization="batch"), "batch_size:1")


@pytest.mark.parametrize("experiment", NETWORKS, ids=["mlp", "rnn", "clipped"])
@pytest.mark.parametrize("field", [name for name in FIELDS if name != "network"])
def test_every_setting_has_other_values_a_first_one_and_names(experiment, field):
    options = but._options(field, experiment, None)
    first = but._first(field, experiment, options)
    assert first in options
    assert getattr(experiment, field) not in options
    other = but.changed(experiment, but.wish(field, first))
    assert replace(other, **{field: getattr(experiment, field)}) == experiment
    for language in LANGUAGES:
        names = {but.named(field, e, load(language)) for e in (experiment, other)}
        assert len(names) == 2


def test_first_values_tell_something():
    e = Experiment()
    first = {name: but._first(name, e, but._options(name, e, None)) for name in FIELDS[1:]}
    expected = {"lr": 0.0001, "gain": 1.0, "depth": 10, "clipping": "global_norm", "seed": 1}
    assert {name: first[name] for name in expected} == pytest.approx(expected)


def test_named_as_people_say_it():
    assert but.named("lr", Experiment(), TEXT) == "learning rate 0.001"
    assert but.named("clipping", Experiment(), TEXT) == "no clipping"
    clipped = Experiment(clipping="global_norm", clip=0.5)
    assert but.named("clipping", clipped, TEXT) == "clipping the global norm at 0.5"
    assert but.named("normalization", Experiment(normalization="layer"), load("bn")) == (
        "লেয়ার নরমালাইজেশন"
    )


@pytest.mark.parametrize(
    ("this", "field", "value", "fate"),
    [
        (LOST, "gain", 1.0, "diverges"),
        (LOST, "seed", 1, "diverged"),
        (LEARNS, "seed", 1, "learned"),
        (LEARNS, "lr", 1e-6, "learning"),
        (replace(LEARNS, lr=1e-6), "lr", 2e-6, "stalled"),
        (LOST, "clip", 5.0, "identical"),
        (Experiment(lr=1), "lr", 0.1, "diverged"),  # lost at step 1: only the updates differ
        (replace(LEARNS, clipping="global_norm", clip=1e3), "clip", 1e4, "identical"),
    ],
)
def test_what_a_setting_decides(this, field, value, fate, rounding):
    sides = side(this, rounding), side(replace(this, **{field: value}), rounding)
    assert pair.fate(*sides) == pair.fate(*reversed(sides)) == fate
    for language in LANGUAGES:
        name = load(language)(f"pair.fields.{field}")
        assert load(language)(f"pair.fate.{fate}", field=name) in told(*sides, field, language)


def test_both_endings_are_told(rounding):
    this, that = side(LOST, rounding), side(replace(LOST, gain=1), rounding)
    last = this.steps[-1].index
    assert told(this, that, "gain").startswith(
        f"With **gain 3** the run diverges at step {last}; with **gain 1** it "
    )


def test_a_run_cut_short_is_told_as_the_beginning_of_the_other(rounding):
    this, that = side(LEARNS, rounding), side(replace(LEARNS, steps=2), rounding)
    assert told(this, that, "steps").endswith(load("en")("pair.fate.steps"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("quantity", ["final_loss", "final_gradient"])
def test_a_shorter_run_that_is_lost_after_its_last_update_is_told_to_diverge_there(
    quantity, language
):
    """Made by hand: a longer run of the same first two updates, that stays finite or is lost later."""
    steps = ending_in("stalled", 0).steps
    lost = replace(steps[1], end_loss=None, lost=Lost(quantity))
    short, expected = (
        Side(Experiment(steps=2), [steps[0], lost]),
        load(language)("pair.fate.steps_lost"),
    )
    for end in (steps[1], replace(lost, lost=Lost("activation", 1))):
        long = Side(
            Experiment(steps=3), [steps[0], replace(lost, lost=None), replace(end, index=2)]
        )
        assert told(short, long, "steps", language).endswith(expected)
        assert told(long, short, "steps", language).endswith(expected)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("ends", "fate"),
    [
        (("diverged", "diverged"), "diverged"),
        (("exploded", "exploded"), "exploded"),
        (("exploded", "diverged"), "finite"),
        (("exploded", "stalled"), "explodes"),
        (("diverged", "learned"), "diverges"),
        (("stalled", "stalled"), "stalled"),
        (("stalled", "learned"), "learning"),
    ],
)
def test_an_outcome_is_told_by_its_own_word(ends, fate, language):
    this, that = (ending_in(what, seed) for seed, what in enumerate(ends))
    text, name = load(language), load(language)("pair.fields.seed")
    assert pair.fate(this, that) == pair.fate(that, this) == fate
    assert told(this, that, "seed", language).endswith(text(f"pair.fate.{fate}", field=name))


def test_where_rounding_decides_one_of_the_two_the_setting_decides_nothing():
    this, that = ending_in("diverged", 0), ending_in("stalled", 1)
    twin = Cell(twin_of(that.experiment), "learned", 0.1, 1.0, 3)
    said = pair.sentence("seed", this, that, TEXT, (None, twin))
    assert said.endswith(TEXT("pair.fate.rounding", field="seed"))


def ending_in(what, seed):
    """Two steps made up, and how they end."""
    e = Experiment(depth=2, width=2, steps=2, seed=seed)
    losses = {"learned": 0.5, "stalled": 1.0, "exploded": 1e3, "diverged": math.nan}
    first = Step(
        index=0, loss=1.0 + seed, grad_norm=1.0, clipped_norm=1.0, activation_norms=(1.0,) * 2,
        signal_norms=(1.0,) * 2,
        weight_norms=(1.0,) * 3, weight_grad_norms=(1.0,) * 3, update_norms=(1.0,) * 3, saturated=(0.0,) * 2,
        clipped_fraction=0.0, clip_cosine=1.0, start_loss=1.5,
    )  # fmt: skip
    last = replace(first, index=1, start_loss=None)
    if what == "diverged":
        return Side(e, [first, replace(last, lost=Lost("loss"))])
    end = losses[what]
    return Side(e, [first, replace(last, end_loss=end, final_loss=end, final_grad_norm=1.0)])


def judged(experiment, **known):
    """An explosion's verdict: what became of the counterfactuals and of what was tried, made up."""
    others = {
        name: (e, ending_in(known.get(name, "diverged"), 0).steps)
        for name, e in counterfactuals(experiment).items()
    }
    tried = {e: Cell(e, what, 0.5, 1.0, 2) for e, what in known.get("tried", {}).items()}
    return Verdict(experiment, ending_in("diverged", 0).steps, "diverged", others, tried=tried)


def test_the_change_that_turns_the_outcome_is_offered_first():
    e = Experiment()
    assert pair.offer(judged(e, chain="learned")) == "gain:1"
    assert pair.offer(judged(e, step="stalled")) == "lr:0.0001"
    assert pair.offer(judged(e, chain="stalled", step="learned")) == "lr:0.0001"
    layer = replace(e, normalization="layer")
    assert pair.offer(judged(e, tried={layer: "stalled"})) == "normalization:layer"
    several = replace(e, normalization="layer", lr=0.1)
    assert pair.offer(judged(e, tried={several: "learned"})) is None
    assert pair.offer(judged(e)) is None


def test_what_is_offered_leaves_a_visitors_own_choice_alone():
    app = opened(**QUICK)
    app.button(key="run").click().run()
    assert (app.selectbox(key="but-field").value, app.selectbox(key="but-gain").value) == (
        "gain",
        1,
    )
    app.button(key="but-compare").click().run()
    assert app.query_params["but"] == "gain:1"
    assert TEXT("pair.fate.diverges", field="gain") in words(app)
    app.button(key="but-close").click().run()
    app.selectbox(key="but-gain").set_value(1.5).run()
    app.button(key="run").click().run()
    assert app.selectbox(key="but-gain").value == 1.5
    app.selectbox(key="but-field").set_value("seed").run()
    app.switch_page(PAGES["why"]).run()
    assert app.selectbox(key="but-field").value == "seed"


def test_a_stopped_run_decides_nothing(rounding):
    this, that = side(LOST, rounding), side(replace(LOST, gain=1), rounding)
    for known in (0, 7):
        left = Side(that.experiment, that.steps[:known])
        assert pair.fate(this, left) == ""
        assert told(this, left, "gain").endswith(f"it was stopped after {known} of 20 steps.")


def test_seismographs_only_for_two_sudden_runs_on_a_page_that_counts_moments(rounding):
    lost, lost_too, learns = (
        side(LOST, rounding),
        side(replace(LOST, seed=1), rounding),
        side(replace(LOST, gain=1), rounding),
    )
    assert chart.picture((lost, lost_too), moments=True) is seismograph
    assert chart.picture((lost, lost_too), moments=False) is film
    assert chart.picture((lost, learns), moments=True) is film


@pytest.mark.parametrize(
    ("this", "that"),
    [
        (LOST, replace(LOST, seed=3)),
        (LOST, replace(LOST, depth=30)),
        (LOST, replace(LOST, depth=1, gain=0.1)),
        (LEARNS, replace(LEARNS, lr=5.0)),
        (LEARNS, replace(LEARNS, steps=20)),
    ],
)
@pytest.mark.parametrize("moments", [True, False])
def test_both_charts_have_one_y_axis(this, that, moments):
    sides = side(this), side(that)
    shown = chart.picture(sides, moments=moments)
    rows = [chart.frame(a, b, shown, TEXT) for a, b in (sides, sides[::-1])]
    assert domain(rows[0], "y") == domain(rows[1], "y")
    for table, one in zip(rows, sides, strict=True):
        lines = table[table.kind == "line"]
        assert domain(table, "y")[0] <= lines.y.min() <= lines.y.max() <= domain(table, "y")[1]
        rules = table[table.kind == "rule"]
        assert len(rules) == (one.steps[-1].lost is not None)


def test_runs_of_like_length_share_the_time_axis_and_others_do_not():
    long, short, sudden = (
        side(LEARNS),
        side(replace(LEARNS, steps=20)),
        side(replace(LEARNS, steps=3)),
    )
    ends = [domain(chart.frame(each, long, film, TEXT), "x")[1] for each in (long, short, sudden)]
    assert ends[0] == ends[1]
    assert ends[2] < 3
    assert domain(chart.frame(long, sudden, film, TEXT), "x")[1] == ends[0]


@pytest.mark.parametrize("slug", PAGES)
def test_pair_of_a_link_is_on_every_page(slug):
    app = opened(slug, gain="1", steps="5", but="lr:0.0001")
    here = len(charts(opened(slug, gain="1", steps="5")))
    assert len(charts(app)) == here + 2
    assert "With **learning rate 0.001** the run" in words(app)
    assert app.query_params["but"] == "lr:0.0001"


def test_home_before_any_run_shows_nothing_of_it():
    app = opened(but="lr:0.0001")
    assert TEXT("pair.but") not in words(app)
    assert app.query_params["but"] == "lr:0.0001"
    app.button(key="run").click().run()
    assert "With **learning rate 0.001** the run diverges" in words(app)


def test_a_visitor_asks_adopts_and_closes():
    app = opened("what_is_it", steps="30")
    app.selectbox(key="but-field").set_value("gain").run()
    assert app.selectbox(key="but-gain").value == 1
    app.button(key="but-compare").click().run()
    assert app.query_params["but"] == "gain:1"
    assert "With **gain 1.25** the run diverges" in words(app)

    app.button(key="but-adopt").click().run()
    assert app.query_params["gain"] == "1"
    assert app.query_params["but"] == "gain:1.25"
    assert "With **gain 1** the run learns" in words(app)

    app.switch_page(PAGES["why"]).run()
    assert "With **gain 1** the run learns" in words(app)
    before = len(charts(app))
    app.button(key="but-close").click().run()
    assert "but" not in app.query_params
    assert len(charts(app)) == before - 2


def test_a_wish_that_the_run_has_already_is_said_so():
    app = opened("what_is_it", gain="1", steps="5", but="gain:1.0")
    assert "This run has **gain 1** already" in words(app)
    assert len(charts(app)) == 1


@pytest.mark.parametrize("wish", ["depth:0", "lr:fast", "init:best", "colour:red"])
def test_a_link_that_wishes_what_can_never_be_is_told_once(wish):
    app = opened("what_is_it", gain="1", steps="5", but=wish)
    assert "The link asks for a comparison" in words(app)
    assert "but" not in app.query_params
    assert "The link asks for a comparison" not in words(app.run())


def test_an_impossible_wish_is_said_and_nothing_is_lost():
    app = opened("what_is_it", gain="1", steps="5", normalization="batch")
    app.selectbox(key="but-field").set_value("batch_size").run()
    app.selectbox(key="but-batch_size").set_value(1).run()
    assert TEXT("ui.problems.batch_of_one") in app.warning[0].value
    assert app.button(key="but-compare").disabled
    app.selectbox(key="but-batch_size").set_value(8).run()
    assert not app.warning
    assert not app.button(key="but-compare").disabled


@pytest.mark.parametrize("language", ["bn", "both"])
def test_the_widgets_keep_their_values_in_another_language(language):
    app = opened("what_is_it", gain="1", steps="5", but="depth:3")
    app.session_state["lang"] = language
    app.run()
    assert app.selectbox(key="but-field").value == "depth"
    assert app.selectbox(key="but-depth").value == 3
    assert "**গভীরতা ৩**" in words(app)


def test_grids_are_in_range():
    for name, (least, most) in RANGES.items():
        assert least <= min(GRIDS[name]) <= max(GRIDS[name]) <= most
    assert set(but.TRIED) <= set(CHOICES)


@pytest.mark.xdist_group("browser")
def test_the_pair_follows_the_playhead():
    with serving(APP) as address, sync_playwright() as play:
        browser = play.chromium.launch(**launch_options())
        page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        page.set_default_timeout(30_000)
        page.goto(f"{address}/what_is_it?gain=1&steps=50&depth=5")
        idle = page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
        for key, wanted in (("field", "number of steps"), ("steps", "100")):
            page.locator(f".st-key-but-{key}").wait_for()
            idle.wait_for()
            page.locator(f".st-key-but-{key} input").click()
            page.keyboard.type(wanted)
            page.get_by_role("option", name=wanted, exact=True).click()
        page.locator(".st-key-but-compare button").click()

        said = page.locator(".st-key-ending-pair")
        expect(said).to_contain_text("With 50 steps the run", timeout=30_000)
        expect(page).to_have_url(re.compile("but=steps%3A100|but=steps:100"))
        heads = page.locator('form.vega-bindings input[name="frame"]')
        expect(heads).to_have_count(3)
        page.locator('[data-part="back"]').click()
        expect(said).to_be_visible()  # its end was seen
        assert [head.input_value() for head in heads.all()] == ["48"] * 3
        page.locator('[data-part="forward"]').click()
        assert [head.input_value() for head in heads.all()] == ["1000000"] * 3

        page.get_by_text("বাংলা", exact=True).first.click()
        expect(page.locator(".st-key-but-steps input")).to_have_value("১০০", timeout=30_000)
        expect(page.locator(".st-key-but-field input")).to_have_value("ধাপের সংখ্যা")
        expect(said).to_contain_text("১০০ ধাপ")
        page.locator(".st-key-but-close button").click()
        expect(said).to_have_count(0)
        expect(page).not_to_have_url(re.compile("but="))
        browser.close()
