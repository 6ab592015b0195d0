"""The labs of the mathematics page: what they say and draw, for every kind of experiment."""

import math
import re

import numpy as np
import pytest

from core.engine.start import at_start
from core.experiment import Experiment
from core.labs.chain_rule import chart as product_chart
from core.labs.chain_rule.model import measure
from core.labs.chain_rule.words import power, sentences
from core.labs.powers import chart as power_chart
from core.labs.powers.chart import MOST_FACTORS
from core.labs.powers.view import COUNT, FACTOR, OPTIONS, of_network
from core.labs.powers.view import sentences as power_sentences
from core.text import load
from tests.engine.torch_reference import one_sample
from tests.visitor import charts, opened, words

LANGUAGES = ("en", "bn")
EXTREMES = {
    "as it is": {},
    "tanh": {"activation": "tanh", "init": "lecun_normal", "gain": 2.0, "depth": 30},
    "gelu, two basins": {"activation": "gelu", "init": "lecun_normal", "gain": 1.7, "depth": 30},
    "gelu": {"activation": "gelu", "depth": 8},
    "vanishing": {"activation": "sigmoid", "gain": 0.1, "depth": 100, "width": 16},
    "beyond float64": {"activation": "linear", "init": "normal", "gain": 5.0, "depth": 100,
                       "width": 200, "batch_size": 4, "steps": 1},
    "one layer": {"depth": 1},
    "two layers": {"depth": 2},
    "dead": {"depth": 3, "width": 1},
    "one unit under layer norm": {"depth": 3, "width": 1, "normalization": "layer"},
    "layer": {"normalization": "layer"},
    "batch": {"normalization": "batch"},
    "small batch": {"normalization": "batch", "batch_size": 2, "depth": 5},
    "batch, linear": {"normalization": "batch", "activation": "linear", "depth": 5},
    "rnn": {"network": "rnn", "activation": "tanh", "init": "orthogonal", "gain": 1.5},
    "rnn, one step": {"network": "rnn", "depth": 1},
    "rnn, linear": {"network": "rnn", "activation": "linear", "init": "orthogonal", "gain": 1.5},
    "rnn, layer": {"network": "rnn", "normalization": "layer", "depth": 8},
    "rnn, batch": {"network": "rnn", "normalization": "batch", "depth": 8},
    "rnn, adding": {"network": "rnn", "task": "adding", "depth": 2},
    "torch": {"init": "torch_default", "depth": 40},
}  # fmt: skip


@pytest.mark.parametrize("case", list(EXTREMES))
def test_every_start_is_told_and_drawn(case):
    measured = measure(at_start(Experiment(**EXTREMES[case])))
    for language in LANGUAGES:
        text = load(language)
        said = sentences(measured, text)
        assert said
        plain = re.sub(r"\$[^$]*\$", "", " ".join(said))
        assert not any(sign in plain for sign in ("NaN", "nan ", "∞", "{"))
        if math.isfinite(measured.chain.lengths[-1]):
            rows = product_chart.frame(measured, text)
            values = rows[rows["kind"].isin(["line", "limit", "between"])][["y", "y2"]]
            assert np.isfinite(values).all(axis=None)
            assert (values > 0).all(axis=None)
            assert "nan" not in product_chart.alt(measured, text).lower()


def test_the_numbers_of_the_sentence_are_the_products():
    """Tanh, sigma_w 2, depth 30: start × factors × input = gradient, and the bound's distance."""
    measured = measure(at_start(Experiment(**EXTREMES["tanh"])))
    chain, text = measured.chain, load("en")
    first, bound, *_ = sentences(measured, text)
    ends = 10 ** (chain.lengths[-1] + sum(chain.gains) + chain.into_weights)
    assert ends == pytest.approx(10**chain.measured, rel=1e-12)
    assert f"= {text.number(ends)}." in first
    assert text.number(10 ** (sum(chain.norms) - sum(chain.gains))) in bound


