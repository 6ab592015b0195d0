"""The URL is the truth when it is news (new session, other page, Back); otherwise the widgets are.

Only plain strings and numbers stand in the session state: after a hot reload, old classes are no longer
equal to new ones.
"""

import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import text
from core.experiment import CHOICES, FIELDS, Experiment
from core.kinds import KINDS
from core.problems import ExperimentError, Problem
from core.ui import lab_setting

LANGUAGES = (*text.LANGUAGES, "both")
MODES = ("lecture",)
NEAR = 0.7
"""So alike, as difflib counts it, an unknown key of a link is told; a link's other keys are nobody's business."""
MOST_UNKNOWN = 100
"""So many of a link's unknown keys are looked at: the others are nobody's spelling."""
LONGEST = 1000
"""No lab's setting is longer, so no more of what a link says is carried on."""
OWN_KEYS = ("lang", "mode", "run")
"""Keys of the URL that are not the experiment's. `run`: the default experiment was run on the home page."""


def from_url(page: str) -> list[Problem]:
    """Take over the URL if it is news; what could not be read is returned, to be told."""
    context = get_script_run_ctx()
    back = context is not None and getattr(context, "is_history_navigation", False)
    if st.session_state.get("page") == page and not back:
        return []
    query = st.query_params.to_dict()
    own = {key: query.pop(key) for key in OWN_KEYS if key in query}
    others = [key for key in query if key not in FIELDS]
    labs = {key: query.pop(key)[:LONGEST] for key in others if key in lab_setting.KEYS}
    if not back and "labs" in st.session_state:
        # a link on the page may be older than a lab's last word; which lab is open is each page's own
        own_lab = {key: labs[key] for key in labs if key == lab_setting.OPEN.key}
        labs = lab_setting.without_open(st.session_state["labs"]) | own_lab
        st.session_state[lab_setting.PRESSED] = own_lab.get(lab_setting.OPEN.key)
    st.session_state["labs"] = labs
    experiment, problems = _read(query)
    unknown = [p for p in problems if p.kind == "unknown"][:MOST_UNKNOWN]
    problems = [p for p in problems if p.kind != "unknown"]
    problems += [p for p in unknown if _meant(p.field)]
    language = own.get("lang", "en")
    if language not in LANGUAGES:
        problems.append(Problem("choice", "lang", language[:40], LANGUAGES))
        language = "en"
    st.session_state["lang"] = language
    mode = own.get("mode")
    if mode not in (None, *MODES):
        problems.append(Problem("choice", "mode", mode[:40], MODES))
    st.session_state["mode"] = mode if mode in MODES else None
    bare_home = page == "home" and not query and "run" not in own
    before = st.session_state.get("shown")
    st.session_state["shown"] = None if bare_home else experiment.to_query()
    if st.session_state["shown"] != before:
        go_on()
    st.session_state.setdefault("presses", 0)
    st.session_state["pressed"] = None
    load(experiment)
    return problems


def _read(query: Mapping[str, str]) -> tuple[Experiment, list[Problem]]:
    """What a link's query says. Where its run would take too long it has fewer steps, and all else stays."""
    experiment, problems = Experiment.from_query(query)
    for problem in problems:
        if problem.kind == "cost":
            return Experiment.from_query({**query, "steps": problem.allowed[0]})[0], problems
    return experiment, problems


def _meant(key: str) -> bool:
    """Whether an unknown key may be a setting's name misspelt, and not what mailers and networks add to links."""
    names = [*FIELDS, *OWN_KEYS, *lab_setting.KEYS]
    return bool(get_close_matches(key.lower(), names, n=1, cutoff=NEAR))


def to_url(page: str, experiment: Experiment) -> dict[str, str]:
    """Write everything into the URL, and return the query that links to other pages carry."""
    query = experiment.to_query()
    if st.session_state["lang"] != "en":
        query["lang"] = st.session_state["lang"]
    if st.session_state["mode"]:
        query["mode"] = st.session_state["mode"]
    query |= st.session_state["labs"]
    at_home = query | ({"run": "1"} if shown() == experiment == Experiment() else {})
    st.query_params.from_dict(at_home if page == "home" else query)
    st.session_state["page"] = page
    return at_home


