"""The experiment as a script and as a notebook, to copy or to take home; and what watches one's own training."""

from collections.abc import Callable, Sequence
from functools import partial
from textwrap import dedent
from typing import Any

import streamlit as st

from core.codegen import (
    CLIP_MARK,
    FIRST_PRINTS,
    WATCHED,
    first_lines,
    gradient_watch,
    keras_notebook,
    keras_script,
    pytorch_notebook,
    pytorch_script,
    variance_ratio,
)
from core.computing.shared import kept
from core.diagnosis.verdict import Verdict
from core.experiment import Experiment
from core.runs.certain import certain_steps
from core.steps import Step
from core.text import Text
from core.ui.lesson import Lesson

Writer = Callable[[Experiment], str]
WRITERS: dict[str, tuple[Writer, Writer]] = {
    "keras": (keras_script, keras_notebook),
    "pytorch": (pytorch_script, pytorch_notebook),
}
FILE = "exploding_gradient_{library}.py"
CODE_HEIGHT = 220
START = "exploding_gradient_start.npz"


def scripts(lesson: Lesson, verdict: Verdict) -> None:
    """The experiment as a script for each library, to read and to download, and what goes with it."""
    text, experiment = lesson.text, lesson.shown
    if experiment is None:
        return
    clips = experiment.clipping != "none"
    if experiment.normalization == "batch":
        with st.container(key="variance"):
            lesson.tell(partial(_running_variance, experiment))
    tabs = st.tabs([text(f"keras_example.{library}_tab") for library in WRITERS])
    for tab, library in zip(tabs, WRITERS, strict=True):
        code, notebook = kept(("code", library, experiment), partial(_written, library, experiment))
        with tab, st.container(key=f"script-{library}"):
            if clips:
                _mark(lesson, code)
            st.code(code, language="python", height=CODE_HEIGHT, line_numbers=True)
            _files(text, experiment, library, {"py": code, "ipynb": notebook})
            _uses(lesson, verdict, library)


def _written(library: str, experiment: Experiment) -> tuple[str, ...]:
    return tuple(write(experiment) for write in WRITERS[library])


def _files(text: Text, experiment: Experiment, library: str, written: dict[str, str]) -> None:
    """All that can be taken home, in a row; the start is made for who presses it."""
    file = FILE.format(library=library)
    with st.container(horizontal=True, key=f"files-{library}"):
        _download(text("keras_example.script_file"), written["py"], file, library)
        notebook = file.replace(".py", ".ipynb")
        _download(text("keras_example.notebook_file"), written["ipynb"], notebook, library)
        _download(text("keras_example.start_file"), partial(_start, experiment), START, library)
        _download("gradient_watch.py", gradient_watch(), "gradient_watch.py", library)


def _download(label: str, data: Any, file: str, library: str) -> None:
    st.download_button(
        label,
        data,
        file,
        key=f"download-{library}-{file}",
        on_click="ignore",
        icon=":material/download:",
    )


def _start(experiment: Experiment) -> bytes:
    """The first weights and the batches; torch comes with the first visitor who asks."""
    from core.engine import start_file

    made: bytes = start_file(experiment)
    return made


def _uses(lesson: Lesson, verdict: Verdict, library: str) -> None:
    """What the script prints from the run's own start; and how to watch a training of one's own."""
    steps = verdict.steps[:FIRST_PRINTS]
    with st.expander(" · ".join(text("keras_example.uses") for text in lesson.languages)):
        again, own = st.columns(2, gap="large")
    with again:
        lesson.tell(partial(_again, verdict.experiment, steps, FILE.format(library=library)))
        with st.container(key=f"printed-{library}"):
            st.code(first_lines(library, steps), language=None)
    with own:
        lesson.say("keras_example.watch")
        st.code(WATCHED[library], language="python")


def _again(experiment: Experiment, steps: Sequence[Step], file: str, text: Text) -> str:
    """How a script begins as this run did, and how far its numbers are this run's."""
    told = text("keras_example.same_start", script=file, start=START)
    certain = certain_steps(experiment, tuple(step.loss for step in steps))
    if certain is None:
        return f"{told} {text('keras_example.same_start_unknown')}"
    if certain < len(steps):
        return f"{told} {text('keras_example.same_start_parts', step=certain)}"
    return f"{told} {text('keras_example.same_start_rounding')}"


def _mark(lesson: Lesson, code: str) -> None:
    """Where in a script that clips the clipping stands, and the line itself, with the loop around it."""
    lines = code.splitlines()
    place = next(k for k, line in enumerate(lines) if CLIP_MARK in line)
    first = place - lines[place - 1].endswith(":")
    lesson.say("keras_example.marked", line=place + 1)
    st.code(dedent("\n".join(lines[first : place + 1])), language="python")


def _running_variance(experiment: Experiment, text: Text) -> str:
    """Why the Keras script's last loss is not the app's under batch normalization, and by what factor."""
    times = variance_ratio(experiment)
    told = text(
        "keras_example.variance",
        size=experiment.batch_size,
        times=text.exact(times),
        more=100 * (times - 1),
    )
    time = text("keras_example.variance_time") if experiment.kind.recurrent else ""
    return f"{told} {time}".strip()
