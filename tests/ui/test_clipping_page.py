"""Page 6 as a visitor uses it: the arrow, the four offers, a threshold, with the extremes that a link can ask for."""

from dataclasses import replace

import pytest

from core.experiment import CLIPPINGS, RANGES, Experiment
from core.presets import PRESETS
from core.runs.store import STORE
from core.text import load
from core.words.course import ending
from tests.visitor import charts, opened, words

EN = load("en")
FAST = {"steps": "8", "depth": "3", "width": "8", "gain": "1"}

STEEP = {"steps": "1", "depth": "52", "normalization": "batch", "gain": "1", "lr": "1e-6"}
"""Batch normalization of ReLU layers makes a first gradient of some 5e4 (Yang et al. 2019) of a loss near 1."""


def experiment_of(app):
    query = {k: v for k, v in app.query_params.items() if k not in ("arrow", "lab")}
    return Experiment.from_query(query)[0]


def test_the_arrow_stands_in_the_link_and_its_sliders_move_it():
    app = opened("keras_example", lab="arrow", arrow="-1.5,2.5,1.2", **FAST)
    assert app.select_slider(key="arrow_x").value == -1.5
    assert "(−1.5, 2.5)" in words(app)
    app.select_slider(key="arrow_clip").set_value(3.0).run()
    assert not app.exception
    assert app.query_params["arrow"] in ("-1.5,2.5,3", ["-1.5,2.5,3"])
    assert EN("keras_example.arrow.nothing") in words(app)


def test_a_wrong_arrow_is_told():
    app = opened("keras_example", lab="arrow", arrow="1e99,<b>,", **FAST)
    assert EN("keras_example.arrow.problem") in words(app)
    assert app.select_slider(key="arrow_x").value == 3.0


def test_a_run_that_clips_nothing_offers_every_way_to_clip():
    app = opened("keras_example", **FAST)
    assert EN("keras_example.measured.none") in words(app)
    assert len(charts(app)) == 1
    for method in CLIPPINGS[1:]:
        assert app.button(key=f"clip-offer-{method}")
    app.button(key="clip-offer-value").click().run()
    assert not app.exception
    assert experiment_of(app).clipping == "value"
    assert EN("keras_example.measured.none") not in words(app)
    assert len(charts(app)) == 2


@pytest.mark.parametrize("language", ["en", "bn"])
def test_an_offered_threshold_at_the_end_of_the_range_is_told(language):
    """STEEP's first gradient is longer than any threshold of this app."""
    text = load(language)
    said = text("keras_example.advisor.kept", clip=text.exact(RANGES["clip"][1]))
    for query, told in ((STEEP, True), ({"steps": "3", "gain": "1"}, False)):
        app = opened("keras_example", lang=language, **query)
        assert any(said in caption.value for caption in app.caption) == told


def test_one_click_clips_at_a_percentile():
    app = opened("keras_example", lab="threshold", **FAST)
    app.button(key="clip-there-50").click().run()
    assert not app.exception
    chosen = experiment_of(app)
    assert chosen.clipping == "global_norm"
    assert EN("keras_example.advisor.clipped") in words(app)


def test_every_threshold_is_tried_at_a_press_and_told_as_its_own_run_ends():
    app = opened("keras_example", lab="threshold", **FAST)
    asked = [b for b in app.button if str(b.key).startswith("clip-there-")]
    app.button(key="clip-try").click().run()
    assert not app.exception
    told = [m.value.split("  \n")[1] for m in app.markdown if "  \nWith it the run" in m.value]
    assert len(told) == len(asked)
    app.button(key="clip-there-half").click().run()
    chosen = experiment_of(app)
    ends = ending(STORE.finished(chosen).steps, chosen, EN)
    names = [str(b.key) for b in asked]
    assert told[names.index("clip-there-half")] == EN("keras_example.advisor.became", ending=ends)
    assert app.button(key="clip-try")


def test_a_threshold_beyond_the_range_offers_no_run_that_is_not_its_own():
    """The rule of thumb begins at half of STEEP's first norm."""
    app = opened("keras_example", lab="threshold", **STEEP)
    beyond = EN("keras_example.advisor.beyond")
    assert [c.value for c in app.caption].count(beyond) == 3
    assert not [b for b in app.button if str(b.key).startswith(("clip-there-", "clip-try"))]


@pytest.mark.parametrize("language", ["en", "bn", "both"])
@pytest.mark.parametrize("lab", ["arrow", "threshold"])
@pytest.mark.parametrize(
    "query",
    [
        {"depth": "1", "width": "1", "steps": "1", "batch_size": "1"},
        {"depth": "100", "gain": "5", "steps": "3", "width": "8"},
        {"depth": "60", "gain": "0.1", "steps": "3", "width": "8"},
        {"depth": "60", "gain": "0.1", "steps": "3", "width": "8", "clipping": "value"},
        {"network": "rnn", "steps": "5", "depth": "4", "clipping": "adaptive", "clip": "0.0001"},
        {"lr": "10", "steps": "40", "depth": "3", "width": "8", "clipping": "norm"},
        {"clipping": "global_norm", "clip": "10000", "gain": "5", "steps": "10"},
    ],
    ids=["one", "lost_at_once", "silent", "silent_clipped", "rnn", "fast", "unheld"],
)
def test_nothing_that_a_link_asks_for_breaks_the_page(query, lab, language):
    app = opened("keras_example", lab=lab, lang=language, **query)
    assert charts(app)
    assert "{" not in words(app).replace("{,}", "")


def test_a_way_to_clip_that_would_cost_too_much_is_not_offered(monkeypatch):
    """Adaptive clipping costs more than a run without: here more than a run may."""
    e = Experiment(gain=5, steps=400)
    most = (e.seconds + replace(e, clipping="adaptive").seconds) / 2
    monkeypatch.setattr("core.experiment.MOST_SECONDS", most)
    app = opened("keras_example", gain="5", steps="400")
    offered = [str(b.key) for b in app.button if str(b.key).startswith("clip-offer-")]
    assert "clip-offer-adaptive" not in offered
    assert "clip-offer-global_norm" in offered


@pytest.mark.parametrize("language", ["en", "bn"])
def test_each_library_has_its_files_to_take_home(language):
    app, text = opened("keras_example", lang=language, clipping="value", **FAST), load(language)
    names = [text(f"keras_example.{name}_file") for name in ("script", "notebook", "start")]
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == [*names, "gradient_watch.py"] * 2
    for library in ("keras", "pytorch"):
        file = f"exploding_gradient_{library}.py"
        start = "exploding_gradient_start.npz"
        assert text("keras_example.same_start", script=file, start=start) in words(app)


def test_where_rounding_decides_the_page_says_so():
    """The overshooting preset amplifies it some thousand times a step; a shallow start without growth does not."""
    parts = EN.get("keras_example.same_start_parts").split("{")[0]
    assert parts not in words(opened("keras_example", **FAST))
    query = PRESETS["overshoot"].to_query() | {"steps": "12"}
    assert parts in words(opened("keras_example", **query))
