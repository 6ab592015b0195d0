"""What a log's diagnosis comes to, in sentences: the answer first, in the log's own numbers."""

import numpy as np

from core.diagnosis.clip_threshold import TIMES, mean
from core.logs import Diagnosis
from core.logs.rise import WINDOW
from core.logs.rules import Clipped, clipped
from core.text import Text
from core.words.problems import as_code

KINDS = {
    "explosion": "own_log.kinds.explosion",
    "overflow": "own_log.kinds.overflow",
    "spike": "own_log.kinds.spike",
    "slow": "own_log.kinds.slow",
    "none": "own_log.kinds.none",
    "cannot tell": "own_log.kinds.cannot_tell",
}
WHEN = {
    "rise": "own_log.when.rise",
    "huge": "own_log.when.huge",
    "level": "own_log.when.level",
    "back": "own_log.when.back",
    "not_falling": "own_log.when.not_falling",
    "drifting": "own_log.when.drifting",
    "vanished": "own_log.when.vanished",
    "loss_fell": "own_log.when.loss_fell",
    "calm": "own_log.when.calm",
    "few_rows": "own_log.cannot.few_rows",
    "no_norm": "own_log.cannot.no_norm",
    "short_rise": "own_log.cannot.short_rise",
    "young": "own_log.cannot.young",
    "apart": "own_log.cannot.apart",
    "last_inf": "own_log.cannot.last_inf",
    "ends_high": "own_log.cannot.ends_high",
}
SERIES = {
    "loss": "own_log.series.loss",
    "grad_norm": "own_log.series.grad_norm",
    "clipped_norm": "own_log.series.clipped_norm",
    "weight_grad_norms": "own_log.series.weight_grad_norms",
    "weight_norms": "own_log.series.weight_norms",
    "update_ratios": "own_log.series.update_ratios",
    "gradient_rms": "own_log.series.gradient_rms",
    "saturated": "own_log.series.saturated",
    "growth": "own_log.series.growth",
}
ALSO = ("dead", "lone_inf")
SHOWN = 5
"""So many layers are named."""


def headline(found: Diagnosis, text: Text) -> str:
    """What it was, in a sentence."""
    return text(_kind(found), **numbers(found, text))


def answer(found: Diagnosis, clip: float | None, text: Text) -> str:
    """What it was, when it began and what it died of; what to set; what else is to be known. In paragraphs."""
    slots = numbers(found, text)
    said = [text(_kind(found), **slots), text(_when(found, slots), **slots)]
    if found.kind == "explosion":
        said.append(text(f"own_log.when.{'stays' if found.end is None else 'lost_step'}", **slots))
    paragraphs = [" ".join(said), *_also(found, text), _to_set(found, slots, text)]
    paragraphs += [*_clipping(found, clip, text), _by_layer(found, text)]
    return "\n\n".join(filter(None, paragraphs))


def _kind(found: Diagnosis) -> str:
    """The key of what it was."""
    if found.kind == "cannot tell" and found.outcome == "diverged":
        return "own_log.kinds.died"
    return KINDS[found.kind]


def _when(found: Diagnosis, slots: dict[str, object]) -> str:
    """The key of what happened, and when."""
    if found.why == "young" and found.end is None:
        return "own_log.cannot.young_alive"
    if found.why == "apart" and found.interval is None:
        return "own_log.cannot.apart_unknown"
    if found.why == "rise" and slots["usual"] == "NaN":
        return "own_log.when.rise_at_once"
    return WHEN[found.why]


def _to_set(found: Diagnosis, slots: dict[str, object], text: Text) -> str:
    """What to set, where anything follows."""
    if found.threshold is not None:
        kind = {"explosion": "clip", "spike": "clip_spike"}.get(found.kind, "clip_maybe")
        return text(f"own_log.set.{kind}", **slots)
    if found.kind == "explosion":
        return text(f"own_log.set.{'no_calm' if len(found.seen.norm.values) else 'no_norm'}")
    if found.kind == "overflow":
        return text("own_log.set.overflow")
    if found.kind == "cannot tell" and found.end is not None and not len(found.seen.norm.values):
        return text("own_log.set.no_norm")
    return text("own_log.set.not_falling") if found.why == "not_falling" else ""


