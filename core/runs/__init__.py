"""Runs and sweeps: each computed once, followed by all who watch.

Loads without torch, which comes with the first run.
"""

from core.runs.cells import StartCell
from core.runs.store import STORE
from core.runs.sweeps import start_sweep, sweep

__all__ = ["STORE", "StartCell", "start_sweep", "sweep"]
