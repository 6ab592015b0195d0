"""An experiment's settings in words."""

from typing import Any

from core.experiment import CHOICES, FIELDS, Experiment
from core.text import Text

WORDS: dict[str, tuple[str, ...]] = {
    "network": ("network", "depth", "width", "activation"),
    "init": ("init", "gain"),
    "optimizer": ("optimizer", "lr", "steps", "batch_size"),
    "clipping": ("clipping", "clip"),
    "normalization": ("normalization",),
    "data": ("task", "seed"),
}
"""The words of the sentence, and the settings that each stands for."""


def label(word: str, said: dict[str, Any], text: Text) -> str:
    """What the word says now."""
    shown = {
        name: text(f"ui.choices.{name}.{value}") if name in CHOICES else text.exact(value)
        for name, value in said.items()
    }
    key = said[word] if word in ("network", "clipping") else word
    one = "_one" if key == "mlp" and said["depth"] == 1 else ""
    return text(f"ui.words.{key}{one}", **shown)


def setting(name: str, experiment: Experiment, text: Text) -> str:
    """A word, or one of the four fixes, as this experiment has it: "the global norm at 1", "He × 1.25"."""
    word = {"lower_rate": "rate", "initialization": "init"}.get(name, name)
    return label(word, {name: getattr(experiment, name) for name in FIELDS}, text)
