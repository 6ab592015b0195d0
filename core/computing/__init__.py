"""Computed once per process, shared by all who ask: the one store, the gate, executors, stacks.

No Streamlit, no torch.
"""

from core.computing.executors import default_executor
from core.computing.shared import Shared, once

__all__ = ["Shared", "default_executor", "once"]
