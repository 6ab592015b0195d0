"""An experiment's settings in words."""

from typing import Any

from core.experiment import CHOICES, FIELDS, Experiment
from core.kinds import KINDS
from core.text import Text

WORDS: dict[str, tuple[str, ...]] = {
    "network": ("network", "depth", "width", "activation"),
    "init": ("init", "gain"),
    "optimizer": ("optimizer", "lr", "steps", "batch_size"),
    "clipping": ("clipping", "clip"),
    "normalization": ("normalization",),
    "data": ("task", "scaling", "seed"),
}
"""The words of the sentence, and the settings that each stands for."""


def label(word: str, said: dict[str, Any], text: Text) -> str:
    """What the word says now."""
    shown = {
        name: text(f"ui.choices.{name}.{value}") if name in CHOICES else text.exact(value)
        for name, value in said.items()
    }
    key = said[word] if word in ("network", "clipping") else word
    if word == "data" and said["scaling"] == "raw":
        key = "data_raw"
    alone = key in KINDS and not KINDS[key].recurrent and said["depth"] == 1
    return text(f"ui.words.{key}{'_one' if alone else ''}", **shown)


def setting(name: str, experiment: Experiment, text: Text) -> str:
    """A word, or one of the four fixes, as this experiment has it: "the global norm at 1", "He × 1.25"."""
    word = {"lower_rate": "rate", "initialization": "init"}.get(name, name)
    return label(word, {name: getattr(experiment, name) for name in FIELDS}, text)
