"""The lab of the map: theory's line, the drawn cells, the words beside it, and the page."""

import json
import math
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from streamlit.dataframe_util import convert_anything_to_arrow_bytes
from streamlit.testing.v1 import AppTest

from core.activations import ACTIVATIONS
from core.charts.base.look import Look
from core.charts.base.palette import PALETTES
from core.charts.base.picture import FONT
from core.diagnosis.cell import Cell
from core.engine.propagation import slopes
from core.experiment import Experiment
from core.labs.map import chart as charts
from core.labs.map import words
from core.labs.map.controls import Choice, read
from core.labs.map.line import boundary
from core.labs.map.question import AXES, question
from core.labs.map.rows import Drawn, edges, frames, regions
from core.runs.cells import StartCell
from core.text import load
from core.theory.critical_gain import critical_gain, log_growth
from core.ui.frame import PAGES

ROOT = Path(__file__).parent.parent.parent
GAIN_LR, GAIN_DEPTH = ("gain", "lr"), ("gain", "depth")
GAINS = tuple(np.arange(0.5, 3, 0.125).tolist())
TANH = Experiment(activation="tanh", init="lecun_normal", gain=1.0)


def drawn(kind="outcome", fields=GAIN_LR, experiment=None, told=None):
    """A map whose cells are what `told(experiment)` says."""
    shown = question(experiment or Experiment(), kind, fields, small=True)
    told = told or (lambda e: "diverged" if e.gain > 1 else "learned")
    cells = {}
    for i in range(len(shown.x[1])):
        for j in range(len(shown.y[1])):
            e = shown.experiment(i, j)
            what = told(e)
            start = kind == "start"
            cells[i, j] = StartCell(e, what) if start else Cell(e, what, 0.5, math.nan, 3)
    flip = shown.x[0] == "gain"
    line = [(g, other) if flip else (other, g) for other, g in boundary(shown)]
    return Drawn(shown, cells, line, (1.25, 0.001))


@pytest.mark.parametrize(
    ("experiment", "gain"),
    [
        (Experiment(), 1.0),  # He et al. 2015: sigma_w = sqrt(2)
        (Experiment(init="lecun_normal"), math.sqrt(2)),
        (Experiment(init="normal", width=2), 1.0),  # std 1: sigma_w = gain sqrt(width)
        (Experiment(activation="linear", init="orthogonal"), 1.0),  # Saxe et al. 2014
    ],
)
def test_line_is_where_theory_has_growth_one(experiment, gain):
    assert critical_gain(experiment, GAINS) == pytest.approx(gain, abs=1e-6)


def test_deep_tanh_nears_the_edge_of_chaos():
    """Schoenholz et al. 2017: sigma_w = 1, from above, the slower the shallower."""
    gains = [critical_gain(replace(TANH, depth=depth), GAINS) for depth in (5, 20, 100)]
    assert gains == sorted(gains, reverse=True)
    assert 1 < gains[-1] < 1.09
    assert all(
        abs(log_growth(replace(TANH, depth=d), g)) < 1e-3
        for d, g in zip((5, 20, 100), gains, strict=True)
    )


def test_drawn_line_lies_at_theorys_value_on_the_axis():
    shown = drawn()
    rows = frames(shown, load("en"))["over"]
    line = rows[rows.kind == "line"]
    assert line.x.tolist() == pytest.approx([1.0, 1.0], abs=1e-6)
    assert [line.y.min(), line.y.max()] == pytest.approx([1e-4, shown.question.y[1][-1]])
    flipped = frames(drawn(fields=("lr", "gain")), load("en"))["over"]
    assert flipped[flipped.kind == "line"].y.tolist() == pytest.approx([1.0, 1.0], abs=1e-6)


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(normalization="layer"),
        Experiment(normalization="batch"),
        Experiment(activation="sigmoid"),
    ],
)
def test_where_the_growth_does_not_pass_one_there_is_no_line_and_the_words_say_why(experiment):
    shown = drawn(experiment=experiment)
    assert not shown.line
    text = load("en")
    said = " ".join(words.sentences(shown, experiment, text))
    assert any(text(f"diagram.{key}") in said for key in ("below", "above", "flat"))


