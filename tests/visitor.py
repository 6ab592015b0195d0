"""A visitor without a browser: opens a page by a link, reads what is on it."""

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.ui.frame import PAGES

ROOT = Path(__file__).parent.parent
APP = ROOT / "streamlit_app.py"
LABS = {
    slug: re.findall(r'page\.lab\w*\("(\w+)"', (ROOT / file).read_text("utf-8"))
    for slug, file in PAGES.items()
}
"""The labs of each page, as its table of contents has them."""


def opened(slug="home", **query):
    """A new visitor who opens a link to a page."""
    app = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    if slug != "home":
        app.switch_page(PAGES[slug])
    app.run()
    assert not app.exception, [(e.value, e.stack_trace) for e in app.exception]
    return app


def charts(app):
    return app.get("vega_lite_chart")


def words(app):
    return " ".join(each.value for each in app.markdown)
