"""The presets are stories: what each of them promises, it does."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from core.advice import CHANGES
from core.experiment import Experiment
from core.outcomes import cause, counterfactuals, largest_gradient_norm, outcome
from core.presets import EXPLOSIONS, PRESETS, RESCUES
from core.training import train


def run(experiment):
    return list(train(experiment))


def ended(experiment):
    return outcome(run(experiment), experiment)


def cause_of(experiment):
    return cause({name: ended(other) for name, other in counterfactuals(experiment).items()})


def test_first_preset_is_the_bare_experiment():
    assert next(iter(PRESETS.values())) == Experiment()


@pytest.mark.parametrize("seed", range(6))
def test_chain_is_over_in_two_to_four_steps_and_only_the_chain_is_to_blame(seed):
    story = replace(PRESETS["chain"], seed=seed)
    assert 2 <= len(run(story)) <= 5
    assert 3 <= len(run(replace(story, lr=story.lr / 10))) <= 6
    assert ended(story) == "diverged"
    assert cause_of(story) == "chain"
    assert ended(replace(story, gain=1)) == "learned"


def test_step_that_overshoots_climbs_for_fifteen_steps_or_more():
    story = PRESETS["overshoot"]
    steps = run(story)
    assert steps[-1].lost is not None
    ramp = [step.loss for step in steps[-16:] if math.isfinite(step.loss)]
    assert len(ramp) >= 15
    assert all(later > earlier for earlier, later in pairwise(ramp))
    assert cause_of(story) == "step"


def test_hidden_by_adam_is_finite_huge_and_useless():
    story = PRESETS["hidden"]
    steps = run(story)
    assert story.optimizer == "adam"
    assert len(steps) == story.steps
    assert largest_gradient_norm(steps) > 1e12
    assert outcome(steps, story) == "exploded"


def test_rnn_explodes_through_time():
    story = PRESETS["rnn"]
    first = run(story)[0]
    assert story.network == "rnn"
    assert ended(story) == "diverged"
    assert first.signal_norms[0] > 10 * first.signal_norms[-1]
    assert cause_of(story) == "both"


def test_popular_fix_keeps_it_finite_and_does_not_help():
    story = PRESETS["no_help"]
    assert ended(story) == "stalled"
    assert ended(replace(story, clipping="none")) == "diverged"


RESCUED_FROM = {
    "saved_by_clipping": {"clipping": "none", "clip": 1.0},
    "saved_by_init": {"gain": 1.25},
    "saved_by_rate": {"lr": 0.1},
    "saved_by_normalization": {"normalization": "none"},
}


@pytest.mark.parametrize("name", RESCUED_FROM)
def test_rescue_learns_and_dies_without_its_one_change(name):
    story = RESCUES[name]
    unsaved = replace(story, **RESCUED_FROM[name])
    assert unsaved in EXPLOSIONS.values()
    assert ended(unsaved) == "diverged"
    assert ended(story) == "learned"


def test_the_documents_own_line():
    story = PRESETS["document"]
    assert (story.optimizer, story.lr, story.clipping, story.clip) == ("adam", 0.001, "value", 1.0)
    assert ended(story) == "learned"


SAID = {
    "chain": {
        "initialization": {"learned"},
        "normalization": {"learned"},
        "batch": {"stalled"},
        "lower_rate": {"diverged"},
        "clipping": {"stalled"},
        "clip_values": {"learned"},
    },
    "overshoot": {
        "lower_rate": {"learned"},
        "batch": {"learned"},
        "clip_hard": {"learned"},
        "clipping": {"learned", "stalled"},
        "initialization": {"diverged"},
        "normalization": {"diverged"},
    },
}
CHANGED = CHANGES | {"batch": lambda e: replace(e, normalization="batch")}


@pytest.mark.parametrize(
    ("story", "fix"), [(story, fix) for story, fixes in SAID.items() for fix in fixes]
)
def test_fixes_do_what_their_page_says_of_four_seeds(story, fix):
    ends = [ended(CHANGED[fix](replace(PRESETS[story], seed=seed))) for seed in range(4)]
    assert set(ends) == SAID[story][fix]
