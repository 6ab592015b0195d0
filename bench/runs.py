"""A thousand different runs on one server, one after another: its memory after a hundred of them, and after all."""

import asyncio
import sys

from bench.load import visit
from bench.memory import megabytes
from bench.page import APP
from core.experiment import Experiment
from tests.serving import process_serving

RUNS, FIRST, STEP = 1000, 100, 100
MOST_MORE = 50
"""Megabytes that the others may add to those of the first hundred."""


async def main(runs: int) -> None:
    """Each run is of the usual size; every other one explodes."""
    with process_serving(APP) as (pid, address):
        first = 0
        for number in range(1, runs + 1):
            e = Experiment(gain=(1.25, 1.0)[number % 2], seed=number)
            query = "&".join(f"{name}={value}" for name, value in e.to_query().items())
            seen = await visit(address, "", f"run=1&{query}")
            if seen.error:
                sys.exit(f"run {number} failed: {seen.error}")
            if number == FIRST:
                first = megabytes(pid)
            if number % STEP == 0:
                print(f"  {number:5d} runs: {megabytes(pid)} MB", flush=True)
        more = megabytes(pid) - first
        print(f"{more:+d} MB since the first {FIRST} (target: at most +{MOST_MORE})")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS))
