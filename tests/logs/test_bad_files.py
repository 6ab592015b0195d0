"""What is no log, or too much of one: a LogError with a sentence, whatever it is, and nothing else."""

import gc
import random
import string
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.logs import LogError, read_log, read_logs, runs_in
from core.text import LANGUAGES, load
from core.trace import Note
from core.words.logs import format_name, said
from tests.logs.told import made_up

FILES = {path.name: path.read_bytes() for path in (Path(__file__).parent / "samples").iterdir()}
SAMPLES = [FILES[name] for name in sorted(FILES)]
EVENTS = next(data for name, data in FILES.items() if "tfevents" in name)
MB = 10**6
BAD = {
    "nothing": (b"", "empty"),
    "blanks": (b" \n\r\n\t", "empty"),
    "colours": (b"\x1b[0m\x1b[31m\n", "empty"),
    "gzip": (b"\x1f\x8b\x08\x00" + b"x" * 100, "packed"),
    "zip": (b"PK\x03\x04" + b"x" * 100, "packed"),
    "binary": (random.Random(1).randbytes(1000), "binary"),
    "zeros": (b"\0" * 20 * MB, "empty"),
    "latin": (b"loss: 2.5\nd\xe9j\xe0 vu\nloss: 3\n", "encoding"),
    "html": (b"<!DOCTYPE html><html><body>loss: 3</body></html>", "web_page"),
    "too large": (b"x" * (20 * MB + 1), "too_large"),
    "one line": (b"a" * 20 * MB, "nothing"),
    "one line of words": (b"loss " * 4 * MB, "nothing"),
    "one line of blanks": (b"x" + b" " * (20 * MB - 1), "nothing"),
    "one line of braces": (b"{'" * 10 * MB, "cells"),
    "one line of signs": (b"a:" * 10 * MB, "nothing"),
    "one line of escapes": (b"\x1b]" * 10 * MB, "empty"),
    "brackets": (b"[" * 20 * MB, "cells"),
    "deep brackets": (b"[" * 100_000, "broken_json"),
    "deep objects": (b'{"a":' * 100_000, "broken_json"),
    "deep and closed": (b"[" * 500 + b"1" + b"]" * 500, "nothing"),
    "numbers": (b"[" + b"1," * 9 * MB + b"1]", "cells"),
    "lines": (b"x\n" * 10 * MB, "lines"),
    "names": (
        b",".join(b"n%d" % n for n in range(10_001)) + b"\n" + b"1," * 10_000 + b"1",
        "columns",
    ),
    "json cut off": (FILES["hf_trainer_state.json"][:900], "broken_json"),
    "quotation mark": (b'step,loss\n1,2\n3,"' + b"4," * MB, "cell"),
    "formulas": (b'step,loss\n1,=HYPERLINK("x")\n2,=cmd|calc\n', "nothing"),
    "prose": (b"Dear reader, this is no log.\nChapter: 1\nIt ends here.\n", "nothing"),
    "words in json": (b'{"step": "one"}\n{"step": "two"}\n', "nothing"),
    "event file without scalars": (EVENTS[:40], "no_scalars"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_log_is_told_in_a_sentence(name):
    data, error = BAD[name]
    with pytest.raises(LogError) as caught:
        read_log(data, "log.txt")
    assert caught.value.key == f"logs.errors.{error}"
    assert str(caught.value).endswith(".")


def test_a_name_or_a_run_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(LogError, match=r"no aux; it has loss, step\.") as caught:
        read_log("step,loss\n1,2\n", columns={"loss": "aux"})
    assert caught.value.slots == {"name": "aux", "choices": ["loss", "step"]}
    with pytest.raises(LogError, match="no run x; it has brisk-pond-7, lr 3e-4, clip=1"):
        read_log(FILES["wandb_export.csv"], run="x")
    with pytest.raises(LogError):
        read_logs([])


def test_names_of_a_file_do_not_act_in_a_sentence():
    with pytest.raises(LogError) as caught:
        read_log("step,**loss`**\n1,2\n", columns={"loss": "`x\u202e[y](z)"})
    assert said(caught.value, load("en")) == "The log has no `x[y](z)`; it has `**loss**`, `step`."


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_note_and_error_can_be_said(language):
    text = load(language)
    for kind in ("notes", "errors"):
        for key, sentence in text.get(f"logs.{kind}").items():
            names = [name for _, name, _, _ in string.Formatter().parse(sentence) if name]
            slots = {n: "a`b" if n in ("name", "run", "choices") else 2 for n in names}
            told = said(Note(f"logs.{kind}.{key}", slots), text)
            assert "{" not in told
            assert "`ab`" in told or "`" not in told
    assert format_name("several", text)


def test_nothing_of_a_file_is_kept():
    data = (b'{"step": 1, "' + b"x" * 100 + b'": 2}\n') * 40_000
    read_log(data)
    gc.collect()
    tracemalloc.start()
    read_log(data)
    with pytest.raises(LogError):
        read_log(b"[" * 5 * MB)
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < MB


def read_or_refuse(data, name="log"):
    """Nothing else may come of it."""
    try:
        trace = read_log(data, name)
    except LogError:
        return
    assert len(trace.frame)
    assert trace.frame["step"].is_monotonic_increasing
    assert runs_in(data, name) == list(trace.runs)


@made_up
@given(st.binary(max_size=300))
def test_any_bytes(data):
    read_or_refuse(data)


@made_up
@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from("01.,:;=|{}[]\"'-# \n\rEe/naifstepло%"), max_size=200).map("".join)
)
def test_any_text(text):
    read_or_refuse(text)


@made_up
@given(st.sampled_from(SAMPLES), st.data())
def test_samples_that_were_cut_and_mixed(sample, data):
    other = data.draw(st.sampled_from(SAMPLES))
    start, end = (data.draw(st.integers(0, len(sample))) for _ in range(2))
    between = data.draw(
        st.sampled_from([b"", b"\n", b"nan", b"{", b"\xff", other, other[: len(other) // 2]])
    )
    read_or_refuse(sample[:start] + between + sample[end:])
