"""What Streamlit itself costs: a page with as much on it as one of ours, and nothing behind it."""

import altair as alt
import pandas as pd
import streamlit as st

ROWS = pd.DataFrame({"x": range(200), "y": [x * x for x in range(200)]})
SPEC = alt.Chart().mark_line().encode(x="x:Q", y="y:Q").to_dict(validate=False)

st.set_page_config(layout="wide")
for number in range(14):
    st.button(f"Button {number}", key=f"button-{number}")
for number in range(6):
    with st.popover(f"Popover {number}"):
        for part in range(3):
            st.select_slider(f"Slider {part}", range(20), key=f"slider-{number}-{part}")
for number in range(25):
    st.markdown(f"Text **{number}**, as long as a sentence of ours, more or less.")
for number in range(2):
    st.vega_lite_chart(ROWS, {"mark": "line", "encoding": SPEC["encoding"]}, key=f"chart-{number}")
