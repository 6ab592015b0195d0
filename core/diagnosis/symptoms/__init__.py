"""Detectors: each symptom is a rule that reads series of a trace, up to the first moment at which it shows."""

from core.diagnosis.symptoms.rules import (
    RULES,
    Finding,
    Rule,
    diagnose,
    first_warning,
    found_in,
    hear,
    not_heard,
)
from core.diagnosis.symptoms.thresholds import read_thresholds, write_thresholds

__all__ = [
    "RULES",
    "Finding",
    "Rule",
    "diagnose",
    "first_warning",
    "found_in",
    "hear",
    "not_heard",
    "read_thresholds",
    "write_thresholds",
]
