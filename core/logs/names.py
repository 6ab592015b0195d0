"""What a log's names mean: which of them is the loss, the gradient's norm, the rate, and the step."""

import re
from collections.abc import Mapping

from core.logs.table import Table

SERIES = {
    "step": (
        "global step",
        "step",
        "global steps",
        "iteration",
        "iter",
        "num updates",
        "update num",
        "current steps",
        "n iter",
        "iters",
        "steps",
        "update",
        "updates",
        "step num",
        "it",
        "total timesteps",
        "batch",
    ),
    "loss": (
        "loss",
        "loss step",
        "lm loss",
        "total loss",
        "loss total",
        "batch loss",
        "nll loss",
        "ce loss",
        "trl",
        "loss epoch",
        "loss train",
        "objective",
    ),
    "grad_norm": (
        "grad norm",
        "gnorm",
        "gradient norm",
        "total grad norm",
        "grad norm total",
        "grad 2.0 norm total",
        "global grad norm",
        "grad global norm",
        "total norm",
        "global norm",
        "norm",
        "gradnorm",
        "grad norm before clip",
        "grad norm before clipping",
        "unclipped grad norm",
        "grad l2 norm",
        "grads norm",
        "grad",
        "gn",
    ),
    "clipped_norm": (
        "clipped norm",
        "clipped grad norm",
        "grad norm clipped",
        "grad norm after clip",
        "grad norm after clipping",
    ),
    "lr": ("lr", "learning rate", "lr 0", "learning rate 0", "lr step", "base lr", "rate"),
    "val_loss": (
        "val loss",
        "valid loss",
        "validation loss",
        "eval loss",
        "evaluation loss",
        "dev loss",
        "loss val",
        "loss valid",
        "loss validation",
        "val loss epoch",
        "test loss",
        "vl loss",
    ),
    "loss_scale": ("loss scale", "grad scale", "scale", "amp scale", "scaler", "loss scaler"),
    "epoch": ("epoch", "epochs"),
}
"""The names of each series, the surest first, as `plain` writes them."""
ALIKE = {
    "loss": re.compile(r"\b(?:loss|nll|objective)\b"),
    "grad_norm": re.compile(r"\bgrad(?:ient)?s?\b.*\bnorm\b|\bnorm\b.*\bgrad(?:ient)?s?\b"),
    "clipped_norm": re.compile(r"\bclipped\b.*\bnorm\b|\bnorm\b.*\bclipped\b"),
    "lr": re.compile(r"\blr\b|\blearning rate\b"),
    "val_loss": re.compile(r"\b(?:val|valid|validation|eval|evaluation|dev)\b.*\bloss\b"),
}
"""Where none of the names is there: what a name has in it, and what it has not."""
NEVER = {
    "loss": re.compile(r"\b(?:val|valid|validation|eval|evaluation|dev|test|scale|scaler|best)\b"),
    "grad_norm": re.compile(r"\b(?:clipped|after|layer|layers|bias|weight|max|min|threshold)\b"),
}
LAYERS = {
    "weight_grad_norms": ("grad_norm/", "grad_2.0_norm/"),
    "weight_norms": ("weight_norm/",),
    "update_ratios": ("update_ratio/",),
}
"""How the names of each series by layer begin, before the layer's: gradient_watch.py's, and Lightning's."""
OF_A_LAYER = tuple(beginning for each in LAYERS.values() for beginning in each)
OF_ALL = ("total", "global", "all")
TRAIN = re.compile(r"^(?:(?:train|training|trainer|metrics|scalars|train inner|perf|optim)\b ?)+")


def plain(name: str) -> str:
    """A name in lower case, its words divided by blanks: train/gradNorm is train grad norm."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.sub(r"[^a-z0-9.]+", " ", apart.lower()).strip()


def meanings(table: Table, chosen: Mapping[str, str]) -> dict[str, str]:
    """The log's name of each series that is found. chosen: what somebody says they are, here or in another file."""
    known = {s: name for s, name in table.names.items() if name not in chosen.values()}
    found = {s: name for s, name in {**known, **chosen}.items() if name in table.columns}
    said = {name: plain(table.short.get(name, name)) for name in table.columns}
    if sum(name.startswith(OF_A_LAYER) for name in said) > 1:
        said = {n: s for n, s in said.items() if not n.startswith(OF_A_LAYER) or s.endswith(OF_ALL)}
    counts = {name: len(column.rows) for name, column in table.columns.items()}
    for series in SERIES:
        free = {name: said[name] for name in said if name not in found.values()}
        if series not in {*found, *chosen} and (best := _best(series, free, counts)):
            found[series] = best
    return found


def _best(series: str, said: Mapping[str, str], counts: Mapping[str, int]) -> str | None:
    """The surest of names, which come with themselves as `plain` writes them, and how often each was logged."""
    ranked = {name: rank for name, plainly in said.items() if (rank := _rank(series, plainly))}
    if series == "step" and ranked:
        most = max(counts[name] for name in ranked)
        ranked = {name: rank for name, rank in ranked.items() if counts[name] > most / 2}
    if ranked:
        return min(ranked, key=lambda name: ranked[name])
    alike = [name for name, plainly in said.items() if _alike(series, plainly)]
    return max(alike, key=lambda name: counts[name], default=None)


def _rank(series: str, whole: str) -> tuple[int, int] | None:
    """How sure a name is: its place in the table, and whether something of the training's stood before it."""
    for changed, said in enumerate((whole, TRAIN.sub("", whole))):
        if said in SERIES[series]:
            return SERIES[series].index(said), changed
    return None


def _alike(series: str, said: str) -> bool:
    never = NEVER.get(series)
    return bool(
        series in ALIKE and ALIKE[series].search(said) and not (never and never.search(said))
    )
