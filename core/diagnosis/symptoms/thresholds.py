"""The visitor's thresholds as a link carries them: gradient_large:50,update_ratio:0.2."""

from collections.abc import Mapping

from core.diagnosis.symptoms.rules import RULES


def read_thresholds(written: str) -> tuple[dict[str, float], bool]:
    """Thresholds by rule, where they differ from the published ones; and whether all of it could be read.

    Never raises: what names no rule with a threshold, or a number out of its range, is left out.
    """
    values, whole = {}, True
    for part in filter(None, written.split(",")):
        name, _, number = part.partition(":")
        value = _number(number)
        if name in RULES and allowed(name, value):
            values[name] = value
        else:
            whole = False
    return {name: v for name, v in values.items() if v != RULES[name].threshold}, whole


def write_thresholds(thresholds: Mapping[str, float]) -> str | None:
    """What `read_thresholds` reads back; None where all are the published ones."""
    changed = [f"{n}:{v:.6g}" for n, v in thresholds.items() if v != RULES[n].threshold]
    return ",".join(changed) or None


def allowed(rule: str, value: float) -> bool:
    """Whether a rule can work with this threshold; NaN is none."""
    return RULES[rule].adjustable and RULES[rule].least <= value <= RULES[rule].most


def _number(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return float("nan")
