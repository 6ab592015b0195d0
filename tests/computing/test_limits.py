"""What an operator may set: what holds, and what is told of what cannot be."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.computing.limits import LIMITS, PREFIX, Limit

ROOT = Path(__file__).parent.parent.parent
LIMIT = Limit("OF_A_TEST", 128, least=2, most=1000)


@pytest.mark.parametrize(("said", "holds"), [("", 128), (" 64 ", 64), ("2", 2), ("1000", 1000)])
def test_a_number_in_its_range_holds(said, holds, monkeypatch, caplog):
    monkeypatch.setenv(PREFIX + LIMIT.name, said)
    assert LIMIT.value == holds
    assert LIMIT.bytes == holds * 2**20
    assert not caplog.messages


@pytest.mark.parametrize("said", ["much", "1", "1001", "-5", "1e3", "64.5", "inf"])
def test_what_cannot_be_is_told_with_what_is_allowed(said, monkeypatch, caplog):
    monkeypatch.setenv(PREFIX + LIMIT.name, said)
    assert LIMIT.value == 128
    (told,) = caplog.messages
    assert {said, "EXPLODING_OF_A_TEST", "2", "1000", "128"} <= set(re.split("[=: ;]", told))


def test_limits_reach_what_they_limit():
    code = (
        "from core.computing.gate import COMPUTING; from core.computing.shared import KEPT;"
        "from core.labs.map.store import STORE as MAPS; from core.runs import store;"
        "sizes = store.STORE._most_bytes, store.MOST_ENGINE_BYTES, MAPS._most_bytes, KEPT._most_bytes;"
        "print(COMPUTING._free, *(size // 2**20 for size in sizes))"
    )
    names = "AT_ONCE", "STEPS_MB", "TRAINING_MB", "DIAGRAMS_MB", "KEPT_MB"
    said = {PREFIX + name: str(k) for k, name in enumerate(names, 3)}
    command = [sys.executable, "-c", code]
    printed = subprocess.run(command, env=said, cwd=ROOT, capture_output=True, text=True).stdout
    assert printed.split() == list("34567")


def test_the_readme_tells_of_every_limit():
    readme = (ROOT / "README.md").read_text("utf-8")
    for limit in LIMITS:
        assert re.search(rf"`({PREFIX}|_)\w*{limit.name.removeprefix('_')}`", readme), limit.name
        if limit.name != "AT_ONCE":
            assert re.search(rf"\b{limit.default}\b", readme)
