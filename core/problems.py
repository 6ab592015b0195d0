"""What can be wrong with an experiment, as data: enough to say it in any language."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value: enough to say it in any language.

    kind: "range", "number", "integer", "choice", "unknown" (no such field), "task" (not one of this network's),
        "cost" (the sizes together), "sweep_cost" (of many runs; its field may be "cells", how many they are),
        "batch_of_one", "adding_depth", or "rate_end" (the rate, divided, is below the range).
    allowed: for "range", "number" and "integer" (least, most); for "rate_end" the least and the divisor; for
        "choice" and "task" the choices; for "cost" and "sweep_cost" what fits.
    """

    kind: str
    field: str
    value: str
    allowed: tuple[Any, ...] = ()

    def __str__(self) -> str:
        """One English sentence; the pages say it in the visitor's language."""
        match self.kind:
            case "range" | "number" | "integer":
                kind = {"number": "a number, ", "integer": "a whole number, "}.get(self.kind, "")
                least, most = self.allowed
                return f"{self.field} must be {kind}{least:g} to {most:g}, got {self.value}"
            case "choice" | "task":
                return f"{self.field} must be one of {', '.join(self.allowed)}, got {self.value}"
            case "cost" | "sweep_cost":
                return (
                    f"these sizes need about {self.value} s of one core, which is too long: "
                    f"lower {self.field} to {self.allowed[0]} or less"
                )
            case "batch_of_one":
                return "batch normalization needs a batch_size of at least 2, got 1"
            case "rate_end":
                return f"{self.field} divided by {self.allowed[1]} is below {self.allowed[0]:g}"
            case "adding_depth":
                return f"the adding problem needs a depth of at least 2, got {self.value}"
            case _:
                return f"there is no setting named {self.field}"


class ExperimentError(ValueError):
    """An experiment that cannot be: `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        """Keep the problem, and say it."""
        super().__init__(str(problem))
        self.problem = problem
