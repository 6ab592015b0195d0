"""What threads have freed goes back to the system, as far as the C library can be told."""

import ctypes
import math
import subprocess
import sys
from subprocess import PIPE

import pytest

from core.computing import allocator

FREED = """
import threading
import numpy as np
from core.computing.allocator import give_back, keep_little
from tests.measures import resident

keep_little()
kept = []

def work():
    np.ones(2**22)  # 32 MB: what is smaller is now kept, if nobody said otherwise
    buffers = [np.ones(size) for _ in range(5)]
    kept.append(np.ones(2**10))  # 8 KB that lie above them

before = resident()
for size, freed in ((2 * 2**20, lambda: None), (2**17, give_back)):
    for _ in range(4):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    freed()
    print((resident() - before) // 2**20)
"""


def test_large_buffers_go_back_at_once_and_small_ones_when_told():
    grown = subprocess.run([sys.executable, "-c", FREED], stdout=PIPE, check=True).stdout
    listens = hasattr(ctypes.CDLL(None), "mallopt")  # another C library keeps what it likes
    assert max(map(int, grown.split())) < (16 if listens else math.inf)


@pytest.mark.parametrize("library", [object(), None])
def test_where_there_is_no_glibc_nothing_happens(library, monkeypatch):
    """A C library without these functions, as macOS has; or none that can be opened, as on Windows."""

    def opened(_):
        if library is None:
            raise TypeError
        return library

    monkeypatch.setattr(allocator.ctypes, "CDLL", opened)
    allocator.keep_little()
    allocator.give_back()
