"""The mathematics: the product of Jacobians, factor by factor, as measured in this run."""

from core.charts import factors_picture
from core.labs.chain_rule.view import chain_rule
from core.labs.cliff.view import cliff
from core.labs.powers.view import powers
from core.ui import open_page

lesson = open_page("mathematics")
lesson.caution()
lesson.picture(factors_picture)
lesson.ending()
lesson.look()
lesson.lab(chain_rule)
lesson.prose()
lesson.lab(powers)
lesson.lab(cliff)
lesson.close()
