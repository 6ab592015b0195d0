"""What both kinds of script are put together from: templates, numbers, phrases."""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from core.experiment import Experiment
from core.initializations import Init
from core.tasks import task_of

CLIP_MARK = "# <- the clipping"
"""Ends the line of a script that sets or does the clipping; without clipping no line has it."""

LINE_LENGTH = 100
FIRST_PRINTS = 10
"""Of so many steps at the start a script prints a line each."""
PRINTS = 20
"""About how many lines it prints in all, if it trains for long."""
SCHEMES = {
    "lecun_normal": "LeCun normal",
    "normal": "Standard normal",
    "torch_default": "PyTorch's own",
}
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Model:
    """What a kind of network needs in a script.

    kind: its key in core.kinds.KINDS.
    named: what is trained, in a title; its slots are an experiment's `e`.
    depth_is: what the depth counts.
    keras, torch: the code that ends with `build_model()`.
    """

    kind: str
    named: str
    depth_is: str
    keras: Callable[[Experiment], str]
    torch: Callable[[Experiment], str]


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


def head_slots(experiment: Experiment, model: Model, framework: str) -> dict[str, object]:
    """The slots of a script's head: its title and the constants."""
    kind = model.named.format(e=experiment)
    return {
        "title": f"Train {kind} in {framework}, and watch for exploding gradients.",
        "depth_is": model.depth_is,
    } | {n: getattr(experiment, n) for n in ("depth", "width", "batch_size", "steps", "seed")}


def features(experiment: Experiment) -> int:
    """How many numbers the network gets, at each time step where it is recurrent."""
    return int(task_of(experiment).inputs.shape[-1])


def prints(experiment: Experiment) -> dict[str, object]:
    """The slots of a script's main that say when it prints a line: at the first steps, then at every so many."""
    return {"first": FIRST_PRINTS, "every": max(1, experiment.steps // PRINTS)}


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
