"""The summary table, its last column filled in from the visitor's own run."""

from core.charts import main_picture
from core.ui import open_page
from core.ui.summary import summary

lesson = open_page("summary")
lesson.block(summary)
lesson.picture(main_picture)
lesson.ending()
lesson.look()
lesson.prose()
lesson.close()
