"""One page: the same head, the pictures of the current run, its ending, the prose, and the way on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Self

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts import Choose
from core.charts.base.palette import PALETTES
from core.computing.gate import Urgency
from core.diagnosis.cell import Cell
from core.diagnosis.verdict import Verdict, judge
from core.experiment import Experiment
from core.steps import Step
from core.text import LANGUAGES, load
from core.ui import ahead, endings, frame, head, lecture, live, log_line, state, style, warm
from core.ui.cards import Cards, picture_of
from core.ui.glossary import glossary
from core.ui.lesson import Lesson
from core.ui.stage import Stage
from core.ui.status import Status
from core.ui.visit import Visit

Block = Callable[[Lesson, Verdict], None]
Lab = Callable[[Lesson], Callable[[], None] | None]
"""Shows it; what takes long comes back, to be done when everything else is on the page."""
Watch = Callable[[Experiment], tuple[Sequence[Step], Mapping[Experiment, Cell]]]
"""The run's steps, and what became of other runs that were trained with it: no suggestion is tried again."""


class Page:
    """A lesson's places in the order in which they are read; they are filled in another."""

    _ending: DeltaGenerator

    def __init__(self, lesson: Lesson) -> None:
        """Nothing stands on it yet."""
        self.lesson = lesson
        self._watch: Watch = self._follow
        self.stage = Stage(lesson)
        self._blocks: list[tuple[DeltaGenerator, str, Block, bool]] = []
        self._cards = Cards(lesson)
        self._labs: list[tuple[DeltaGenerator, Lab]] = []

    def picture(self, choose: Choose) -> None:
        """A place for the picture that `choose(steps, experiment, done)` names, and for the player."""
        self.stage.picture(choose)

    def caution(self) -> None:
        """A place for what must be known of the signal before its picture is looked at."""
        self.stage.caution()

    def race(self, watch: Watch) -> DeltaGenerator:
        """A place for the race of the fixes; `watch` follows the run together with its copies, and draws them."""
        self._watch = watch
        return self.stage.place()

    def ending(self) -> None:
        """A place for the verdict and the three next things to try."""
        self._ending = st.empty()

    def block(self, show: Block, *, patient: bool = False, hidden: bool = True) -> None:
        """A place for what needs the finished, judged run; if `patient`, with what the suggestions' trials told.

        hidden: until the film is over.
        """
        key = f"{'ending-' if hidden else ''}block-{len(self._blocks)}"
        self._blocks.append((st.empty(), key, show, patient))

    def lab(self, name: str, show: Lab) -> None:
        """What can be tried beside the run, with what the sentence says, run or not; a card until it is opened."""
        if (place := self._card(name, show)) is not None:
            self._labs.append((place, show))

    def lab_of_run(self, name: str, show: Block) -> None:
        """The same of what needs the finished, judged run."""
        if (place := self._card(name, show)) is not None:
            self._blocks.append((place, "ending-lab", show, False))

    def _card(self, name: str, show: Lab | Block) -> DeltaGenerator | None:
        """A lab's card; its place, if it is open. name: as the URL and `content/*/cards.toml` have it."""
        title, invite = f"cards.{name}.title", f"cards.{name}.invite"
        return self._cards.add(name, title, invite, picture_of(show))

    def look(self) -> None:
        """What to look at in the picture; under it the comparison with another run, which has the picture's clock."""
        with st.container(key="look"):
            self.lesson.say(f"{self.lesson.slug}.look")
            self.block(self._compare, patient=True, hidden=False)

    def _compare(self, lesson: Lesson, verdict: Verdict) -> None:
        from core.ui import compare

        compare.show(lesson, verdict, self.stage.unit)

    def prose(self, first: int | None = None) -> None:
        """The section's text, the languages side by side if both were chosen.

        first: how many parts of it are in sight, the others behind one fold; all unless given.
        """
        with st.container(key="prose"):
            for text in self.lesson.columns():
                parts = text.get(f"{self.lesson.slug}.section")
                _write(parts[:first])
                if first and (rest := parts[first:]):
                    with st.expander(" · ".join(part["heading"] for part in rest)):
                        _write(rest)

    def beside(self) -> DeltaGenerator:
        """A place for two things that stand side by side where the screen is wide enough."""
        return st.container(key="beside")

    def contents(self) -> None:
        """The sections of the app, each with a line that invites into it."""
        frame.contents(self.lesson.text, self.lesson.query)

    def glossary(self) -> None:
        """The terms of the app and what they mean, closed until somebody wants them."""
        glossary(self.lesson)

    def way(self, slug: str, lab: str, label: str) -> None:
        """A link to a page with one of its labs open. label: a key of content."""
        lesson = self.lesson
        with st.container(key="way"):
            frame.link_to_lab(slug, lab, lesson.text(label), lesson.query)

    def __enter__(self) -> Self:
        """What is read is declared inside."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """What is computed and drawn comes when everything has its place, and everybody their text."""
        visit = self.lesson.status.visit
        try:
            if kind is None:
                self._cards.check()
                frame.pager(self.lesson.slug, self.lesson.text, self.lesson.query)
                warm.begin()
                ahead.begin()
                visit.draw(Urgency.PICTURES, self.lesson.status.ahead)
                self._close()
        finally:
            visit.rest()
            log_line.tell()

    def _close(self) -> None:
        """With everything else on the page, the run, and last the labs, which nobody waits for."""
        if self.lesson.shown is None:
            self.stage.invite()
        else:
            self._run(self.lesson.shown)
        visit, begun = self.lesson.status.visit, []
        for place, show in self._labs:
            visit.draw(Urgency.RUN, self.lesson.status.ahead)
            with place:
                begun.append(show(self.lesson))
        visit.rest()
        self.lesson.status.clear()
        for finish in filter(None, begun):
            finish()

    def _run(self, shown: Experiment) -> None:
        """The run to its end, or as far as the visitor let it go, and what is to be said of it."""
        lesson = self.lesson
        steps, tried = self._watch(shown)
        if not steps:
            return
        self.stage.draw(shown, steps, done=True)
        self.stage.data(shown, steps)
        verdict = replace(judge(shown, steps, lesson.compute, lesson.glance), tried=tried)
        with self._ending.container(key="conclusion"):
            words = endings.conclude(verdict, lesson.languages, lesson.palette)
            suggestions = st.container()
        self._show_blocks(verdict, patient=False)
        verdict = endings.reconsider(verdict, lesson.glance, lesson.languages, words)
        with suggestions:  # what is tried for them must not hold up the rest
            verdict = endings.suggest(verdict, lesson.trial, lesson.text)
        self._show_blocks(verdict, patient=True)
        lesson.status.clear()

    def _show_blocks(self, verdict: Verdict, *, patient: bool) -> None:
        for place, key, show, waits in self._blocks:
            if waits == patient:
                with place.container(key=key):
                    show(self.lesson, verdict)

    def _follow(self, shown: Experiment) -> tuple[Sequence[Step], Mapping[Experiment, Cell]]:
        def draw(known: Sequence[Step]) -> None:
            self.stage.draw(shown, known, done=False)

        return live.follow(shown, self.lesson.status, draw), {}


def _write(parts: Sequence[Mapping[str, str]]) -> None:
    for part in parts:
        st.header(part["heading"], anchor=False)
        st.markdown(part["body"])


def open_page(slug: str) -> Page:
    """Everything above the picture, in its turn."""
    visit = Visit()
    try:
        visit.draw(Urgency.TEXT)
        return _open(slug, visit)
    except BaseException:
        visit.rest()
        raise


def _open(slug: str, visit: Visit) -> Page:
    """Tab, top bar, title, presets, the sentence, Run and Reset."""
    frame.lead_on(slug)
    wrong = state.from_url(slug)
    state.heal()
    chosen = st.session_state["lang"]
    languages = tuple(map(load, LANGUAGES[:2] if chosen == "both" else [chosen]))
    palette = PALETTES[st.context.theme.type or "light"]
    frame.tab(slug, languages[0])
    style.apply(palette, languages[0]("ui.status.disconnected"))
    nav = frame.top_bar(languages[0])
    bar = lecture.place()
    experiment, problem, place = head.draw(slug, languages, wrong)
    status = Status(place, languages[0], visit)
    query = state.to_url(slug, experiment)
    with nav:
        frame.links(slug, languages[0], query)
    lecture.fill(bar, slug, languages)
    shown = state.shown()
    if shown is not None and (problem or shown != experiment):
        style.grey_the_old_picture()
        status.say("changed")
    return Page(Lesson(slug, languages, palette, query, experiment, shown, status))
