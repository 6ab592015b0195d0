"""Stories worth running: each an experiment found by search, and held by tests/test_presets.py."""

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