def load(experiment: Experiment) -> None:
    """Set every word of the sentence; a value that no grid has becomes one of its options."""
    values = {name: getattr(experiment, name) for name in FIELDS}
    st.session_state.update(values)
    st.session_state["given"] = values


def heal() -> None:
    """Put right what a browser may send wrongly; it goes back to the last valid experiment's value.

    A widget in a closed popover can come back with the label of an option it no longer has, or not at all; and
    after a script that failed, no widget has a value.
    """
    if st.session_state.get("lang") not in LANGUAGES:
        st.session_state["lang"] = st.session_state.get("spoken", LANGUAGES[0])
    st.session_state["spoken"] = st.session_state["lang"]
    last = Experiment.from_query(st.session_state.get("valid", {}))[0]
    for name in FIELDS:
        if not _fits(name, st.session_state.get(name)):
            before = getattr(last, name)
            fits = _fits(name, before)
            st.session_state[name] = before if fits else first_task(st.session_state["network"])


def first_task(network: object) -> str | None:
    """What a network learns unless told otherwise; None where there is no such network."""
    return KINDS[network].tasks[0] if isinstance(network, str) and network in KINDS else None


def _fits(name: str, value: object) -> bool:
    if name == "task":
        return value in KINDS[st.session_state["network"]].tasks
    if name in CHOICES:
        return value in CHOICES[name]
    return isinstance(value, int | float) and not isinstance(value, bool)


def keep(*names: str) -> None:
    """Write widgets' values back, so that the browser has them again."""
    for name in names:
        st.session_state[name] = st.session_state[name]


def chosen() -> tuple[Experiment, Problem | None]:
    """The experiment that the words say; if it cannot be, the last one that could, and why."""
    values: dict[str, Any] = {name: st.session_state[name] for name in FIELDS}
    try:
        experiment = Experiment(**values)
    except ExperimentError as error:
        return Experiment.from_query(st.session_state.get("valid", {}))[0], error.problem
    st.session_state["valid"] = experiment.to_query()
    return experiment, None


def shown() -> Experiment | None:
    """The experiment whose run the page shows; None before the first on the home page."""
    query = st.session_state["shown"]
    return None if query is None else Experiment.from_query(query)[0]


def run(query: dict[str, str] | None = None) -> None:
    """Show a run from its beginning: of the given experiment, or of the one that the words say."""
    if query is not None:
        load(Experiment.from_query(query)[0])
    experiment, problem = chosen()
    if problem is None:
        st.session_state["shown"] = experiment.to_query()
        st.session_state["presses"] += 1
        st.session_state["pressed"] = experiment.to_query()
        go_on()


def go_on() -> None:
    """Whatever Stop has left may be computed again."""
    st.session_state["stopped"] = False
    st.session_state["halted"] = {}


def halted_at(experiment: Experiment, known: int) -> float:
    """After how many steps the visitor's Stop has left a run, until the next Run; infinity for not at all.

    known: how many there are, for a run that Stop finds on its way.
    """
    halted: dict[str, int] = st.session_state.get("halted", {})
    query = str(experiment.to_query())
    if st.session_state.get("stopped") and query not in halted:
        halted = halted | {query: known}
        st.session_state["halted"] = halted
    return halted.get(query, math.inf)


def stop() -> None:
    """Leave the run as far as it is."""
    st.session_state["stopped"] = True


def toggle_lecture() -> None:
    """Lecture mode on or off: everything larger, for a projector."""
    st.session_state["mode"] = None if st.session_state["mode"] else "lecture"


def reset() -> None:
    """Back to the words of the default experiment; the picture stays until Run."""
    load(Experiment())


def pressed() -> bool:
    """Whether what is shown was asked for by a press in this session, and not by its link."""
    pressed = st.session_state.get("pressed")
    return pressed is not None and pressed == st.session_state["shown"]


def token() -> str:
    """Names what is shown and by which press, so that the player knows a new film from an old one."""
    experiment = shown()
    said = "" if experiment is None else str(experiment.to_query())
    return f"{st.session_state['presses']} {said}"
