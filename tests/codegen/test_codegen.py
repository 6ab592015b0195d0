"""The generated scripts run, and build and train exactly the experiment that they were made for."""

import ast
import math
import os
import re
import subprocess
import sys
from dataclasses import replace
from io import BytesIO

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import pytest
import torch

from core.activations import ACTIVATIONS
from core.codegen import (
    CLIP_MARK,
    DATA_MARK,
    FIRST_PRINTS,
    first_lines,
    keras_script,
    pytorch_script,
    variance_ratio,
)
from core.codegen.models import MODELS
from core.engine.clipping import clip_gradients
from core.engine.same_start import start_file
from core.engine.training import Trainer, train
from core.experiment import CLIPPINGS, NORMALIZATIONS, OPTIMIZERS, SCALINGS, Experiment
from core.initializations import INITS
from core.kinds import KINDS
from core.presets import PRESETS
from core.tasks import load_task, task_of

pytestmark = pytest.mark.filterwarnings(  # Keras' own, from keras.ops.convert_to_numpy
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
WRITERS = {"keras": keras_script, "torch": pytorch_script}
VARIED = {
    "activation": tuple(ACTIVATIONS),
    "init": tuple(INITS),
    "normalization": NORMALIZATIONS,
    "optimizer": OPTIMIZERS,
    "clipping": CLIPPINGS,
    "gain": (1, 0.3),
    "lr": (1e-5, 0.1),
    "clip": (1e-4, 500),
    "scaling": SCALINGS,
    "depth": (2, 5),
}


def tiny(network="mlp", **choices):
    sizes = {"depth": 3, "width": 8, "batch_size": 4, "steps": 3}
    return Experiment(network=network, **(sizes | choices))


def one_at_a_time(**base):
    for network, kind in KINDS.items():
        for field, values in ({"task": kind.tasks} | VARIED).items():
            for value in values:
                gently = {"lr": 1e-6} if value == "raw" else {}  # at the usual rate it explodes
                yield (
                    f"{network}-{field}-{value}",
                    tiny(network, **(base | {field: value} | gently)),
                )


ONE_AT_A_TIME = dict(one_at_a_time())
SMOOTH = dict(one_at_a_time(activation="tanh", batch_size=16, steps=25))
SHORT_PRESETS = {name: replace(preset, steps=2) for name, preset in PRESETS.items()}
ALL = ONE_AT_A_TIME | SHORT_PRESETS
RESCALING = ("rmsprop", "adam")  # their first steps are as long as the rate, whatever the gradient
TRAINED = {
    name: e if e.optimizer in RESCALING else replace(e, lr=max(e.lr, 0.05))
    for name, e in SMOOTH.items()
}
TRAINED |= {
    f"{name}-dies": tiny(name, activation="linear", gain=4, lr=1, steps=25) for name in KINDS
}
"""Long enough to go astray; with a base of bends instead of kinks, so that rounding stays small."""
everywhere = pytest.mark.parametrize("experiment", ALL.values(), ids=ALL)
every_choice = pytest.mark.parametrize("experiment", ONE_AT_A_TIME.values(), ids=ONE_AT_A_TIME)
in_both = pytest.mark.parametrize("library", WRITERS)
of_each = pytest.mark.parametrize("network", KINDS)


def test_every_kind_has_its_scripts():
    assert list(MODELS) == list(KINDS)


@pytest.fixture(autouse=True)
def one_thread():
    """On a busy machine torch's threads wait for each other longer than these sizes take."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def loaded(library, experiment, digits=4):
    """The script's names, nothing of it run yet; it prints numbers of so many digits."""
    names = {"__name__": "script"}
    code = WRITERS[library](experiment).replace(":.4g}", f":.{digits}g}}")
    exec(compile(code, f"<{library}>", "exec"), names)
    return names


# What the text is like


@in_both
@everywhere
def test_script_is_self_contained_and_marks_the_clipping(library, experiment):
    script = WRITERS[library](experiment)
    tree = ast.parse(script)
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    plain = [node.names for node in ast.walk(tree) if isinstance(node, ast.Import)]
    imported |= {alias.name for names in plain for alias in names}
    assert library in imported
    assert imported <= {library, "numpy", "math", "argparse"}
    assert max(map(len, script.splitlines())) <= 100
    marked = [line for line in script.splitlines() if line.endswith(CLIP_MARK)]
    assert len(marked) == (experiment.clipping != "none")
    assert (DATA_MARK in script.splitlines()) == (experiment.task in ("diabetes", "co2"))


def test_scripts_are_as_tidy_as_this_repository(tmp_path):
    for name, experiment in ALL.items():
        for library, write in WRITERS.items():
            (tmp_path / f"{name}-{library}.py").write_text(write(experiment), "utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--no-cache", "--line-length", "100", str(tmp_path)]
    rules = "E,F,I,B,UP,SIM,PT,RUF,C4"
    for command in (["format", "--check"], ["check", "--select", rules]):
        done = subprocess.run([*ruff, *command, *options], capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode()[-1000:]


def test_document_example_reads_as_in_the_document():
    script = keras_script(PRESETS["document"])
    code = "".join(line.split("#")[0].replace(" ", "") for line in script.splitlines())
    assert "keras.optimizers.Adam(learning_rate=0.001,epsilon=3.2e-10,clipvalue=1.0,)" in code
    assert 'model.compile(optimizer=optimizer, loss="mse")' in script


@pytest.mark.parametrize(("lr", "shown"), [(0.001, "0.001"), (1e-5, "1e-5"), (10, "10.0")])
def test_numbers_are_written_as_people_write_them(lr, shown):
    assert f"learning_rate={shown}," in keras_script(tiny(lr=lr))
    assert f"lr={shown})" in pytorch_script(tiny(lr=lr))


# What the scripts do


@in_both
@pytest.mark.parametrize("experiment", SHORT_PRESETS.values(), ids=SHORT_PRESETS)
def test_script_runs_and_tells_the_loss(library, experiment, capsys):
    names = loaded(library, experiment)
    names["main"]()
    printed = capsys.readouterr().out
    assert printed.startswith("step 0: loss ")
    ended = "not a finite number" in printed or f"after {experiment.steps} steps" in printed
    assert ended, printed


@in_both
def test_script_starts_by_itself_and_says_when_the_loss_is_lost(library, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["script.py"])
    script = WRITERS[library](PRESETS["chain"])
    exec(compile(script, f"<{library}>", "exec"), {"__name__": "__main__"})
    assert "The loss is not a finite number any more" in capsys.readouterr().out.splitlines()[-1]


@in_both
@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize(
    ("task", "depth"),
    [("diabetes", 3), ("sine", 3), ("co2", 1), ("co2", 12), ("adding", 2), ("adding", 31)],
)
def test_data_are_the_engines(library, task, depth, scaling):
    network = "mlp" if task in KINDS["mlp"].tasks else "rnn"
    inputs, targets = loaded(library, tiny(network, task=task, depth=depth, scaling=scaling))[
        "load_data"
    ]()
    expected = load_task(task, depth, scaling)
    assert inputs.dtype == targets.dtype == np.float32
    np.testing.assert_allclose(inputs, expected.inputs, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(targets, expected.targets, rtol=1e-6, atol=1e-7)


# What they build


def matrices(library, model):
    """Every weight matrix as (out, in), input side first, readout last."""
    if library == "torch":
        return [p.detach().numpy() for p in model.parameters() if p.ndim == 2]
    return [v.numpy().T for v in model.trainable_variables if len(v.shape) == 2]


def vectors(library, model):
    """Every bias, scale and shift."""
    if library == "torch":
        return [p.detach().numpy() for p in model.parameters() if p.ndim == 1]
    return [v.numpy() for v in model.trainable_variables if len(v.shape) == 1]


def built(library, experiment):
    """The script's model before any update, as training starts it."""
    names = loaded(library, experiment)
    keras.utils.set_random_seed(experiment.seed)  # seeds torch as well
    return names["build_model"]()


@in_both
@everywhere
def test_shapes(library, experiment):
    e = experiment
    model = built(library, e)
    features = task_of(e).inputs.shape[-1]
    hidden = [(e.width, e.width)] * (1 if e.network == "rnn" else e.depth - 1)
    expected = [(e.width, features), *hidden, (1, e.width)]
    assert [m.shape for m in matrices(library, model)] == expected
    layers = 1 if e.network == "rnn" else e.depth
    of_width = layers if e.normalization == "none" else 3 * layers
    assert sorted(v.size for v in vectors(library, model)) == [1] + [e.width] * of_width


@in_both
@of_each
@pytest.mark.parametrize("gain", [1, 1.5])
@pytest.mark.parametrize("init", INITS)
def test_initial_weights_are_the_schemes(library, network, init, gain):
    e = tiny(network, init=init, gain=gain, width=128, depth=4)
    first, *hidden, readout = matrices(library, built(library, e))
    for weight in hidden:
        assert weight.std() * math.sqrt(e.width) == pytest.approx(e.sigma_w, rel=0.05)
        check_distribution(INITS[init].distribution, weight, e)
    assert len({float(weight[0, 0]) for weight in hidden}) == len(hidden), "layers are alike"
    gained = network == "mlp"
    scheme = INITS[init] if gained else INITS["xavier_uniform"]
    expected = scheme.std(first.shape[1], e.width) * (gain if gained else 1)
    if scheme.distribution != "orthogonal":
        assert first.std() == pytest.approx(expected, rel=0.12)
    else:
        np.testing.assert_allclose(first.T @ first, gain**2 * np.eye(first.shape[1]), atol=1e-4)
    assert 0.7 < np.abs(readout).max() / math.sqrt(6 / (e.width + 1)) <= 1


def check_distribution(distribution, weight, e):
    std = e.sigma_w / math.sqrt(e.width)
    if distribution == "uniform":
        assert 0.99 < np.abs(weight).max() / (math.sqrt(3) * std) < 1.0001
    elif distribution == "normal":
        assert np.abs(weight).max() > 3 * std, "a truncated normal ends at about 2.3"
    else:
        np.testing.assert_allclose(weight @ weight.T, e.gain**2 * np.eye(e.width), atol=1e-4)


@in_both
@of_each
@pytest.mark.parametrize("init", INITS)
def test_initial_biases(library, network, init):
    e = tiny(network, init=init, width=128)
    *biases, readout = (v for v in vectors(library, built(library, e)))
    assert readout.tolist() == [0.0]
    features = task_of(e).inputs.shape[-1]
    fans = [128] if network == "rnn" else [features, 128, 128]
    for bias, fan_in in zip(biases, fans, strict=True):
        largest = np.abs(bias).max() * math.sqrt(fan_in)
        assert 0.9 < largest < 1.0001 if INITS[init].random_bias else largest == 0


# How they train


@every_choice
def test_keras_optimizer_is_the_experiments(experiment):
    e = replace(experiment, steps=1)
    optimizer = loaded("keras", e)["main"]().optimizer
    kind = {"sgd": "SGD", "momentum": "SGD", "rmsprop": "RMSprop", "adam": "Adam"}[e.optimizer]
    assert isinstance(optimizer, getattr(keras.optimizers, kind))
    assert float(optimizer.learning_rate) == pytest.approx(e.lr)
    clips = {"value": "clipvalue", "norm": "clipnorm", "global_norm": "global_clipnorm"}
    for method, name in clips.items():
        assert getattr(optimizer, name) == (e.clip if e.clipping == method else None)
    if e.clipping == "adaptive":
        assert optimizer.clip == e.clip


@pytest.mark.parametrize("clip", [0.01, 0.3, 1e4])
@pytest.mark.parametrize("method", CLIPPINGS)
@of_each
def test_keras_clips_as_the_engine(network, method, clip):
    e = tiny(network, clipping=method, clip=clip, lr=1, steps=1, normalization="layer")
    model = loaded("keras", e)["main"]()
    before = parameters("keras", model)
    rng = np.random.default_rng(7)
    gradients = [rng.normal(scale=0.2, size=v.shape) for v in before]
    expected, _norm = clip_gradients(tensors(gradients), tensors(before), method, clip)
    model.optimizer.apply([torch.tensor(g.T, dtype=torch.float32) for g in gradients])
    for start, end, clipped in zip(before, parameters("keras", model), expected, strict=True):
        np.testing.assert_allclose(start - end, clipped[0], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("clip", [0.01, 0.3, 1e4])
@pytest.mark.parametrize("method", CLIPPINGS)
@of_each
def test_pytorch_clips_as_the_engine(network, method, clip):
    e = tiny(network, clipping=method, clip=clip, steps=1, normalization="layer")
    weights = parameters("torch", built("torch", e))
    free = loaded("torch", replace(e, clipping="none"))["main"]()
    clipped = loaded("torch", e)["main"]()
    gradients = [p.grad.numpy() for p in free.parameters()]
    expected, _norm = clip_gradients(tensors(gradients), tensors(weights), method, clip)
    for parameter, wanted in zip(clipped.parameters(), expected, strict=True):
        np.testing.assert_allclose(parameter.grad, wanted[0], rtol=1e-4, atol=1e-8)


def tensors(arrays):
    """As the engine takes them: a stack of one, float64."""
    return [torch.tensor(array, dtype=torch.float64)[None] for array in arrays]


def parameters(library, model):
    """Copies of all trained arrays, matrices as (out, in)."""
    if library == "torch":
        return [p.detach().numpy().copy() for p in model.parameters()]
    return [v.numpy().T.copy() for v in model.trainable_variables]


@pytest.mark.parametrize("experiment", TRAINED.values(), ids=TRAINED)
@in_both
def test_script_trains_as_the_engine_from_the_same_start(library, experiment, capsys):
    """By --same-start: the engine's losses, the same updates, and the same end."""
    e = experiment
    trainer = Trainer([e], torch.float32, "everything")
    begun = [matrix.copy() for matrix in engine_matrices(trainer.network.w)]
    losses = []
    while trainer.running.any() and len(losses) < e.steps:
        losses.append(float(trainer.advance(len(losses)).loss[0]))
    model, printed, last = begun_alike(library, e, capsys)
    finite = np.flatnonzero(np.isfinite(losses))[:20]
    np.testing.assert_allclose(printed[finite], np.array(losses)[finite], rtol=1e-4)
    assert ("not a finite number" in last) == (not trainer.running.any())
    if trainer.running.any():
        assert len(printed) == e.steps
        ends = matrices(library, model), engine_matrices(trainer.network.w)
        for begin, end, expected in zip(begun, *ends, strict=True):
            update = expected - begin
            slack = 2e-3 * np.abs(update).max()
            np.testing.assert_allclose(end - begin, update, rtol=1e-2, atol=slack)


@in_both
def test_document_example_follows_the_app(library, capsys):
    """Twenty layers under Adam: Keras' epsilon decides whether they do."""
    e = replace(PRESETS["document"], steps=12)
    _, printed, _ = begun_alike(library, e, capsys)
    np.testing.assert_allclose(printed, [step.loss for step in train(e)], rtol=1e-4)


def begun_alike(library, e, capsys):
    """The model that a script trained from the engine's start, the losses that it told, and its last words."""
    model = loaded(library, e, digits=9)["main"](BytesIO(start_file(e)))
    *lines, last = capsys.readouterr().out.splitlines()
    return model, np.array([float(re.split("loss |, ", line)[1]) for line in lines]), last


@pytest.mark.parametrize("steps", [3, 12])
@in_both
def test_page_tells_the_first_lines_as_the_script_prints_them(library, steps, capsys):
    e = tiny(steps=steps, activation="tanh", batch_size=16)
    told = first_lines({"torch": "pytorch"}.get(library, library), list(train(e))[:FIRST_PRINTS])
    loaded(library, e)["main"](BytesIO(start_file(e)))
    printed = "\n".join(capsys.readouterr().out.splitlines()[: min(steps, FIRST_PRINTS)])
    number = r"(?<=loss |norm )\S+?(?=,|$)"
    assert re.sub(number, "#", told, flags=re.M) == re.sub(number, "#", printed, flags=re.M)
    values = (list(map(float, re.findall(number, text, re.M))) for text in (told, printed))
    np.testing.assert_allclose(*values, rtol=2e-3)


def engine_matrices(blocks):
    """The engine's matrices in the order of `matrices`."""
    names = [name for name in ("input", "hidden", "recurrent", "readout") if name in blocks]
    return [matrix[0].numpy() for name in names for matrix in blocks[name]]


def test_without_a_file_a_script_trains_on_a_start_of_its_own(tmp_path, monkeypatch, capsys):
    e = tiny(steps=2)
    file = tmp_path / "start.npz"
    file.write_bytes(start_file(e))
    printed = []
    for arguments in ([], ["--same-start", str(file)], ["--same-start", str(file)]):
        monkeypatch.setattr(sys, "argv", ["script.py", *arguments])
        exec(compile(pytorch_script(e), "<torch>", "exec"), {"__name__": "__main__"})
        printed.append(capsys.readouterr().out)
    assert printed[0] != printed[1] == printed[2]


@pytest.mark.parametrize("experiment", [Experiment(), *SHORT_PRESETS.values()])
def test_start_file_is_small_and_has_everything(experiment):
    file = start_file(experiment)
    assert len(file) < 1e6
    arrays = np.load(BytesIO(file))
    assert arrays["batches"].shape == (experiment.steps, experiment.batch_size)
    count = experiment.kind.count_matrices(experiment.depth)
    assert sum(name.startswith("weight") for name in arrays) == count
    assert {array.dtype for array in arrays.values()} == {np.dtype("f4"), np.dtype("i4")}


# Under batch normalization


def running_variances(library, model):
    """Of every layer (RNN: time step), one for each unit."""
    if library == "torch":
        norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm1d)]
        return [norm.running_var.numpy() for norm in norms]
    return [norm.moving_variance.numpy() for norm in keras_batch_norms(model)]


def keras_batch_norms(model):
    first = model.layers[0]
    candidates = first.normalize if hasattr(first, "normalize") else model.layers
    return [each for each in candidates if isinstance(each, keras.layers.BatchNormalization)]


def trained_as_engine(library, e):
    """The script's model after its main, from the engine's weights and on its batches; and its data."""
    names = loaded(library, e)
    return names["main"](BytesIO(start_file(e))), names["load_data"]()


@of_each
@pytest.mark.parametrize("size", [2, 8, 64])
def test_keras_running_variance_is_the_biased_one_and_alone_changes_the_last_loss(
    network, size, capsys
):
    """Both begin at 1 and keep 0.9 of it; the batches' share is n / (n - 1) times as large in PyTorch.

    n is the batch, for a recurrent network's time steps too. With PyTorch's variances Keras tells PyTorch's loss.
    """
    e = tiny(network, normalization="batch", batch_size=size, steps=12, lr=1e-4, gain=1)
    (theirs, (x, y)), (ours, _) = (trained_as_engine(k, e) for k in WRITERS)
    kept = 0.9**e.steps
    pairs = list(
        zip(running_variances("keras", theirs), running_variances("torch", ours), strict=True)
    )
    ratios = np.concatenate([(torchs - kept) / (keras_ - kept) for keras_, torchs in pairs])
    assert len(ratios) == e.depth * e.width
    np.testing.assert_allclose(ratios, size / (size - 1), rtol=2e-3)
    assert variance_ratio(e) == size / (size - 1)
    losses = [
        float(line.split()[-1])
        for line in capsys.readouterr().out.splitlines()
        if "all data" in line
    ]
    for norm, (_, torchs) in zip(keras_batch_norms(theirs), pairs, strict=True):
        norm.moving_variance.assign(torchs)
    corrected = theirs.evaluate(x, y, verbose=0)
    assert corrected == pytest.approx(losses[1], rel=1e-3)
    if size == 2:
        assert abs(losses[0] / losses[1] - 1) > 0.01


def test_keras_script_says_under_batch_normalization_that_its_last_loss_is_another():
    script = keras_script(tiny(normalization="batch", batch_size=8))
    assert "PyTorch and the app add 8/7 of what Keras adds" in " ".join(script.split())
    assert "running" not in keras_script(tiny(normalization="layer"))
    assert "running" not in pytorch_script(tiny(normalization="batch"))
