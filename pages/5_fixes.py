"""How to fix it: the run and four copies, each with one fix, same seed and same data."""

from core import ui

lesson = ui.open_page("fixes")
lesson.race()
lesson.block(ui.race)
lesson.ending()
lesson.look()
lesson.prose()
lesson.close()
