"""How to fix it: the run and four copies, each with one fix, same seed and same data."""

from core import ui

lesson = ui.open_page("fixes")
ui.race(lesson)
lesson.ending()
lesson.look()
lesson.prose()
lesson.lab(ui.grid)
lesson.lab(ui.negatives)
lesson.close()
