"""A normalization that cancels the signal, in words. No Streamlit here."""

from collections.abc import Sequence

from core.experiment import NORMALIZATION_EPS, Experiment
from core.text import Text
from core.theory.cancellation import cancelled_by


def cancelled(experiment: Experiment, text: Text, signal_norms: Sequence[float] = ()) -> str:
    """Why no growth is told, as core.theory.cancellation has it; empty where the signal is the network's own."""
    reason = cancelled_by(experiment, signal_norms)
    return text(f"why.cancels.{reason}", eps=NORMALIZATION_EPS) if reason else ""


def instead(experiment: Experiment, shown: Experiment | None, text: Text) -> str:
    """What a lab says instead of asking for a guess; short where the same is told of the run above it."""
    if shown is not None and cancelled_by(shown) == cancelled_by(experiment):
        return text("why.cancels.again")
    return cancelled(experiment, text)
