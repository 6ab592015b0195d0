"""What every page has around its content: the browser's tab, the top bar, the way on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.text import Text, load
from core.ui import state
from core.ui.lab_setting import OPEN, without_open

PAGES = {
    "home": "streamlit_app.py",
    "what_is_it": "pages/1_what_is_it.py",
    "why": "pages/2_why.py",
    "symptoms": "pages/3_symptoms.py",
    "mathematics": "pages/4_mathematics.py",
    "fixes": "pages/5_fixes.py",
    "keras_example": "pages/6_keras_example.py",
    "summary": "pages/7_summary.py",
}
GO_TO = """<script>location.replace(new URL("./{page}", location) + location.search)</script>"""
SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")
ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7"
fill="#B8470B"/><text x="16" y="24" font-size="23" font-weight="600" font-family="sans-serif" text-anchor="middle"
fill="#FFFFFF">{sign}</text></svg>"""


def lead_on(slug: str) -> None:
    """To the page that the address means, /Why as well as /why.

    Where it knows no such page Streamlit shows home, and a dialog that only a new page takes away.
    """
    said = str(st.context.url).rpartition("/")[2]
    if slug == "home" and said and said.lower() in PAGES:
        st.html(
            GO_TO.format(page="" if said.lower() == slug else said.lower()),
            unsafe_allow_javascript=True,
        )
        st.stop()


def tab(slug: str, text: Text) -> None:
    """The browser's tab; and the language of the page and its parts, for screen readers and hyphenation."""
    st.set_page_config(
        page_title=f"{text(f'{slug}.tab')} · {text('ui.frame.brand')}",
        page_icon=ICON.format(sign=_sign(slug, text)),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    st.html(
        f"<script>document.documentElement.lang='{text.language}';\n{SCRIPT}</script>",
        unsafe_allow_javascript=True,
    )


def _sign(slug: str, text: Text) -> str:
    """The section's number, in the language's digits; at home the gradient's own sign."""
    number = list(PAGES).index(slug)
    return text.digits(str(number)) if number else "∇"


def top_bar(text: Text) -> DeltaGenerator:
    """Brand, language and mode; returns the place for the links, which are known after the controls."""
    lecture = st.session_state["mode"] == "lecture"
    with st.container(horizontal=True, key="top", vertical_alignment="center"):
        with st.container(key="brand", width="content"):
            st.markdown(text("ui.frame.brand"))
        nav = st.container(horizontal=True, key="nav")
        st.segmented_control(
            text("ui.frame.language"),
            state.LANGUAGES,
            key="lang",
            required=True,
            format_func=lambda code: (
                text("ui.frame.both") if code == "both" else load(code).writing.name
            ),
            label_visibility="collapsed",
        )
        st.button(
            text("ui.frame.lecture"),
            key="lecture",
            type="primary" if lecture else "secondary",
            icon=":material/co_present:",
            help=text("ui.frame.lecture_help"),
            on_click=state.toggle_lecture,
        )
    return nav


def links(slug: str, text: Text, query: Mapping[str, str]) -> None:
    """One link a section, each carrying the whole experiment."""
    for name in PAGES:
        with st.container(key="nav-current" if name == slug else f"nav-{name}", width="content"):
            link(name, text(f"{name}.nav"), query)


def pager(slug: str, text: Text, query: Mapping[str, str]) -> None:
    """The previous section and the next one."""
    names = list(PAGES)
    here = names.index(slug)
    sides: Literal["right", "distribute"] = "distribute" if here else "right"
    with st.container(horizontal=True, key="pager", horizontal_alignment=sides):
        if here > 0:
            before = names[here - 1]
            link(before, f"← {text(f'{before}.title')}", query)
        if here < len(names) - 1:
            after = names[here + 1]
            link(after, f"{text(f'{after}.title')} →", query)


def contents(text: Text, query: Mapping[str, str]) -> None:
    """Every section by its title, with a line that invites into it."""
    st.header(text("home.sections_heading"), anchor=False)
    with st.container(key="contents"):
        for name in list(PAGES)[1:]:
            with st.container(key=f"contents-{name}"):
                link(name, text(f"{name}.title"), query)
                st.markdown(text(f"{name}.teaser"))


def link(name: str, label: str, query: Mapping[str, str]) -> None:
    """A link to a page: an open lab is left behind; only the home page's says that its default was run."""
    carried = without_open(query)
    if name != "home":
        carried.pop("run", None)
    st.page_link(PAGES[name], label=label, query_params=carried)


def link_to_lab(name: str, lab: str, label: str, query: Mapping[str, str]) -> None:
    """A link to a page with a lab open."""
    carried = {key: value for key, value in query.items() if key != "run"} | {OPEN.key: lab}
    st.page_link(PAGES[name], label=label, query_params=carried, icon=":material/troubleshoot:")
