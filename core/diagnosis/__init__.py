"""What became of a run and why: outcomes, symptoms, autopsy, and what to try next.

Pure functions of a run's steps.
"""

from core.diagnosis.outcomes import cause, counterfactuals, outcome
from core.diagnosis.symptoms import Finding, diagnose
from core.diagnosis.verdict import Verdict, judge

__all__ = [
    "Finding",
    "Verdict",
    "cause",
    "counterfactuals",
    "diagnose",
    "judge",
    "outcome",
]
