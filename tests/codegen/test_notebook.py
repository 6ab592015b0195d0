"""A notebook is its script: valid to Jupyter, and run from above it trains the same."""

import json
import os
from dataclasses import replace

os.environ["KERAS_BACKEND"] = "torch"

import nbformat
import pytest

from core.codegen import keras_notebook, keras_script, pytorch_notebook, pytorch_script
from core.experiment import Experiment
from core.kinds import KINDS
from core.presets import PRESETS

pytestmark = pytest.mark.filterwarnings(  # Keras' own, from keras.ops.convert_to_numpy
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
SMALL = Experiment(depth=3, width=8, steps=2, normalization="batch")
WRITERS = {"keras": (keras_notebook, keras_script), "torch": (pytorch_notebook, pytorch_script)}
in_both = pytest.mark.parametrize("library", WRITERS)


@in_both
@pytest.mark.parametrize("experiment", [*PRESETS.values(), SMALL])
def test_notebook_is_valid_and_says_what_the_script_says(library, experiment):
    notebook, script = (write(experiment) for write in WRITERS[library])
    book = nbformat.reads(notebook, as_version=nbformat.NO_CONVERT)
    nbformat.validate(book)
    assert (book.nbformat, book.nbformat_minor) == (4, 5)
    words, *code, last = (cell.source for cell in book.cells)
    assert [cell.cell_type for cell in book.cells] == ["markdown", *["code"] * (len(code) + 1)]
    assert last == "model = main()"
    _, told, written = script.split('"""', 2)
    title, _, more = told.partition("\n\n")
    assert words.startswith(f"# {title}\n\n{more}")
    assert "\n\n\n".join(code) == written.strip().split("\n\n\nif __name__")[0]


@in_both
@pytest.mark.parametrize("network", KINDS)
def test_notebook_runs_cell_by_cell(library, network, capsys):
    write, _ = WRITERS[library]
    names = {"__name__": "__main__"}
    for cell in json.loads(write(replace(SMALL, network=network, task=None)))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert "after 2 steps, on all data: loss " in capsys.readouterr().out
