"""The glossary: every term of the app with what it means, closed until somebody wants it."""

import streamlit as st

from core.text import Text
from core.ui.lesson import Lesson
from core.words.glossary import entries


def glossary(lesson: Lesson) -> None:
    """An expander; the languages side by side if both were chosen, each in its own order."""
    heading = " · ".join(text("glossary.heading") for text in lesson.languages)
    with st.container(key="glossary"), st.expander(heading):
        for text in lesson.columns():
            st.markdown(_listed(text))


def _listed(text: Text) -> str:
    return "\n\n".join(f"**{name}**: {meaning}" for name, meaning in entries(text))
