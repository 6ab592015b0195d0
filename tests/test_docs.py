"""What is written about the code is there: every path, and every name that is said to be in a file."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
TOPS = "core|pages|content|tests|docs|bench|static|deploy"
PATH = re.compile(rf"`((?:{TOPS})/[^`\s<]*)`")
NAMED = re.compile(r"((?:`\w+`(?:, | and )?)+)\s+(?:in|of)\s+`([\w/*.]+\.(?:py|toml|css))`")
"""`NAME`, `OTHER` and `THIRD` in `core/file.py`."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_are_there(page: Path) -> None:
    paths = set(PATH.findall(page.read_text("utf-8")))
    assert [path for path in sorted(paths) if not [*ROOT.glob(path.rstrip("/"))]] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_names_are_where_they_are_said_to_be(page: Path) -> None:
    for names, where in NAMED.findall(page.read_text("utf-8")):
        files = [path.read_text("utf-8") for path in ROOT.glob(where)]
        assert files, where
        for name in re.findall(r"\w+", names.replace(" and ", " ")):
            assert all(re.search(rf"\b{name}\b", file) for file in files), f"{name} in {where}"
