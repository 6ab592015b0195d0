"""What gradient_watch.py adds to a step of a model with a million weights: the same loop with and without, in turns.

`python -m bench.watch`.
"""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import ModuleType

import torch
from torch import nn

from core.codegen import gradient_watch

ROUNDS, STEPS = 25, 8
BATCH, WIDTH, DEPTH = 512, 408, 6
TARGET = 0.05


def watch_class() -> type:
    module = ModuleType("gradient_watch")
    exec(compile(gradient_watch(), "gradient_watch.py", "exec"), module.__dict__)
    return module.GradientWatch


def model() -> nn.Module:
    hidden = [layer for _ in range(DEPTH) for layer in (nn.Linear(WIDTH, WIDTH), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(WIDTH, 1))


def loop(watched: bool, file: Path) -> Callable[[], None]:
    """STEPS steps of Adam with clipping, as one would write them; called again, it goes on."""
    torch.manual_seed(0)
    net, mse = model(), nn.MSELoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
    x, y = torch.randn(BATCH, WIDTH), torch.randn(BATCH, 1)
    watch = watch_class()(net, csv=file) if watched else None

    def train() -> None:
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = mse(net(x), y)
            loss.backward()
            if watch is not None:
                watch.step(loss, optimizer)
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()

    return train


def main() -> None:
    torch.set_num_threads(1)
    weights = sum(p.numel() for p in model().parameters())
    with TemporaryDirectory() as folder:
        loops = [loop(watched, Path(folder) / "run.csv") for watched in (False, True)]
        times: list[list[float]] = [[], []]
        for _ in range(ROUNDS + 1):
            for which, train in enumerate(loops):
                start = time.process_time()
                train()
                times[which].append((time.process_time() - start) / STEPS)
    bare, watched = (median(each[1:]) for each in times)
    pairs = zip(*(each[1:] for each in times), strict=True)
    added = median(theirs / ours - 1 for ours, theirs in pairs)
    print(f"\nGradientWatch: {weights:,} weights, batch {BATCH}, Adam, clipped, one torch thread")
    print(f"  {1e3 * bare:.2f} ms a step without it, {1e3 * watched:.2f} with it")
    print(f"  it adds {added:.1%} (target: under {TARGET:.0%})")


if __name__ == "__main__":
    main()
