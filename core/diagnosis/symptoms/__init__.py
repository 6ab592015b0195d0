"""Detectors: each symptom one pure function from a run's steps to the first moment at which it shows."""

from core.diagnosis.symptoms.findings import Finding
from core.diagnosis.symptoms.rules import RULES, Rule, diagnose, first_warning, not_heard
from core.diagnosis.symptoms.thresholds import read_thresholds, write_thresholds

__all__ = [
    "RULES",
    "Finding",
    "Rule",
    "diagnose",
    "first_warning",
    "not_heard",
    "read_thresholds",
    "write_thresholds",
]
