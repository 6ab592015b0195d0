"""What all tests share: a page's error is shown in full, not as to visitors; the ways to round."""

import pytest
import streamlit as st

from tests.roundings import ROUNDINGS, Rounding

st.config.set_option("client.showErrorDetails", "full")


@pytest.fixture(params=ROUNDINGS, ids=lambda rounding: rounding.name)
def rounding(request: pytest.FixtureRequest) -> Rounding:
    """Each way to round in turn: whoever claims what becomes of a run trains it by this."""
    return request.param


@pytest.fixture(params=[r for r in ROUNDINGS if not r.exact], ids=lambda rounding: rounding.name)
def float32(request: pytest.FixtureRequest) -> Rounding:
    """Those that are in float32: for claims of what float32 cannot hold, or a library cannot measure in it."""
    return request.param
