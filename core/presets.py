"""Stories worth running: each an experiment found by search, and held by tests/test_presets.py."""

from dataclasses import replace

from core.experiment import Experiment

EXPLOSIONS: dict[str, Experiment] = {
    "chain": Experiment(),
    "overshoot": Experiment(depth=30, activation="tanh", init="lecun_normal", gain=2, lr=0.1),
    "hidden": Experiment(depth=30, gain=1, optimizer="adam", lr=0.1),
    "rnn": Experiment(
        network="rnn", depth=60, activation="tanh", init="lecun_normal", gain=2, lr=0.05
    ),
    "no_help": Experiment(clipping="global_norm", clip=1),
}
RESCUES: dict[str, Experiment] = {
    "saved_by_clipping": Experiment(
        depth=30,
        activation="tanh",
        init="lecun_normal",
        gain=2,
        lr=0.1,
        clipping="global_norm",
        clip=0.1,
    ),
    "saved_by_init": Experiment(gain=1),
    "saved_by_rate": Experiment(depth=30, activation="tanh", init="lecun_normal", gain=2, lr=0.01),
    "saved_by_normalization": Experiment(normalization="layer"),
    "document": Experiment(gain=1, optimizer="adam", lr=0.001, clipping="value", clip=1),
}
PRESETS = EXPLOSIONS | RESCUES
"""The head of every page offers these."""
STD_ONE = Experiment(
    depth=80, activation="tanh", init="normal", gain=1, clipping="global_norm", clip=1
)
NEGATIVES: dict[str, Experiment] = {
    "batch": Experiment(depth=100, gain=1, normalization="batch"),
    "hidden": EXPLOSIONS["hidden"],
    "too_late": replace(STD_ONE, depth=100, gain=3),
    "zeroed": STD_ONE,
    "flat": Experiment(depth=50),
    "vanished": Experiment(gain=1, init="torch_default", lr=0.01),
}
"""What does not help against an explosion, or hides it; the fixes' page tells them."""
