"""The mathematics: the product of Jacobians, factor by factor, as measured in this run."""

from core.charts import factors_picture
from core.labs.chain_rule.view import chain_rule
from core.labs.cliff.view import cliff
from core.labs.powers.view import powers
from core.ui import open_page

with open_page("mathematics") as page:
    page.caution()
    page.picture(factors_picture)
    page.ending()
    page.look()
    page.prose()
    page.lab("product", chain_rule)
    page.lab("powers", powers)
    page.lab("cliff", cliff)
