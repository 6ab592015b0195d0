"""What is said of each run of the race: what became of it, whether its fix helped, why, and what it costs."""

from core.diagnosis.changes import AIMS, STANDARDIZATION, idle
from core.diagnosis.outcomes import counterfactuals, end_loss, rose, survived
from core.experiment import Experiment
from core.labs.race import fates
from core.labs.race.fates import ABOUT_EQUAL, Entrant, Fate
from core.runs.slowdown import slowdown
from core.tasks import trivial_loss
from core.text import Text
from core.words import course, rounding
from core.words.course import cell_ending, ending, measured_growth
from core.words.settings import setting

OWN = {
    "chain": {"chain": "own_chain", "both": "both", "neither": "neither"},
    "step": {"step": "own_step", "both": "both", "neither": "neither"},
}
"""By the cause on which a fix acts (core.diagnosis.advice.AIMS), and the cause of the explosion: its own in words."""
OTHER = {"chain": {"step": "other_step"}, "step": {"chain": "other_chain"}}
"""The same of a fix that acts on the other cause."""
MORE_WORK = ("clipping", "normalization")
"""Fixes with which an update has more to do; the others change numbers alone."""
HALVED = 0.5
"""A fix that leaves the signal growing by more than this power of its growth has not cured the chain."""


def facts(run: Entrant, text: Text) -> str:
    """Outcome, finite steps, final loss against the trivial predictor's, how often clipping acted."""
    what = run.outcome
    steps = text("verdict.steps_of", known=run.finite, planned=run.experiment.steps)
    said = [f"**{text(f'verdict.outcomes.{what}')}**", text("fixes.race.steps", steps=steps)]
    if what not in ("diverged", "stopped"):
        loss, trivial = end_loss(run.steps), trivial_loss(run.experiment)
        said.append(text("fixes.race.final", loss=loss, trivial=trivial))
    if run.experiment.clipping != "none":
        said.append(text("fixes.race.clipped", clipped=run.clipped, steps=len(run.steps)))
    return " · ".join(said)


def made(run: Entrant, text: Text) -> str:
    """How its fix was made; "" of a fix that has one way."""
    return "" if run.fix == STANDARDIZATION else setting(run.fix, run.experiment, text)


def rounded(run: Entrant, text: Text) -> str:
    """Whether rounding decides how the run ended, or when, with both ends; "" if it does not."""
    if run.outcome == "stopped":
        return ""
    if ends := rounding.ends_between(run.steps, run.twin):
        return text("fixes.race.between", early=ends[0], late=ends[1])
    return rounding.told(run.steps, run.experiment, run.twin, text)


def sentence(unfixed: Entrant, fixed: Entrant, cause: str | None, text: Text) -> str:
    """Whether the fix helped, and why. cause: of the unfixed run's explosion, where it is known."""
    what = fates.fate(unfixed, fixed)
    falling = what not in ("stopped", "same", "wavers") and fates.goes_on(fixed)
    falling = falling and not rose(fixed.steps)
    parts = (
        _fate_told(what, unfixed, fixed, text),
        text("fixes.fate.no_farther") if fates.rounds_away(what, unfixed, fixed) else "",
        "" if what in ("stopped", "same") else rounded(fixed, text),
        text("fixes.fate.falling") if falling else "",
        _why(what, unfixed, fixed, cause, text),
        course.evaluated(fixed.steps, fixed.experiment, text),
    )
    return " ".join(part for part in parts if part)


def _fate_told(what: Fate, unfixed: Entrant, fixed: Entrant, text: Text) -> str:
    if what == "stopped":
        return text("fixes.fate.stopped")
    about = what == "as_soon" and fixed.last != unfixed.last
    return text(
        f"fixes.fate.{'about_as_soon' if about else what}",
        **course.numbers(fixed.steps, fixed.experiment),
        before_step=unfixed.last,
        before=end_loss(unfixed.steps),
        ending=ending(fixed.steps, fixed.experiment, text),
        otherwise=ending(unfixed.steps, unfixed.experiment, text),
        twin="" if unfixed.twin is None else cell_ending(unfixed.twin, text),
    )


def _why(what: Fate, unfixed: Entrant, fixed: Entrant, cause: str | None, text: Text) -> str:
    """Which cause the fix acts on, and where it failed what its run shows of that."""
    if what in fates.UNEXPLAINED:
        return ""
    if fixed.fix == STANDARDIZATION:
        return text(f"fixes.why.{'smaller' if survived(fixed.outcome) else 'not_the_data'}")
    credit = _credit(what, fixed, cause)
    if credit or what in fates.SAVES:
        return _beside(unfixed, fixed, cause, text) or (text(credit) if credit else "")
    told = text(_failure(unfixed, fixed, cause)) if cause else ""
    return f"{told} {_evidence(unfixed, fixed, cause, text)}".strip()


