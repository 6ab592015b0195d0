"""What was clicked in a chart, as the browser tells it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st


def picked(chart: str, pick: str) -> Mapping[str, Any]:
    """The first mark of a chart's selection `pick`, by the chart's key; empty where none was clicked, or was sent."""
    marks = st.session_state.get(chart, {}).get("selection", {}).get(pick)
    if isinstance(marks, list) and marks and isinstance(marks[0], Mapping):
        return marks[0]
    return {}
