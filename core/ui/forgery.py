"""Values that no browser sends: of no widget, of another type than their widget's, or such as it cannot read.

Streamlit reads widgets' values before any of the page's own code runs, and one that it cannot read is an error in
this run and in all that follow in the session. So such a value counts as not sent: the widget has its last one.
"""

from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import (
    WidgetMetadata,
    is_element_id,
    unpack_widget_state_value,
)
from streamlit.runtime.state.session_state import Serialized, WStates

_take, _read = WStates.set_widget_from_proto, WStates.__getitem__


def refuse() -> None:
    """From now on, in every session of this process."""
    if WStates.__getitem__.__module__ != __name__:
        WStates.set_widget_from_proto = _take_if_readable  # type: ignore[assignment,method-assign]
        WStates.__getitem__ = _read_if_readable  # type: ignore[method-assign]


def _take_if_readable(self: WStates, said: WidgetState) -> None:
    """Of a widget that the session has drawn before."""
    if is_element_id(said.id) and _readable(said, self.widget_metadata.get(said.id)):
        _take(self, said)


def _read_if_readable(self: WStates, widget: str) -> Any:
    """Of one that is drawn for the first time. KeyError is Streamlit's own for what was not sent."""
    said = self.states.get(widget)
    if isinstance(said, Serialized) and not _readable(said.value, self.widget_metadata.get(widget)):
        raise KeyError(widget)
    return _read(self, widget)


def _readable(said: WidgetState, metadata: WidgetMetadata[Any] | None) -> bool:
    if metadata is None:
        return True
    if said.WhichOneof("value") not in (None, metadata.value_type):
        return False
    try:
        metadata.deserializer(unpack_widget_state_value(said))
    except Exception:  # whatever a widget raises at what it cannot read
        return False
    return True
