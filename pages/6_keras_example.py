"""The Keras example: what clipping did to the gradient, the script of exactly this experiment, where to clip."""

from core.charts import clipping_picture
from core.labs.clip_arrow.view import arrow
from core.labs.clip_threshold.view import threshold_advisor
from core.labs.clip_threshold.view_effect import measured
from core.ui import open_page
from core.ui.scripts import scripts

with open_page("keras_example") as page:
    page.picture(clipping_picture)
    measured(page)
    page.ending()
    page.look()
    with page.beside():
        page.block(scripts)
        page.prose(first=1)
    page.lab("arrow", arrow)
    page.lab_of_run("threshold", threshold_advisor)
