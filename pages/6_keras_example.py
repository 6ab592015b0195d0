"""The Keras example: what clipping did to the gradient, the script of exactly this experiment, where to clip."""

from core import ui
from core.charts import clipping_picture

lesson = ui.open_page("keras_example")
lesson.picture(clipping_picture)
ui.measured(lesson)
lesson.ending()
lesson.look()
lesson.block(ui.scripts)
lesson.lab(ui.arrow)
lesson.block(ui.threshold_advisor)
lesson.prose()
lesson.close()