def _credit(what: Fate, fixed: Entrant, cause: str | None) -> str:
    """What the fix is to be credited with, a key; "" where it failed, or the cause is not known.

    It "cured", or "held" off the explosion, which is all that the verdict asks; one for the other cause that "kept"
    the run learning to its end has not failed.
    """
    aim, cause = AIMS[fixed.fix], cause or ""
    own, other = OWN[aim].get(cause), OTHER[aim].get(cause)
    if cause and what in fates.SAVES:
        return f"fixes.why.cured.{own or other}"
    if own and survived(fixed.outcome):
        return f"fixes.why.held.{own}"
    kept = other and survived(fixed.outcome) and fates.goes_on(fixed)
    return f"fixes.why.kept.{other}" if kept else ""


def _failure(unfixed: Entrant, fixed: Entrant, cause: str) -> str:
    """Why it failed, a key: it acts on the other cause, or does not do enough."""
    if cause == "neither" and fixed.experiment in counterfactuals(unfixed.experiment).values():
        return "fixes.why.failed.neither_tried"
    aim = AIMS[fixed.fix]
    return f"fixes.why.failed.{OWN[aim].get(cause) or OTHER[aim][cause]}"


def _beside(unfixed: Entrant, fixed: Entrant, cause: str | None, text: Text) -> str:
    """What speaks against a cure: a clip that shortens no step, a signal that grows as before; "" if nothing does."""
    if fixed.fix == "clipping" and idle(fixed.fix, fixed.experiment):
        shorter = ABOUT_EQUAL * fixed.longest_update < unfixed.longest_update
        return "" if shorter else _moved("fixes.why.luck", unfixed, fixed, text)
    if AIMS[fixed.fix] != "chain" or cause not in ("chain", "both"):
        return ""
    before, after = (measured_growth(run.steps[0], run.experiment) for run in (unfixed, fixed))
    if not after > before**HALVED > 1:
        return ""
    unit = text(f"symptoms.units.{fixed.experiment.kind.words}")
    by = "initialization" if fixed.fix == "initialization" else "normalization"
    return text(f"fixes.why.grows_{by}", growth=after, unit=unit)


def _moved(key: str, unfixed: Entrant, fixed: Entrant, text: Text) -> str:
    """How far the weight matrices moved at most in one update, with the fix and without."""
    optimizer = text(f"ui.choices.optimizer.{fixed.experiment.optimizer}")
    longest, before = fixed.longest_update, unfixed.longest_update
    return text(key, optimizer=optimizer, longest=longest, unfixed=before)


def _evidence(unfixed: Entrant, fixed: Entrant, cause: str | None, text: Text) -> str:
    """How the fixed run's signal travelled, or how far its steps went; the cause decides which counts."""
    if (cause if cause in ("chain", "step") else AIMS[fixed.fix]) == "chain":
        return course.travelled(fixed.steps[0], fixed.experiment, text)
    rescaled = fixed.fix == "clipping" and idle(fixed.fix, fixed.experiment)
    return _moved(f"fixes.why.{'adaptive' if rescaled else 'updates'}", unfixed, fixed, text)


def cost(unfixed: Entrant, fixed: Entrant, text: Text) -> str:
    """What the fix costs: counted, and where an update has more to do timed. Needs torch."""
    if fixed.fix == STANDARDIZATION:
        return text("fixes.costs.standardization")
    replaced = fixed.fix == "normalization" and unfixed.experiment.normalization != "none"
    said = text(
        f"fixes.costs.{'replaced' if replaced else fixed.fix}",
        times=unfixed.experiment.lr / fixed.experiment.lr,
        parameters=text.digits(f"{normalization_parameters(fixed.experiment)}"),
    )
    if fixed.fix not in MORE_WORK:
        return said
    times = slowdown(unfixed.experiment, fixed.experiment)
    kind = "as_long" if 1 / ABOUT_EQUAL <= times <= ABOUT_EQUAL else "other"
    return f"{said} {text(f'fixes.costs.{kind}', times=text.number(times, digits=2))}"


def normalization_parameters(e: Experiment) -> int:
    """The trained scales and shifts: two a unit in every layer; an RNN's time steps share theirs."""
    return 2 * e.width * e.kind.layers(e.depth)
