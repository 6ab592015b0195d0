"""Computed once per process, shared by all who ask: what many want at once, executors, stacks, the allocator.

No Streamlit, no torch.
"""

from core.computing.compute_once import once
from core.computing.executors import default_executor

__all__ = ["default_executor", "once"]
