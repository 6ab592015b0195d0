"""The data of a task as code: what makes it, or the numbers themselves; then the call of main."""

import textwrap

from core.codegen.fragments import LINE_LENGTH, fragment, script
from core.experiment import Experiment
from core.tasks import read_csv

DATA_MARK = 'DATA = """'
"""The line after which a script holds only numbers and the start; not where it makes its data."""


def data_code(experiment: Experiment) -> str:
    """The end of a script: `load_data()` (inputs, targets; float32), its numbers, the call of main."""
    block = {"diabetes": _patients, "co2": _months}.get(experiment.task, str)()
    raw = "_raw" if experiment.scaling == "raw" else ""
    return script(fragment(f"data_{experiment.task}{raw}"), block, fragment("run"))


def _patients() -> str:
    columns, *rows = read_csv("diabetes")
    lines = [" ".join(row) for row in rows]
    pairs = ["  ".join(lines[i : i + 2]) for i in range(0, len(lines), 2)]
    return _block(f"Two patients to a line: {', '.join(columns)}.", "\n".join(pairs))


def _months() -> str:
    rows = read_csv("co2")[1:]
    values = " ".join(f"{float(ppm):.10g}" for _month, ppm in rows)
    numbers = "\n".join(textwrap.wrap(values, LINE_LENGTH))
    return _block(f"Parts per million in each month, {rows[0][0]} to {rows[-1][0]}.", numbers)


def _block(comment: str, numbers: str) -> str:
    return f'# {comment}\n{DATA_MARK}\n{numbers}\n"""'
