"""The summary table, its last column filled in from the visitor's own run."""

from core import ui
from core.charts import main_picture

lesson = ui.open_page("summary")
lesson.block(ui.summary)
lesson.picture(main_picture)
lesson.ending()
lesson.look()
lesson.prose()
lesson.close()
