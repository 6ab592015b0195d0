"""The film's player: one playhead for every chart on the page, in the browser, at no cost to the server.

The charts carry an invisible slider (core/charts/layers.py UNITS); player.js sets it on every animation frame.
Containers whose key begins with "ending" are hidden by it until the film is over.
"""

from collections.abc import Sequence
from pathlib import Path

from streamlit.components.v2 import component

from core.text import Text

_HTML = """<div class="frame"><div class="player" role="group">
<button type="button" data-part="toggle"></button>
<button type="button" data-part="back"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M17.5 5v14L8 12zM5.5 5h2.2v14H5.5z"/></svg></button>
<button type="button" data-part="forward"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6.5 5v14L16 12zM16.3 5h2.2v14h-2.2z"/></svg></button>
<input type="range" data-part="scrub" min="0" max="1" value="0" step="1">
<span data-part="at"></span>
<button type="button" data-part="rate"></button>
<p data-part="summary" role="status"></p>
</div></div>"""


def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")


_component = component("film_player", html=_HTML, css=_file("player.css"), js=_file("player.js"))


def player(
    *,
    key: str,
    frames: int,
    known: int,
    done: bool,
    token: str,
    autoplay: bool,
    text: Text,
    steps_of_frame: Sequence[int] | None = None,
    summary: str = "",
) -> None:
    """Draw the player; it drives every picture on the page.

    Args:
        key: the same on every rerun of a page.
        frames: how many there will be, as far as one knows; known: how many there are now.
        done: whether no more will come. Only then can the film end.
        token: names the run and the press. A new one with autoplay begins at frame 0 and plays (not where
            reduced motion is wanted); without autoplay it rests at the last frame. The same one goes on.
        autoplay: see token.
        text: the visitor's language.
        steps_of_frame: for a page whose main picture counts work, the step that each frame belongs to.
        summary: for screen readers, said when the film ends: the picture in words.
    """
    words = dict(text.get("charts.player"))
    words |= {"digits": [text.digits(d) for d in "0123456789"], "language": text.language}
    _component(
        key=key,
        data={
            "key": key,
            "frames": frames,
            "known": known,
            "done": done,
            "token": token,
            "autoplay": autoplay,
            "steps_of_frame": None if steps_of_frame is None else list(steps_of_frame),
            "summary": summary,
            "words": words,
        },
    )
