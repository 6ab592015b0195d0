"""How to fix it: the run and four copies, each with one fix, same seed and same data."""

from core.labs.fix_grid.view import grid
from core.labs.negatives.view import negatives
from core.labs.race.view import race
from core.ui import open_page

with open_page("fixes") as page:
    race(page)
    page.ending()
    page.look()
    page.prose(first=2)
    page.lab("grid", grid)
    page.lab("negatives", negatives)
