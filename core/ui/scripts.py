"""The experiment as a script, to copy or to take home."""

import streamlit as st

from core.codegen import CLIP_MARK, keras_script, pytorch_script, variance_ratio
from core.diagnosis.verdict import Verdict
from core.experiment import Experiment
from core.text import Text
from core.ui.lesson import Lesson


def scripts(lesson: Lesson, _: Verdict) -> None:
    """The experiment as a script for each library, to read and to download."""
    text, experiment = lesson.text, lesson.shown
    if experiment is None:
        return
    both = {"keras": keras_script(experiment), "pytorch": pytorch_script(experiment)}
    clips = experiment.clipping != "none"
    for each in () if clips else lesson.languages:
        st.markdown(each("keras_example.no_clipping"))
    if experiment.normalization == "batch":
        with st.container(key="variance"):
            for each in lesson.languages:
                st.markdown(_running_variance(experiment, each))
    tabs = st.tabs([text(f"keras_example.{name}_tab") for name in both])
    for tab, (name, code) in zip(tabs, both.items(), strict=True):
        file = f"exploding_gradient_{name}.py"
        with tab:
            for each in lesson.languages if clips else ():
                st.markdown(_marked(code, each))
            st.code(code, language="python", height=520, line_numbers=True)
            st.download_button(
                text("keras_example.download_script", name=file),
                code,
                file,
                key=f"download-{name}",
                on_click="ignore",
                icon=":material/download:",
            )


def _marked(code: str, text: Text) -> str:
    """Where in a script that clips the clipping stands, and the line itself."""
    lines = enumerate(code.splitlines(), start=1)
    number, line = next(each for each in lines if CLIP_MARK in each[1])
    said = line.partition(CLIP_MARK)[0].strip().rstrip(",")
    return text("keras_example.marked", line=number, code=f"`{said}`")


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
