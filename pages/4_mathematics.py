"""The mathematics: the product of Jacobians, factor by factor, as measured in this run."""

from core import ui
from core.charts import factors_picture

lesson = ui.open_page("mathematics")
lesson.picture(factors_picture)
lesson.ending()
lesson.look()
lesson.prose()
lesson.close()
