"""Claims of the symptoms: what each rule heard, how early, why, and what to try."""

import math
from dataclasses import dataclass
from functools import cached_property

from core.text import load
from tests.words.claims.facts import Case, Course, Run, Spot
from tests.words.claims.heard import (
    HEARD,
    NO_WARNING,
    OF_LAYERS,
    USUAL,
    WINDOWS,
    Heard,
    heard_in,
    sizes,
)
from tests.words.claims.judging import ANY, SAYS_NOTHING, Claim, Part, Word, claim
from tests.words.claims.lost import loss_lost, lost_at, lost_is, memory_lost
from tests.words.claims.places import unit
from tests.words.claims.predicates import (
    S,
    T,
    cancels,
    exploded,
    finite,
    first,
    highest,
    itself,
    learned,
    peak,
    silent,
    silent_since,
    spiked,
    stalled,
)
from tests.words.claims.recording import Note


@dataclass(frozen=True)
class Spoken:
    """A rule and the run to which it listened."""

    case: Case
    rule: str

    @cached_property
    def told(self) -> Heard | None:
        return HEARD[self.rule](self.case)

    @property
    def outcome(self) -> str:
        return self.case.outcome

    @property
    def step(self) -> int:
        return self.told[0]

    @property
    def value(self) -> float:
        return self.told[1]

    @property
    def spot(self) -> Spot:
        e = self.case.experiment
        return Spot(e, self.told[2], self.rule in OF_LAYERS)


def spoke(it: Spoken) -> bool:
    """the rule spoke"""
    return it.told is not None


def was_silent(it: Spoken) -> bool:
    """the rule did not speak"""
    return it.told is None


def long_enough(it: Spoken) -> bool:
    """there were steps enough for the rule"""
    finite_steps = sum(math.isfinite(step.grad_norm) for step in it.case.steps)
    return finite_steps > WINDOWS.get(it.rule, 0)


def too_short(it: Spoken) -> bool:
    """there were not steps enough for the rule"""
    return not long_enough(it)


def warnings(case: Run) -> dict[str, Heard]:
    return {name: told for name, told in heard_in(case).items() if name not in NO_WARNING}


def is_first(it: Spoken) -> bool:
    """it is a warning, and no other came earlier"""
    steps = [told[0] for told in warnings(it.case).values()]
    return it.rule not in NO_WARNING and it.step == min(steps)


def nothing_warned(case: Case) -> bool:
    """no rule warned of an explosion"""
    return not warnings(case)


def warned(case: Case) -> bool:
    """some rule warned of an explosion"""
    return bool(warnings(case))


def some_spoke(case: Case) -> bool:
    """some rule spoke"""
    return bool(heard_in(case))


def none_spoke(case: Case) -> bool:
    """no rule spoke"""
    return not heard_in(case)


def before_update(c: Course) -> bool:
    """S above 1000 T"""
    return c.S > 1000 * c.T


def calm(c: Course) -> bool:
    """neither the loss nor the gradient ran away"""
    quiet = c.peak <= 100 * c.first and c.peak <= 1e6 * max(c.T, 1)
    return quiet and not c.spiked and not before_update(c)


def rough(c: Course) -> bool:
    """the gradient was on its way as large as in an explosion"""
    return c.peak > 100 * c.first or c.peak > 1e6 * max(c.T, 1)


def no_nan(case: Case) -> bool:
    """nothing recorded is NaN"""
    from tests.words.claims.facts import numbers

    return not any(map(math.isnan, numbers(case.steps)))


def _named(note: Note, case: Case) -> Spoken:
    """The rule whose name the sentence says."""
    text = load("en")
    rule = next(r for r in HEARD if text(f"symptoms.rules.{r}.name") == note.slots["name"])
    return Spoken(case, rule)


name = Word(lambda it: f"symptoms.rules.{it.rule}.name")


def step(it: Spoken) -> int:
    return it.step


