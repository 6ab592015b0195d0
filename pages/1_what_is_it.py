"""What is it: loss, gradient norm and weight norm of the run, up to where the loss stops being a number."""

from core.charts import weights_picture
from core.ui import open_page

with open_page("what_is_it") as page:
    page.picture(weights_picture)
    page.ending()
    page.look()
    page.prose()
