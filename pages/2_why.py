"""Why does it happen: the signal's size layer by layer, on its way back through the network."""

from core.charts import heatmap_picture, signal_picture
from core.labs.map.view import diagram
from core.labs.travel.view import travel
from core.ui import open_page

with open_page("why") as page:
    page.caution()
    page.picture(signal_picture)
    page.picture(heatmap_picture)
    page.ending()
    page.look()
    page.prose(first=2)
    page.lab("start", travel)
    page.lab("map", diagram)
