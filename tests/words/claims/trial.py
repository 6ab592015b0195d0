"""A trial: everything that the app says of one experiment after another, judged."""

from collections.abc import Iterator

from core.experiment import Experiment
from tests.words.claims import rooms, world
from tests.words.claims.contradictions import contradictions
from tests.words.claims.duties import unsaid_duties
from tests.words.claims.judging import Judge
from tests.words.claims.registry import REGISTRY


def query(e: Experiment) -> str:
    """As a link has it."""
    return "&".join(f"{name}={value}" for name, value in e.to_query().items()) or "(the default)"


def try_words(judge: Judge, e: Experiment) -> Iterator[str]:
    """All that is said of an experiment and is not so or contradicts itself, and what is not said but owed."""
    judge.said.clear()
    try:
        for page in rooms.pages(e):
            for false in judge.falsehoods(page.notes, page.whole, page.subject):
                yield f"{page.room}: ?{query(e)}\n  {false}"
            for kept_back in unsaid_duties(page):
                yield f"{page.room}: ?{query(e)}\n  {kept_back}"
        for each in contradictions(judge.said):
            yield f"?{query(e)}\n  {each}"
    finally:
        world.forget()


def unsaid(judge: Judge) -> list[str]:
    """Keys that have a claim, and that no experiment made the app say."""
    return sorted(key for key in REGISTRY if "*" not in key and key not in judge.seen)
