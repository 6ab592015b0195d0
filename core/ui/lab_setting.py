"""One setting of a lab in the URL: read and checked, refused in words, healed, and written.

The URL is the truth, and the widgets follow it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import zip_longest
from pathlib import Path
from typing import Any, Generic, TypeVar

import streamlit as st

from core.problems import Problem
from core.text import Text
from core.ui import style
from core.words import problems

Value = TypeVar("Value")
DIGITS = 12
_keys: set[str] = set()


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers in any digits and notation: from `least` to `most`, to so many decimals, or one of `options`."""

    least: float = -math.inf
    most: float = math.inf
    decimals: int = DIGITS
    options: Sequence[float] = ()

    def find(self, said: str) -> float | None:
        """The number, if it is one of them."""
        try:
            value = round(float(said), self.decimals) + 0.0
        except ValueError:
            return None
        if self.options:
            return next((option for option in self.options if option == value), None)
        return value if self.least <= value <= self.most else None


@dataclass(frozen=True)
class LabSetting(Generic[Value]):
    """A choice with a name in the URL, known there on every page; a tuple's values have commas between.

    allowed: for each value options, to be said as they are written, or numbers; none where the lab itself reads what
    is said. widgets: the keys of those that say it. apart: whether each value is healed for itself.
    """

    key: str
    default: Value
    allowed: Sequence[Sequence[Any] | Numbers] = ()
    widgets: Sequence[str] = ()
    apart: bool = False

    def __post_init__(self) -> None:
        """From now on its key is known."""
        _keys.add(self.key)

    @property
    def said(self) -> str | None:
        """What the URL says."""
        labs: dict[str, str] = st.session_state["labs"]
        return labs.get(self.key)

    @property
    def chosen(self) -> Value:
        """What holds."""
        return self.read(self.said)[0]

    def read(self, said: str | None) -> tuple[Value, bool]:
        """What holds where the URL says so, and whether all of that could be read. Never raises."""
        if said is None:
            return self.default, True
        if not self.allowed:
            return self._made([said]), True
        parts = said.split(",") if isinstance(self.default, tuple) else [said]
        found = [_find(*each) for each in zip(parts, self.allowed, strict=False)]
        fine = len(parts) == len(self.allowed) and None not in found
        if not (fine or self.apart):
            return self.default, False
        values = zip_longest(found, _values(self.default))
        return self._made([usual if own is None else own for own, usual in values]), fine

    def check(
        self,
        languages: Sequence[Text],
        problem: str = "",
        show: Callable[[str], object] = style.warn,
        **slots: object,
    ) -> Value:
        """What holds; if the URL says what cannot be, the text at `problem` tells that, or one with the options."""
        (value, fine), said = self.read(self.said), str(self.said)
        for text in () if fine else languages:
            if problem:
                show(text(problem, value=problems.as_code(said), **slots))
            else:
                options = tuple(map(_written, self.allowed[0]))  # type: ignore[arg-type]
                show(problems.said(Problem("choice", self.key, said, options), text))
        return value

    def write(self, value: Value) -> str:
        """What `read` reads back."""
        return ",".join(map(_written, _values(value)))

    def keep(self, value: Value | None) -> None:
        """Write it into the URL, where None and the default are not. For callbacks, in a fragment too."""
        now = {} if value is None or value == self.default else {self.key: self.write(value)}
        labs, query = st.session_state["labs"], st.query_params.to_dict()
        st.session_state["labs"] = {k: v for k, v in labs.items() if k != self.key} | now
        st.query_params.from_dict({k: v for k, v in query.items() if k != self.key} | now)

    def seed(self) -> None:
        """The widgets take over what the URL says.

        Names always, since they are others in another language; a number where it differs, or it would jump back
        under a finger.
        """
        for widget, value in zip(self.widgets, _values(self.chosen), strict=True):
            if isinstance(value, str) or st.session_state.get(widget) != value:
                st.session_state[widget] = value

    def slider(
        self,
        label: str,
        options: Sequence[Any],
        shown: Callable[[Any], str],
        number: int = 0,
        place: Any = st,
    ) -> None:
        """Draw the widget of that number, from 0; it has been seeded."""
        key = self.widgets[number]
        place.select_slider(label, options, key=key, format_func=shown, on_change=self.take)

    def take(self) -> None:
        """The URL takes over what the widgets say, if it may say that. For callbacks."""
        said = [st.session_state.get(widget) for widget in self.widgets]
        if None not in said and self.read(self.write(self._made(said)))[1]:
            self.keep(self._made(said))

    def _made(self, values: list[Any]) -> Any:
        make = getattr(self.default, "_make", tuple)
        return make(values) if isinstance(self.default, tuple) else values[0]


OPEN = LabSetting("lab", "")
"""Which lab is open: the page's own, so that links to other pages leave it behind."""


def known(key: str) -> bool:
    """Whether some lab has such a setting."""
    return key in _keys or key in keys()


def keys() -> set[str]:
    """All labs' settings by their names. Labs of pages that nobody has opened yet are found by their folders."""
    for view in Path(__file__).parents[1].glob("labs/*/view*.py"):
        import_module(f"core.labs.{view.parent.name}.{view.stem}")
    return _keys


def without_open(query: Mapping[str, str]) -> dict[str, str]:
    """What goes along to another page."""
    return {key: value for key, value in query.items() if key != OPEN.key}


def _values(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _find(said: str, allowed: Sequence[Any] | Numbers) -> Any:
    if isinstance(allowed, Numbers):
        return allowed.find(said)
    return next((option for option in allowed if _written(option) == said), None)


def _written(value: object) -> str:
    return value if isinstance(value, str) else f"{value:.{DIGITS}g}"