def rows_of(case, language="en"):
    """The chart's rows, and what they show."""
    measured = measure(at_start(Experiment(**EXTREMES[case])))
    return product_chart.frame(measured, load(language)), measured


@pytest.mark.parametrize("case", ["as it is", "tanh", "gelu", "layer", "two layers", "one layer"])
def test_the_bars_multiply_to_autograds_gradient(case):
    """Each prefix of the product is the line above its bar, the whole the length of ∂L/∂W_1."""
    rows, measured = rows_of(case)
    bars = rows[rows.kind == "bar"].sort_values("x", ascending=False)
    line = rows[(rows.kind == "line") & (rows.series == "signal")].sort_values("x", ascending=False)
    assert len(bars) == measured.experiment.depth
    assert set(bars.y2) == {1.0}
    products = line.y.iloc[0] * np.cumprod(bars.y)
    np.testing.assert_allclose(products, line.y.iloc[1:], rtol=1e-12)
    reference, x, y = one_sample(measured.experiment)
    (reference(x) - y).square().mean().backward()
    whole = float(reference.blocks["input"][0].grad.norm())
    assert float(products.iloc[-1]) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("case", ["tanh", "rnn"])
def test_the_dashes_over_the_bars_multiply_to_the_bound(case):
    rows, measured = rows_of(case)
    most = rows[rows.kind == "most"].sort_values("x").y.to_numpy()[:-1]
    bars = rows[rows.kind == "bar"].sort_values("x").y.to_numpy()
    assert (most >= bars * (1 - 1e-9)).all()
    ends = 10 ** measured.chain.lengths[-1] * np.prod(most)
    assert ends == pytest.approx(10 ** measured.bounds[0], rel=1e-9)


