"""The only Streamlit code outside the pages: frame, controls, live run, endings."""

from core.ui.advisor import measured
from core.ui.autopsy import post_mortem
from core.ui.blocks import scripts, summary
from core.ui.chain_rule import chain_rule
from core.ui.cliff import cliff
from core.ui.clipping_lab import arrow
from core.ui.diagram import diagram
from core.ui.grid import grid
from core.ui.negatives import negatives
from core.ui.page import Lesson, open_page
from core.ui.powers import powers
from core.ui.race import race
from core.ui.symptoms import findings, warned_picture
from core.ui.thresholds import threshold_advisor
from core.ui.travel import travel
