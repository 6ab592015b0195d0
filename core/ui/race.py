"""The race: the run and four copies with one fix each, same seed and data, drawn together and told one by one."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from core.advice import FIXES
from core.charts.race import Runner
from core.experiment import Experiment
from core.outcomes import outcome
from core.problems import ExperimentError
from core.steps import Step
from core.text import Text
from core.ui.sentence import setting
from core.ui.verdict import final_loss

SERIES = {"lower_rate": "rate"}


@dataclass(frozen=True)
class Entrant:
    """A fix, the experiment it makes, and that run."""

    fix: str
    experiment: Experiment
    steps: Sequence[Step]


def fixed(experiment: Experiment) -> dict[str, Experiment]:
    """What each fix makes of an experiment, where it changes anything."""
    found = {}
    for fix, change in FIXES.items():
        with suppress(ExperimentError):
            found[fix] = change(experiment)
    return {fix: other for fix, other in found.items() if other != experiment}


def runners(raced: Sequence[Entrant], text: Text) -> list[Runner]:
    """The race as the chart wants it."""
    return [Runner(name(each, text), SERIES.get(each.fix, each.fix), each.steps) for each in raced]


def rows(raced: Sequence[Entrant], text: Text) -> list[tuple[str, ...]]:
    """One row a run: who, what was changed, what became of it, how far it came, its final loss."""
    return [
        (
            f"**{name(each, text)}**",
            _changed(each, text),
            text(f"verdict.outcomes.{outcome(each.steps, each.experiment)}"),
            text("verdict.steps_of", known=_survived(each.steps), planned=each.experiment.steps),
            "–" if each.steps[-1].lost else text.number(final_loss(each.steps)),
        )
        for each in raced
    ]


def name(each: Entrant, text: Text) -> str:
    """The run's name, short enough to stand at its line."""
    return text("fixes.unfixed" if each.fix == "unfixed" else f"fixes.fixes.{each.fix}.name")


def _changed(each: Entrant, text: Text) -> str:
    if each.fix == "unfixed":
        return "–"
    said = setting(each.fix, each.experiment, text)
    words = {key: text(f"fixes.fixes.{each.fix}.{key}") for key in ("cures", "cost")}
    return text("verdict.changed", setting=said, **words)


def _survived(steps: Sequence[Step]) -> int:
    """Updates after which everything was still finite."""
    return len(steps) - (steps[-1].lost is not None)
