"""One page: the same head, the pictures of the current run, its ending, the prose, and the way on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import streamlit as st

from core.charts.base.palette import PALETTES, Palette
from core.charts.base.picture import Picture, Timeline
from core.charts.films import film
from core.diagnosis.cell import Cell
from core.diagnosis.verdict import Verdict, judge
from core.experiment import Experiment
from core.steps import Step
from core.text import LANGUAGES, Text, load, plain
from core.ui import compare as pair
from core.ui import endings, frame, head, live, state, style
from core.ui.live import Status
from core.ui.player import film_html, player
from core.words.cancelled import cancelled

Choose = Callable[[Sequence[Step], Experiment, bool], Picture]
Block = Callable[["Lesson", Verdict], None]
Lab = Callable[["Lesson"], None]
Watch = Callable[[Experiment], Sequence[Step]]


@dataclass
class Lesson:
    """What a page knows: its section, the words, the experiment, and where things go.

    chosen: what the sentence says now; shown: what was run and is on the page. seen: other runs that a page has
    trained anyway, so that no suggestion is tried again.
    """

    slug: str
    languages: tuple[Text, ...]
    palette: Palette
    query: dict[str, str]
    chosen: Experiment
    shown: Experiment | None
    status: Status
    scenes: list[tuple[Any, Choose]] = field(default_factory=list)
    blocks: list[tuple[Any, Block, bool]] = field(default_factory=list)
    seen: dict[Experiment, Cell] = field(default_factory=dict)
    labs: list[tuple[Any, Lab]] = field(default_factory=list)
    player_place: Any = None
    film_place: Any = None
    ending_place: Any = None
    caution_place: Any = None
    pair_place: Any = None
    race_place: Any = None
    watch: Watch | None = None

    @property
    def size(self) -> dict[str, Any]:
        """Height and font of a chart, in pixels; on a projector it is as high as lecture.css says."""
        return {"height": "container", "font": 20} if style.enlarged() else {}

    @property
    def text(self) -> Text:
        """The words of everything that is not prose."""
        return self.languages[0]

    def picture(self, choose: Choose) -> None:
        """A place for the picture that `choose(steps, experiment, done)` names, and for the player."""
        self.scenes.append((self.place(), choose))

    def caution(self) -> None:
        """A place for what must be known of the signal before its picture is looked at."""
        self.caution_place = st.container(key="caution").empty()

    def place(self) -> Any:
        """A place for a picture; the first one's player stands under it."""
        place = st.container(key=f"picture-{len(self.scenes)}").empty()
        if self.player_place is None:
            self.player_place = st.container(key="player")
        return place

    def race(self, watch: Watch) -> None:
        """A place for the race of the fixes; `watch` follows the run together with its copies, and draws them."""
        self.race_place, self.watch = self.place(), watch

    def ending(self) -> None:
        """A place for the verdict and the three next things to try."""
        self.ending_place = st.empty()

    def block(self, show: Block, *, patient: bool = False) -> None:
        """A place for what needs the finished, judged run; if `patient`, with what the suggestions' trials told."""
        self.blocks.append((st.empty(), show, patient))

    def lab(self, show: Lab) -> None:
        """A place for what can be tried beside the run, with what the sentence says, run or not."""
        self.labs.append((st.container(key=f"lab-{len(self.labs)}"), show))

    def look(self) -> None:
        """What to look at in the picture; under it a place for the comparison with another run."""
        with st.container(key="look"):
            for text in self.languages:
                st.markdown(text(f"{self.slug}.look"))
        self.pair_place = st.empty()

    def prose(self) -> None:
        """The section's text, the languages side by side if both were chosen."""
        with st.container(key="prose"):
            places = st.columns(len(self.languages), gap="large")
            for place, text in zip(places, self.languages, strict=True):
                with place:
                    for section in text.get(f"{self.slug}.section"):
                        st.header(section["heading"], anchor=False)
                        st.markdown(section["body"])

    def contents(self) -> None:
        """The sections of the app, each with a line that invites into it."""
        frame.contents(self.text, self.query)

    def close(self) -> None:
        """The way on; then, with everything else on the page, the run, and last the labs."""
        frame.pager(self.slug, self.text, self.query)
        if self.shown is None:
            self.invite()
        else:
            self.follow(self.shown)
        for place, show in self.labs:
            with place:
                show(self)

    def follow(self, shown: Experiment) -> None:
        """The run to its end, or as far as the visitor let it go, and what is to be said of it."""
        steps = self.watch(shown) if self.watch else self._watch(shown)
        if not steps:
            return
        self.draw(steps, done=True)
        verdict = judge(shown, steps, self.compute, self.glance)
        verdict = replace(verdict, tried=dict(self.seen))
        with self.ending_place.container():
            words = endings.conclude(verdict, self.languages, self.palette)
            suggestions = st.container()
        self._show_blocks(verdict, patient=False)
        verdict = endings.reconsider(verdict, self.glance, self.languages, words)
        with suggestions:  # what is tried for them must not hold up the rest
            verdict = endings.suggest(verdict, self.glance, self.text)
        self._show_blocks(verdict, patient=True)
        with self.pair_place.container():
            pair.show(self, verdict)
        self.status.clear()

    def _show_blocks(self, verdict: Verdict, *, patient: bool) -> None:
        for number, (slot, show, waits) in enumerate(self.blocks):
            if waits == patient:
                with slot.container(key=f"ending-block-{number}"):
                    show(self, verdict)

    def _watch(self, shown: Experiment) -> Sequence[Step]:
        return live.follow(shown, self.status, lambda known: self.draw(known, done=False))

    def invite(self) -> None:
        """Before the first run: empty axes that say what to press.

        With them comes what draws charts, and the player, which must be there before the first film is.
        """
        with self.player_place:
            player(f"player-{self.slug}", state.token(), self.text, autoplay=False)
        rows, spec = (
            film.empty(Experiment().steps),
            film.film.spec(self.text, self.palette, **self.size),
        )
        for place, _ in self.scenes:
            with place.container(key="waiting"):
                st.markdown(self.text("ui.status.invite"))
                self.chart(st, rows, spec, self.text("ui.status.invite"))

    def compute(self, experiment: Experiment) -> Sequence[Step]:
        """Another run, through the store, its progress told and Stop at hand."""
        return live.follow(experiment, self.status, lambda _: None, told="comparing")

    def glance(self, experiments: Sequence[Experiment]) -> Mapping[Experiment, Cell]:
        """What became of other runs, by their ends alone."""
        return live.glance(experiments, self.status)

    def draw(self, steps: Sequence[Step], *, done: bool) -> None:
        """Draw what is known of the run. The player hears first: it hides what a new film must not tell yet."""
        assert self.shown is not None
        self._warn(steps)
        pictures = [(place, choose(steps, self.shown, done)) for place, choose in self.scenes]
        for number, (place, picture) in enumerate(pictures):
            alt = picture.alt(steps, self.shown, self.text) if done else ""
            if number == 0:
                self.play(picture.timeline(steps, self.shown, done), alt, done=done)
            rows = picture.frame(steps, self.shown, self.text, done)
            self.chart(place, rows, picture.spec(self.text, self.palette, **self.size), alt)

    def _warn(self, steps: Sequence[Step]) -> None:
        """Whether a normalization cancels the signal, which a run's first step tells."""
        assert self.shown is not None
        if self.caution_place is None or not steps:
            return
        told = [cancelled(self.shown, text, steps[0].signal_norms) for text in self.languages]
        if any(told):
            with self.caution_place.container():
                for said in told:
                    st.markdown(said)

    def chart(self, place: Any, rows: pd.DataFrame, spec: dict[str, Any], alt: str) -> None:
        """One chart, as wide as the page; `alt` says in words what it shows."""
        place.vega_lite_chart(
            rows, spec, theme="streamlit", width="stretch", alt=plain(alt) or None
        )

    def play(self, timeline: Timeline, summary: str, *, done: bool) -> None:
        """Tell the player under the first picture, which drives every picture, what is known of the film."""
        if self.film_place is None:
            with self.player_place:
                player(f"player-{self.slug}", state.token(), self.text, autoplay=state.pressed())
                self.film_place = st.empty()
        assert self.shown is not None
        html = film_html(timeline, state.token(), self.shown.steps, summary, done=done)
        self.film_place.html(html)


def open_page(slug: str) -> Lesson:
    """Everything above the picture: tab, top bar, title, presets, the sentence, Run and Reset."""
    live.warm_up()
    wrong = state.from_url(slug)
    state.heal()
    chosen = st.session_state["lang"]
    languages = tuple(map(load, LANGUAGES[:2] if chosen == "both" else [chosen]))
    palette = PALETTES[st.context.theme.type or "light"]
    frame.tab(slug, languages[0])
    style.apply(palette, languages[0]("ui.status.disconnected"))
    nav = frame.top_bar(languages[0])
    experiment, problem, place = head.draw(slug, languages, wrong)
    status = Status(place, languages[0])
    query = state.to_url(slug, experiment)
    with nav:
        frame.links(slug, languages[0], query)
    shown = state.shown()
    if shown is not None and (problem or shown != experiment):
        style.grey_the_old_picture()
        status.say("changed")
    return Lesson(slug, languages, palette, query, experiment, shown, status)