EARLY: dict[str, Claim] = {
    "symptoms.early.spoke": claim(
        some_spoke, spoke=lambda case: len(heard_in(case)), rules=lambda _: len(HEARD)
    ),
    "symptoms.early.none": claim(none_spoke, rules=lambda _: len(HEARD)),
    "symptoms.early.first": claim(spoke, is_first, of=_named, name=name, step=step),
    "symptoms.early.first_ahead": claim(
        spoke, is_first, lambda it: it.case.lost, of=_named, name=name, step=step,
        ahead=Part(itself, "symptoms.ahead.*"),
    ),
    "symptoms.early.no_warning": claim(nothing_warned),
    "symptoms.early.cancels": claim(
        cancels, name=Word(lambda _: "symptoms.rules.growth.name")
    ),
    "symptoms.early.voice": claim(spoke, of=_named, name=name, step=step),
    "symptoms.early.voice_first": claim(spoke, is_first, of=_named, name=name, step=step),
    "symptoms.early.silent": claim(was_silent, long_enough, of=_named, name=name),
    "symptoms.early.too_short": claim(was_silent, too_short, of=_named, name=name),
    "symptoms.ahead.many": claim(
        lambda it: it.case.lost and it.step < it.case.last, count=lambda it: it.case.last - it.step
    ),
    "symptoms.ahead.none": claim(lambda it: it.case.lost and it.step == it.case.last),
}  # fmt: skip
AFTER: dict[str, Claim] = {
    "symptoms.after.diverged_memory": claim(lost_is("memory"), no_nan),
    "symptoms.after.exploded": claim(exploded, finite),
    "symptoms.after.exploded_before": claim(exploded, before_update, finite),
    "symptoms.after.exploded_quiet": claim(exploded, none_spoke),
    "symptoms.after.learned": claim(learned, warned, calm),
    "symptoms.after.learned_spike": claim(learned, warned, spiked, highest=highest, start=S),
    "symptoms.after.learned_before": claim(learned, warned, before_update, start=S, trivial=T),
    "symptoms.after.learned_rough": claim(learned, warned, rough, peak=peak, first=first),
    "symptoms.after.learned_unwarned": claim(
        learned, some_spoke, nothing_warned, lambda c: not c.spiked
    ),
    "symptoms.after.learned_unwarned_spike": claim(
        learned, nothing_warned, spiked, highest=highest, start=S
    ),
    "symptoms.after.learned_quiet": claim(learned, none_spoke, lambda c: not c.spiked),
    "symptoms.after.stalled": claim(stalled, finite, some_spoke),
    "symptoms.after.stalled_spike": claim(stalled, finite, spiked, highest=highest, start=S),
    "symptoms.after.stalled_silent": claim(stalled, finite, silent, since=silent_since),
    "symptoms.after.stalled_quiet": claim(stalled, none_spoke),
}


# each rule

unit_word = Word(lambda it: unit(it.case.experiment))


def value(it: Spoken) -> float:
    return it.value


def usual(it: Spoken) -> float:
    return USUAL[it.rule]


def window(it: Spoken) -> int:
    return WINDOWS[it.rule]


place = Part(lambda it: it.spot, "charts.where.*")


def not_zero(it: Spoken) -> bool:
    """the update was not 0"""
    return it.value != 0


def is_zero(it: Spoken) -> bool:
    """the update was exactly 0"""
    return it.value == 0


def arrived(it: Spoken) -> float:
    return it.case.steps[it.step].weight_grad_norms[it.told[2] - 1]


def no_gradient(it: Spoken) -> bool:
    """not one bit of gradient arrived"""
    return arrived(it) == 0


def memory_froze(it: Spoken) -> bool:
    """the optimizer's memory is infinite there, and a gradient arrived"""
    return arrived(it) != 0 and not it.case.remembers


def many_layers(it: Spoken) -> bool:
    """there is a chain of factors"""
    return it.case.experiment.depth > 1


def vanished(it: Spoken) -> bool:
    """in that step the entries of that matrix's gradient were next to nothing"""
    matrix = it.told[2] - 1
    return (
        it.case.steps[it.step].weight_grad_norms[matrix]
        / math.sqrt(sizes(it.case.experiment)[matrix])
        <= USUAL["vanishing"]
    )


def taken_out(it: Spoken) -> bool:
    """between the loss and that matrix a normalization took the signal out"""
    e, matrix = it.case.experiment, it.told[2]
    passed = slice(0) if it.step else slice(matrix - 1 if e.network == "mlp" else -2, None)
    return matrix < len(it.case.steps[0].weight_norms) and cancels(it.case, passed)


def not_taken_out(it: Spoken) -> bool:
    """no normalization took the signal out"""
    return not taken_out(it)


def one_unit(it: Spoken) -> bool:
    """layer normalization of a single unit"""
    return it.case.experiment.normalization == "layer" and it.case.experiment.width == 1


def steps_made_it(it: Spoken) -> bool:
    """what rose did so by the updates before: some matrix moved by more than a thousandth of its length"""
    window = it.case.steps[it.step - WINDOWS[it.rule] : it.step]
    pairs = (zip(s.update_norms, s.weight_norms, strict=True) for s in window)
    return any(update > 1e-3 * weight for each in pairs for update, weight in each)


def exploding(it: Spoken) -> bool:
    """an explosion was under way: none of this is said of a run that calmly learned"""
    case = it.case
    return not case.learned or not calm(case)


def by_memory(it: Spoken) -> bool:
    """the optimizer's memory was lost first"""
    return it.case.end.lost.quantity == "memory"


