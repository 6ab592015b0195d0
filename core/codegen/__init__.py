"""An experiment as a complete script or notebook, for Keras and for PyTorch; and the watch for one's own loop.

Imports neither: a script is text, put together from the fragments in templates/.
"""

from core.codegen.clip_lines import FRAMEWORKS
from core.codegen.data_code import DATA_MARK
from core.codegen.fragments import CLIP_MARK, FIRST_PRINTS
from core.codegen.keras_code import keras_script, variance_ratio
from core.codegen.notebook import keras_notebook, pytorch_notebook
from core.codegen.printed import first_lines
from core.codegen.torch_code import pytorch_script
from core.codegen.watch import WATCHED, gradient_watch

__all__ = [
    "CLIP_MARK",
    "DATA_MARK",
    "FIRST_PRINTS",
    "FRAMEWORKS",
    "WATCHED",
    "first_lines",
    "gradient_watch",
    "keras_notebook",
    "keras_script",
    "pytorch_notebook",
    "pytorch_script",
    "variance_ratio",
]
