"""What a script prints of its first steps, told of a run of the app: from its start the script prints the same."""

from collections.abc import Sequence

from core.steps import Step

LINES = {
    "keras": "step {step.index}: loss {step.loss:.4g}",
    "pytorch": "step {step.index}: loss {step.loss:.4g}, gradient norm {step.grad_norm:.4g}",
}


def first_lines(library: str, steps: Sequence[Step]) -> str:
    """Its lines of some steps, FIRST_PRINTS of them at most. library: a key of LINES."""
    return "\n".join(LINES[library].format(step=step) for step in steps)
