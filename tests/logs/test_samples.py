"""Logs as their tools write them: what the sample files hold was copied from them by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.diagnosis.symptoms import found_in
from core.logs import read_log, runs_in
from core.logs.formats import FORMATS
from tests.logs.told import INF, NAN, notes, told

HERE = Path(__file__).parent
SAMPLES = {path.name: path for path in (HERE / "samples").iterdir()}
TENS = [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
RISING = [3.4000000953674316, 4.099999904632568, 240.60000610351562, 918273.0, INF, NAN, NAN]

EXPECTED = {
    "hf_trainer_state.json": (
        "hf_trainer_state",
        {"step": "step", "loss": "loss", "grad_norm": "grad_norm", "lr": "learning_rate"},
        {
            "step": [5, 10, 15, 20, 25, 30, 35],
            "loss": [2.91, 2.74, 2.66, 3.12, 9.8733, 0.0, 0.0],
            "grad_norm": [3.4, 4.1, 18.7, 240.6, INF, NAN, NAN],
            "lr": [5e-05, 0.0001, 0.00015, 0.0002, 0.0002, 0.0002, 0.0002],
            "val_loss": [None, None, None, 3.0518, None, None, NAN],
            "train_loss": [None, None, None, None, None, None, 3.0433],
        },
        {"interval": {"every": 5}, "filtered": {"step": 30}},
    ),
    "hf_trainer_console.log": (
        "hf_console",
        {"loss": "loss", "grad_norm": "grad_norm", "lr": "learning_rate", "epoch": "epoch"},
        {
            "step": [0, 1, 2, 3, 4, 5, 6],
            "loss": [2.91, 2.74, 2.66, 3.12, 9.8733, 0.0, 0.0],
            "grad_norm": [3.4, 4.1, 18.7, 240.6, INF, NAN, NAN],
            "lr": [5e-05, 0.0001, 0.00015000000000000001, 0.0002, 0.0002, 0.0002, 0.0002],
            "epoch": [0.01, 0.03, 0.04, 0.05, 0.06, 0.07, 0.09],
            "val_loss": [None] * 6 + [NAN],
        },
        {"counted": {}, "filtered": {"step": 5}},
    ),
    "lightning_metrics.csv": (
        "lightning_csv",
        {"step": "step", "loss": "train_loss_step", "grad_norm": "grad_2.0_norm_total"},
        {
            "step": [49, 99, 124, 149, 199, 249, 299, 349],
            "loss": [1.841233730316162, 1.6120948791503906, None, 5.2207, 4183.55, INF, NAN, NAN],
            "grad_norm": [2.9133, 3.4487, None, 88.1, 1920000.0, INF, NAN, NAN],
            "val_loss": [None, None, 1.5933, None, None, NAN, None, None],
            "train_loss_epoch": [None, None, 1.7719, None, None, NAN, None, None],
            "epoch": [0, 0, 0, 1, 1, 1, 2, 2],
        },
        {"interval": {"every": 50}},
    ),
    "keras_csvlogger.csv": (
        "keras_csv",
        {"step": "epoch", "loss": "loss", "val_loss": "val_loss", "mae": "mae"},
        {
            "step": [0, 1, 2, 3, 4, 5, 6, 7],
            "loss": [0.8127, 1.3062, 2.2841, 348.2, 810000000000.0, NAN, NAN, NAN],
            "mae": [0.63, 0.7, 0.79, 3.9, 22000.0, NAN, NAN, NAN],
            "val_loss": [0.6071, 1.0419, 1.172, 61.7, 330000000000000.0, NAN, NAN, None],
        },
        {"epochs": {}, "means": {}},
    ),
    "keras_history.json": (
        "keras_history",
        {"loss": "loss", "val_loss": "val_loss", "lr": "learning_rate"},
        {
            "step": [0, 1, 2, 3, 4, 5],
            "loss": [0.8127, 1.3062, 348.2, 810000000000.0, NAN, NAN],
            "val_loss": [0.6071, 1.0419, 61.7, INF, NAN, NAN],
            "lr": [0.01] * 6,
        },
        {"epochs": {}, "means": {}},
    ),
    "keras_console_v2.log": (
        "keras_console",
        {"step": "Epoch", "loss": "loss", "val_loss": "val_loss"},
        {
            "step": [1, 2, 3, 4, 5],
            "loss": [0.8127, 1.3062, 201733846.4410, NAN, NAN],
            "mae": [0.6344, 0.7025, 2210.7031, NAN, NAN],
            "val_loss": [0.6071, 1.0419, 61.7203, NAN, NAN],
        },
        {"epochs": {}, "means": {}},
    ),
    "wandb_export.csv": (
        "wandb_export",
        {"step": "Step", "loss": "brisk-pond-7 - train/loss"},
        {"step": [0, 10, 20, 30, 40], "loss": [2.91, 2.74, 9.87, NAN, NAN]},
        {"runs": {"run": "brisk-pond-7", "count": 2}, "interval": {"every": 10}},
    ),
    "run-.-tag-train_grad_norm.csv": (
        "tensorboard_csv",
        {"step": "Step", "grad_norm": "train_grad_norm"},
        {"step": TENS, "grad_norm": RISING},
        {"interval": {"every": 10}},
    ),
    "tensorboard_scalars.json": (
        "tensorboard_json",
        {"step": "Step", "loss": "Value"},
        {"step": TENS, "loss": RISING},
        {"guessed": {"name": "Value"}, "interval": {"every": 10}},
    ),
    "events.out.tfevents.1717000000.host.4711.0": (
        "tensorboard_events",
        {"step": "step", "loss": "train/loss", "grad_norm": "train/grad_norm"},
        {
            "step": TENS,
            "loss": [float(np.float32(v)) for v in (2.91, 2.74, 3.12, 9.8733, 71.3)] + [NAN, NAN],
            "grad_norm": RISING,
        },
        {"interval": {"every": 10}},
    ),
    "fairseq_json.log": (
        "fairseq",
        {"step": "num_updates", "loss": "loss", "grad_norm": "gnorm", "loss_scale": "loss_scale"},
        {
            "step": [1, 2, 3, 4, 5],
            "loss": [15.902, 15.871, 18.902, NAN, NAN],
            "grad_norm": [14.206, 13.940, 5021.3, INF, NAN],
            "clip": [0, 0, 100, 100, 100],
            "loss_scale": [64, 64, 64, 32, 32],
            "val_loss": [None, None, None, None, NAN],
        },
        {"overflows": {"count": 2}, "smallest_scale": {}},
    ),
    "megatron.log": (
        "megatron",
        {"step": "iteration", "loss": "lm loss", "grad_norm": "grad norm", "lr": "learning rate"},
        {
            "step": [3381, 3382, 3383, 3384, 3385, 3386],
            "loss": [1.204117, 1.189042, 0.9811, 7.28, None, None],
            "grad_norm": [0.611, 0.634, 12.408, 485.337, NAN, NAN],
            "lr": [8.15e-05] * 6,
            "loss_scale": [1.0] * 6,
            "number of nan iterations": [0] * 6,
        },
        {"left_out": {"step": 3385, "count": 2}},
    ),
    "nanogpt.log": (
        "nanogpt",
        {"step": "iter", "loss": "loss", "val_loss": "val loss"},
        {
            "step": [0, 10, 20, 30, 40, 50],
            "loss": [10.9772, 9.6214, 8.9008, 11.2490, NAN, NAN],
            "val_loss": [10.9786, None, None, None, None, NAN],
            "train loss": [10.9818, None, None, None, None, NAN],
        },
        {"interval": {"every": 10}},
    ),
    "build_nanogpt_console.log": (
        "build_nanogpt",
        {"step": "step", "loss": "loss", "grad_norm": "norm", "lr": "lr"},
        {
            "step": [0, 1, 2, 3, 4],
            "loss": [10.955029, 10.614922, 10.310441, 14.870115, NAN],
            "grad_norm": [15.3662, 12.0417, 411.8820, INF, NAN],
            "lr": [8.3916e-07, 1.6783e-06, 2.5175e-06, 3.3566e-06, 4.1958e-06],
        },
        {},
    ),
    "deepspeed.log": (
        "deepspeed",
        {"step": "step", "lr": "lr", "skipped": "skipped"},
        {"step": [10, 510], "skipped": [3, 8], "lr": [3.2e-06, 2.9e-06]},
        {"overflows": {"count": 3}, "smallest_scale": {}},
    ),
    "torchtitan_color.log": (
        "torchtitan",
        {"step": "step", "loss": "loss", "grad_norm": "grad_norm", "tps": "tps"},
        {
            "step": [1, 2, 3, 4, 5, 6],
            "loss": [8.14, 7.90214, 8.01, 21.3, NAN, NAN],
            "grad_norm": [1.6, 21.5, 63.25, 9120.25, NAN, NAN],
            "tps": [5110] * 6,
        },
        {},
    ),
    "llamafactory_trainer_log.jsonl": (
        "llamafactory",
        {"step": "current_steps", "loss": "loss", "lr": "lr", "val_loss": "eval_loss"},
        {
            "step": [5, 10, 15, 20],
            "loss": [2.91, 2.74, 0.0, 0.0],
            "lr": [2.5e-05, 5e-05, 4.98e-05, 4.93e-05],
            "val_loss": [None, None, NAN, None],
        },
        {"interval": {"every": 5}, "zero_loss": {"step": 15}},
    ),
    "mmengine.log": (
        "mmengine",
        {"step": "iter", "loss": "loss", "grad_norm": "grad_norm", "lr": "lr", "epoch": "epoch"},
        {
            "step": [150, 160, 170, 180, 190],
            "loss": [3.1045, 3.0022, 88.4120, 3.0110, NAN],
            "grad_norm": [2.2210, 41.9034, 31007.5102, NAN, NAN],
            "lr": [1e-4] * 5,
            "epoch": [1] * 5,
        },
        {"interval": {"every": 10}},
    ),
    "tqdm_postfix.log": (
        "tqdm",
        {"step": "n", "loss": "loss", "lr": "lr"},
        {"step": [10, 20, 30], "loss": [1.61, 8.9e17, NAN], "lr": [0.001] * 3},
        {"interval": {"every": 10}},
    ),
    "generic_metrics.jsonl": (
        "json_lines",
        {"step": "step", "loss": "loss", "grad_norm": "grad_norm", "lr": "lr"},
        {
            "step": [1, 2, 3, 4, 5, 6],
            "loss": [1.0, 14.5, 5.1e30, NAN, NAN, NAN],
            "grad_norm": [3.2, 812.0, INF, NAN, NAN, -INF],
            "lr": [0.01] * 6,
        },
        {"nulls": {"count": 2}},
    ),
}
EXPECTED["lightning_metrics_older.csv"] = EXPECTED["lightning_metrics.csv"]


def read(name, **how):
    return read_log(SAMPLES[name].read_bytes(), name, **how)


def test_every_sample_is_expected():
    assert set(SAMPLES) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_is_read_to_the_row(name):
    form, columns, series, said = EXPECTED[name]
    trace = read(name)
    assert trace.format == form
    assert trace.columns.items() >= columns.items()
    assert set(trace.columns) - {"step"} == set(trace.frame) - {"step"}
    assert {each: told(trace, each) for each in series} == series
    assert notes(trace) == said


@pytest.mark.parametrize("name", EXPECTED)
def test_a_trace_is_as_it_is_promised(name):
    trace = read(name)
    assert trace.frame.columns[0] == "step"
    assert (trace.frame.dtypes == np.float64).all()
    assert {dtype.name for dtype in trace.logged.dtypes} == {"bool"}
    pd.testing.assert_index_equal(trace.frame.columns, trace.logged.columns)
    assert trace.frame.shape == trace.logged.shape
    assert trace.frame.to_numpy()[~trace.logged.to_numpy()].size == (~trace.logged).to_numpy().sum()
    assert np.isnan(trace.frame.to_numpy()[~trace.logged.to_numpy()]).all()
    assert {*trace.columns.values()} <= {*trace.choices}
    assert trace.format in FORMATS


@pytest.mark.parametrize("name", [n for n in EXPECTED if "tfevents" not in n])
@pytest.mark.parametrize("change", ["crlf", "cr", "mark", "text", "wide", "blank lines"])
def test_how_lines_end_and_what_they_are_written_in_changes_nothing(name, change):
    text = SAMPLES[name].read_bytes().decode().replace("\r\n", "\n")
    given = {
        "crlf": text.replace("\n", "\r\n").encode(),
        "cr": text.replace("\n", "\r").encode(),
        "mark": b"\xef\xbb\xbf" + text.encode(),
        "text": text,
        "wide": text.encode("utf-16"),
        "blank lines": text.replace("\n", "\n\n").encode(),
    }[change]
    trace = read_log(given, name)
    form, _, series, said = EXPECTED[name]
    assert trace.format == form
    assert {each: told(trace, each) for each in series} == series
    assert notes(trace) == said


def test_the_rules_for_runs_hear_a_log():
    """The first norm above 100 is at step 199, and there the loss is 801 times what it was a row before."""
    found = found_in(read("lightning_metrics.csv"), {})
    assert [(f.rule, f.step) for f in found] == [("gradient_large", 199), ("loss_jump", 199)]


def test_a_runs_name_has_no_part_in_what_its_columns_mean():
    runs = [f"val, lr 3e-4 - {key}" for key in ("train/loss", "train/acc", "train/grad_norm")]
    text = ",".join(f'"{name}"' for name in ("epoch", *runs)) + "\n1,2.5,0.5,inf\n2,nan,0.75,nan\n"
    trace = read_log(text)
    assert trace.format == "wandb_export"
    assert trace.columns["loss"] == runs[0]
    assert "lr" not in trace.columns
    assert told(trace, "grad_norm") == [INF, NAN]
    assert trace.runs == ("val, lr 3e-4",)


def test_each_run_of_an_export_can_be_read():
    name = "wandb_export.csv"
    runs = ["brisk-pond-7", "lr 3e-4, clip=1"]
    assert runs_in(SAMPLES[name].read_bytes(), name) == list(read(name).runs) == runs
    other = read(name, run=runs[1])
    assert told(other, "loss") == [2.93, 2.71, 2.6, 2.55, 2.49, 2.47]
    assert other.columns["loss"] == "lr 3e-4, clip=1 - train/loss"
    assert runs_in(SAMPLES["megatron.log"].read_bytes()) == []


@pytest.mark.parametrize("name", EXPECTED)
def test_every_name_can_be_taken_for_the_loss(name):
    for choice in read(name).choices:
        trace = read(name, columns={"loss": choice})
        assert trace.columns["loss"] == choice
        assert trace.logged["loss"].any()


def test_what_is_taken_for_what_can_be_said():
    trace = read("lightning_metrics.csv", columns={"loss": "train_loss_epoch"})
    assert trace.columns["loss"] == "train_loss_epoch"
    assert told(trace, "loss")[:3] == [None, None, 1.7719]
    assert told(trace, "train_loss_step")[0] == 1.841233730316162
    assert "val_loss" in trace.choices
    trace = read("tensorboard_scalars.json", columns={"grad_norm": "Value"})
    assert told(trace, "grad_norm") == RISING
    assert "guessed" not in notes(trace)
    trace = read("hf_trainer_state.json", columns={"step": "epoch"})
    assert told(trace, "step") == [0.0125, 0.025, 0.0375, 0.05, 0.0625, 0.075, 0.0875]