def _rule(rule: str) -> dict[str, Claim]:
    told = {"step": step, "value": value, "where": place, "threshold": usual, "window": window}
    return {
        f"symptoms.rules.{rule}.fires": claim(
            spoke, **told, unit=unit_word, what=Part(lambda it: it.case, "symptoms.lost.*")
        ),
        f"symptoms.rules.{rule}.alarm": claim(unit=unit_word, threshold=usual, window=window),
        f"symptoms.rules.{rule}.name": SAYS_NOTHING,
        f"symptoms.rules.{rule}.why": claim(spoke),
    }


RULES: dict[str, Claim] = {key: each for rule in HEARD for key, each in _rule(rule).items()} | {
    "symptoms.rules.update_small.fires": claim(
        spoke, not_zero, step=step, where=place, value=value, threshold=usual
    ),
    "symptoms.rules.update_small.fires_zero": claim(spoke, is_zero, step=step, where=place),
    "symptoms.rules.update_small.why": claim(spoke, not_zero, not_taken_out),
    "symptoms.rules.update_small.why_cancelled": claim(spoke, taken_out),
    "symptoms.rules.update_small.why_zero": claim(spoke, is_zero, no_gradient, not_taken_out),
    "symptoms.rules.update_small.why_frozen": claim(spoke, is_zero, memory_froze),
    **{
        f"symptoms.rules.{rule}.why{kind}": claim(spoke, made)
        for rule in ("loss_jump", "loss_rising", "gradient_doubling")
        for kind, made in (("", steps_made_it), ("_still", lambda it: not steps_made_it(it)))
    },
    "symptoms.rules.saturated.why": claim(spoke, lambda it: not one_unit(it)),
    "symptoms.rules.saturated.why_cancelled": claim(spoke, one_unit),
    "symptoms.rules.vanishing.why": claim(spoke, vanished, not_taken_out),
    "symptoms.rules.vanishing.why_cancelled": claim(spoke, vanished, taken_out),
    "symptoms.rules.gradient_huge.why": claim(spoke, exploding),
    "symptoms.rules.gradient_large.why": claim(spoke, many_layers),
    "symptoms.rules.gradient_large.why_alone": claim(spoke, lambda it: not many_layers(it)),
    "symptoms.rules.not_finite.why": claim(spoke, lambda it: not by_memory(it)),
    "symptoms.rules.not_finite.why_memory": claim(spoke, by_memory),
}


# the table


def own_source(it: Spoken) -> bool:
    """the threshold is ours"""
    return it.rule == "loss_jump"


def before_end(it: Spoken) -> int:
    return it.case.last - it.step


TABLE: dict[str, Claim] = {
    "symptoms.table.ours": claim(own_source),
    "symptoms.table.silent": claim(was_silent, long_enough),
    "symptoms.table.too_short": claim(was_silent, too_short),
    "symptoms.table.step": claim(spoke, step=step),
    "symptoms.table.many": claim(spoke, lambda it: it.case.lost, count=before_end),
    "symptoms.table.same": claim(spoke, lambda it: it.case.lost and before_end(it) == 0),
    "symptoms.table.end": claim(lambda it: it.rule == "not_finite" and it.case.lost),
    "charts.mark.warning": claim(spoke, is_first, step=step),
    "ui.cite.others": SAYS_NOTHING,
    "ui.cite.both": SAYS_NOTHING,
    "ui.cite.year": claim(year=ANY),
    "symptoms.units.*": SAYS_NOTHING,
}
where = Part(lost_at, "charts.where.*")
LOST: dict[str, Claim] = {
    f"symptoms.lost.{quantity}": claim(lost_is(quantity), *more, where=where)
    for quantity, more in {
        "activation": (),
        "loss": (loss_lost,),
        "signal": (),
        "weight_gradient": (),
        "weight": (),
        "memory": (memory_lost,),
        "start_loss": (),
        "final_gradient": (),
        "final_loss": (),
    }.items()
}


def _judged(name: str, *, guilty: bool) -> Claim:
    def holds(it: Spoken) -> bool:
        return it.case.others[name].survives == guilty

    holds.__doc__ = f"the run of {name} {'survives' if guilty else 'does not survive'}"
    return claim(holds, ending=Part(lambda it: it.case.others[name], "verdict.then.*"))


JUDGED: dict[str, Claim] = {
    f"symptoms.judged.{name}_{word}": _judged(name, guilty=word == "guilty")
    for name in ("chain", "step")
    for word in ("guilty", "innocent")
}
CLAIMS: dict[str, Claim] = {**EARLY, **AFTER, **RULES, **TABLE, **LOST, **JUDGED}
