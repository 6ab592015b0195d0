"""A script as a notebook, for Jupyter and Colab: the script's own text, cut where it has two blank lines."""

import ast
import json
from typing import Any

from core.codegen.fragments import fragment
from core.codegen.keras_code import keras_script
from core.codegen.torch_code import pytorch_script
from core.experiment import Experiment

PYTHON = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def keras_notebook(experiment: Experiment) -> str:
    """The Keras script as the JSON text of a notebook, nbformat 4.5."""
    return _notebook(keras_script(experiment))


def pytorch_notebook(experiment: Experiment) -> str:
    """The PyTorch script as the JSON text of a notebook, nbformat 4.5."""
    return _notebook(pytorch_script(experiment))


def _notebook(script: str) -> str:
    """Its docstring is told first; in the place of the command line the last cell calls `main`."""
    tree = ast.parse(script)
    title, _, words = (ast.get_docstring(tree) or "").partition("\n")
    code = "".join(script.splitlines(keepends=True)[tree.body[0].end_lineno :]).strip("\n")
    pieces = code.removesuffix(fragment("run")).rstrip("\n").split("\n\n\n")
    sources = [fragment("notebook", title=title, words=words.strip()), *pieces]
    cells = [_cell(number, source) for number, source in enumerate([*sources, "model = main()"])]
    book = {"cells": cells, "metadata": PYTHON, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, source: str) -> dict[str, Any]:
    """The first is words, the others are code that nobody has run yet."""
    cell = {"id": f"cell-{number}", "metadata": {}, "source": source.splitlines(keepends=True)}
    if number == 0:
        return cell | {"cell_type": "markdown"}
    return cell | {"cell_type": "code", "execution_count": None, "outputs": []}
