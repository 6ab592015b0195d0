"""The only torch: networks, the chain rule written out, optimizers, training, and a look at initialization.

Its names come late, so that a page may import them before torch is there.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "train": "training",
    "train_many": "training",
    "propagate": "propagation",
    "chain_rule": "jacobians",
    "clip_gradients": "clipping",
    "start_file": "same_start",
}


def __getattr__(name: str) -> Any:
    """A public name, from the module that has it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
