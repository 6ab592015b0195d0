"""The page: frame, sentence, state and URL, the live run, what stands under it."""

from core.ui import forgery
from core.ui.lesson import Lesson
from core.ui.page import Page, open_page

__all__ = ["Lesson", "Page", "open_page"]

forgery.refuse()
