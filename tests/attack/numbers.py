"""What gradients and losses may come to, however little of it a chart can draw."""

import os

from hypothesis import settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("ATTACK_NUMBERS", "25"))
some = settings(
    max_examples=EXAMPLES, deadline=None, derandomize="ATTACK_NUMBERS" not in os.environ
)
"""Of what takes longer than reading a link. Always the same, unless one asks for a number of them."""
SPECIAL = (
    *(float("nan"), float("inf"), float("-inf"), 0.0, -0.0, 5e-324, 1e-310, 2e-308),
    *(1e-45, 1.2e-38, 1e-8, 1.0, -1.0, 1e20, 3.4e38, 3.5e38, 1e154, 1.7e308),
)
"""Not finite; zero; the smallest and the largest of float64 and float32; what overflows when squared."""
any_number = st.sampled_from(SPECIAL) | st.floats()
