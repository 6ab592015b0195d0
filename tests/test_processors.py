"""`make test-roundings` is no sham: each of its settings, and each of their variables, changes the bits of runs."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
X86 = platform.machine() in ("x86_64", "AMD64")
SETTINGS = {
    name: dict(each.split("=") for each in told.split())
    for name, told in re.findall(r"^(OTHER_\w+) := (.*)$", (ROOT / "Makefile").read_text(), re.M)
}
VARIABLES = [(key, value) for setting in SETTINGS.values() for key, value in setting.items()]
PRINT = """
from core.experiment import Experiment
from core.engine.training import train
runs = [Experiment(gain=1, steps=9), Experiment(gain=1, activation="tanh", lr=0.01, steps=9)]
steps = [step for run in runs for step in train(run)]
print([step.loss for step in steps])
print([step.signal_norms for step in steps])
"""


def printed(**setting):
    """Losses and norms of two runs in a process of its own, warnings being errors."""
    known = {key for key, _ in VARIABLES}
    environment = {key: value for key, value in os.environ.items() if key not in known}
    command = [sys.executable, "-W", "error", "-c", PRINT]
    told = subprocess.run(
        command, env=environment | setting, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return told.stdout.splitlines()


def test_two_settings_and_each_of_their_variables_change_the_bits():
    """They are those of x86's libraries; on any processor the same setting gives the same bits again."""
    plain = printed()
    assert plain == printed()
    settings, variables = (SETTINGS, VARIABLES) if X86 else ({}, ())
    assert (len(SETTINGS), len(VARIABLES)) == (2, 4)
    losses = {printed(**setting)[0] for setting in settings.values()}
    assert len(losses | {plain[0]}) == len(settings) + 1
    alone = {"\n".join(printed(**{key: value})) for key, value in variables}
    assert len(alone | {"\n".join(plain)}) == len(variables) + 1
