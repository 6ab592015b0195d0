"""What tools write now: by themselves where they are at hand, else as they wrote it once (written/README.md)."""

import io
import json
import math
import os
import warnings
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.logs import read_log
from tests.logs.told import INF, NAN, notes, told

WRITTEN = Path(__file__).parent / "written"
LOSSES = [2.5, 3.5, 40.0, INF, NAN, NAN]
NORMS = [5.0, 7.0, 80.0, INF, NAN, NAN]


def written(name):
    return read_log((WRITTEN / name).read_bytes(), name)


@pytest.fixture(scope="module")
def keras_run(tmp_path_factory):
    """Six epochs of a linear layer that overflows: its log, its history, what it printed."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    keras.utils.set_random_seed(0)
    file = tmp_path_factory.mktemp("keras") / "log.csv"
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(1e6), loss="mse", metrics=["mae"])
    x, printed = np.ones((16, 4), dtype=np.float32), io.StringIO()
    with redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # Keras swallows them as errors, and takes the value for no number
        history = model.fit(
            x,
            np.ones(16),
            batch_size=8,
            epochs=6,
            validation_data=(x, np.ones(16)),
            validation_freq=2,
            callbacks=[keras.callbacks.CSVLogger(str(file))],
        )
    return history.history, file.read_bytes(), printed.getvalue()


def kept(values):
    return [NAN if math.isnan(v) else v for v in values]


def test_keras_csv(keras_run):
    history, csv, _ = keras_run
    trace = read_log(csv, "log.csv")
    assert trace.format == "keras_csv"
    assert NAN in told(trace, "loss")
    assert told(trace, "loss") == kept(history["loss"])
    assert told(trace, "mae") == kept(history["mae"])
    between = [None] * 3
    assert told(trace, "val_loss")[::2] == between
    assert told(trace, "val_loss")[1::2] == kept(history["val_loss"])


def test_keras_history(keras_run):
    history, _, _ = keras_run
    trace = read_log(json.dumps(history), "history.json")
    assert trace.format == "keras_history"
    assert told(trace, "loss") == kept(history["loss"])
    losses = pd.DataFrame({"loss": history["loss"]})
    trace = read_log(losses.to_json(), "history.json")
    assert trace.format == "keras_history"
    finite = [v if math.isfinite(v) else math.nan for v in history["loss"]]
    np.testing.assert_allclose(trace.frame["loss"], finite, rtol=1e-9)
    assert notes(trace)["nulls"] == {"count": np.isnan(finite).sum()}


def test_keras_console(keras_run):
    """It prints four digits after the point, or in scientific notation."""
    history, _, printed = keras_run
    trace = read_log(printed)
    assert trace.format == "keras_console"
    assert told(trace, "step") == [1, 2, 3, 4, 5, 6]
    for said, value in zip(told(trace, "loss"), kept(history["loss"]), strict=True):
        assert said == value or said == pytest.approx(value, rel=1e-3, abs=1e-4)


FRAME = pd.DataFrame(
    {
        "step": [10, 20, 30, 40],
        "loss": [2.5, INF, math.nan, -INF],
        "grad_norm": [1e-30, 1 / 3, 123456.789, INF],
    }
)


@pytest.mark.parametrize("how", [{}, {"sep": ";"}, {"sep": "\t"}, {"index": False}, {"sep": "|"}])
def test_what_pandas_writes_as_csv(how):
    trace = read_log(FRAME.to_csv(na_rep="nan", **how), "log.csv")
    assert told(trace, "step") == [10, 20, 30, 40]
    assert told(trace, "loss") == [2.5, INF, NAN, -INF]
    assert told(trace, "grad_norm") == [1e-30, 1 / 3, 123456.789, INF]


def test_what_pandas_leaves_empty_was_not_logged():
    trace = read_log(FRAME.to_csv(index=False), "log.csv")
    assert told(trace, "loss") == [2.5, INF, None, -INF]


@pytest.mark.parametrize("how", [{"orient": "records"}, {"orient": "records", "lines": True}, {}])
def test_what_pandas_writes_as_json(how):
    """Whatever is not finite becomes null."""
    trace = read_log(FRAME.to_json(double_precision=15, **how), "log.json")
    assert told(trace, "loss") == [2.5, NAN, NAN, NAN]
    assert told(trace, "step") == [10, 20, 30, 40]


@pytest.mark.parametrize("name", ["simple", "tensor"])
def test_event_files(name):
    trace = written(f"events.out.tfevents.{name}")
    assert trace.format == "tensorboard_events"
    assert told(trace, "step") == [0, 10, 20, 30, 40, 50]
    assert told(trace, "loss") == LOSSES
    assert told(trace, "grad_norm") == NORMS
    assert trace.columns["loss"] == "train/loss"


def test_an_event_file_of_tensorboardx():
    assert told(written("events.out.tfevents.x"), "loss") == LOSSES


def test_an_event_file_that_is_still_written():
    data = (WRITTEN / "events.out.tfevents.tensor").read_bytes()
    trace = read_log(data[:-30])
    assert told(trace, "loss") == LOSSES
    assert "cut" in notes(trace)


def test_lightning():
    trace = written("metrics.csv")
    assert trace.format == "lightning_csv"
    assert told(trace, "step") == [1, 3, 5, 7, 9, 11]
    assert told(trace, "loss") == [3.893946449416882e26, INF, NAN, NAN, NAN, NAN]
    assert told(trace, "grad_norm") == [88249036963840.0, INF, NAN, NAN, NAN, NAN]
    assert told(trace, "val_loss") == [None, NAN, None, NAN, None, NAN]
    assert trace.layers == ("l.bias", "l.weight")
    assert trace.by_layer["weight_grad_norms"][0].tolist() == [39466169270272.0, 78932338540544.0]


def test_the_trainer():
    trace = written("trainer_state.json")
    assert trace.format == "hf_trainer_state"
    assert told(trace, "loss")[:3] == [4.13270902633667, 4.1327092987907714e26, 0.0]
    assert told(trace, "grad_norm") == [9.091434478759766, 90914349383680.0, *[INF] * 6]
    assert told(trace, "val_loss") == [None, None, None, INF, None, None, None, INF]
    assert notes(trace) == {"filtered": {"step": 3}}


def test_the_trainers_console_quotes_its_numbers():
    trace = written("hf_console.log")
    assert trace.format == "hf_console"
    assert told(trace, "loss") == [4.133, 4.133e26, *[0.0] * 6]
    assert told(trace, "grad_norm") == [9.091, 9.091e13, *[INF] * 6]
    assert notes(trace) == {"counted": {}, "filtered": {"step": 2}}


OLDER = {
    "mmengine": (
        "2021-11-22 01:32:33,502 - mmocr - INFO - Epoch [1][100/250]\tlr: 1.000e-03, eta: 6 days, 15:22:46, "
        "time: 0.539, memory: 7239, loss_ce: 1.2, loss: 1.9, grad_norm: nan\n"
        "2021-11-22 01:32:34,502 - mmocr - INFO - Epoch [1][200/250]\tlr: 1.000e-03, eta: 7 days, 15:55:58, "
        "loss_ce: 0.5, loss: 0.9, grad_norm: 3.9\n"
        "2021-11-22 01:32:35,502 - mmocr - INFO - Epoch [2][100/250]\tlr: 1.000e-03, loss: nan, grad_norm: nan\n",
        [100, 200, 350],
        [1.9, 0.9, NAN],
        [NAN, 3.9, NAN],
    ),
    "fairseq": (
        "| epoch 026 | loss 6.25 | nll_loss 4.5 | ppl 31.6 | num_updates 1000 | lr 0.0006 | gnorm 0.5 | clip 0% |\n"
        "| epoch 026 | valid on 'valid' subset | valid_loss 8.3 | valid_ppl 142.3 | num_updates 1000 | best 4.4\n"
        "| WARNING: overflow detected, setting loss scale to: 0.25\n"
        "| epoch 027 | loss nan | nll_loss nan | ppl nan | num_updates 1020 | lr 0.0006 | gnorm inf | clip 100% |\n",
        [1000, 1020],
        [6.25, NAN],
        [0.5, INF],
    ),
    "megatron": (
        " iteration     5426/  250000 | loss scale: 1.0 | grad norm: nan | number of nan iterations:   0 |\n"
        " iteration     5427/  250000 | loss scale: 1.0 | grad norm: nan | number of nan iterations:   0 |\n",
        [5426, 5427],
        None,
        [NAN, NAN],
    ),
}
"""As their older versions wrote, by logs that people asked about; the numbers are made up."""


@pytest.mark.parametrize("form", OLDER)
def test_what_older_versions_wrote(form):
    text, steps, losses, norms = OLDER[form]
    trace = read_log(text)
    assert trace.format == form
    assert told(trace, "step") == steps
    assert told(trace, "grad_norm") == norms
    assert (told(trace, "loss") if "loss" in trace.frame else None) == losses


def test_a_log_without_any_loss_may_have_left_out_nan():
    assert notes(read_log(OLDER["megatron"][0])) == {"left_out": {"step": 5426, "count": 2}}
    assert notes(read_log(OLDER["fairseq"][0]))["overflows"] == {"count": 1}


def test_a_bar_shows_its_numbers_once_more_at_the_next_place():
    trace = written("tqdm.log")
    assert trace.format == "tqdm"
    assert told(trace, "loss")[:6] == LOSSES
    assert told(trace, "grad_norm")[:6] == NORMS
    assert notes(trace) == {}
