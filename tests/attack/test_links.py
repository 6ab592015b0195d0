"""Links that nobody wrote in good faith: an experiment within its bounds, or a sentence about what is wrong."""

import importlib
import os
import sys
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.diagnosis.symptoms import read_thresholds, write_thresholds
from core.diagnosis.symptoms.thresholds import allowed
from core.experiment import (
    CHOICES,
    FIELDS,
    INTEGERS,
    MOST_SECONDS,
    RANGES,
    Experiment,
    ExperimentError,
)
from core.labs.map.controls import read
from core.labs.map.question import AXES
from core.problems import Problem
from core.text import LANGUAGES, load
from core.ui import compare_controls, lab_setting, state
from core.ui.head import _told
from core.ui.lab_setting import LabSetting, Numbers
from core.words.problems import LONGEST, said
from tests.attack import hostile
from tests.attack.attacker import CODE
from tests.house import ROOT

LINKS = int(os.environ.get("ATTACK_LINKS", "100"))
many = settings(max_examples=LINKS, deadline=None, derandomize="ATTACK_LINKS" not in os.environ)

NEAR = [
    change(word)
    for word in (*FIELDS, *(choice for choices in CHOICES.values() for choice in choices))
    for change in (str, str.upper, str.title, lambda w: w + " ", lambda w: w[:-1], lambda w: w * 2)
]
"""Names and values as they are, and as somebody may mistype them."""


def one_of(values):
    """As `sampled_from`, which writes all of them out for its name: some are long."""
    return st.integers(0, len(values) - 1).map(lambda k: values[k])


BANGLA = str.maketrans("0123456789", load("bn").writing.digits)
numbers = st.one_of(
    st.integers(-(10**12), 10**12).map(str),
    st.floats().map(repr),
    st.floats(width=16).map(lambda x: f"{x:.3e}"),
    st.integers(0, 9999).map(lambda n: str(n).translate(BANGLA)),
    one_of([repr(end * k) for ends in RANGES.values() for end in ends for k in (1, 1 + 1e-9)]),
)
unruly = st.text(st.characters(), max_size=60)
"""Control characters, surrogates, marks from right to left."""
texts = st.one_of(unruly, one_of(hostile.TEXTS), one_of(NEAR))
fields = st.sampled_from(FIELDS)
queries = st.dictionaries(fields | fields | texts, numbers | texts, max_size=12)


def within_bounds(experiment):
    """Whether each value is what its table allows, as itself, and a run of it what a run may cost."""
    numeric = all(
        type(getattr(experiment, name)) is (int if name in INTEGERS else float)
        and least <= getattr(experiment, name) <= most
        for name, (least, most) in RANGES.items()
    )
    chosen = all(getattr(experiment, name) in choices for name, choices in CHOICES.items())
    return numeric and chosen and experiment.seconds <= MOST_SECONDS


def tells(sentence):
    """Whether a sentence has no slot left, is no longer than people read, and shows what came as code alone."""
    return (
        "{" not in CODE.sub("", sentence)
        and len(sentence) < 1000
        and not any(mark in CODE.sub("", sentence) for mark in hostile.MARKS)
        and all(len(code) <= LONGEST + 2 for code in CODE.findall(sentence))
    )


@many
@given(queries)
def test_a_link_gives_an_experiment_and_tells_what_was_wrong_with_it(query):
    experiment, problems = Experiment.from_query(query)
    assert within_bounds(experiment)
    assert Experiment.from_query(experiment.to_query()) == (experiment, [])
    for language in LANGUAGES:
        text = load(language)
        assert all(tells(said(problem, text)) for problem in problems)
        assert len(list(_told(problems, text))) <= len(problems)
    known = {name: value for name, value in query.items() if name in FIELDS}
    if not problems:
        assert known.keys() == query.keys()
        assert all(_same(getattr(experiment, n), value) for n, value in known.items())


def _same(value, written):
    return value == (written if isinstance(value, str) else float(written))


@many
@given(st.sampled_from(sorted(RANGES)), numbers)
def test_a_number_in_a_link_holds_or_is_told_with_its_range(name, written):
    experiment, problems = Experiment.from_query({name: written})
    (least, most), number = RANGES[name], float(written)
    if least <= number <= most and (name not in INTEGERS or number.is_integer()):
        assert (getattr(experiment, name), problems) == (number, [])
    else:
        (problem,) = problems
        assert (problem.field, problem.allowed) == (name, (least, most))
        assert getattr(experiment, name) == getattr(Experiment(), name)


class Unsayable:
    """A value that cannot even be shown."""

    def __str__(self):
        raise RuntimeError("no")

    __repr__ = __str__


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**300).map(lambda n: n**20),
    st.floats(),
    st.complex_numbers(),
    st.fractions(),
    st.decimals(),
    st.binary(max_size=20),
    unruly,
    st.lists(st.integers(), max_size=3),
    st.dictionaries(unruly, st.integers(), max_size=2),
    st.sets(st.integers(), max_size=2),
    one_of([object(), int, Unsayable(), *hostile.TEXTS, *NEAR, *RANGES["depth"]]),
)


@many
@given(st.dictionaries(fields, anything, max_size=4))
def test_an_experiment_is_valid_or_says_which_value_is_wrong_and_what_is_allowed(values):
    try:
        experiment = Experiment(**values)
    except ExperimentError as error:
        assert_says_why(error.problem, str(error), values)
    else:
        assert within_bounds(experiment)
        assert hash(experiment) == hash(Experiment(**values))


