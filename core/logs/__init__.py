"""Other tools' training logs: text in, a trace out, and what became of the run; a file of code for each format.

What is logged is told apart from what is not, and a NaN that was logged is data. Nothing is trained here, and
nothing leaves the process.
"""

from core.logs.diagnosis import Diagnosis, diagnose_log
from core.logs.errors import LogError
from core.logs.reading import read_log, read_logs, runs_in

__all__ = ["Diagnosis", "LogError", "diagnose_log", "read_log", "read_logs", "runs_in"]
