"""One factor multiplied again and again, and where that leaves the number formats of deep learning. No torch."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A binary floating-point format with a sign, `exponent` and `fraction` bits, rounding to nearest.

    binary16 and binary32 are IEEE 754's; bfloat16 is float32 cut to 16 bits (Kalamkar et al. 2019).
    """

    exponent: int
    fraction: int

    @property
    def largest(self) -> float:
        """The largest number that is not infinite."""
        return (2 - 2.0**-self.fraction) * 2.0**self._bias

    @property
    def smallest_normal(self) -> float:
        """The smallest number that has all its digits."""
        return 2.0 ** (1 - self._bias)

    @property
    def smallest(self) -> float:
        """The smallest number above zero, with one digit left."""
        return 2.0 ** (1 - self._bias - self.fraction)

    @property
    def _bias(self) -> int:
        return (1 << (self.exponent - 1)) - 1

    def leaves(self, factor: float) -> int | None:
        """The least n for which factorⁿ rounds to infinity, or to zero; None for a factor of 1."""
        if factor == 1:
            return None
        # Beyond half of the next step rounding leads out; exactly half goes to infinity, and to zero.
        over = self.largest + 2.0 ** (self._bias - self.fraction - 1)
        edge = over if factor > 1 else self.smallest / 2
        return math.ceil(math.log(edge) / math.log(factor))

    def loses_digits(self, factor: float) -> int | None:
        """The least n for which factorⁿ is below the smallest normal number; None for 1 and above."""
        if factor >= 1:
            return None
        return math.floor(math.log(self.smallest_normal) / math.log(factor)) + 1


FORMATS = {
    "float16": Format(exponent=5, fraction=10),
    "bfloat16": Format(exponent=8, fraction=7),
    "float32": Format(exponent=8, fraction=23),
}
