"""One setting of a lab in the URL: read and checked, refused in words, healed, and written.

The URL is the truth, and the widgets follow it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Generic, TypeVar

import streamlit as st

from core.problems import Problem
from core.text import Text
from core.ui import style
from core.words import problems

Value = TypeVar("Value")
DIGITS = 12
KEYS = (
    *("lab", "but", "fixes", "beside", "sigma_b", "map", "axes", "copies", "thresholds"),
    *("factor", "factors", "cliff", "grid", "arrow", "example", "hide"),
)
"""All names in the URL that are a setting of a lab or of a page, known on every page."""


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
    """A choice with a name in the URL, one of KEYS; a tuple's values have commas between.

    allowed: for each value options, to be said as they are written, or numbers; none where the lab itself reads what
    is said. widgets: the keys of those that say it. apart: whether each value is healed for itself.
    """

    key: str
    default: Value
    allowed: Sequence[Sequence[Any] | Numbers] = ()
    widgets: Sequence[str] = ()
    apart: bool = False

    def __post_init__(self) -> None:
        """Every page knows its key."""
        assert self.key in KEYS, f"{self.key} is not among KEYS"

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
        """What holds; if the URL says what cannot be, the text at `problem` tells that, or one with the options.

        It is told once: from then on the URL says what holds.
        """
        (value, fine), said = self.read(self.said), str(self.said)
        for text in () if fine else languages:
            if problem:
                show(text(problem, value=problems.as_code(said), **slots))
            else:
                options = tuple(map(_written, self.allowed[0]))  # type: ignore[arg-type]
                show(problems.said(Problem("choice", self.key, said, options), text))
        if not fine:
            self.keep(value)
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

    def control(
        self, widget: Callable[..., object], label: str, number: int = 0, **looks: Any
    ) -> None:
        """Draw the widget of that number, from 0. It takes over what the URL says, and what it says is taken.

        A name is set always, since names are others in another language; a number where it differs, or it would
        jump back under a finger. widget: as st.select_slider. looks: as of the widget; `value`, if another holds.
        """
        key, allowed = self.widgets[number], self.allowed[number]
        value = looks.pop("value", _values(self.chosen)[number])
        if isinstance(value, str) or st.session_state.get(key) != value:
            st.session_state[key] = value
        if options := allowed.options if isinstance(allowed, Numbers) else allowed:
            looks = {"options": options} | looks
        widget(label, key=key, **{"on_change": self.take} | looks)

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
PRESSED = "lab_pressed"
"""The key in the session of the lab that was opened by this run's press: a page that is come to begins at its top."""


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
