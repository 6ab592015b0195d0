"""What is it: loss, gradient norm and weight norm of the run, up to where the loss stops being a number."""

from core.charts import weights_picture
from core.ui import open_page

lesson = open_page("what_is_it")
lesson.picture(weights_picture)
lesson.ending()
lesson.look()
lesson.prose()
lesson.close()
