"""What is wrong with a value, in the visitor's language."""

from collections.abc import Mapping

from core.problems import Problem
from core.text import Text

LONGEST = 40
"""So many characters of what a link says are shown."""
EMPTY = '""'
"""What a link says where it says nothing."""


def said(problem: Problem, text: Text, words: str = "ui") -> str:
    """A problem in the visitor's language. Values without a name are shown as code, so that nothing in them acts.

    words: the file of content/ whose `problems` and `fields` say it.
    """
    names = text.get(f"{words}.fields")
    allowed = problem.allowed
    choices = text.get("ui.choices").get(problem.field, {})
    return text(
        f"{words}.problems.{problem.kind}",
        field=names.get(problem.field, as_code(problem.field)),
        value=choices.get(problem.value, as_code(problem.value)),
        least=allowed[0] if allowed else 0,
        most=allowed[-1] if allowed else 0,
        choices="; ".join(_choice(each, choices) for each in allowed),
    )


def _choice(value: object, names: Mapping[str, str]) -> str:
    """A value as a link must have it, after its name, if it has one."""
    code = as_code(str(value))
    return f"{names[str(value)]} ({code})" if value in names else code


def as_code(value: str) -> str:
    """What a link says, as code, so that nothing in it acts."""
    plain = "".join(c for c in value[:LONGEST] if c.isprintable() and c != "`")
    return f"`{plain or EMPTY}`"
