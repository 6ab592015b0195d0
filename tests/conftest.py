"""What all tests share: a page's error is shown in full, not as to visitors."""

import streamlit as st

st.config.set_option("client.showErrorDetails", "full")
