"""The fix grid's cells: rows of clipping and initialization, columns of rate and normalization."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.charts.base.colour import shade
from core.computing.pace import Pace
from core.diagnosis.cell import Cell
from core.experiment import Experiment
from core.labs.fix_grid.plan import COLUMNS, ROWS, Combination, Tally, count, joined, subsets
from core.labs.fix_grid.words import cell, names, reading
from core.ui import style
from core.ui.head import run_button
from core.ui.lesson import Lesson
from core.ui.status import with_left

Plan = Mapping[Combination, Sequence[Experiment]]
Known = Mapping[Experiment, Cell]


class Board:
    """The grid's frame with a place for each cell, drawn once in a script run, and filled as often as needed."""

    def __init__(self, lesson: Lesson, planned: Plan) -> None:
        """Draw the frame: rows and columns of the fixes that are a choice."""
        self._lesson, self._planned = lesson, planned
        self._places: dict[Combination, Any] = {}
        self._keys: dict[Combination, str] = {}
        self._pace = Pace()
        fixes = {fix for combination in planned for fix in combination}
        rows, columns = ([*subsets(f for f in side if f in fixes)] for side in (ROWS, COLUMNS))
        self._progress, self._style = st.empty(), st.empty()
        with st.container(key="grid-board"):
            with st.container(horizontal=True, key="grid-heads"):
                for head in ("&nbsp;", *(names(column, lesson.text) for column in columns)):
                    st.markdown(head)
            for number, row in enumerate(rows):
                self._row(number, row, columns)
        self._reading = st.container()

    def _row(self, number: int, row: Combination, columns: Sequence[Combination]) -> None:
        with st.container(horizontal=True, key=f"grid-row-{number}"):
            st.markdown(f"**{names(row, self._lesson.text)}**")
            for column in columns:
                combination = joined(row, column)
                self._keys[combination] = key = f"grid-cell-{'-'.join(combination) or 'unfixed'}"
                with st.container(key=key):
                    self._places[combination] = st.empty()

    def fill(self, known: Known) -> None:
        """The cells as far as they are known, and how far that is; nothing can be clicked yet."""
        runs = sum(map(len, self._planned.values()))
        said = self._lesson.text("fixes.grid.progress", known=len(known), runs=runs)
        left = self._pace.left(len(known), runs)
        self._progress.progress(len(known) / runs, with_left(said, left, self._lesson.text))
        for combination, tally in self._tallies(known).items():
            self._places[combination].markdown(self._said(tally))

    def finish(self, known: Known) -> None:
        """Each cell a button that opens its run; and, where all is known, what they come to."""
        tallies = self._tallies(known)
        for combination, tally in tallies.items():
            text = self._lesson.text
            run_button(
                self._said(tally),
                f"open-{self._keys[combination]}",
                self._planned[combination][0],
                self._places[combination],
                icon=None,
                help=text("fixes.grid.open", names=names(combination, text)),
                type="tertiary",
                width="stretch",
            )
        first, seeds = self._planned[()][0], len(self._planned[()])
        complete = all(tally.known == seeds for tally in tallies.values())
        with self._reading:
            for text in self._lesson.languages:
                if complete:
                    st.markdown(reading(tallies, seeds, text))
                st.caption(text("fixes.grid.alone", seed=first.seed))

    def _said(self, tally: Tally) -> str:
        text = self._lesson.text
        return cell(tally, text) if tally.known else text("fixes.grid.waiting")

    def _tallies(self, known: Known) -> dict[Combination, Tally]:
        """Count, and shade the cells by how many of all their runs learned; those that cannot be trained say so."""
        tallies = {c: count(runs, known) for c, runs in self._planned.items()}
        for combination in self._places.keys() - tallies.keys():
            self._places[combination].markdown(self._lesson.text("fixes.grid.impossible"))
        shades = {
            self._keys[c]: shade(self._lesson.palette, tally.learned / len(self._planned[c]))
            for c, tally in tallies.items()
        }
        style.fill(self._style, shades)
        return tallies
