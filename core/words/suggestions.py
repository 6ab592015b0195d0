"""What is suggested to try next, in its own numbers."""

from core.diagnosis.advice import Suggestion
from core.diagnosis.outcomes import ended
from core.diagnosis.verdict import Verdict
from core.experiment import Experiment
from core.text import Text
from core.words.course import cell_ending, ending
from core.words.verdict import aimed

STARTS = ("initialization", "plain_start", "fresh", "small")
"""Suggestions whose words tell the start."""
_VALUES = ("gain", "lr", "clip", "depth", "steps")


def detail(suggestion: Suggestion, text: Text) -> str:
    """What the suggested experiment is, in its own numbers."""
    e = suggestion.experiment
    values = {key: text.exact(getattr(e, key)) for key in _VALUES}
    init, start = text(f"ui.choices.init.{e.init}"), ""
    if suggestion.name in STARTS:
        start = aimed(e, text) if e.depth > 1 else text("advice.start", gain=values["gain"])
    return text(f"advice.{suggestion.name}.detail", init=init, start=start, **values)


def endings_seen(verdict: Verdict, text: Text) -> dict[Experiment, str]:
    """How the runs ended that the verdict has seen, as half sentences."""
    told = {e: cell_ending(cell, text) for e, cell in verdict.tried.items()}
    return told | {e: ending(s, e, text) for e, s in verdict.others.values() if ended(s)}
