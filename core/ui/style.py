"""Sends the app's own CSS (the sheets beside this file) in the theme's colours."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from core.charts.base.palette import PALETTES, Palette

VARIABLE = re.compile(r"var\(--([\w-]+)\)")
STALE = '[class*="st-key-picture"], [class*="st-key-ending"] {opacity: .35}'


def enlarged() -> bool:
    """Whether everything is larger: in lecture mode, but on no phone, where a lecturer's link is opened as well."""
    return st.session_state["mode"] == "lecture" and not is_phone(st.context.headers)


def is_phone(headers: Mapping[str, str]) -> bool:
    """Whether a request is from a phone. The server never learns how wide a screen is."""
    return headers.get("Sec-CH-UA-Mobile") == "?1" or "Mobi" in headers.get("User-Agent", "")


def apply(palette: Palette, disconnected: str) -> None:
    """The whole sheet; the palette's colours, and what a lost connection says, are its variables."""
    names = _variables(palette) | {"words-disconnected": f"'{disconnected}'"}
    sheets = (
        "style.css",
        "labs.css",
        "screens.css",
        *(("lecture.css",) if enlarged() else ()),
        "print.css",
    )
    _send(_root(names) + _on_paper(palette) + "".join(map(_read, sheets)))


def _on_paper(palette: Palette) -> str:
    """Paper has the light theme's colours; a dark theme's pictures are turned round, hues kept."""
    light = PALETTES["light"]
    turned = "none" if palette is light else "invert(1) hue-rotate(180deg)"
    return f"@media print {{{_root(_variables(light) | {'on-paper': turned})}}}"


def _root(names: Mapping[str, str]) -> str:
    return f":root {{{''.join(f'--{name}: {value};' for name, value in names.items())}}}"


def grey_the_old_picture() -> None:
    """The words have changed and were not run yet."""
    _send(STALE)


def hide(selectors: Sequence[str]) -> None:
    """Leave out what these selectors find."""
    _send(f"{', '.join(selectors)} {{display: none !important}}")


def picture(file: Path, palette: Palette) -> None:
    """A drawing in the theme's colours, which it names as CSS does; screen readers pass it over."""
    drawn = VARIABLE.sub(lambda name: str(_variables(palette)[name[1]]), file.read_text("utf-8"))
    data = b64encode(drawn.encode()).decode()
    st.html(f'<img src="data:image/svg+xml;base64,{data}" alt="" aria-hidden="true">')


def _variables(palette: Palette) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in asdict(palette).items()}


def verdict(tone: str) -> None:
    """The colour of the verdict's bar and first words, as #RRGGBB."""
    _send(f":root {{--tone: {tone}}}")


def warn(said: str) -> None:
    """A sentence about what cannot be."""
    st.warning(said, icon=":material/info:")


def stack_tables(heads: Sequence[str]) -> None:
    """On a phone the rows of this page's tables stand as blocks, each cell but the first under its column's name."""
    names = "".join(
        f'[data-testid="stTable"] td:nth-child({number})::before {{content: "{head}"}}'
        for number, head in enumerate(heads[1:], 2)
    )
    _send(f"@media (max-width: 640px) {{{_read('table.css')}{names}}}")


def name_cells(key: str, column: int, head: str) -> None:
    """On a phone the cells of a column, from 1, say its name; of the table in the container `key`."""
    cell = f".st-key-{key} td:nth-child({column})::before"
    _send(f'@media (max-width: 640px) {{{cell} {{content: "{head}: "}}}}')


def fill(place: Any, backgrounds: Mapping[str, str]) -> None:
    """The backgrounds, as #RRGGBB, of containers by their keys; `place` holds them, to be filled anew."""
    rules = (f".st-key-{key} {{background: {colour}}}" for key, colour in backgrounds.items())
    place.html(f"<style>{''.join(rules)}</style>")


def _send(sheet: str) -> None:
    st.html(f"<style>{sheet}</style>")


@cache
def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")
