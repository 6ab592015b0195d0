"""The Keras example: the script of exactly this experiment, and what clipping did to its gradient."""

from core import ui
from core.charts import clipping_picture

lesson = ui.open_page("keras_example")
lesson.picture(clipping_picture)
lesson.block(ui.scripts)
lesson.ending()
lesson.look()
lesson.prose()
lesson.close()
