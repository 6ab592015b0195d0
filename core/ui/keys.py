"""Keys as presenters know them: one table, which the browser's script obeys and the overlay lists."""

from dataclasses import dataclass
from pathlib import Path

from streamlit.components.v2 import component

from core.text import Text

_HTML = """<div class="bar" hidden>
<button type="button" data-part="sections" aria-expanded="false"></button>
<button type="button" data-part="presets" aria-expanded="false"></button>
<button type="button" data-part="sentence" aria-expanded="false"></button>
<button type="button" data-part="more" aria-pressed="false"></button>
<button type="button" data-part="help">?</button></div>
<dialog><form method="dialog"><button data-part="close">✕</button></form>
<h2 data-part="heading"></h2><div data-part="content"></div></dialog>"""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What the keys do, as `KeyboardEvent.key` in small letters; how they are shown, if not as they are.

    always: outside lecture mode, too. Only what nobody presses by accident and no page needs is; letters are not, so
    that who dictates or uses a screen reader sets nothing off.
    """

    keys: tuple[str, ...]
    shown: str = ""
    always: bool = False


SHORTCUTS = {
    "next": Shortcut(("arrowright",), "→", always=True),
    "previous": Shortcut(("arrowleft",), "←", always=True),
    "onward": Shortcut((" ", "pagedown"), "Space · Page Down"),
    "back": Shortcut(("pageup",), "Page Up"),
    "run": Shortcut(("enter",), "Enter"),
    "preset": Shortcut(tuple("123456789"), "1 – 9"),
    "play": Shortcut(("p",)),
    "step_back": Shortcut((",",)),
    "step": Shortcut((".",)),
    "speed": Shortcut(("s",)),
    "verdict": Shortcut(("v",)),
    "more": Shortcut(("m",)),
    "sections": Shortcut(("o",)),
    "sentence": Shortcut(("w",)),
    "language": Shortcut(("l",)),
    "qr": Shortcut(("q",)),
    "full": Shortcut(("f",)),
    "help": Shortcut(("?",), always=True),
    "close": Shortcut(("escape",), "Esc", always=True),
}
"""Its own names for what is done; the words are at ui.keys. Streamlit's own C and R do nothing here."""


def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")


_component = component("page_keys", html=_HTML, css=_file("keys.css"), js=_file("keys.js"))


def keys(text: Text, title: str, *, lecture: bool, token: str, hidden: tuple[str, ...]) -> None:
    """Listen to the keys; in a lecture with a bar from which sections, presets and words open.

    Args:
        text: the visitor's language.
        title: of the section, for the bar.
        lecture: whether this page is a lecture's screen.
        token: names section and run: with a new one the verdict is hidden again.
        hidden: what the lecturer has hidden; its keys do nothing.
    """
    listed = [
        {"does": shortcut, "keys": each.keys, "shown": each.shown or each.keys[0].upper()}
        | {"words": text(f"ui.keys.{shortcut}")}
        for shortcut, each in SHORTCUTS.items()
        if lecture or each.always
    ]
    names = {"title": title, "heading": text("ui.keys.heading"), "language": text.language}
    names |= {part: text(f"ui.lecture.{part}") for part in ("presets", "sentence", "more")}
    names |= {"close": text("ui.keys.close"), "help": text("ui.keys.help")}
    data = {"shortcuts": listed, "words": names, "lecture": lecture, "token": token}
    _component(key="keys", data=data | {"hidden": hidden})
