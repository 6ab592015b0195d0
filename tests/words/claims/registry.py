"""All claims."""

from tests.words.claims import (
    advice,
    autopsy,
    causes,
    lost,
    offers,
    pair,
    places,
    race,
    reasons,
    summary,
    symptoms,
    verdict,
)
from tests.words.claims.judging import Claim

REGISTRY: dict[str, Claim] = {
    **places.CLAIMS,
    **verdict.CLAIMS,
    **lost.CLAIMS,
    **causes.CLAIMS,
    **symptoms.CLAIMS,
    **offers.CLAIMS,
    **autopsy.CLAIMS,
    **race.CLAIMS,
    **reasons.CLAIMS,
    **advice.CLAIMS,
    **summary.CLAIMS,
    **pair.CLAIMS,
}
