"""What two sentences of one run may not say together: each leaves some possibilities, and one must remain."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from core.experiment import Experiment
from tests.words.claims.facts import Course
from tests.words.claims.race import Raced

Facet = dict[str, str]
"""By pattern of keys: the possibilities that a sentence leaves, with spaces between."""
FACETS: dict[str, Facet] = {
    "outcome": {
        "verdict.headline.diverged*": "diverged",
        "verdict.headline.exploded*": "exploded",
        "verdict.headline.learned*": "learned",
        "verdict.headline.stalled*": "stalled",
        "verdict.then.diverged": "diverged",
        "verdict.then.exploded": "exploded",
        "verdict.then.learned*": "learned",
        "verdict.then.stalled": "stalled",
        "verdict.outcomes.diverged": "diverged",
        "verdict.outcomes.exploded": "exploded",
        "verdict.outcomes.learned": "learned",
        "verdict.outcomes.stalled": "stalled",
        "verdict.lost.*": "diverged",
        "verdict.cause.*": "diverged exploded",
        "symptoms.lost.*": "diverged",
        "symptoms.rules.not_finite.fires": "diverged",
        "symptoms.autopsy.events.*": "diverged",
        "symptoms.ahead.*": "diverged",
        "symptoms.after.diverged*": "diverged",
        "symptoms.after.exploded*": "exploded",
        "symptoms.after.learned*": "learned",
        "symptoms.after.stalled*": "stalled",
        "symptoms.judged.*": "diverged exploded",
        "fixes.fate.saves*": "learned",
        "fixes.fate.*_learned": "learned",
        "fixes.fate.*_hardly": "learned",
        "fixes.fate.*_stalled": "stalled",
        "fixes.fate.*_risen": "stalled",
        "fixes.fate.*_exploded*": "exploded",
        "fixes.fate.*_diverged": "diverged",
        "fixes.fate.sooner": "diverged",
        "fixes.fate.later": "diverged",
        "fixes.fate.*as_soon": "diverged",
        "fixes.fate.breaks": "diverged exploded",
        "fixes.race.final": "exploded learned stalled",
        "fixes.race.between": "diverged",
    },
    "loss": {
        "verdict.headline.*_rose": "rose",
        "verdict.headline.learned": "fell",
        "verdict.headline.stalled": "fell",
        "verdict.then.learned_hardly": "rose same",
        "fixes.fate.*_risen": "rose",
        "fixes.fate.*_rose": "rose",
        "fixes.fate.saves": "fell",
        "fixes.fate.*_hardly": "rose same",
        "fixes.fate.falling": "fell same",
    },
    "numbers": {
        "verdict.headline.exploded*": "finite",
        "verdict.headline.stalled*": "finite",
        "symptoms.after.exploded*": "finite",
        "symptoms.after.stalled*": "finite",
        "symptoms.rules.not_finite.fires": "lost",
        "symptoms.autopsy.events.*": "lost",
        "symptoms.rules.update_small.why_frozen": "lost",
    },
    "cause": {
        "verdict.cause.chain*": "chain",
        "verdict.cause.step*": "step",
        "verdict.cause.both*": "both",
        "verdict.cause.neither*": "neither",
        "verdict.evidence.alone": "step neither",
        "verdict.evidence.already_gain": "step neither",
        "verdict.evidence.already_less": "step neither",
        "verdict.evidence.already_layer": "step neither",
        "verdict.evidence.already_cancelled": "step neither",
        "verdict.evidence.curvature": "step both",
        "symptoms.judged.chain_guilty": "chain both",
        "symptoms.judged.chain_innocent": "step neither",
        "symptoms.judged.step_guilty": "step both",
        "symptoms.judged.step_innocent": "chain neither",
        "symptoms.fix.beside_chain": "chain",
        "symptoms.fix.beside_step": "step",
        "fixes.why.*_chain": "chain",
        "fixes.why.*_step": "step",
        "fixes.why.*.both": "both",
        "fixes.why.*.neither*": "neither",
    },
    "signal": {
        "verdict.travelled.*_grew": "grew",
        "verdict.travelled.*_shrank": "shrank",
        "verdict.travelled.*_kept": "kept",
        "verdict.cause.*_unseen": "shrank kept",
        "verdict.cause.*_unmeasured": "unmeasured",
        "verdict.evidence.already_grew": "grew",
        "verdict.evidence.already_gain": "shrank kept unmeasured",
        "verdict.evidence.already_less": "shrank kept unmeasured",
        "verdict.evidence.already_layer": "shrank kept unmeasured",
        "verdict.evidence.already_cancelled": "unmeasured",
        "symptoms.rules.growth.fires": "grew",
        "symptoms.early.cancels": "unmeasured",
    },
    "way": {
        "verdict.headline.learned_spike": "spike",
        "symptoms.after.*_spike": "spike",
        "symptoms.after.learned": "calm",
        "symptoms.after.learned_before": "rough",
        "symptoms.after.learned_rough": "rough",
        "symptoms.after.learned_unwarned": "calm rough",
        "symptoms.after.learned_quiet": "calm rough",
        "symptoms.after.stalled": "calm rough spike",
        "fixes.fate.saves_spike": "spike",
        "fixes.fate.saves": "calm rough",
    },
    "weights": {
        "symptoms.autopsy.events.weights_grew": "grew",
        "symptoms.autopsy.events.weights_steady*": "steady",
        "symptoms.autopsy.events.first_step": "first",
    },
    "forward": {
        "symptoms.autopsy.events.forward_whole": "whole",
        "symptoms.autopsy.events.lost_activation*": "lost",
        "verdict.lost.activation": "lost",
    },
    "gradient": {
        "symptoms.autopsy.events.gradient_whole": "whole",
        "symptoms.autopsy.events.gradient_followed": "lost",
        "symptoms.autopsy.events.lost_weight": "whole",
        "symptoms.autopsy.events.lost_memory": "whole",
    },
    "updates": {
        "symptoms.autopsy.events.weights_whole": "whole",
        "symptoms.autopsy.events.weights_followed": "lost",
        "symptoms.autopsy.events.nothing_moved": "none",
        "symptoms.autopsy.events.some_moved": "some",
    },
    "rules": {
        "symptoms.early.spoke": "some",
        "symptoms.early.none": "none",
        "symptoms.after.*_quiet*": "none",
        "symptoms.after.learned_unwarned*": "some",
        "symptoms.rules.*.fires*": "some",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Contradiction:
    """Sentences of one run that cannot all be so."""

    of: Experiment
    facet: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        query = "&".join(f"{k}={v}" for k, v in self.of.to_query().items())
        return f"of {query} contradict each other in its {self.facet}: {', '.join(self.keys)}"


def about(subject: Any, facet: str) -> Experiment | None:
    """The run of which a sentence tells this."""
    if isinstance(subject, Raced):
        return (subject.case if facet == "cause" else subject.run).experiment
    if isinstance(subject, Course):
        return subject.experiment
    of = (
        getattr(subject, "run", None)
        if hasattr(subject, "layer")
        else getattr(subject, "case", None)
    )
    return of.experiment if isinstance(of, Course) else None


def contradictions(said: Iterable[tuple[Any, str]]) -> Iterator[Contradiction]:
    """Of pairs (of whom, key): where nothing is left that all could mean."""
    left: dict[tuple[Experiment, str], tuple[set[str], list[str]]] = {}
    for subject, key in said:
        for facet, patterns in FACETS.items():
            meant = next((m for p, m in patterns.items() if fnmatchcase(key, p)), None)
            of = about(subject, facet) if meant else None
            if meant is None or of is None:
                continue
            possible, keys = left.setdefault((of, facet), (set(meant.split()), []))
            if key not in keys:
                keys.append(key)
                possible &= set(meant.split())
    for (of, facet), (possible, keys) in left.items():
        if not possible:
            yield Contradiction(of, facet, tuple(keys))