def theory(query, fields, kind="start"):
    """A map of cells that all stay finite, their growth 1; and what is said of theory's line on it."""
    experiment, _ = Experiment.from_query(query)
    finite = {"start": lambda _: 1.0, "outcome": lambda _: "learned"}[kind]
    shown = drawn(kind, fields, experiment, finite)
    return shown, " ".join(words.sentences(shown, experiment, load("en")))


def test_a_growth_of_one_at_the_edge_of_the_map_has_its_line_there():
    """The growth is gain × √8 / √2: 1 at the first gain, 0.5, and 5.9 at the last."""
    shown, said = theory({"width": "8", "init": "normal"}, GAIN_DEPTH)
    assert {round(gain, 6) for gain, _ in shown.line} == {0.5}
    assert load("en")("diagram.flat") not in said


def test_where_theory_is_known_for_some_gains_only_there_is_no_line():
    """With the sine under layer normalization biases save the formula as long as they are the larger part."""
    e = Experiment(task="sine", normalization="layer", init="torch_default")
    assert math.isfinite(log_growth(e, 0.5))
    assert math.isnan(log_growth(e, 5))
    assert critical_gain(e, (0.5, 5.0)) is None


def test_where_the_other_axis_decides_alone_it_is_told_between_which_values():
    """Under layer normalization tanh's growth does not hang on the gain: below 1 in few layers, above in many."""
    query = {"activation": "tanh", "normalization": "layer"}
    shown, said = theory(query, GAIN_DEPTH)
    depths = [
        int(n) for n in re.findall(r"At depth (\d+) it stays below 1, at depth (\d+)", said)[0]
    ]
    for depth, sign in zip(depths, (-1, 1), strict=True):
        for gain in (shown.question.x[1][0], shown.question.x[1][-1]):
            e = replace(shown.question.experiment(0, 0), depth=depth)
            assert sign * log_growth(e, gain) > 0


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"init": "normal"}, ("gain", "width")),
        ({"init": "normal"}, ("width", "gain")),
        ({"depth": "1"}, GAIN_DEPTH),
        ({"activation": "tanh", "init": "lecun_normal"}, GAIN_DEPTH),
        ({"activation": "tanh", "init": "torch_default", "gain": "2"}, ("gain", "width")),
    ],
)
def test_cells_are_counted_on_the_side_where_theory_has_each(query, fields):
    """By the growth of each cell's own network; one layer is on no side. One in a hundred may lie on the line."""
    shown, said = theory(query, fields, "outcome")
    cells = [cell.experiment for cell in shown.cells.values()]
    logs = np.array([log_growth(e, e.gain) for e in cells])
    counts = re.findall(r"of 1 or less at the start, (\d+) of \1 .* more, (\d+) of \2", said)
    low, high = map(int, counts[0])
    assert low + high == np.isfinite(logs).sum()
    assert low == pytest.approx((logs <= 1e-6).sum(), abs=4)


def test_an_endless_networks_line_is_told_only_where_the_other_axis_does_not_move_it():
    """With standard deviation 1 the gain for a growth of 1 is √2 / √width: no gain is it for every width."""
    _, said = theory({"init": "normal", "gain": "1"}, ("gain", "width"), "outcome")
    assert "the closer it comes" not in said


def test_words_say_where_the_line_of_an_endless_network_would_be():
    said = " ".join(words.sentences(drawn(experiment=TANH), TANH, load("en")))
    assert load("en")("diagram.finite", gain=1.0) in said
    said = " ".join(words.sentences(drawn(), Experiment(), load("en")))
    assert load("en")("diagram.finite", gain=1.0) not in said, "ReLU's is there at every depth"


