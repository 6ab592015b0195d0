"""The only Streamlit code outside the pages: frame, controls, live run, endings."""

from core.ui.blocks import findings, race, scripts, summary
from core.ui.page import Lesson, open_page
