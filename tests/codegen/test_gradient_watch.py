"""gradient_watch.py measures what torch measures, speaks by the app's rules, and before it is too late."""

import ast
import csv
import math
import os
import subprocess
import sys
from types import ModuleType

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from core.codegen import WATCHED, gradient_watch
from core.diagnosis.symptoms import RULES, found_in
from core.logs import diagnose_log, read_log
from core.trace import Trace

NOT_SEEN = {"growth", "saturated"}  # they are of signals and activations

pytestmark = pytest.mark.filterwarnings(  # Keras' own, from keras.ops.convert_to_numpy
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


@pytest.fixture(scope="module")
def watch():
    module = ModuleType("gradient_watch")
    exec(compile(gradient_watch(), "gradient_watch.py", "exec"), module.__dict__)
    return module


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def read(file):
    return pd.read_csv(file)


# What the text is like


def test_file_needs_nothing_but_the_framework():
    tree = ast.walk(ast.parse(gradient_watch()))
    names = {
        name.split(".")[0]
        for node in tree
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert names - set(sys.stdlib_module_names) == {"torch", "keras"}


def test_file_is_as_tidy_as_this_repository(tmp_path):
    (tmp_path / "gradient_watch.py").write_text(gradient_watch(), "utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--no-cache", "--line-length", "100", str(tmp_path)]
    for command in (["format", "--check"], ["check", "--select", "E,F,I,B,UP,SIM,PT,RUF,C4"]):
        done = subprocess.run([*ruff, *command, *options], capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode()[-1000:]


# The rules


def test_rules_are_the_apps(watch):
    assert list(watch.RULES) == [name for name in RULES if name not in NOT_SEEN]
    for name, rule in watch.RULES.items():
        assert (rule.threshold, rule.window) == (RULES[name].threshold, RULES[name].window)
        assert rule.speaks.__name__ in (RULES[name].detect.__name__, "not_finite")


@pytest.mark.parametrize("drift", [-1.0, 0.0, 0.4, 1.5])
def test_rules_speak_at_the_apps_steps(watch, drift):
    """Of made-up series of three layers, whichever way they drift."""
    rng = np.random.default_rng(int(10 * drift) % 97)
    steps, entries = 40, [16, 64, 8]
    heard = set()
    for _ in range(20):
        series = np.exp(np.cumsum(rng.normal(drift, 0.5, size=(11, steps)), axis=1)).T
        loss, norm, gradients, weights, ratios = np.split(series, [1, 2, 5, 8], axis=1)
        ratios = ratios * 1e-3
        frame = pd.DataFrame(
            {"step": np.arange(steps), "loss": loss[:, 0], "grad_norm": norm[:, 0]}
        )
        by_layer = {
            "weight_norms": weights,
            "weight_grad_norms": gradients,
            "gradient_rms": gradients / np.sqrt(entries),
            "update_ratios": ratios,
        }
        trace = Trace(frame=frame, logged=frame.notna(), by_layer=by_layer)
        log = watch.Log(dict(zip("abc", entries, strict=True)), say=lambda _: None)
        for k in range(steps):
            row = {"loss": float(loss[k, 0]), "grad_norm": float(norm[k, 0])}
            for n, layer in enumerate("abc"):
                row[f"grad_norm/{layer}"] = float(gradients[k, n])
                row[f"weight_norm/{layer}"] = float(weights[k, n])
                row[f"update_ratio/{layer}"] = float(ratios[k, n])
            log.row(row)
        assert log.heard == {f.rule: f.step for f in found_in(trace, {})}
        heard |= set(log.heard)
    assert heard


# In PyTorch


def deep(gain=1.0, lr=0.01, **optimizer):
    torch.manual_seed(0)
    layers = [layer for _ in range(5) for layer in (nn.Linear(8, 8), nn.Tanh())]
    model = nn.Sequential(*layers, nn.Linear(8, 1))
    for linear in layers[::2]:
        nn.init.normal_(linear.weight, std=gain * 8**-0.5)
    return model, torch.optim.SGD(model.parameters(), lr=lr, **optimizer)


def batch():
    x = torch.randn(16, 8)
    return x, x.sum(1, keepdim=True)


def test_columns(watch, tmp_path):
    model, _ = deep()
    watch.GradientWatch(model, csv=tmp_path / "run.csv").close()
    layers = ["0", "2", "4", "6", "8", "10"]
    kinds = ("grad_norm", "weight_norm", "update_ratio")
    expected = ["step", "loss", "grad_norm", "clipped_norm", "lr"]
    expected += [f"{kind}/{layer}" for kind in kinds for layer in layers]
    with (tmp_path / "run.csv").open(newline="") as file:
        assert next(csv.reader(file)) == expected


@pytest.mark.parametrize("scaled", [False, True])
def test_norms_are_torchs_own(watch, tmp_path, scaled):
    """Whatever the scale of AMP's GradScaler: the norm before clipping, after it, and the update as made."""
    model, optimizer = deep(gain=3)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, enabled=scaled)
    watched = watch.GradientWatch(model, csv=tmp_path / "run.csv", say=lambda _: None)
    expected = []
    for _ in range(4):
        x, y = batch()
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        scaler.scale(loss).backward()
        watched.step(loss, optimizer, scaler=scaler)
        scaler.unscale_(optimizer)
        before = model[0].weight.detach().clone()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        clipped = nn.utils.get_total_norm([p.grad for p in model.parameters()])
        layer = torch.linalg.norm(model[0].weight.grad) * norm / clipped
        scaler.step(optimizer)
        scaler.update()
        update = torch.linalg.norm(model[0].weight.detach() - before) / torch.linalg.norm(before)
        row = [loss, norm, clipped, 0.01, layer, torch.linalg.norm(before), update]
        expected.append([torch.as_tensor(value).item() for value in row])
    columns = ["loss", "grad_norm", "clipped_norm", "lr", "grad_norm/0", "weight_norm/0"]
    written = read(tmp_path / "run.csv")[[*columns, "update_ratio/0"]]
    np.testing.assert_allclose(written, expected, rtol=1e-4)


def test_norm_is_right_where_its_squares_overflow(watch):
    assert watch._norms([torch.full((9,), 1e30)]) == [pytest.approx(3e30)]
    assert watch._norms([torch.full((4,), 3e4, dtype=torch.float16)]) == [
        pytest.approx(6e4, rel=1e-3)
    ]
    assert not math.isfinite(watch._norms([torch.tensor([1.0, math.inf])])[0])


def exploding(watch, file, say=lambda _: None):
    """A loop that leaves as soon as its loss is lost, as many do."""
    model, optimizer = deep(gain=2, lr=0.1)
    model = nn.Sequential(*model[::2])  # linear: nothing saturates
    watched = watch.GradientWatch(model, csv=file, say=say)
    for _ in range(50):
        x, y = batch()
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        watched.step(loss, optimizer)
        if not loss.isfinite():
            return watched
        optimizer.step()
    raise AssertionError("it did not explode")


def test_it_speaks_before_the_end_and_once_a_rule(watch, tmp_path):
    said = []
    heard = exploding(watch, tmp_path / "run.csv", said.append).log.heard
    end = heard.pop("not_finite")
    assert heard
    assert min(heard.values()) < end
    assert len(said) == len(heard) + 1
    assert all(line.count("\n") == 0 for line in said)


def test_what_it_writes_is_read_with_its_layers_and_found_to_end_where_it_ended(watch, tmp_path):
    watched = exploding(watch, tmp_path / "run.csv")
    trace = read_log((tmp_path / "run.csv").read_bytes(), "run.csv")
    assert trace.format == "gradient_watch"
    assert list(trace.layers) == [str(n) for n in range(len(trace.layers))]
    assert trace.by_layer["weight_grad_norms"].shape == (watched.log.steps, len(trace.layers))
    found = diagnose_log(trace)
    assert (found.outcome, found.end) == ("diverged", watched.log.steps - 1)


def test_a_crash_loses_no_row(watch, tmp_path):
    watched = exploding(watch, tmp_path / "run.csv")  # neither closed nor at the program's end
    rows = read(tmp_path / "run.csv")
    assert rows["step"].tolist() == list(range(watched.log.steps))
    assert not np.isfinite(rows["loss"].iloc[-1])
    assert np.isfinite(rows["loss"].iloc[:-1]).all()
    assert rows["update_ratio/0"].isna().tolist() == [False] * (len(rows) - 1) + [True]


def test_a_step_that_the_scaler_skips_is_no_explosion(watch, tmp_path):
    model, optimizer = deep()
    scaler = torch.amp.GradScaler("cpu", init_scale=1e38)
    watched = watch.GradientWatch(model, csv=tmp_path / "run.csv", say=lambda _: None)
    for _ in range(3):
        x, y = batch()
        optimizer.zero_grad()
        loss = 1e3 * ((model(x) - y) ** 2).mean()
        scaler.scale(loss).backward()
        watched.step(loss, optimizer, scaler=scaler)
        scaler.step(optimizer)
        scaler.update(1.0)
    rows = read(tmp_path / "run.csv")
    assert np.isfinite(rows["grad_norm"]).tolist() == [False, True, True]
    assert rows["clipped_norm"].isna().tolist() == [True, False, False]
    assert "not_finite" not in watched.log.heard


def test_how_to_use_it_works_as_it_is_told(watch, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gradient_watch", watch)
    monkeypatch.chdir(tmp_path)
    (x, y), (model, optimizer) = batch(), deep()
    loss = ((model(x) - y) ** 2).mean()
    names = {"model": model, "optimizer": optimizer, "loss": loss}
    exec(WATCHED["pytorch"], names)
    assert len(read("run.csv")) == 1
    x, y = data()
    exec(WATCHED["keras"], {"model": keras_model(0.01), "x": x, "y": y})
    assert len(read("run.csv")) == 2


# In Keras


def keras_model(lr, gain=1.0):
    keras.utils.set_random_seed(0)
    scale = keras.initializers.VarianceScaling
    hidden = [keras.layers.Dense(8, kernel_initializer=scale(gain**2)) for _ in range(4)]
    model = keras.Sequential([keras.Input((8,)), *hidden, keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(lr, global_clipnorm=None), loss="mse")
    return model


def data():
    x = np.random.default_rng(0).normal(size=(40, 8)).astype("float32")
    return x, x.sum(axis=1, keepdims=True)


def test_keras_norms_are_torchs_own(watch, tmp_path):
    """Of the first batch, by autograd; of the batches after it, by what SGD subtracted."""
    model, (x, y) = keras_model(0.01), data()
    loss = ((model(x[:16]) - torch.from_numpy(y[:16])) ** 2).mean()
    gradients = torch.autograd.grad(loss, [v.value for v in model.trainable_variables])
    callback = watch.GradientWatchCallback(csv=tmp_path / "run.csv", say=lambda _: None)
    model.fit(x, y, 16, epochs=2, shuffle=False, verbose=0, callbacks=[callback])
    rows = read(tmp_path / "run.csv")
    assert len(rows) == 6
    first = [loss.item(), nn.utils.get_total_norm(gradients).item(), 0.01]
    np.testing.assert_allclose(rows[["loss", "grad_norm", "lr"]].iloc[0], first, rtol=1e-5)
    for layer in callback.log.layers:
        update = rows[f"update_ratio/{layer}"] * rows[f"weight_norm/{layer}"]
        np.testing.assert_allclose(update, 0.01 * rows[f"grad_norm/{layer}"], rtol=1e-3)
    model.fit(x, y, 16, verbose=0)
    assert callback.log.steps == 6, "it has let the model go"


def test_keras_callback_speaks_before_the_end(watch, tmp_path):
    said = []
    callback = watch.GradientWatchCallback(csv=tmp_path / "run.csv", say=said.append)
    model = keras_model(1.0, gain=3)
    model.fit(*data(), 16, epochs=9, verbose=0, callbacks=[callback])
    end = callback.log.heard.pop("not_finite")
    assert min(callback.log.heard.values()) < end
    assert len(said) == len(callback.log.heard) + 1
    assert len(read(tmp_path / "run.csv")) == 27


IN_JAX = """
import keras
from gradient_watch import GradientWatchCallback
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(0.01, global_clipnorm=0.5), "mse")
x = keras.random.normal((40, 8), seed=0)
model.fit(x, x[:, :1], 16, epochs=2, verbose=0, callbacks=[GradientWatchCallback(csv="run.csv")])
"""


def test_keras_on_jax_tells_what_was_subtracted(tmp_path):
    (tmp_path / "gradient_watch.py").write_text(gradient_watch(), "utf-8")
    environment = os.environ | {"KERAS_BACKEND": "jax", "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", IN_JAX]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    rows = read(tmp_path / "run.csv")
    assert len(rows) == 6
    np.testing.assert_allclose(rows["clipped_norm"], np.minimum(rows["grad_norm"], 0.5), rtol=1e-5)
    for column in rows.filter(like="grad_norm/"):
        layer = column.removeprefix("grad_norm/")
        update = rows[f"update_ratio/{layer}"] * rows[f"weight_norm/{layer}"]
        shrunk = rows[column] * rows["clipped_norm"] / rows["grad_norm"]
        np.testing.assert_allclose(update, 0.01 * shrunk, rtol=1e-3)