def test_copies_are_as_deep_as_their_model_and_as_wide_unless_very_deep():
    def copy(**changed):
        base = question(Experiment(**changed), "outcome", GAIN_LR, small=True).base
        return base.depth, base.width, base.batch_size, base.steps

    assert copy(depth=20) == (20, 32, 32, 100)
    assert copy(depth=60, width=8) == (60, 8, 32, 100)
    assert copy(depth=100) == (100, 16, 16, 100)


def test_finite_networks_are_counted_as_finite_whatever_they_learned():
    shown = drawn(told=lambda e: "exploded" if e.gain > 1 else "stalled")
    said = words.sentences(shown, Experiment(), load("en"))[0]
    assert "100 of 100 stayed finite; where it expects more, 300 of 300 did" in said


def test_measured_boundary_is_found():
    shown = drawn("start", GAIN_DEPTH, TANH, told=lambda e: e.gain / 1.3)
    for _, gain in words.measured_boundary(shown):
        assert gain == pytest.approx(1.3, abs=0.01)
    assert len(words.measured_boundary(shown)) == len(shown.question.y[1])
    assert "**1.3**" in " ".join(words.sentences(shown, TANH, load("en")))


def test_words_count_what_the_chart_shows():
    said = words.sentences(drawn(), Experiment(), load("en"))[0]
    assert "Of 400 networks **100 learned**" in said
    assert "**300 diverged**" in said
    assert (
        "of 1 or less at the start, 100 of 100 stayed finite; where it expects more, 0 of 300"
        in said
    )


def test_coarse_cells_cover_what_they_stand_for_until_finer_ones_do():
    whole = drawn()
    known = {p: c for p, c in whole.cells.items() if p[0] % 4 == 0 and p[1] % 4 == 0}
    finer = {p: c for p, c in whole.cells.items() if p[0] % 2 == 0 and p[1] % 2 == 0}
    for cells, count in ((known, 25), (finer, 100), (whole.cells, 400)):
        drawn_ = frames(replace(whole, cells=cells), load("en"))["cells"]
        assert len(drawn_) == count
        ends = [(drawn_[a].min(), drawn_[f"{a}2"].max()) for a in ("x", "y")]
        axes = [edges(*axis) for axis in (whole.question.x, whole.question.y)]
        assert np.allclose(ends, [(each[0], each[-1]) for each in axes])
        assert (drawn_.x < drawn_.x2).all()
        firsts = drawn_.head(25)
        assert ((firsts.i % 4 == 0) & (firsts.j % 4 == 0)).all(), "coarse ones lie below"
    assert frames(replace(whole, cells={}), load("en"))["cells"].empty


def test_cells_meet_and_hold_their_values():
    for fields in combinations(AXES["outcome"], 2):
        shown = question(Experiment(), "outcome", fields, small=True)
        for field, values in (shown.x, shown.y):
            ends = edges(field, values)
            assert all(a < v < b for a, v, b in zip(ends[:-1], values, ends[1:], strict=True)), (
                field
            )


def test_each_large_region_has_its_name_inside():
    shown = drawn()
    places = regions(shown)
    assert set(places) == {"diverged", "learned"}
    assert places["learned"][0] < 1 < places["diverged"][0]
    assert set(regions(drawn(told=lambda _: "exploded"))) == {"exploded"}


@pytest.mark.parametrize("fields", [GAIN_LR, GAIN_DEPTH, ("depth", "gain")])
def test_theorys_line_does_not_strike_a_regions_name(fields):
    """A name of two cells to each side stays clear of the line, even where one region lies all around it."""
    shown = drawn(fields=fields, experiment=TANH, told=lambda _: "exploded")
    (x, y), (_, xs), (_, ys) = regions(shown)["exploded"], shown.question.x, shown.question.y
    assert shown.line
    along, up = (np.array(values, float) for values in zip(*shown.line, strict=True))
    for share in np.linspace(0, 1, 300):
        at = share * (len(along) - 1)
        i = np.interp(np.interp(at, range(len(along)), along), xs, range(len(xs)))
        j = np.interp(np.interp(at, range(len(up)), up), ys, range(len(ys)))
        assert max(abs(i - xs.index(x)), abs(j - ys.index(y))) >= 1.5


