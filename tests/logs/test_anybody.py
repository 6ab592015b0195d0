"""Logs of tools that nobody here knows: shape, names and spelling are made up, and the numbers must come back."""

import io
import json
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.logs import read_log
from core.logs.numbers import number
from tests.logs.told import INF, NAN, made_up, told

NAMES = {
    "step": ["step", "Step", "iter", "iteration", "global_step", "num_updates", "train/step"],
    "loss": ["loss", "Loss", "train_loss", "train/loss", "lm loss", "trainLoss", "total_loss"],
    "grad_norm": ["grad_norm", "gnorm", "grad norm", "train/grad_norm", "gradNorm", "total_norm"],
    "lr": ["lr", "learning_rate", "LR", "learning rate", "train/lr"],
}
OTHER = st.text("bdfgkmqwxyz", min_size=3, max_size=12).map(lambda name: f"{name}_9")
NANS = ["nan", "NaN", "NAN", "-nan", "nan.0", "1.#QNAN", "-1.#IND", "nan(ind)", "+nan"]
INFS = ["inf", "Infinity", "INF", "inf.0", "+inf", "1.#INF", "+Infinity"]
FINITE = st.floats(-1e30, 1e30).map(lambda v: v + 0.0)
VALUES = st.one_of(FINITE, st.sampled_from([math.nan, INF, -INF]))
WRITTEN = [repr, "{:.17g}".format, "{:.17e}".format, "{:+.17g}".format]


@st.composite
def logs(draw):
    """The log's name of each series, and its values: rising steps, a loss in every row, others here and there."""
    names = {series: draw(st.sampled_from(names)) for series, names in NAMES.items()}
    names["other"] = draw(OTHER)
    count = draw(st.integers(2, 6))
    start, every = draw(st.integers(0, 10**6)), draw(st.integers(1, 1000))
    rows = {"step": [float(start + every * row) for row in range(count)]}
    rows["loss"] = draw(st.lists(VALUES, min_size=count, max_size=count))
    for series in ("grad_norm", "lr", "other"):
        rows[series] = draw(st.lists(st.none() | VALUES, min_size=count, max_size=count))
    return names, rows


def spelled(draw, value, nans=NANS, infs=INFS):
    if math.isnan(value):
        return draw(st.sampled_from(nans))
    if math.isinf(value):
        word = draw(st.sampled_from(infs)).lstrip("+")
        return f"-{word}" if value < 0 else word
    return draw(st.sampled_from(WRITTEN))(value)


def check(text, names, rows, name="log.txt"):
    trace = read_log(text, name)
    for series, values in rows.items():
        key = names["other"] if series == "other" else series
        wanted = [NAN if v is not None and math.isnan(v) else v for v in values]
        if any(v is not None for v in values):
            assert told(trace, key) == wanted, (series, text)
            assert trace.columns[key] == names[series]


@made_up
@given(st.data())
def test_lines_of_names_and_numbers(data):
    draw = data.draw
    names, rows = draw(logs())
    sign = draw(st.sampled_from([": ", "=", ":", " = ", ":    "]))
    between = draw(st.sampled_from([" ", ", ", " | ", "  ", "\t", "; ", " - ", "\x1b[0m \x1b[32m"]))
    before = draw(
        st.sampled_from(
            ["", "2025-01-01 10:00:00,123 - INFO - ", "[rank0]: ", "INFO:root:", "\x1b[36m> "]
        )
    )
    end = draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
    lines = []
    for row in range(len(rows["step"])):
        pairs = [
            f"{names[series]}{sign}{spelled(draw, values[row])}"
            for series, values in rows.items()
            if values[row] is not None
        ]
        lines.append(before + between.join(pairs))
    check(end.join(["starting ...", *lines, "done."]), names, rows)


@made_up
@given(st.data())
def test_tables(data):
    draw = data.draw
    names, rows = draw(logs())
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    quoted = draw(st.booleans())
    cells = [[names[series] for series in rows]]
    for row in range(len(rows["step"])):
        values = [each[row] for each in rows.values()]
        nothing = draw(st.sampled_from(["", "NA"]))
        cells.append([nothing if v is None else spelled(draw, v) for v in values])
    lines = [separator.join(f'"{c}"' if quoted else c for c in line) for line in cells]
    check(draw(st.sampled_from(["\n", "\r\n"])).join(lines), names, rows, "log.csv")


@made_up
@given(st.data())
def test_json(data):
    draw = data.draw
    names, rows = draw(logs())
    records = []
    for row in range(len(rows["step"])):
        values = {names[series]: each[row] for series, each in rows.items()}
        strings = draw(st.booleans())
        records.append(
            {n: spelled(draw, v) if strings else v for n, v in values.items() if v is not None}
        )
    lines = [json.dumps(record) for record in records]
    shape = draw(st.sampled_from(["lines", "list", "behind", "within", "python"]))
    text = {
        "lines": "\n".join(lines),
        "list": json.dumps(records, indent=draw(st.sampled_from([None, 2]))),
        "behind": "\n".join(f"10:00 | INFO | {line}" for line in lines),
        "within": json.dumps({"version": 2, "log": {"history": records}}),
        "python": "\n".join(map(repr, records)),
    }[shape]
    check(text, names, rows)


@pytest.mark.parametrize("written", NANS)
def test_every_nan_is_one(written):
    assert math.isnan(number(written))


