"""The app's own CSS, in one place, on Streamlit's stable hooks: container keys and test ids."""

import streamlit as st

from core.charts.palette import Palette

SHEET = """
[data-testid="stMainBlockContainer"] {max-width: 72rem; padding: 1.1rem 2rem 4rem}
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] {gap: .8rem}
[data-testid="stHeader"] {height: 0; min-height: 0; background: none}
[data-testid="stElementContainer"]:has(> [data-testid="stHtml"] > style:only-child) {display: none}
.stApp h1 {padding: .3rem 0 0; letter-spacing: -.01em; line-height: 1.15}
.st-key-top {justify-content: space-between}
.st-key-brand p {font-weight: 600; font-size: 1.05rem}
.st-key-nav {flex-wrap: nowrap; overflow-x: auto; gap: 0; border-bottom: 1px solid LINE; scrollbar-width: none}
.st-key-nav > div {flex: none; width: auto}
.st-key-nav a {padding: .35rem .7rem; border-radius: 0}
.st-key-nav a p {font-weight: 600; white-space: nowrap}
.st-key-nav-current {border-bottom: 3px solid ACCENT}
.st-key-nav-current a {background: none}
.st-key-nav-current a p {color: ACCENT}
.st-key-lead p {font-size: 1.1rem; max-width: 62rem}
.st-key-presets button {border-radius: 2rem; padding: .1rem .8rem; min-height: 0}
.st-key-presets button p {font-size: .92rem}
.st-key-presets, .st-key-sentence {gap: .4rem .45rem}
.st-key-sentence p {font-size: 1.22rem}
.st-key-sentence [data-testid="stPopover"] button {background: SOFT; border: 0; border-bottom: 2px solid ACCENT;
  border-radius: .3rem .3rem 0 0; padding: .05rem .5rem; min-height: 0}
.st-key-sentence [data-testid="stPopover"] button p {font-weight: 600}
[data-testid="stPopoverBody"] {min-width: min(22rem, 92vw)}
.st-key-actions > [data-testid="stLayoutWrapper"] {flex: 1 1 14rem}
.st-key-actions button[kind="primary"], .st-key-actions button[kind="primary"] p {color: ON_ACCENT}
.st-key-waiting {min-height: 21rem; border: 1px dashed LINE; border-radius: .5rem; justify-content: center}
.st-key-waiting p {font-size: 1.15rem; text-align: center}
[class*="st-key-picture"] {transition: opacity .2s}
.st-key-ending-next [data-testid="stColumn"] [data-testid="stVerticalBlock"] {height: 100%}
.st-key-prose p, .st-key-prose li {max-width: 42rem; line-height: 1.65}
.st-key-prose h2 {padding-top: 1.2rem}
.st-key-look p {max-width: 48rem; color: LOSS}
.st-key-contents {display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 1rem 1.5rem}
.st-key-contents [data-testid="stVerticalBlock"] {gap: .1rem; border-top: 1px solid LINE; padding-top: .5rem}
.st-key-contents a {padding: 0}
.st-key-contents a p, .st-key-pager a p {font-weight: 600; color: ACCENT}
.st-key-pager {justify-content: space-between; border-top: 1px solid LINE; padding-top: .8rem}
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] {padding: .8rem 1rem 3rem}
  .stApp h1 {font-size: 1.8rem}
  .st-key-sentence p {font-size: 1.12rem}
}
"""
VERDICT = """
.st-key-ending-verdict {background: SOFT; border-left: 6px solid TONE; border-radius: .3rem; padding: .8rem 1.1rem}
.st-key-ending-verdict p {font-size: 1.15rem; max-width: 60rem}
.st-key-ending-verdict p > strong:first-child {color: TONE}
"""
LECTURE = """
html {font-size: 21px}
[data-testid="stMainBlockContainer"] {max-width: 100%; padding: .8rem 2rem}
.st-key-lead, .st-key-brand, .stApp h1 {display: none}
"""


STALE = '[class*="st-key-picture"], [class*="st-key-ending"] {opacity: .35}'


def apply(palette: Palette, *, lecture: bool) -> None:
    """Send the sheet in the theme's colours."""
    _send(SHEET + (LECTURE if lecture else ""), palette)


def grey_the_old_picture() -> None:
    """The words have changed and were not run yet."""
    st.html(f"<style>{STALE}</style>")


def verdict(palette: Palette, tone: str) -> None:
    """The colour of the verdict's bar and first words."""
    _send(VERDICT.replace("TONE", tone), palette)


def _send(sheet: str, palette: Palette) -> None:
    for name in ("line", "soft", "on_accent", "accent", "loss"):
        sheet = sheet.replace(name.upper(), getattr(palette, name))
    st.html(f"<style>{sheet}</style>")
