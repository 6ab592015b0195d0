"""What other dashboards would have shown of a training, of ours or of somebody's: fewer rows, judged again."""

import streamlit as st

from core.logs import diagnose_log
from core.logs.dashboards import DASHBOARDS
from core.text import Text
from core.trace import Trace
from core.ui.lesson import Lesson
from core.words.own_log import headline

COLUMNS = ("own_log.dashboard.name", "own_log.dashboard.rows", "own_log.dashboard.tells")


def dashboards(trace: Trace, lesson: Lesson) -> None:
    """The same steps with as few rows as others keep, and what is left to be told of them; closed."""
    import pandas as pd

    text = lesson.text
    with st.expander(text("own_log.dashboard.heading"), icon=":material/dashboard:"):
        lesson.say("own_log.dashboard.lead")
        heads = [text(key) for key in COLUMNS]
        with st.container(key="own-log-dashboards"):
            st.table(pd.DataFrame(kept(trace, text), columns=heads), hide_index=True)


def kept(trace: Trace, text: Text) -> list[tuple[str, str, str]]:
    """A row for each: who keeps it, how many rows, and what they tell."""
    rows = []
    for name, keep in DASHBOARDS.items():
        left = keep(trace)
        told = headline(diagnose_log(left), text)
        rows.append((text(name), text.digits(str(len(left.frame))), told))
    return rows
