"""The mathematics: the product of Jacobians, factor by factor, as measured in this run."""

from core import ui
from core.charts import factors_picture

lesson = ui.open_page("mathematics")
lesson.caution()
lesson.picture(factors_picture)
lesson.ending()
lesson.look()
lesson.lab(ui.chain_rule)
lesson.prose()
lesson.lab(ui.powers)
lesson.lab(ui.cliff)
lesson.close()
