"""The autopsy as a lab of page 3; of a run that did not diverge, that there is none."""

from core.diagnosis.verdict import Verdict
from core.ui.autopsy import post_mortem
from core.ui.lesson import Lesson


def autopsy(lesson: Lesson, verdict: Verdict) -> None:
    """The last steps and the chain of events, or why there are none."""
    if not post_mortem(lesson, verdict):
        lesson.say("cards.autopsy.none")
