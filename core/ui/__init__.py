"""The page: frame, sentence, state and URL, the live run, what stands under it."""

from core.ui.page import Lesson, open_page

__all__ = ["Lesson", "open_page"]