@pytest.mark.parametrize("kind", AXES)
def test_specification_knows_no_cell_and_data_are_light(kind):
    text = load("bn")
    look = Look(text, PALETTES["dark"], charts.HEIGHT, FONT, "still")
    told = (lambda e: e.gain) if kind == "start" else None
    shown = drawn(kind, GAIN_DEPTH, told=told)
    before = json.dumps(charts.spec(shown.question, look))
    rows = frames(shown, text)
    assert json.dumps(charts.spec(shown.question, look)) == before
    made = json.loads(before)
    named = {layer["data"]["name"] for layer in made["layer"] if "data" in layer}
    assert named | {made["data"]["name"]} == set(rows)
    assert '"empty"' not in before
    ends = {each["name"]: each.get("value") for each in made["params"]}
    for axis in ("x", "y"):
        first, *_, last = edges(*getattr(shown.question, axis))
        assert (ends[f"{axis}_first"], ends[f"{axis}_last"]) == (first, last)
    assert np.isfinite(rows["cells"].select_dtypes("number").to_numpy(float)).all()
    assert sum(len(convert_anything_to_arrow_bytes(each)) for each in rows.values()) < 65_000


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("kind", AXES)
def test_whatever_is_chosen_can_be_drawn_and_told(kind, language):
    text = load(language)
    look = Look(text, PALETTES["light"], charts.HEIGHT, FONT, "still")
    extremes = [
        Experiment(depth=1, width=1, gain=5.0, lr=10.0, activation="gelu"),
        Experiment(depth=100, width=256, batch_size=1, gain=0.1, lr=1e-6, steps=20),
        Experiment(network="rnn", task="adding", depth=2, normalization="batch", init="normal"),
        Experiment(network="rnn", depth=60, activation="tanh", clipping="value", clip=1e4),
    ]
    for experiment in extremes:
        for fields in combinations(AXES[kind], 2):
            value = math.nan if kind == "start" else "stalled"
            shown = drawn(kind, fields, experiment, told=lambda _, value=value: value)
            for rows in frames(shown, text).values():
                assert np.isfinite(rows.select_dtypes("number").to_numpy(float)).all()
            told = [*words.sentences(shown, experiment, text), words.alt(shown.question, text)]
            assert not any("{" in each for each in told)
            charts.spec(shown.question, look)


@pytest.mark.parametrize("language", ["en", "bn"])
def test_who_has_no_pointer_is_told_what_a_tooltip_tells(language):
    text = load(language)
    cell = Cell(Experiment(), "diverged", 12.5, 3e7, 4)
    told = words.cell(cell, "outcome", text)
    for said in (text("verdict.outcomes.diverged"), *map(text.number, (12.5, 3e7, 4))):
        assert said in told
    assert words.cell(StartCell(Experiment(), 1.25), "start", text).endswith(text.number(1.25))
    assert words.cell(None, "outcome", text) == ""


def test_every_activation_can_be_told():
    for activation in ACTIVATIONS:
        shown = drawn(experiment=Experiment(activation=activation))
        assert words.sentences(shown, Experiment(activation=activation), load("en"))


@pytest.mark.parametrize(
    ("labs", "choice"),
    [
        ({}, Choice()),
        ({"axes": "depth,width", "copies": "own"}, Choice("outcome", ("depth", "width"), False)),
        ({"map": "start"}, Choice("start", GAIN_DEPTH)),
        ({"map": "start", "axes": "gain,lr"}, Choice("start", GAIN_DEPTH)),
        ({"map": "x", "axes": "gain,gain", "copies": "?"}, Choice()),
        ({"axes": "seed,lr"}, Choice()),
    ],
)
def test_links_are_checked(labs, choice):
    assert read(labs) == choice


def opened(**query):
    app = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=60)
    small = {"steps": "2", "depth": "3", "width": "4", "batch_size": "4"}
    for key, value in ({"lab": "map"} | small | query).items():
        app.query_params[key] = value
    app.switch_page(PAGES["why"]).run()
    assert not app.exception, [(e.value, e.stack_trace) for e in app.exception]
    return app


