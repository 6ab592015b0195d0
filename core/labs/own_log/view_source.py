"""Where a log comes from: files, pasted lines, or an example; how it was read, and how that is corrected."""

from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256

import streamlit as st

from core.labs.own_log.examples import EXAMPLES, Given
from core.logs import LogError, read_logs
from core.logs.source import MEGABYTES
from core.text import Text
from core.trace import Trace
from core.ui import style
from core.ui.lab_setting import LabSetting
from core.ui.lesson import Lesson
from core.words.logs import format_name, said

EXAMPLE = LabSetting("example", "", [("", *EXAMPLES)], ["own_log_example"])
TURN = "own_log_turn"
"""The key in the session of how often an example was chosen: what was given before is forgotten each time."""
READ = "own_log_read"
"""The key in the session of the log that was read last, and of what it was read from."""
NAMES = {
    "explosion": "own_log.examples.explosion",
    "overflow": "own_log.examples.overflow",
    "spike": "own_log.examples.spike",
    "zero": "own_log.examples.zero",
}
ROLES = ("step", "loss", "grad_norm", "lr")
ASIDE = ("logs.notes.filtered", "logs.notes.zero_loss")
"""Notes of readers that the diagnosis says itself."""


def given(lesson: Lesson) -> Sequence[Given]:
    """What the visitor gives: files, else lines, else the example of the link; nothing at first."""
    text, turn = lesson.text, st.session_state.setdefault(TURN, 0)
    example = EXAMPLE.check(lesson.languages)
    with st.container(key="own-log-lead"):
        lesson.say("own_log.lead")
    left, right = st.columns(2, gap="medium")
    files = left.file_uploader(
        text("own_log.file"),
        accept_multiple_files=True,
        key=f"own_log_files_{turn}",
        max_upload_size=MEGABYTES,
        on_change=EXAMPLE.keep,
        args=(None,),
    )
    pasted = right.text_area(
        text("own_log.paste"),
        key=f"own_log_text_{turn}",
        height=150,
        on_change=EXAMPLE.keep,
        args=(None,),
    )
    lesson.tell(lambda each: each("own_log.privacy", most=MEGABYTES), st.caption)
    _examples(text)
    if files:
        return [(file.getvalue(), file.name) for file in files]
    if pasted and pasted.strip():
        return [(pasted, "")]
    return [EXAMPLES[example]()] if example else []


def _examples(text: Text) -> None:
    EXAMPLE.control(
        st.pills,
        text("own_log.example"),
        value=EXAMPLE.chosen or None,
        options=list(EXAMPLES),
        format_func=lambda name: text(NAMES[name]),
        on_change=_choose,
    )


def _choose() -> None:
    """Show the example that was pressed, or none, and forget what was given."""
    EXAMPLE.keep(st.session_state.get("own_log_example"))
    st.session_state[TURN] += 1


def read(files: Sequence[Given], lesson: Lesson) -> Trace | None:
    """The log as a trace; None where there is none, or none that can be read, which is told."""
    if not files:
        return None
    name = _name(files)
    columns, run = _corrections(name)
    key = name, tuple(sorted(columns.items())), run
    known = st.session_state.get(READ)
    if known and known[0] == key:
        trace: Trace = known[1]
        return trace
    for names in [columns, {}] if columns else [{}]:
        try:
            trace = read_logs(files, columns=names, run=run)
        except LogError as error:
            _refuse(error, lesson)
        else:
            if trace.runs:
                st.session_state.setdefault(f"own_log_run_{name}", trace.runs[0])
            st.session_state[READ] = key, trace
            return trace
    return None


def _refuse(error: LogError, lesson: Lesson) -> None:
    """Tell why it cannot be read, and that nothing is lost."""
    lesson.tell(lambda text: text("own_log.refused", problem=said(error, text)), style.warn)


def _name(files: Sequence[Given]) -> str:
    """What these files are called here: by what is in them."""
    digest = sha256()
    for data, name in files:
        digest.update(name.encode() + b"\0" + (data if isinstance(data, bytes) else data.encode()))
    st.session_state["own_log_name"] = digest.hexdigest()[:16]
    return str(st.session_state["own_log_name"])


def _corrections(name: str) -> tuple[dict[str, str], str | None]:
    """What the visitor said that the columns are, and which run; of this log."""
    said = {role: st.session_state.get(_key(role, name)) for role in ROLES}
    return {r: str(c) for r, c in said.items() if c}, st.session_state.get(f"own_log_run_{name}")


def _key(role: str, name: str) -> str:
    """Of the widget that says what a series is, of a log and one of its runs: each has its own names."""
    run = st.session_state.get(f"own_log_run_{name}", "")
    return f"own_log_{role}_{name}_{run}"


def corrected(trace: Trace, lesson: Lesson) -> float | None:
    """What was taken for what, to be corrected; returns the threshold that the visitor says was clipped at."""
    text, name = lesson.text, st.session_state["own_log_name"]
    slots = {
        "format": format_name(trace.format, text),
        "rows": text.digits(str(len(trace.frame))),
    }
    with st.expander(text("own_log.read.heading", **slots), icon=":material/table_rows:"):
        lesson.say("own_log.read.lead")
        with st.container(horizontal=True, key="own-log-roles"):
            if len(trace.runs) > 1:
                st.selectbox(text("own_log.read.run"), trace.runs, key=f"own_log_run_{name}")
            for role in ROLES:
                _role(role, trace.columns, trace.choices, name, text)
            clip = st.number_input(
                text("own_log.read.clip"),
                min_value=1e-12,
                value=None,
                format="%g",
                key=f"own_log_clip_{name}",
                help=text("own_log.read.clip_help"),
            )
        for note in trace.notes:
            if note.key not in ASIDE:
                lesson.tell(partial(said, note), st.caption)
    return clip


def _role(
    role: str, taken: Mapping[str, str], choices: Sequence[str], name: str, text: Text
) -> None:
    """What stands for a series, to be chosen among all that the log has."""
    found = taken.get(role)
    st.selectbox(
        text(f"own_log.read.{role}"),
        choices,
        index=choices.index(found) if found in choices else None,
        placeholder="–",
        key=_key(role, name),
    )
