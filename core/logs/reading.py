"""A log, or several that belong together, as a trace."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.logs.errors import LogError
from core.logs.formats import FORMATS
from core.logs.formats.wandb import chosen_run
from core.logs.source import MEGABYTES, Source
from core.logs.table import Table
from core.logs.tracing import logs_of, trace_of
from core.trace import Note, Trace

Given = str | bytes


def read_log(
    given: Given,
    name: str = "",
    *,
    columns: Mapping[str, str] | None = None,
    run: str | None = None,
) -> Trace:
    """The trace of a training log of any tool; an unknown one is read as JSON, a table, or `key: value`.

    Args:
        given: what the file holds.
        name: of the file; of some formats it alone tells what was measured.
        columns: the log's names of series (step, loss, grad_norm, lr, ...), where they are not to be found by us;
            a trace's `choices` are all that can be named.
        run: one of the runs of a file that has several; else the first is read.

    Raises:
        LogError: it cannot be read, or has no such name or run.
    """
    return read_logs([(given, name)], columns=columns, run=run)


def read_logs(
    files: Sequence[tuple[Given, str]],
    *,
    columns: Mapping[str, str] | None = None,
    run: str | None = None,
) -> Trace:
    """The trace of files, each with its name, that are of one run: a tag each, or one part after the other."""
    size = sum(len(given) for given, _ in files) / 1e6
    if size > MEGABYTES:
        raise LogError("logs.errors.too_large", size=size, most=MEGABYTES)
    if not files:
        raise LogError("logs.errors.empty")
    tables = [_read(Source(given, name, run)) for given, name in files]
    runs = tuple(dict.fromkeys(each for _, table in tables for each in table.runs))
    chosen = chosen_run(runs, run)
    read = [(form, t) for form, t in tables if not t.runs or chosen in t.runs]
    trace = replace(trace_of(logs_of(read, columns or {})), runs=runs)
    if len(runs) < 2:
        return trace
    told = Note("logs.notes.runs", {"run": chosen, "count": len(runs)})
    return replace(trace, notes=(told, *trace.notes))


def runs_in(given: Given, name: str = "") -> list[str]:
    """The runs in a file by name, of which `read_log` reads one; of most formats there is none."""
    return list(_read(Source(given, name))[1].runs)


def _read(source: Source) -> tuple[str, Table]:
    """The file's format, and what it has."""
    name = next(name for name, form in FORMATS.items() if form.recognise(source))
    table = FORMATS[name].read(source)
    if not table.columns:
        raise LogError("logs.errors.nothing")
    return name, table
