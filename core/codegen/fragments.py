"""What both kinds of script are put together from: templates, numbers, phrases."""

import textwrap
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from string import Template

from core.experiment import Experiment, Init

CLIP_MARK = "# <- the clipping"
"""Ends the line of a script that sets or does the clipping; without clipping no line has it."""

LINE_LENGTH = 100
PRINTS = 20
"""About how many lines a script prints."""
FEATURES = {"diabetes": 10, "sine": 1, "co2": 1, "adding": 2}
SCHEMES = {
    "lecun_normal": "LeCun normal",
    "normal": "Standard normal",
    "torch_default": "PyTorch's own",
}
NORMALIZED_Z = {
    "none": "z",
    "layer": "self.normalize(z)",
    "batch": "self.scale * self.normalize[t](z) + self.shift",
}
"""What a recurrent network's activation is applied to, in either script."""
TEMPLATES = Path(__file__).parent / "templates"


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / f"{name}.txt").read_text("utf-8"))


def fragment(name: str, **slots: object) -> str:
    """The template's text, its $slots filled, without the last newline."""
    return _template(name).substitute(slots).rstrip("\n")


def script(*parts: str) -> str:
    """The parts that are not empty, two blank lines between them."""
    return "\n\n\n".join(part for part in parts if part)


def call(name: str, arguments: Sequence[str], column: int) -> str:
    """A call as code that starts at the column: one line if it fits, else one argument a line."""
    line = f"{name}({', '.join(arguments)})"
    if "\n" not in line and column + len(line) <= LINE_LENGTH:
        return line
    comma = "," if len(arguments) > 1 else ""
    return "\n".join([f"{name}(", *(indent(argument + comma, 4) for argument in arguments), ")"])


def indent(code: str, spaces: int) -> str:
    """Each line of the code moved to the right."""
    return textwrap.indent(code, " " * spaces)


def head_slots(experiment: Experiment, framework: str) -> dict[str, object]:
    """The slots of a script's head: its title and the constants."""
    e = experiment
    kind = {
        "mlp": f"a deep network ({e.depth} {e.activation} layers)",
        "rnn": f"a recurrent network ({e.activation}, {e.depth} time steps)",
    }[e.network]
    return {
        "title": f"Train {kind} in {framework}, and watch for exploding gradients.",
        "depth_is": {"mlp": "hidden layers", "rnn": "time steps"}[e.network],
    } | {name: getattr(e, name) for name in ("depth", "width", "batch_size", "steps", "seed")}


def every(experiment: Experiment) -> int:
    """How many steps lie between two lines that a script prints."""
    return max(1, experiment.steps // PRINTS)


def number(value: float) -> str:
    """A float as Python code that reads back the same: 0.001, 1.0, 2e-5."""
    return repr(float(value)).replace("e-0", "e-").replace("e+", "e")


def scale(init: Init) -> str:
    """The variance of a weight times its fan, as code."""
    return "1 / 3" if init.scale == 1 / 3 else number(init.scale)


def scheme(experiment: Experiment) -> str:
    """The initialization in words, gain included."""
    name = SCHEMES.get(experiment.init, experiment.init.replace("_", " ").capitalize())
    if experiment.gain == 1:
        return name
    what = "singular values" if experiment.init == "orthogonal" else "standard deviation"
    return f"{name}, its {what} times {number(experiment.gain)}"
