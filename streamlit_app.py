"""Home: the problem in one sentence, one button that blows a network up, and the way into the seven sections."""

from core.charts import main_picture
from core.ui import open_page

lesson = open_page("home")
lesson.picture(main_picture)
lesson.ending()
lesson.look()
lesson.prose()
lesson.contents()
lesson.close()
