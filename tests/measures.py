"""What tests of several rooms measure: growth as theory has it, memory."""

import resource
from pathlib import Path

from core.engine.propagation import propagate
from core.steps import slopes


def inner_growths(experiment, seeds, ends):
    """As theory has it, over the layers but `ends` of them at the input and at the output, for each seed."""
    return slopes(propagate(experiment, seeds).signal_norms[:, ends:-ends])


def most_resident():
    """Bytes this process has had in memory at most. Linux's getrusage begins with what the parent had."""
    if Path("/proc/self/status").exists():
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def resident():
    """Bytes of this process in memory: Linux tells them at once, others their most so far."""
    if Path("/proc/self/statm").exists():
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
