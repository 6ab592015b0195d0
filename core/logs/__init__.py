"""Logs of other tools: what became of somebody's run, by the same rules as a run of ours."""

from core.logs.diagnosis import Diagnosis, diagnose_log

__all__ = ["Diagnosis", "diagnose_log"]
