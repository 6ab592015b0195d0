"""The colours, one table for charts and CSS. A colour means one thing everywhere.

Loads without Streamlit, Altair and torch.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme's colours, as #RRGGBB.

    before: the gradient as it is, before clipping, and the signal; marks and text. accent: buttons, links.
    on_accent: text on the accent. after: the gradient after clipping, and clipping as a fix.
    loss: the loss and the activations. lost: what is no longer finite. initialization: that fix.
    area_*: what became of a run, as the area of a map.
    """

    background: str
    soft: str
    line: str
    text: str
    before: str
    accent: str
    on_accent: str
    after: str
    loss: str
    lost: str
    learned: str
    warning: str
    initialization: str
    area_learned: str
    area_stalled: str
    area_exploded: str
    area_diverged: str


_BY_THEME = {
    "background": ("#FFFFFF", "#10151D"),
    "soft": ("#F4F5F7", "#1A212C"),
    "line": ("#D9DDE3", "#323C4A"),
    "text": ("#17202E", "#E8ECF2"),
    "before": ("#C8500A", "#FF9A5C"),
    "accent": ("#B8470B", "#FF9A5C"),
    "on_accent": ("#FFFFFF", "#10151D"),
    "after": ("#0B6FB0", "#62B6F2"),
    "loss": ("#3A4557", "#C9D1DC"),
    "lost": ("#B3123F", "#FF6B81"),
    "learned": ("#0A7D5B", "#37C9A0"),
    "warning": ("#8A6500", "#E0B84C"),
    "initialization": ("#7A4FB0", "#B994E8"),
    "area_learned": ("#2E9E7C", "#7FD6B8"),
    "area_stalled": ("#D5DAE1", "#5C6A7E"),
    "area_exploded": ("#F0A35E", "#F0A35E"),
    "area_diverged": ("#7A0C2E", "#7A0C2E"),
}
"""Each colour on the light theme and on the dark one."""

PALETTES = {
    theme: Palette(**{name: pair[number] for name, pair in _BY_THEME.items()})
    for number, theme in enumerate(("light", "dark"))
}