@pytest.mark.parametrize("case", list(EXTREMES))
def test_the_strips_axis_holds_its_bars_and_its_ticks(case):
    if not math.isfinite(measure(at_start(Experiment(**EXTREMES[case]))).chain.lengths[-1]):
        return
    rows, *_ = rows_of(case)
    low, high = rows[rows.kind == "strip"].y
    assert low < 1 < high
    assert rows[rows.kind.isin(["bar", "most", "tick"])].y.between(low, high).all()
    assert "1" in set(rows[rows.kind == "tick"].text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bars_are_told_to_who_does_not_see_them(language):
    _, measured = rows_of("tanh")
    text, gains = load(language), [10**gain for gain in measured.chain.gains]
    told = text("charts.product.alt_bars", count=29, least=min(gains), most=max(gains))
    assert told in product_chart.alt(measured, text)


@pytest.mark.parametrize("case", ["as it is", "tanh", "layer", "gelu, two basins", "rnn"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_names_stand_where_lines_end_at_the_input(case, language):
    rows, *_ = rows_of(case, language)
    low, high = rows[rows.kind == "limit"].y
    for name in rows[rows.kind == "name"].itertuples():
        lines = rows[(rows.kind == "line") & (rows.series == name.series)]
        assert name.x in set(lines.groupby("part").x.min())
        assert low <= name.y <= high


def test_what_double_precision_does_not_resolve_is_said_to_be_so():
    """The worst direction is known by the inverses; the middle one is only known to lie between."""
    said = " ".join(sentences(measure(at_start(Experiment(**EXTREMES["tanh"]))), load("en")))
    assert (
        "the worst 1.33 × 10⁻⁷⁷ times; the middle one lies between the two".replace(
            " × ", "\u00a0×\u00a0"
        )
        in said
    )
    dead = " ".join(sentences(measure(at_start(Experiment(depth=30))), load("en")))
    assert "times as long. At most" in dead


def test_the_bound_of_an_orthogonal_linear_rnn_is_tight():
    measured = measure(at_start(Experiment(**EXTREMES["rnn, linear"])))
    assert "comes to the same" in sentences(measured, load("en"))[1]


def test_beyond_float64_is_told_as_such():
    measured = measure(at_start(Experiment(**EXTREMES["beyond float64"])))
    assert sentences(measured, load("en"))[0].startswith("**Here double precision itself ends**")
    assert power(350.2, load("en")) == "10³⁵⁰"


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.0, 1.005, 1.25, 3.0])
@pytest.mark.parametrize("count", [1, 20, 200])
def test_powers_are_told_and_drawn(factor, count):
    for language in LANGUAGES:
        text = load(language)
        said = power_sentences(factor, count, text)
        assert "{" not in said
        assert text.number(factor**count) in said
        rows = power_chart.frame(factor, count, text)
        lines = rows[rows["kind"] == "line"]
        low, high = rows[rows["kind"] == "limit"]["y"]
        assert lines["y"].between(low, high).all()
        assert lines["x"].between(0, MOST_FACTORS).all()


def test_the_documents_example():
    said = power_sentences(1.25, 20, load("en"))
    assert "**86.7**" in said
    assert all(each in said for each in ("n = 50", "398"))


DEFAULT = FACTOR.default, COUNT.default


@pytest.mark.parametrize(
    ("factor", "count", "expected", "wrong"),
    [
        (None, None, DEFAULT, ""),
        ("0.8", "100", (0.8, 100), ""),
        ("nan", "20", DEFAULT, "f"),
        ("1e400", "1e9", DEFAULT, "fc"),
        ("0.8<script>", "-3", DEFAULT, "fc"),
        ("3", "201", (3.0, DEFAULT[1]), "c"),
        ("7", "0", DEFAULT, "fc"),
        ("1.25", "২০", DEFAULT, ""),
        ("1.0001", "9" * 5000, (1.0001, DEFAULT[1]), "c"),
        ("1.768", "19", (1.768, 19), ""),
        ("", "20", DEFAULT, "f"),
    ],
)
def test_only_what_is_in_range_is_taken_from_the_url_and_the_rest_is_told(
    factor, count, expected, wrong
):
    assert FACTOR.read(factor) == (expected[0], "f" not in wrong)
    assert COUNT.read(count) == (expected[1], "c" not in wrong)


def test_a_factor_close_to_one_is_not_one():
    said = power_sentences(0.9999, 20, load("en"))
    assert said.startswith("0.9999 multiplied 20 times")
    assert "exactly 1" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_link_asks_for_and_does_not_get_is_named(language):
    app = opened(
        "mathematics", lab="powers", factor="7", factors="x" * 99, steps="5", lang=language
    )
    (told,) = [w.value for w in app.warning]
    assert f"`7`, `{'x' * 40}`" in told
    assert load(language).number(MOST_FACTORS) in told


def test_options_are_fine_around_one():
    assert {0.5, 0.8, 1.0, 1.005, 1.25, 2.0, 3.0} <= set(OPTIONS)
    assert len(set(OPTIONS)) == len(OPTIONS)


def test_this_networks_own_factor():
    assert of_network(Experiment()) == (1.25, 19)
    assert of_network(Experiment(depth=1)) is None
    assert of_network(Experiment(normalization="batch", batch_size=2)) is None


def test_the_visitor_guesses_first_and_then_sees():
    app = opened("mathematics", lab="product", activation="tanh", depth="6", width="8", steps="5")
    before = len(charts(app))
    app.button(key="chain-stays").click().run()
    assert not app.exception
    assert len(charts(app)) == before + 1
    assert "textbook's bound" in words(app)


def test_the_sliders_stand_in_the_url():
    app = opened("mathematics", lab="powers", factor="0.8", factors="100", steps="5")
    assert app.select_slider(key="powers_factor").value == 0.8
    assert "0.8 multiplied 100 times" in words(app)
    app.select_slider(key="powers_factor").set_value(2.0).run()
    assert not app.exception
    assert app.query_params["factor"] == "2"
    assert "2 multiplied 100 times" in words(app)
