"""The app's words about a run, room by room, as its pages make them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from core.charts.films.two_runs import Side
from core.diagnosis.advice import candidates, promising
from core.diagnosis.autopsy import autopsy
from core.diagnosis.changes import USUAL, each_alone
from core.diagnosis.outcomes import twin
from core.diagnosis.symptoms import RULES, diagnose
from core.diagnosis.verdict import Verdict, judge, with_twin
from core.experiment import Experiment
from core.labs.race import words as race_words
from core.labs.race.fates import Entrant
from core.labs.race.view import _blamed
from core.labs.symptoms import view as symptoms
from core.labs.symptoms import view_table as rules
from core.ui import compare as pair
from core.ui import endings, remedies
from core.ui import summary as blocks
from core.ui.autopsy import _moments, told
from core.words.verdict import sentences
from tests.words.claims import world
from tests.words.claims.autopsy import TAIL, Happened, Moment
from tests.words.claims.facts import Case, Course, Run
from tests.words.claims.offers import Offer
from tests.words.claims.pair import Cut
from tests.words.claims.race import Raced
from tests.words.claims.recording import Note, Recorder
from tests.words.claims.symptoms import Spoken

Tell = Callable[[Recorder], str]
SLOWDOWNS = {"clipping": 1.02, "normalization": 1.47}
"""What a fix costs in time is not measured here; how it is told is."""


@dataclass(frozen=True)
class Page:
    """What one place of the app says: its notes, the whole text, and of whom it is said."""

    room: str
    notes: list[Note]
    whole: str
    subject: Any


def pages(e: Experiment) -> Iterator[Page]:
    """All that is said of an experiment."""
    early = judge(e, world.compute(e), world.compute, world.glance)
    verdict = with_twin(early, world.glance)
    case = case_of(verdict)
    if early is not verdict:  # it stands there until the twin is known
        yield page("verdict", lambda text: sentences(early, text), case_of(early))
    yield page("verdict", lambda text: sentences(verdict, text), case)
    yield from of_symptoms(verdict, case)
    yield from of_autopsy(verdict, case)
    yield from of_advice(verdict, case)
    yield from of_race(verdict, case)
    yield from of_summary(verdict, case)
    yield from of_pair(verdict, case)


def case_of(verdict: Verdict) -> Case:
    """The run, and those that its verdict speaks of, trained again for the judge."""
    others = {name: e for name, (e, _) in verdict.others.items()}
    twins = {name: twin(others[name]) for name in verdict.twins_others}
    double = verdict.twin.experiment if verdict.twin else None
    return world.case(verdict.experiment, others, double, twins)


def page(room: str, tell: Tell, subject: Any) -> Page:
    text = Recorder()
    return Page(room, text.notes, tell(text), subject)


def of_symptoms(verdict: Verdict, case: Case) -> Iterator[Page]:
    """The summary, the clock, the table, and each finding with what to try."""
    found = diagnose(verdict.steps, verdict.experiment)
    yield page("symptoms", lambda text: symptoms._summary(verdict, found, text), case)
    text = Recorder()
    voices = "; ".join(voice.text for voice in symptoms.told(verdict.steps, found, text))
    yield Page("symptoms", text.notes, voices, case)
    yield from _table(verdict, case, found)
    for each in remedies.remedies(verdict, found):
        for finding in each.findings:
            yield page(
                "symptoms", lambda t, f=finding: _card(verdict, f, t), Spoken(case, finding.rule)
            )
        if each.fix is not None:
            yield page(
                "symptoms",
                lambda t, r=each: _offered(verdict, r, t),
                _offer(verdict, case, each.fix, each.findings),
            )


def _card(verdict: Verdict, finding: Any, text: Recorder) -> str:
    said = remedies.sentence(verdict, finding, {}, text)
    return f"{said} {remedies.why(verdict, finding, text)}"


def _offered(verdict: Verdict, remedy: Any, text: Recorder) -> str:
    named = text(f"advice.{remedy.fix.name}.name")
    button = text("symptoms.fix.button", name=named)
    return f"{button} {remedies.about(remedy.fix, verdict, remedy.findings, text)}"


def _table(verdict: Verdict, case: Case, found: Any) -> Iterator[Page]:
    """Every row by itself; its first word is the rule's name."""
    text = Recorder()
    rows = rules.rows(verdict.steps, verdict.experiment, found, {}, text)
    begins = [n for n, note in enumerate(text.notes) if note.key.endswith(".name")]
    for row, start, end in zip(rows, begins, [*begins[1:], None], strict=True):
        rule = text.notes[start].key.split(".")[2]
        yield Page("symptoms", text.notes[start:end], " | ".join(row), Spoken(case, rule))