def assert_says_why(problem, sentence, values):
    assert problem.field in values or problem.kind == "cost"
    assert problem.field in sentence
    assert problem.value in sentence
    assert len(problem.value) <= LONGEST
    if problem.kind in ("choice", "task"):
        assert all(choice in sentence for choice in problem.allowed)
    elif problem.kind in ("number", "integer", "range"):
        assert all(f"{end:g}" in sentence for end in problem.allowed)


@pytest.fixture
def session(monkeypatch):
    """A page's session and address, without a page; a new one by `session()`."""
    address = SimpleNamespace(to_dict=lambda: {}, from_dict=lambda _: None)
    streamlit = SimpleNamespace(session_state={}, query_params=address)
    monkeypatch.setattr(state, "st", streamlit)
    monkeypatch.setattr(lab_setting, "st", streamlit)

    def opened(query):
        streamlit.session_state.clear()
        streamlit.query_params.to_dict = lambda: dict(query)
        return streamlit.session_state

    return opened


for view in (ROOT / "core/labs").glob("*/view*.py"):
    importlib.import_module(f"core.labs.{view.parent.name}.{view.stem}")
SETTINGS = {
    value.key: value
    for name, module in sorted(sys.modules.items())
    if name.startswith("core.")
    for value in vars(module).values()
    if isinstance(value, LabSetting)
}
own_keys = one_of([*state.OWN_KEYS, *SETTINGS, *NEAR])
pages = st.dictionaries(own_keys | fields | texts, numbers | texts, max_size=10)


@settings(many, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pages, st.sampled_from(["home", "why", "fixes"]))
def test_a_pages_own_keys_are_taken_over_or_told(session, query, page):
    now = session(query)
    problems = state.from_url(page)
    state.heal()
    assert now["lang"] in state.LANGUAGES
    assert now["mode"] in (None, *state.MODES)
    assert all(len(value) <= state.LONGEST for value in now["labs"].values())
    assert now["labs"].keys() == query.keys() & SETTINGS.keys()
    experiment, problem = state.chosen()
    assert problem is None
    assert within_bounds(experiment)
    told = {p.field for p in problems}
    assert ("lang" in told) == (query.get("lang", "en") not in state.LANGUAGES)
    assert ("mode" in told) == (query.get("mode", "lecture") not in state.MODES)
    assert all(tells(said(p, load(language))) for p in problems for language in LANGUAGES)
    address = state.to_url(page, experiment)
    now.pop("page")
    session(address)
    assert state.from_url(page) == []
    assert state.chosen()[0] == experiment


def lab_texts(setting):
    """What a link may say of a setting: anything; or some of what it may be, with anything between commas."""
    parts = [st.just(setting.write(setting.default)), texts, numbers]
    for options in setting.allowed:
        if not isinstance(options, Numbers):
            parts.append(one_of([*map(str, options)]))
    return st.lists(st.one_of(parts), max_size=6).map(",".join) | st.one_of(parts)


said_of_labs = one_of(sorted(SETTINGS)).flatmap(
    lambda key: st.tuples(st.just(key), lab_texts(SETTINGS[key]))
)


def test_all_settings_of_labs_are_attacked():
    assert SETTINGS.keys() == set(lab_setting.KEYS)


@many
@given(said_of_labs)
def test_what_a_link_says_of_a_lab_holds_or_leaves_what_is_usual(asked):
    setting, written = SETTINGS[asked[0]], asked[1]
    value, fine = setting.read(written)
    assert type(value) is type(setting.default)
    if not setting.allowed:
        assert (value, fine) == (written, True)
        return
    if value != setting.default:  # which is never written
        assert setting.read(setting.write(value)) == (value, True)
    values = value if isinstance(value, tuple) else (value,)
    for each, options in zip(values, setting.allowed, strict=True):
        if isinstance(options, Numbers):
            assert each in options.options or options.least <= each <= options.most
        else:
            assert each in options
    if not (fine or setting.apart):
        assert value == setting.default
    told = said(Problem("choice", setting.key, written, ("a",)), load("en"))
    assert tells(told)


rules = st.lists(
    st.tuples(
        st.sampled_from(["gradient_large", "update_ratio", "growth", "loss"]) | texts, numbers
    )
).map(lambda pairs: ",".join(f"{name}:{number}" for name, number in pairs))


@many
@given(rules | texts)
def test_thresholds_in_a_link_are_those_that_a_rule_can_have(written):
    thresholds, _ = read_thresholds(written)
    assert all(allowed(rule, value) for rule, value in thresholds.items())
    again, whole = read_thresholds(write_thresholds(thresholds) or "")
    assert whole
    assert again.keys() <= thresholds.keys()


@many
@given(st.tuples(fields | texts, numbers | texts).map(":".join) | texts)
def test_a_comparison_in_a_link_changes_one_setting_or_says_why_not(wish):
    before, problem = Experiment(), None
    try:
        after = compare_controls.changed(before, wish)
    except ExperimentError as error:
        after, problem = before, error.problem
    for text in map(load, LANGUAGES) if problem else ():
        assert tells(compare_controls.refused(problem, text))
    assert within_bounds(after)
    differing = {name for name in FIELDS if getattr(before, name) != getattr(after, name)}
    assert differing <= {wish.partition(":")[0]}


@many
@given(*(lab_texts(SETTINGS[key]) for key in ("map", "axes", "copies")))
def test_a_map_in_a_link_has_axes_that_such_a_map_can_have(kind, axes, copies):
    choice = read({"map": kind, "axes": axes, "copies": copies})
    assert choice.kind in AXES
    assert {*choice.axes} <= {*AXES[choice.kind]}
    assert len({*choice.axes}) == 2
