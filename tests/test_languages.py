"""A language more: a folder in content/ and its code in one list, and the app speaks it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VISIT = """
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("streamlit_app.py", default_timeout=120)
app.query_params.update({"lang": "xx", "depth": "4", "steps": "3"})
app.switch_page("pages/7_summary.py")
app.run()
assert not app.exception, app.exception
assert app.title[0].value == "Xsummary", app.title[0].value
assert app.segmented_control[0].options[2] == "Xish", app.segmented_control[0].options
table = app.table[0].value
assert list(table.columns)[2] == "Xish", table
assert table.iloc[1, 3].startswith("E ReLU layers of ge."), table.iloc[1, 3]
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The app with the language "xx" in it: Xish, whose ten digits are the letters a to j."""
    for name in ("core", "pages", "content"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "streamlit_app.py", tmp_path)
    language = shutil.copytree(tmp_path / "content/en", tmp_path / "content/xx")
    _change(language / "language.toml", '"English"', '"Xish"')
    _change(language / "language.toml", '"0123456789"', '"abcdefghij"')
    _change(language / "summary.toml", 'title = "Summary"', 'title = "Xsummary"')
    _change(tmp_path / "core/text.py", '"bn")', '"bn", "xx")')
    return tmp_path


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old} in {path.name}"
    path.write_text(text.replace(old, new), "utf-8")


def test_a_language_is_a_folder_and_its_code_in_one_list(app: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", VISIT], cwd=app, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
