"""What a page knows, and what anything on it can do with that: speak, draw a chart, compute another run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.charts.base.palette import Palette
from core.computing.gate import Urgency
from core.diagnosis.cell import Cell
from core.experiment import Experiment
from core.steps import Step
from core.text import Text, plain
from core.ui import live, style
from core.ui.status import Status

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from core.charts.base.look import Look
    from core.charts.base.picture import Build


@dataclass(frozen=True)
class Lesson:
    """A section, its words, and the experiment.

    chosen: what the sentence says now; shown: what was run and is on the page.
    """

    slug: str
    languages: tuple[Text, ...]
    palette: Palette
    query: Mapping[str, str]
    chosen: Experiment
    shown: Experiment | None
    status: Status

    @property
    def size(self) -> dict[str, Any]:
        """Height and font of a chart, in pixels; on a projector it is as high as lecture.css says."""
        return {"height": "container", "font": 26} if style.enlarged() else {}

    @property
    def text(self) -> Text:
        """The words of everything that is not prose."""
        return self.languages[0]

    def heading(self, key: str) -> None:
        """A heading in each language, in one line."""
        st.header(" · ".join(text(key) for text in self.languages), anchor=False)

    def say(self, key: str, **slots: object) -> None:
        """A text in each language, below one another."""
        self.tell(lambda text: text(key, **slots))

    def tell(
        self, said: Callable[[Text], str], show: Callable[[str], object] = st.markdown
    ) -> None:
        """The same of words that are not one text alone."""
        for text in self.languages:
            show(said(text))

    def columns(self) -> Iterator[Text]:
        """The languages, side by side if both were chosen: what is drawn meanwhile stands in that one's column."""
        places = st.columns(len(self.languages), gap="large")
        for place, text in zip(places, self.languages, strict=True):
            with place:
                yield text

    def look(self, height: float | None = None, unit: str = "still") -> "Look":
        """What a specification depends on. height: in pixels, where neither the page nor a picture's usual one is."""
        from core.charts.base.look import Look
        from core.charts.base.picture import FONT, HEIGHT

        size = {"height": height or HEIGHT, "font": FONT} | self.size
        return Look(self.text, self.palette, size["height"], size["font"], unit)

    def draw(
        self,
        build: "Build",
        rows: "pd.DataFrame | pa.Table",
        alt: str,
        look: "Look | None" = None,
        place: Any = st,
        **more: Any,
    ) -> None:
        """One chart, its specification from what `build` makes of the page's look, or of another; else as `chart`."""
        from core.charts.base.picture import specification

        self.chart(place, rows, specification(build, look or self.look()), alt, **more)

    def chart(
        self,
        place: Any,
        rows: "pd.DataFrame | pa.Table | None",
        spec: dict[str, Any],
        alt: str,
        **more: Any,
    ) -> None:
        """One chart, as wide as the page; `alt` says in words what it shows. more: as of st.vega_lite_chart."""
        place.vega_lite_chart(
            rows, spec, theme="streamlit", width="stretch", alt=plain(alt) or None, **more
        )

    def compute(self, experiment: Experiment) -> Sequence[Step]:
        """Another run, through the store, its progress told and Stop at hand."""
        return live.follow(experiment, self.status, lambda _: None, told="comparing")

    def glance(self, experiments: Sequence[Experiment]) -> Mapping[Experiment, Cell]:
        """What became of other runs, by their ends alone."""
        return live.glance(experiments, self.status)

    def trial(self, experiments: Sequence[Experiment]) -> Mapping[Experiment, Cell]:
        """The same of what nobody waits for; less where others wait."""
        return live.glance(experiments, self.status, Urgency.TRIAL)
