"""Every page in every language, as the server makes it: from a cold start, by link, and after a visitor's clicks."""

from pathlib import Path

import pytest

from core.diagnosis.symptoms import RULES, diagnose
from core.engine.training import train
from core.experiment import Experiment
from core.presets import PRESETS
from core.text import load
from core.ui import style
from core.ui.frame import PAGES
from core.ui.state import LANGUAGES
from tests.visitor import charts, opened, words

ROOT = Path(__file__).parent.parent.parent
SECTIONS = [slug for slug in PAGES if slug != "home"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", PAGES)
def test_page_opens_in_every_language_from_a_link(slug, language):
    app = opened(slug, lang=language, steps="5", gain="1")
    languages = ("en", "bn") if language == "both" else (language,)
    for code in languages:
        assert load(code)(f"{slug}.title") in app.title[0].value
        assert load(code)(f"{slug}.lead") in words(app)
    assert charts(app)
    assert not app.warning


def test_bare_home_waits_for_run_and_run_draws_and_judges():
    app = opened()
    assert load("en")("ui.status.invite") in words(app)
    app.button(key="run").click().run()
    assert not app.exception
    assert len(charts(app)) == 1
    assert "Diverged at step" in words(app)
    assert "the chain multiplied" in words(app)
    assert app.query_params["run"] == "1"


def test_reload_of_the_default_run_shows_it_again():
    assert len(charts(opened(run="1"))) == 1


def test_many_unknown_settings_are_told_in_one_sentence():
    app = opened(**{f"depth{n}": "1" for n in range(50)})
    assert len(app.warning) == 1
    assert "50 settings" in app.warning[0].value
    assert "`depth2`" in app.warning[0].value
    assert "depth3" not in app.warning[0].value


def test_what_mailers_and_networks_add_to_a_link_is_no_setting_and_a_misspelt_one_is_told():
    added = {"fbclid": "x", "utm_source": "mail", "gclid": "1", "mc_cid": "2", "ref": "a", "k": "1"}
    assert not opened(**added).warning
    for name in ("Depth", "activaton", "learning", "optimiser", "clif"):
        told = opened(**{name: "1"}).warning
        assert (len(told) == 1) == (name != "learning"), name
        assert not told or f"`{name}`" in told[0].value


@pytest.mark.parametrize(("lang", "name"), [("en", "Xavier, uniform"), ("bn", "অর্থোগোনাল")])
def test_choices_are_told_by_their_names(lang, name):
    app = opened(init="<script>", lang=lang)
    assert name in app.warning[0].value


@pytest.mark.parametrize("slug", SECTIONS)
def test_bare_link_to_a_section_shows_the_default_experiments_picture(slug):
    assert charts(opened(slug))


def test_changed_word_waits_for_run():
    app = opened(gain="1", steps="20")
    app.select_slider(key="steps").set_value(10).run()
    assert load("en")("ui.status.changed") in words(app)
    assert app.query_params["steps"] == "10"
    app.button(key="run").click().run()
    assert load("en")("ui.status.changed") not in words(app)


@pytest.mark.parametrize("name", PRESETS)
def test_preset_sets_every_word_and_runs(name):
    app = opened(steps="5", gain="1")
    app.button(key=f"preset-{name}").click().run(timeout=120)
    assert not app.exception
    said = {key: value for key, value in app.query_params.items() if key != "run"}
    assert Experiment.from_query(said) == (PRESETS[name], [])
    assert len(charts(app)) == 1


def test_suggestion_runs_with_one_click():
    app = opened("why")
    app.button(key="next-initialization").click().run()
    assert not app.exception
    assert app.query_params["gain"] == "1"
    assert "Learned" in words(app)


def test_language_change_keeps_experiment_and_verdict():
    app = opened("what_is_it", gain="1", steps="30")
    app.session_state["lang"] = "bn"
    app.run()
    assert load("bn")("what_is_it.title") in app.title[0].value
    assert app.query_params["gain"] == "1"
    assert len(charts(app)) == 1


def test_words_go_along_to_another_page():
    app = opened(gain="1", steps="20", lang="bn")
    app.switch_page(PAGES["why"]).run()
    assert not app.exception
    assert app.query_params["steps"] == "20"
    assert load("bn")("why.title") in app.title[0].value


@pytest.mark.parametrize(
    "query",
    [
        {"depth": "1e9"},
        {"lr": "nan"},
        {"init": "<script>alert(1)</script>"},
        {"activaton": "relu"},
        {"seed": "9" * 10_000},
        {"lang": "tlh"},
        {"mode": "cinema"},
        {"network": "rnn", "task": "diabetes", "steps": "5"},
        {"normalization": "batch", "batch_size": "1"},
    ],
    ids=lambda query: next(iter(query)),
)
def test_malformed_link_is_told_and_the_page_is_there(query):
    app = opened("what_is_it", **query)
    assert app.warning
    assert len(charts(app)) == 1


def test_link_of_impossible_sizes_says_that_they_were_set_back():
    app = opened("what_is_it", normalization="batch", batch_size="1", steps="5", gain="1")
    assert load("en")("ui.problems.set_back") in app.warning[0].value
    assert app.query_params["normalization"] == "batch"
    assert "batch_size" not in app.query_params


def test_a_link_of_a_run_that_takes_too_long_opens_with_fewer_steps(monkeypatch):
    most = 1.01 * Experiment().seconds
    monkeypatch.setattr("core.experiment.MOST_SECONDS", most)
    app = opened("what_is_it", depth="12", width="32", gain="1", steps="2000")
    assert load("en")("ui.problems.fewer_steps") in app.warning[0].value
    said = dict(app.query_params)
    steps = int(said.pop("steps"))
    assert said == {"depth": "12", "width": "32", "gain": "1"}
    assert 0.9 * most < Experiment(depth=12, width=32, steps=steps).seconds <= most


def test_bangla_digits_in_a_link_are_digits():
    app = opened("what_is_it", steps="১২", gain="1")
    assert not app.warning
    assert app.query_params["steps"] == "12"


def test_impossible_words_are_told_and_lose_nothing():
    app = opened("what_is_it", normalization="batch", steps="5", batch_size="2")
    app.select_slider(key="batch_size").set_value(1).run()
    assert load("en")("ui.problems.batch_of_one") in app.warning[0].value
    assert app.button(key="run").disabled
    assert app.select_slider(key="batch_size").value == 1
    app.select_slider(key="batch_size").set_value(4).run()
    assert not app.warning


def test_the_other_network_takes_its_first_task():
    app = opened("what_is_it", steps="5", gain="1")
    app.selectbox(key="network").set_value("rnn").run()
    assert not app.exception
    assert app.selectbox(key="task").value == "co2"
    assert app.query_params["network"] == "rnn"


def test_symptoms_are_told_with_a_fix_that_one_click_runs():
    app = opened("symptoms", lab="autopsy")
    spoke = len(diagnose(list(train(Experiment())), Experiment()))
    assert f"**{spoke} of {len(RULES)} rules spoke.**" in words(app)
    assert "The weights grew" in words(app)
    app.button(key="fix-initialization").click().run()
    assert not app.exception
    assert app.query_params["gain"] == "1"
    assert "Learned" in words(app)
    assert f"None of the {len(RULES)} rules spoke" in words(app)
    assert load("en")("cards.autopsy.none") in words(app)


def test_a_threshold_goes_into_the_link_and_into_the_sentence():
    app = opened("symptoms", lab="rules", gain="1", steps="20", thresholds="loss_jump:nan")
    assert load("en")("symptoms.thresholds.ignored") in [each.value for each in app.warning]
    assert "thresholds" not in app.query_params
    app.number_input(key="threshold-gradient_large").set_value(5.0).run()
    assert not app.exception
    assert app.query_params["thresholds"] == "gradient_large:5"
    assert "**gradient norm over 5** (usually 100)" in set(app.table[0].value["Alarm at"])
    app.button(key="thresholds-reset").click().run()
    assert "thresholds" not in app.query_params
    assert app.number_input(key="threshold-gradient_large").value == 100.0


def test_fixes_are_raced_and_told():
    app = opened("fixes")
    told = [each.value for each in app.markdown if each.value.startswith("## ")]
    cards, reasons = told[:4], told[4:]
    assert len(reasons) == 4
    assert "As it is: **diverged**" in words(app)
    assert sum("Saves this run: it learned." in card for card in cards) == 2
    for card, reason in zip(cards, reasons, strict=True):
        assert card.splitlines()[0] == reason.splitlines()[0]
        assert "Costs:" in reason


def test_summary_row_is_filled_from_the_run():
    table = opened("summary", gain="1").table[0].value
    assert table.shape == (3, 4)
    problem, when, fix = table.iloc[:, 3]
    assert "learns" in problem
    assert "20 ReLU layers of 64" in when
    assert "Initialization" in fix
    assert "diverges at step" in fix


@pytest.mark.parametrize(
    ("headers", "phone"),
    [
        (
            {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/126.0.0.0 Mobile Safari/537.36"},
            True,
        ),
        (
            {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Version/17.5 Mobile/15E148"},
            True,
        ),
        ({"Sec-CH-UA-Mobile": "?1"}, True),
        (
            {
                "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0.0.0",
                "Sec-CH-UA-Mobile": "?0",
            },
            False,
        ),
        ({}, False),
    ],
)
def test_lecture_mode_enlarges_nothing_on_a_phone(headers, phone):
    assert style.is_phone(headers) == phone


@pytest.mark.parametrize("language", ["en", "bn"])
def test_the_timeline_tells_every_rule_to_who_does_not_see_it(language):
    app, text = opened("symptoms", lab="rules", lang=language), load(language)
    told = charts(app)[1].proto.alt
    assert all(text(f"symptoms.rules.{rule}.name") in told for rule in RULES)
    for finding in diagnose(list(train(Experiment())), Experiment()):
        name = text(f"symptoms.rules.{finding.rule}.name")
        assert text("symptoms.early.voice", name=name, step=finding.step) in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_keras_page_tells_by_how_much_its_running_variance_is_another(language):
    query = {"lang": language, "steps": "3", "depth": "2"}
    told = words(opened("keras_example", **query, normalization="batch", batch_size="8"))
    for code in ("en", "bn") if language == "both" else (language,):
        text = load(code)
        times = text("keras_example.variance", size=8, times=text.exact(8 / 7), more=100 / 7)
        assert times in told
        assert text("keras_example.variance_time") not in told
        begun = text.get("keras_example.variance").split("**")[1]
        assert begun not in words(opened("keras_example", **query, normalization="layer"))
