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


PALETTES = {
    "light": Palette(
        background="#FFFFFF",
        soft="#F4F5F7",
        line="#D9DDE3",
        text="#17202E",
        before="#C8500A",
        accent="#B8470B",
        on_accent="#FFFFFF",
        after="#0B6FB0",
        loss="#3A4557",
        lost="#B3123F",
        learned="#0A7D5B",
        warning="#8A6500",
        initialization="#7A4FB0",
        area_learned="#2E9E7C",
        area_stalled="#D5DAE1",
        area_exploded="#F0A35E",
        area_diverged="#7A0C2E",
    ),
    "dark": Palette(
        background="#10151D",
        soft="#1A212C",
        line="#323C4A",
        text="#E8ECF2",
        before="#FF9A5C",
        accent="#FF9A5C",
        on_accent="#10151D",
        after="#62B6F2",
        loss="#C9D1DC",
        lost="#FF6B81",
        learned="#37C9A0",
        warning="#E0B84C",
        initialization="#B994E8",
        area_learned="#7FD6B8",
        area_stalled="#5C6A7E",
        area_exploded="#F0A35E",
        area_diverged="#7A0C2E",
    ),
}
