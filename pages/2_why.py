"""Why does it happen: the signal's size layer by layer, on its way back through the network."""

from core import ui
from core.charts import heatmap_picture, signal_picture

lesson = ui.open_page("why")
lesson.caution()
lesson.picture(signal_picture)
lesson.picture(heatmap_picture)
lesson.ending()
lesson.look()
lesson.lab(ui.travel)
lesson.lab(ui.diagram)
lesson.prose()
lesson.close()
