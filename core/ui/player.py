"""The film's player: one playhead for every chart on the page, in the browser, at no cost to the server.

The charts carry an invisible slider (core/charts/base/look.py UNITS); player.js sets it on every animation frame.
Containers whose key begins with "ending" are hidden by it until the film is over.
"""

import json
from dataclasses import asdict
from html import escape
from pathlib import Path

from streamlit.components.v2 import component

from core.charts.base.timeline import Timeline
from core.text import Text

_HTML = """<div class="frame"><div class="player" role="group">
<button type="button" data-part="toggle"><svg viewBox="0 0 24 24" aria-hidden="true">
<path class="play" d="M7 4.5v15l13-7.5z"/>
<path class="pause" d="M6 4.5h4.2v15H6zM13.8 4.5H18v15h-4.2z"/></svg></button>
<button type="button" data-part="back"><svg viewBox="0 0 24 24" aria-hidden="true">
<path d="M17.5 5v14L8 12zM5.5 5h2.2v14H5.5z"/></svg></button>
<button type="button" data-part="forward"><svg viewBox="0 0 24 24" aria-hidden="true">
<path d="M6.5 5v14L16 12zM16.3 5h2.2v14h-2.2z"/></svg></button>
<input type="range" data-part="scrub" min="0" max="1" value="0" step="1">
<span data-part="at"></span>
<button type="button" data-part="rate"></button>
<p data-part="summary" role="status"></p>
</div></div>"""


def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")


_component = component("film_player", html=_HTML, css=_file("player.css"), js=_file("player.js"))


def player(key: str, token: str, text: Text, *, autoplay: bool, waits: bool = False) -> None:
    """Draw the player, once in a script run; it drives every picture on the page as `film_html` tells it.

    Args:
        key: the same on every rerun of a page.
        token: names the run and the press. A new one with autoplay begins at frame 0 and plays (not where
            reduced motion is wanted); without autoplay it rests at the last frame. The same one goes on.
        text: the visitor's language.
        autoplay: see token.
        waits: whether a film that would play rests at frame 0 until somebody plays it.
    """
    words = dict(text.get("charts.player"))
    words |= {"digits": [text.digits(d) for d in "0123456789"], "language": text.language}
    told = {"key": key, "token": token, "autoplay": autoplay, "waits": waits, "words": words}
    _component(key=key, data=told)


def film_html(timeline: Timeline, token: str, planned: int, summary: str, *, done: bool) -> str:
    """The element that tells the player what is known; written anew whenever more is.

    Args:
        timeline: the frames of the page's main picture, known and planned.
        token: as given to `player`.
        planned: the steps of the experiment, whether or not the run gets there.
        summary: the picture in words, said to screen readers when the film ends.
        done: whether no more frames will come. Only then can the film end.
    """
    film = asdict(timeline) | {"token": token, "planned": planned, "summary": summary, "done": done}
    return f'<i class="film-timeline" hidden data-film="{escape(json.dumps(film))}"></i>'
