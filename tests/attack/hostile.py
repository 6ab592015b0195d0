"""What no visitor types and no browser sends: texts that act, numbers that are none, values of another type."""

import math
from random import Random
from urllib.parse import quote, quote_plus

from streamlit.proto.WidgetStates_pb2 import WidgetState

from core.experiment import FIELDS
from core.ui import lab_setting
from core.ui.state import OWN_KEYS

ACTING = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\"><svg onload=document.title='owned'>",
    "</style><script>document.title='owned'</script>",
    "[link](javascript:document.title='owned')",
    "![picture](https://example.org/seen.png)",
    "https://example.org/seen",
    "<https://example.org/seen>",
    "`</code>` **bold** ``code",
    "$\\frac{1}{2}$ $$x$$",
    ":material/delete: :red[red] :smile: :streamlit:",
    "# heading\n\n- list\n\n| a | b |\n|---|---|\n",
    "{lr} {0} {__class__} %s %(x)s",
)
"""As HTML, Markdown, Streamlit's directives or a template, each would be more than its letters."""
STRANGE = (
    "",
    " ",
    "\x00",
    "\x1b[31m",
    "\r\nSet-Cookie: a=b",
    "\u202edrawkcab",
    "\u200f\u200b\ufeff",
    "৩০",
    "٣٠",
    "𝟛𝟘",
    "½",
    "Ⅷ",
    "1_0",
    "0x1f",
    "1e400",
    "-1e400",
    "1e-400",
    "nan",
    "-inf",
    "Infinity",
    "+1",
    " 7 ",
    "7.5",
    "-0",
    "1,5",
    "None",
    "true",
    "[]",
    "x" * 10_000,
    "9" * 5_000,
    "াাা",
    "\U0001f4a5" * 50,
    "../../etc/passwd",
    "'; DROP TABLE runs; --",
)
TEXTS = (*ACTING, *STRANGE)
DOUBLES = (
    0.0,
    -0.0,
    5e-324,
    -5e-324,
    1e-310,
    1.5,
    -1.0,
    1e9,
    1e308,
    -1e308,
    math.inf,
    -math.inf,
    math.nan,
)
INTEGERS = (0, 1, -1, 7, 10**6, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63))
JSON = (
    "{",
    "null",
    "[]",
    '"x"',
    "NaN",
    "1e999",
    '{"selection": null}',
    '{"selection": {}}',
    '{"selection": {"pick": null}}',
    '{"selection": {"pick": [null]}}',
    '{"selection": {"pick": [{"i": -1, "j": 1e99}]}}',
    '{"selection": {"pick": [{"i": "0", "j": [0]}]}}',
    '{"selection": {"pick": [{"x": NaN, "y": Infinity}]}}',
    '{"selection": {"pick": [{"x": "<script>", "y": {}}]}}',
    '{"selection": {"pick": {"x": 1}}}',
    '{"selection": {"cliff_pick": [{"x": 1' + "0" * 400 + "}]}}",
    '{"selection": {"diagram_pick": [{"i": 1e999, "j": true}]}}',
    "[" * 5_000 + "]" * 5_000,
)
MARKS = ("owned", "example.org/seen", ":material/delete", ":red[", ":smile:", "frac{1}", "- list")
"""By these an acting text is known again, whatever became of it."""
RAW = ("%", "%00", "&&&==&", "a=%ED%A0%80", "depth", "=7", "?depth=3", "depth=%FF", "#depth=3", ";")
SMALL = {"depth": "2", "width": "4", "steps": "3"}
"""So that a visit costs no more than its page."""


def query(rng: Random, **pairs: str) -> str:
    """A link's query: a small experiment, what else it is to say, and up to three keys with values of any kind."""
    keys = [*FIELDS, *OWN_KEYS, *lab_setting.KEYS, "no such key", rng.choice(TEXTS)]
    said = [*SMALL.items(), *pairs.items()]
    said += [(rng.choice(keys), rng.choice(TEXTS)) for _ in range(rng.randrange(4))]
    written = [f"{quote_plus(key)}={quote(value)}" for key, value in said]
    return "&".join([*written, *rng.sample(RAW, rng.randrange(3))])


ONE = {
    "trigger_value": (True, False),
    "bool_value": (True, False),
    "double_value": DOUBLES,
    "int_value": INTEGERS,
    "string_value": TEXTS,
    "json_value": JSON,
    "json_trigger_value": JSON,
    "bytes_value": (b"", b"\x00\xff", b"<script>"),
}
MANY = {
    "double_array_value": DOUBLES,
    "int_array_value": INTEGERS,
    "string_array_value": TEXTS,
    "string_trigger_value": None,
}
"""The types that Streamlit's message has for a widget's value, and what is sent of each."""


def state(widget: str, rng: Random) -> WidgetState:
    """A widget's value of any type, and nothing that the widget offers."""
    said, kind = WidgetState(id=widget), rng.choice([*ONE, *MANY])
    if kind in ONE:
        setattr(said, kind, rng.choice(ONE[kind]))
    elif values := MANY[kind]:
        getattr(said, kind).data.extend(rng.choices(values, k=rng.randrange(4)))
    else:
        said.string_trigger_value.data = rng.choice(TEXTS)
    return said
