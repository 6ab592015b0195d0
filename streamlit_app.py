"""Home: the problem in one sentence, one button that blows a network up, and the way into the seven sections."""

from core.charts import main_picture
from core.ui import open_page

with open_page("home") as page:
    page.picture(main_picture)
    page.ending()
    page.look()
    page.way("symptoms", "own_log", "home.own_log")
    page.prose()
    page.contents()
    page.glossary()
