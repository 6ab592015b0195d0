"""Stories worth running: each an experiment found by search, and held by tests/ui/test_presets.py.

Sums are added up in another order on another processor, and many explosions are chaotic. So each was
chosen to end in the same way, with the same cause, wherever it is run: what a change of rate or gain by
a millionth would turn is no story.
"""

from dataclasses import replace

from core.experiment import Experiment

DEEP_TANH = Experiment(activation="tanh", init="lecun_normal", gain=2, lr=0.12)
EXPLOSIONS: dict[str, Experiment] = {
    "chain": Experiment(),
    "overshoot": DEEP_TANH,
    "hidden": Experiment(depth=30, gain=1, optimizer="adam", lr=0.05),
    "rnn": Experiment(
        network="rnn",
        task="adding",
        depth=60,
        activation="tanh",
        init="orthogonal",
        gain=2,
        lr=0.03,
        steps=300,
    ),
    "no_help": Experiment(clipping="global_norm", clip=1),
    "raw": Experiment(depth=2, gain=1, lr=0.01, scaling="raw"),
}
RESCUES: dict[str, Experiment] = {
    "saved_by_clipping": replace(DEEP_TANH, clipping="global_norm", clip=1),
    "saved_by_init": Experiment(gain=1),
    "saved_by_rate": replace(DEEP_TANH, lr=0.012),
    "saved_by_normalization": Experiment(normalization="layer"),
    "document": Experiment(gain=1, optimizer="adam", lr=0.001, clipping="value", clip=1),
}
PRESETS = EXPLOSIONS | RESCUES
"""The head of every page offers these."""
STD_ONE = Experiment(
    depth=80, activation="tanh", init="normal", gain=1, clipping="global_norm", clip=1
)
NEGATIVES: dict[str, Experiment] = {
    "batch": Experiment(depth=100, gain=1, normalization="batch", steps=20),
    "hidden": EXPLOSIONS["hidden"],
    "too_late": replace(STD_ONE, depth=100, gain=3),
    "zeroed": STD_ONE,
    "flat": Experiment(depth=50),
    "vanished": Experiment(gain=1, init="torch_default", lr=0.01),
}
"""What does not help against an explosion, or hides it; the fixes' page tells them."""