def _offer(verdict: Verdict, case: Case, fix: Any, findings: Any = ()) -> Offer:
    told: dict[Experiment, Run | Course] = {e: world.course(e) for e in verdict.tried}
    told |= {run.experiment: run for run in case.others.values()}
    firsts = {name for f in findings for name in RULES[f.rule].fixes[:1]}
    changes = (remedies._change(name, verdict.experiment) for name in firsts)
    failed = tuple((s.name, s.experiment) for s in changes if s is not None)
    return Offer(case, fix.name, fix.experiment, told, failed)


def of_autopsy(verdict: Verdict, case: Case) -> Iterator[Page]:
    e = verdict.experiment
    for event in autopsy(verdict.steps, e):
        yield page("autopsy", lambda t, ev=event: told(ev, e, t), Happened(case, event.layer))
    if case.lost:
        rows = _moments(verdict, Recorder()).itertuples(index=False)
        for step, row in zip(case.steps[-TAIL:], rows, strict=True):
            yield page(
                "autopsy", lambda t: t("symptoms.autopsy.lead"), Moment(case, step, tuple(row))
            )


def of_advice(verdict: Verdict, case: Case) -> Iterator[Page]:
    """As `endings.suggest` has it, without its buttons."""
    among = candidates(verdict.experiment, verdict.situation)
    if verdict.outcome in endings.TRIED:
        verdict = replace(verdict, tried=endings.trials(verdict, among, world.glance))
        own = endings.as_cell(verdict.experiment, verdict.steps)
        among = promising(among, own, endings.known(verdict))
    for each in among[:3]:
        yield page(
            "advice",
            lambda t, s=each: " ".join(
                [t(f"advice.{s.name}.name"), endings.detail(s, t), endings.came_of(s, verdict, t)]
            ),
            _offer(verdict, case, each),
        )


def of_race(verdict: Verdict, case: Case) -> Iterator[Page]:
    """The run as it is, and the four usual fixes, each by itself."""
    unfixed, known = _entrant("unfixed", verdict.experiment), verdict.experiment
    cause = None if verdict.twins_cause not in (None, verdict.cause) else case.cause
    double = world.course(twin(known))
    yield page(
        "race",
        lambda t: f"{race_words.facts(unfixed, t)} {race_words.rounded(unfixed, t)}",
        Raced("unfixed", case, case, case, cause, double, double),
    )
    for fix, e in each_alone(known, USUAL)[0].items():
        fixed, times = _entrant(fix, e), SLOWDOWNS.get(fix, 1.0)
        raced = Raced(fix, world.run(e), case, case, cause, world.course(twin(e)), double, times)
        with patch.object(race_words, "slowdown", return_value=times):
            yield page("race", lambda t, f=fixed: _raced(unfixed, f, _blamed(verdict), t), raced)


def _entrant(fix: str, e: Experiment) -> Entrant:
    return Entrant(fix, e, world.compute(e), world.glance([twin(e)])[twin(e)])


def _raced(unfixed: Entrant, fixed: Entrant, cause: str | None, text: Recorder) -> str:
    parts = [
        race_words.facts(fixed, text),
        race_words.made(fixed, text),
        race_words.sentence(unfixed, fixed, cause, text),
        race_words.cost(unfixed, fixed, text),
    ]
    return "\n".join(parts)


def of_summary(verdict: Verdict, case: Case) -> Iterator[Page]:
    tells: Mapping[str, Callable[[Verdict, Recorder], str]] = {
        "problem": blocks.problem,
        "when": blocks.when,
        "fix": lambda v, t: blocks.fixes(world.compute, v, t),
    }
    for tell in tells.values():
        yield page("summary", lambda t, tell=tell: tell(verdict, t), case)


def of_pair(verdict: Verdict, case: Case) -> Iterator[Page]:
    """The run beside itself cut short: at half its steps, and before the step at which it was lost."""
    this = Side(verdict.experiment, verdict.steps)
    for steps in {verdict.experiment.steps // 2, verdict.steps[-1].index} - {0}:
        e = replace(verdict.experiment, steps=steps)
        that = Side(e, world.compute(e))
        yield page(
            "pair",
            lambda t, that=that: pair.sentence("steps", this, that, t),
            Cut(case, world.run(e)),
        )