def said(app):
    return " ".join(each.value for each in app.markdown)


def test_map_is_drawn_when_asked_and_a_cell_becomes_the_experiment():
    app = opened(axes="lr,gain", map="outcome")
    assert "**" not in said(app).partition("Of 400 networks")[2]
    app.button(key="diagram_draw").click().run()
    assert not app.exception, [(e.value, e.stack_trace) for e in app.exception]
    assert "Of 400 networks" in said(app)
    app.select_slider(key="diagram_pick_gain").set_value(2.0).run()
    app.button(key="diagram_open").click().run()
    assert app.query_params["gain"] == "2"
    assert app.query_params["axes"] == "lr,gain"
    assert "Of 400 networks" in said(app)
    assert not app.exception


WRONG = [
    ({"map": "colour"}, "`map` must be one of `outcome`; `start`; the link says `colour`"),
    ({"copies": "huge"}, "`copies` must be one of `small`; `own`; the link says `huge`"),
    ({"axes": "gain,gain"}, "the link says `gain,gain`"),
    ({"axes": "gain,task"}, "the link says `gain,task`"),
    ({"axes": "gain"}, "the link says `gain`"),
]


@pytest.mark.parametrize(("query", "told"), WRONG)
def test_what_the_link_cannot_ask_of_the_map_is_told(query, told):
    app = opened(width="64", **query)
    assert any(told in warning.value for warning in app.warning)
    app.selectbox(key="diagram_copies").set_value("own").run()
    app.selectbox(key="diagram_map").set_value("start").run()
    app.selectbox(key="diagram_x").set_value("width").run()
    assert not app.warning
    assert not app.exception


def test_axes_that_wait_for_the_other_map_are_no_mistake():
    app = opened(axes="depth,lr", map="start")
    assert not app.warning
    app.selectbox(key="diagram_map").set_value("outcome").run()
    assert (app.selectbox(key="diagram_x").value, app.selectbox(key="diagram_y").value) == (
        "depth",
        "lr",
    )


def test_widgets_write_the_link_and_axes_change_places():
    app = opened()
    app.selectbox(key="diagram_x").set_value("lr").run()
    assert app.query_params["axes"] == "lr,gain"
    app.selectbox(key="diagram_map").set_value("start").run()
    assert app.query_params["map"] == "start"
    assert app.selectbox(key="diagram_y").value == "depth"
    assert not app.exception


@pytest.mark.parametrize("language", ["bn", "both"])
def test_map_speaks_the_visitors_language(language):
    app = opened(lang=language, map="start", seed=str(len(language)))
    app.button(key="diagram_draw").click().run()
    assert not app.exception, [(e.value, e.stack_trace) for e in app.exception]
    assert "১৬০০টি নেটওয়ার্কের" in said(app)


def test_a_map_that_is_too_large_is_not_offered():
    app = opened(depth="100", width="200", steps="20", batch_size="64", copies="own")
    assert app.selectbox(key="diagram_copies").disabled
    assert not app.exception


def test_a_start_that_leaves_float32_is_no_missing_signal():
    """Deep ReLU networks of normal weights times 5: all numbers end on the way forward."""
    text = load("en")
    wild = Experiment(depth=60, width=32, batch_size=32, init="normal", gain=5, steps=1)
    (beyond,) = slopes([wild])
    assert beyond == math.inf
    asked = question(wild, "start", ("gain", "depth"), small=True)
    cells = {(0, 0): StartCell(wild, beyond)}
    (cell,) = frames(Drawn(asked, cells), text)["cells"].itertuples()
    assert (cell.growth, cell.text) == (128, "∞")


def test_layer_normalization_is_told_to_have_growth_one():
    e = Experiment(normalization="layer")
    asked = question(e, "start", ("gain", "depth"), small=True)
    assert load("en")("diagram.flat") in words.sentences(Drawn(asked, {}), e, load("en"))[0]
