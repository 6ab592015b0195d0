"""Values that no browser sends: of another type than their widget's, or such that the widget cannot read them.

Streamlit reads a widget's value before any of the page's own code runs, and one that it cannot read is an error in
this run and in all that follow in the session. So such a value counts as not sent: the widget has its last one.
"""

from typing import Any

from streamlit.runtime.state.session_state import Serialized, WStates

_read = WStates.__getitem__


def _read_if_true(self: WStates, widget: str) -> Any:
    """As Streamlit's own, which raises KeyError for what was not sent."""
    said, metadata = self.states.get(widget), self.widget_metadata.get(widget)
    if metadata is None or not isinstance(said, Serialized):
        return _read(self, widget)
    if said.value.WhichOneof("value") not in (None, metadata.value_type):
        raise KeyError(widget)
    try:
        return _read(self, widget)
    except Exception as error:  # whatever a widget raises at what it cannot read
        raise KeyError(widget) from error


def refuse() -> None:
    """From now on, in every session of this process."""
    if WStates.__getitem__.__module__ != __name__:
        WStates.__getitem__ = _read_if_true  # type: ignore[method-assign]