def _also(found: Diagnosis, text: Text) -> list[str]:
    """Zeros that are none, and steps that were skipped."""
    heard = {finding.rule: finding for finding in found.findings}
    return [
        text(f"own_log.also.{rule}", step=whole(heard[rule].step, text))
        for rule in ALSO
        if rule in heard
    ]


def _clipping(found: Diagnosis, clip: float | None, text: Text) -> list[str]:
    """How clipping acted, where the log or the visitor tells at what was clipped."""
    acted = clipped(found.seen, clip)
    said = [_clipped(found, acted, text)] if acted is not None and acted.share else []
    if clip is not None and found.kind == "explosion":
        said.append(text("own_log.also.dies_with", clip=text.exact(clip)))
    return said


def _clipped(found: Diagnosis, acted: Clipped, text: Text) -> str:
    always = any(finding.rule == "always_clipped" for finding in found.findings)
    share, left = (text.number(100 * each, 2) for each in (acted.share, acted.factor))
    return text(f"own_log.also.{'always_clipped' if always else 'clipped'}", share=share, left=left)


def _by_layer(found: Diagnosis, text: Text) -> str:
    """Where the gradient was longest before the end, and where it was no number then; of a log that tells layers."""
    trace = found.seen.trace
    norms = trace.by_layer.get("weight_grad_norms")
    if norms is None:
        return ""
    known = np.flatnonzero(np.isfinite(norms).all(axis=1))
    if not len(known):
        return ""
    last = known[-1]
    longest = int(norms[last].argmax())
    lost = np.flatnonzero(~np.isfinite(norms[last + 1 :][:1]).any(axis=0))
    return text(
        f"own_log.also.layers{'_lost' if len(lost) else ''}",
        step=whole(found.seen.step(last), text),
        layer=as_code(trace.layers[longest]),
        norm=norms[last][longest],
        first=norms[known[0]][longest],
        lost=", ".join(as_code(trace.layers[n]) for n in lost[:SHOWN]),
        count=len(lost),
        layers=norms.shape[1],
    )


@np.errstate(all="ignore")
def numbers(found: Diagnosis, text: Text) -> dict[str, object]:
    """The slots of all sentences; NaN for what this log does not have."""
    seen = found.seen
    track = seen.track(found.series).before(seen.end).finite
    loss = seen.loss.before(seen.end)
    loss = loss.where(np.isfinite(loss.values))
    norm = seen.norm.before(seen.end).finite
    rising = track.steps >= (np.inf if found.began is None else found.began)
    before, peak = track.values[~rising][-WINDOW:], _most(track.values[rising])
    usual = float(np.median(before)) if len(before) else np.nan
    quarter = loss.values[-max(len(loss.values) // 4, 1) :]
    average = mean(found.calm.tolist())
    return {
        "began": whole(found.began, text),
        "end": whole(found.end, text),
        "before": whole(norm.steps[-1] if len(norm.steps) else None, text),
        "last": whole(seen.trace.frame["step"].iloc[-1] if len(seen.trace.frame) else None, text),
        "interval": whole(found.interval, text),
        "series": text(SERIES[found.series]),
        "usual": text.number(usual),
        "peak": peak,
        "times": text.number(peak / usual, 2),
        "rise": found.rise,
        "rows": len(norm.rows) or len(loss.rows),
        "first": float(loss.values[0]) if len(loss.values) else np.nan,
        "least": min(
            (float(np.median(q)) for q in np.array_split(loss.values, 4) if len(q)), default=np.nan
        ),
        "loss": float(np.median(quarter)) if len(quarter) else np.nan,
        "norm": float(norm.values[-1]) if len(norm.values) else np.nan,
        "value": float(norm.values[-1]) if len(norm.values) else np.nan,
        "threshold": np.nan if found.threshold is None else text.exact(found.threshold),
        "count": found.rise if found.why == "short_rise" else len(found.calm),
        "low": text.number(TIMES["half"] * average, 2),
        "high": text.number(TIMES["ten"] * average, 2),
    }


def _most(values: np.ndarray) -> float:
    return float(values.max()) if len(values) else float("nan")


def whole(step: float | None, text: Text) -> str:
    """A step in full: 49930, where a number for people would be rounded."""
    return "–" if step is None else text.digits(f"{step:.0f}")
