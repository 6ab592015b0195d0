"""The summary table, its last column filled in from the visitor's own run."""

from core.charts import main_picture
from core.ui import open_page
from core.ui.summary import summary

with open_page("summary") as page:
    page.picture(main_picture)
    page.block(summary)
    page.ending()
    page.look()
    page.prose()