@pytest.mark.parametrize("written", INFS)
def test_every_infinity_is_one(written):
    assert number(written) == INF
    assert number("-" + written.lstrip("+")) == -INF


@pytest.mark.parametrize(
    ("written", "value"),
    [("5,110", 5110.0), ("1,234,567.5", 1234567.5), (" 2.5 ", 2.5), ('"NaN"', NAN), ("−inf", -INF)],
)
def test_unusual_numbers(written, value):
    assert [number(written)] == [value] or (value == NAN and math.isnan(number(written)))


@pytest.mark.parametrize(
    "written", ["", "None", "null", "NA", "=1+1", "2.5ms", "1.2.3", "nano", "12:30", True, [], {}]
)
def test_what_is_no_number(written):
    assert number(written) is None


def test_numbers_too_large_for_a_float_are_infinite():
    assert number(10**400) == INF
    assert number("1e999") == INF
    assert told(read_log('{"step": 1, "loss": 1e999}\n{"step": 2, "loss": 2}'), "loss") == [INF, 2]


@pytest.mark.parametrize(
    "line",
    [
        "loss: tensor({}, device='cuda:0', grad_fn=<MeanBackward0>)",
        "loss = np.float64({})",
        "[loss_scaler.py:190:update_scale] [train.py:88] 12:00:01 loss={}",
        "eta: 1:12:08  time: 340ms  loss: {}  memory: 12GiB",
        "Train Epoch: 1 [640/60000 (1%)]\tLoss: {}",
        "INFO 10:00:00 main.py:12] loss {}",
        "loss={} val_loss=7 aux_loss=8",
    ],
)
def test_what_stands_around_a_number_is_not_taken_for_one(line):
    trace = read_log("".join(line.format(value) + "\n" for value in ("2.5", "nan", "inf")))
    assert told(trace, "loss") == [2.5, NAN, INF]
    assert {"py", "eta", "time", "memory"}.isdisjoint(trace.choices)


def test_null_stands_for_nan_only_after_the_last_number():
    end = read_log('{"step": 1, "loss": 1.5}\n{"step": 2, "loss": null}\n')
    assert told(end, "loss") == [1.5, NAN]
    gap = read_log(
        '{"step": 1, "loss": 1, "acc": null}\n{"step": 2, "loss": null, "acc": 3}\n'
        '{"step": 3, "loss": 2, "acc": 4}\n'
    )
    assert told(gap, "acc") == [None, 3, 4]
    assert told(gap, "loss") == [1, None, 2]


def test_a_table_without_names():
    trace = read_log("0,2.5,1.0\n1,2.25,1.5\n2,nan,inf\n", "log.csv")
    assert told(trace, "step") == [0, 1, 2]
    assert told(trace, "loss") == [2.5, 2.25, NAN]
    assert trace.choices == ("column 1", "column 2", "column 3")
    other = read_log("0,2.5,1.0\n1,2.25,1.5\n2,nan,inf\n", columns={"grad_norm": "column 3"})
    assert told(other, "grad_norm") == [1.0, 1.5, INF]
    assert told(read_log("2.5\nnan\n1.5\n"), "loss") == [2.5, NAN, 1.5]


def test_a_table_of_numpy_and_one_with_decimal_commas():
    assert told(read_log("# step loss\n0 2.5\n1 nan\n"), "loss") == [2.5, NAN]
    trace = read_log("step;loss\n1;0,8127\n2;nan\n")
    assert told(trace, "loss") == [0.8127, NAN]


def test_a_header_that_comes_again_gives_the_names_from_there_on():
    trace = read_log("step,loss\n1,2.5\nstep,lr,loss\n2,0.1,nan\n")
    assert told(trace, "loss") == [2.5, NAN]
    assert told(trace, "lr") == [None, 0.1]


def test_two_columns_of_one_name_are_two():
    trace = read_log("step,loss,loss\n1,2.5,3.5\n2,nan,4.5\n")
    assert told(trace, "loss") == [2.5, NAN]
    assert trace.choices == ("step", "loss", "loss (3)")


LONG = "run,tag,step,value\na,train/loss,1,2.5\na,train/loss,2,nan\na,grad_norm,1,inf\nb,train/loss,1,7\n"


def test_long_tables_have_a_series_for_each_name():
    for text in (
        LONG,
        pd.read_csv(io.StringIO(LONG), keep_default_na=False).to_json(orient="records"),
    ):
        trace = read_log(text)
        assert trace.format == "long"
        assert told(trace, "step") == [1, 2]
        assert told(trace, "loss") == [2.5, NAN]
        assert told(trace, "grad_norm") == [INF, None]
        assert trace.runs == ("a", "b")
        assert told(read_log(text, run="b"), "loss") == [7]


def test_columns_of_json_with_steps_of_their_own_are_no_epochs():
    trace = read_log('{"step": [10, 20], "loss": [2.5, NaN]}')
    assert (trace.format, told(trace, "step"), told(trace, "loss")) == (
        "json",
        [10, 20],
        [2.5, NAN],
    )


def test_boxes_with_a_name_and_a_number_a_line():
    box = "-----\n| time/ | |\n|    total_timesteps | {} |\n| train/ | |\n|    loss            | {} |\n-----\n"
    trace = read_log(box.format(2048, 0.5) + box.format(4096, "nan"))
    assert told(trace, "step") == [2048, 4096]
    assert told(trace, "loss") == [0.5, NAN]
