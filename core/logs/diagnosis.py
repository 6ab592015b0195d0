"""What became of somebody's run, by its log: the same rules as for a run of ours, where it tells enough for them.

A log tells less than our steps do: rows are far apart, series are missing, and what counts as learning is not
known. Where it cannot tell, that is the diagnosis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.diagnosis.clip_threshold import FEW, TIMES, mean, threshold
from core.diagnosis.symptoms import RULES, Finding, Rule, hear
from core.logs.course import Course, course, fell, last_inf
from core.logs.rise import SEVERAL, WINDOW
from core.logs.rules import LOG_RULES, LogRule, heard
from core.logs.seen import Rows, Seen, Track, look
from core.steps import Float64s
from core.theory.number_formats import FORMATS
from core.trace import Trace

EVERY_RULE: Mapping[str, Rule | LogRule] = {**RULES, **LOG_RULES}


@dataclass(frozen=True, kw_only=True, eq=False)
class Diagnosis:
    """What a log tells of the run.

    outcome: "diverged" (it ends with what is no number), "exploded" (it ends in an explosion, in numbers),
        "learned" (the loss fell by 5 % at least), "stalled" or "unknown".
    kind: "explosion" (a rise over several rows to the end, which does not come back), "overflow" (no number any more,
        after norms that were level at every step: the precision, the data or an infinity, and no clipping helps),
        "spike" (one that came back), "slow" (the loss did not fall, rose again, or the gradient vanished), "none",
        or "cannot tell".
    why: of the kind, by name: of "cannot tell" "few_rows", "no_norm", "short_rise", "young", "apart", "last_inf" or
        "ends_high".
    findings: what the rules found, the earliest first. Steps are the log's.
    began: the first step of the rise. end: the first step at which something was no number for good.
    rise: how many rows the rise has. series: what rises, "grad_norm" or "loss".
    threshold: where to clip the global norm; None where that cannot be told, or would not help.
    could: of every rule that had its series, whether it could have spoken before the end, with as many rows as
        this log has in the rise; unheard: of every other, the series that it would need.
    calm: the norms before the rise, as advice on a threshold takes them. interval: updates between two rows.
    """

    outcome: str
    kind: str
    why: str
    findings: Sequence[Finding]
    began: int | None
    end: int | None
    rise: int
    series: str
    threshold: float | None
    could: Mapping[str, bool]
    unheard: Mapping[str, tuple[str, ...]]
    calm: Float64s
    interval: float | None
    seen: Seen


@np.errstate(all="ignore")
def diagnose_log(trace: Trace, clip: float | None = None) -> Diagnosis:
    """Judge a log; whatever it holds, this does not raise.

    Args:
        trace: of one run.
        clip: the threshold of the global norm with which it was trained, if somebody tells it.
    """
    seen = look(trace)
    found = course(seen)
    calm = _calm(seen, found)
    named = (name for name in EVERY_RULE if name != "not_finite")
    unheard = {n: EVERY_RULE[n].series for n in named if not _has(seen, EVERY_RULE[n])}
    return Diagnosis(
        outcome=_outcome(seen, found),
        kind=found.kind,
        why=found.why,
        findings=_findings(seen, found, clip),
        began=None if found.begin is None else seen.step(found.begin),
        end=None if seen.end is None else seen.step(seen.end),
        rise=found.count,
        series=found.series,
        threshold=_threshold(seen, found, calm),
        could={n: _could(seen, found, r) for n, r in EVERY_RULE.items() if n not in unheard},
        unheard=unheard,
        calm=calm,
        interval=seen.interval,
        seen=seen,
    )


def _outcome(seen: Seen, found: Course) -> str:
    if seen.end is not None:
        return "unknown" if found.kind == "cannot tell" and last_inf(seen) else "diverged"
    if found.kind == "explosion":
        return "exploded"
    if len(seen.loss.finite.rows) < SEVERAL or found.kind == "cannot tell":
        return "unknown"
    return "learned" if fell(seen) else "stalled"


def _calm(seen: Seen, found: Course) -> Float64s:
    """The last WINDOW norms before the rise, without those above ten times their median, or beyond float32."""
    alone = found.kind == "spike"
    norms = seen.norm.before(seen.end if found.begin is None or alone else found.begin).finite
    last = norms.values[-WINDOW:]
    last = last[last <= FORMATS["float32"].largest]
    return last[last <= TIMES["ten"] * np.median(last)] if len(last) else last


def _threshold(seen: Seen, found: Course, calm: Float64s) -> float | None:
    """The average norm before the rise (Pascanu et al. 2013), where clipping is an answer."""
    helps = found.kind in ("explosion", "spike") or (
        found.kind == "cannot tell" and seen.end is not None and len(calm) >= FEW
    )
    if not helps or not len(calm):
        return None
    return threshold("average", mean(calm.tolist()), seen.norm.finite.values.tolist()).value


def _has(seen: Seen, rule: Rule | LogRule) -> bool:
    """Whether a series was logged that the rule reads."""
    return any(len(each.values) for each in seen.trace.series(*rule.series))


def _findings(seen: Seen, found: Course, clip: float | None) -> list[Finding]:
    """What all rules found, the earliest first."""
    own = (_hear(seen, found, name) for name in RULES)
    both = [each for each in own if each is not None] + heard(seen, clip)
    if found.kind == "overflow":
        assert seen.end is not None
        last = float(seen.norm.before(seen.end).finite.values[-1])
        both.append(Finding("no_ramp", seen.step(seen.end), last))
    return sorted(both, key=lambda finding: finding.step)


def _hear(seen: Seen, found: Course, name: str) -> Finding | None:
    """What a rule says of the rise and the end, with the rows before it that it compares with.

    In a long log chance alone makes a rule speak somewhere: what it says of calm rows, whose level is the log's own
    and which came to nothing, warns of nothing.
    """
    rule, trace = RULES[name], seen.until_end()
    start = found.begin if found.begin is not None else seen.end
    if len(trace.frame) <= WINDOW or not rule.warns:
        start = 0
    if start is None:
        return None
    rows = _rows(seen, rule)
    place = max(int(np.searchsorted(rows, start)) - rule.window, 0)
    first = int(rows[place]) if place < len(rows) else start
    return hear(name, _from(trace, first), rule.threshold)


def _rows(seen: Seen, rule: Rule | LogRule) -> Rows:
    """The rows in which the first of a rule's series that was logged was logged."""
    tracks: list[Track] = [seen.track(name) for name in rule.series]
    rows = next((track.rows for track in tracks if len(track.rows)), None)
    return np.arange(len(seen.trace.frame)) if rows is None else rows


def _from(trace: Trace, row: int) -> Trace:
    return replace(
        trace,
        frame=trace.frame.iloc[row:],
        logged=trace.logged.iloc[row:],
        by_layer={name: values[row:] for name, values in trace.by_layer.items()},
    )


def _could(seen: Seen, found: Course, rule: Rule | LogRule) -> bool:
    """Whether there are rows enough for a rule before the end: in the rise, if there was one or may have been."""
    rows = _rows(seen, rule)
    before = len(rows) if seen.end is None else int(np.searchsorted(rows, seen.end))
    if seen.end is None or found.kind == "overflow":
        return before > rule.window
    start = seen.end if found.begin is None else found.begin
    rising = before - int(np.searchsorted(rows, start))
    return before > rule.window and rising >= max(rule.window, 1)
