"""Why does it happen: the signal's size layer by layer, on its way back through the network."""

from core.charts import heatmap_picture, signal_picture
from core.labs.map.view import diagram
from core.labs.travel.view import travel
from core.ui import open_page

lesson = open_page("why")
lesson.caution()
lesson.picture(signal_picture)
lesson.picture(heatmap_picture)
lesson.ending()
lesson.look()
lesson.lab(travel)
lesson.lab(diagram)
lesson.prose()
lesson.close()
