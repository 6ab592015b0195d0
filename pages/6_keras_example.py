"""The Keras example: what clipping did to the gradient, the script of exactly this experiment, where to clip."""

from core.charts import clipping_picture
from core.labs.clip_arrow.view import arrow
from core.labs.clip_threshold.view import threshold_advisor
from core.labs.clip_threshold.view_effect import measured
from core.ui import open_page
from core.ui.scripts import scripts

lesson = open_page("keras_example")
lesson.picture(clipping_picture)
measured(lesson)
lesson.ending()
lesson.look()
lesson.block(scripts)
lesson.lab(arrow)
lesson.block(threshold_advisor)
lesson.prose()
lesson.close()
