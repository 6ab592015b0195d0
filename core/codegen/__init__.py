"""An experiment as a complete script, for Keras and for PyTorch.

Imports neither: a script is text, put together from the fragments in templates/.
"""

from core.codegen.clip_lines import FRAMEWORKS
from core.codegen.data_code import DATA_MARK
from core.codegen.fragments import CLIP_MARK
from core.codegen.keras_code import keras_script, variance_ratio
from core.codegen.torch_code import pytorch_script

__all__ = [
    "CLIP_MARK",
    "DATA_MARK",
    "FRAMEWORKS",
    "keras_script",
    "pytorch_script",
    "variance_ratio",
]
