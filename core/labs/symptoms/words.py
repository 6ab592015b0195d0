"""What the rules' words were worth, by what became of the run."""

from collections.abc import Callable, Sequence

from core.diagnosis.outcomes import (
    EXPLODED_NORM,
    EXPLODED_TIMES,
    largest_gradient_norm,
    silent_since,
    spiked,
)
from core.diagnosis.symptoms import Finding, first_warning
from core.diagnosis.verdict import Verdict
from core.tasks import trivial_loss
from core.text import Text
from core.words.course import exploded_before, forgot, nuance, numbers

Found = Sequence[Finding]


def after(verdict: Verdict, found: Found, text: Text) -> str:
    """What the rules' words, or their silence, were worth; "" where the run's end says so itself."""
    key = nuance(f"symptoms.after.{verdict.outcome}", AFTER, verdict, found)
    if key == "symptoms.after.diverged":
        return ""
    return text(key, **numbers(verdict.steps, verdict.experiment))


def _quiet(_: Verdict, found: Found) -> bool:
    return not found


def _unwarned(_: Verdict, found: Found) -> bool:
    return first_warning(found) is None


def _spike(verdict: Verdict, _: Found) -> bool:
    return spiked(verdict.steps, verdict.experiment)


def _before(verdict: Verdict, _: Found) -> bool:
    return exploded_before(verdict.steps, verdict.experiment)


def _rough(verdict: Verdict, _: Found) -> bool:
    """Whether the gradient was on its way as large as in an explosion."""
    peak, first = largest_gradient_norm(verdict.steps), verdict.steps[0].grad_norm
    trivial = trivial_loss(verdict.experiment)
    return peak > EXPLODED_TIMES * first or peak > EXPLODED_NORM * max(trivial, 1.0)


AFTER: dict[str, Callable[[Verdict, Found], bool]] = {
    "symptoms.after.diverged_memory": lambda verdict, _: forgot(verdict.steps),
    "symptoms.after.exploded_quiet": _quiet,
    "symptoms.after.exploded_before": _before,
    "symptoms.after.learned_unwarned_spike": lambda v, f: _unwarned(v, f) and _spike(v, f),
    "symptoms.after.learned_quiet": _quiet,
    "symptoms.after.learned_unwarned": _unwarned,
    "symptoms.after.learned_spike": _spike,
    "symptoms.after.learned_before": _before,
    "symptoms.after.learned_rough": _rough,
    "symptoms.after.stalled_quiet": _quiet,
    "symptoms.after.stalled_silent": lambda verdict, _: silent_since(verdict.steps) is not None,
    "symptoms.after.stalled_spike": _spike,
}
"""By outcome, the first that holds."""
