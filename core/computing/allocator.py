"""How the C library keeps what was freed. Only glibc is told; elsewhere nothing happens.

Left alone, glibc gives each of a server's threads an arena to itself, up to eight for each core, where none has use
for what another freed; and from the first large buffer that is freed it keeps all that are smaller, up to 32 MB.
"""

import ctypes
from contextlib import suppress

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""As in glibc's malloc.h."""
ARENAS = 2
LARGE = 12 * 2**20
"""Buffers of so many bytes go back to the system when they are freed. With 4 MB maps would be a quarter slower."""
MOST_ON_TOP = 16 * 2**20
MISSING = AttributeError, OSError, TypeError


def keep_little() -> None:
    """Call it before there are many threads: arenas that exist stay."""
    with suppress(*MISSING):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_ARENA_MAX, ARENAS)
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_TRIM_THRESHOLD, MOST_ON_TOP)


def give_back() -> None:
    """Everything that is free goes back to the system; takes some 20 ms after a map."""
    with suppress(*MISSING):
        ctypes.CDLL(None).malloc_trim(0)
