"""Symptoms: the run, and what each detector found in it, at which step."""

from core import ui
from core.charts import main_picture

lesson = ui.open_page("symptoms")
lesson.picture(main_picture)
lesson.block(ui.findings)
lesson.ending()
lesson.look()
lesson.prose()
lesson.close()
