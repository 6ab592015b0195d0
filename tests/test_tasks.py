"""The data sets: what they hold, and what a predictor that has learned nothing reaches."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from statsmodels.datasets import co2

from core.kinds import KINDS
from core.tasks import DATA, TASKS, load_task, read_csv


def test_every_task_of_an_experiment_can_be_loaded():
    assert {task for kind in KINDS.values() for task in kind.tasks} == set(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_shapes_and_type(name):
    task = load_task(name, 12)
    sequences = name in KINDS["rnn"].tasks
    assert task.inputs.shape[:-1] == (
        (len(task.targets), 12) if sequences else (len(task.targets),)
    )
    assert task.targets.shape == (len(task.targets), 1)
    assert task.inputs.dtype == task.targets.dtype == np.float64
    assert np.isfinite(task.inputs).all()
    with pytest.raises(ValueError, match="read-only"):
        task.inputs[0] = 0.0


@pytest.mark.parametrize("name", ["diabetes", "sine", "adding"])
def test_trivial_loss_is_that_of_the_mean(name):
    task = load_task(name, 30)
    mean = task.targets.mean()
    assert task.trivial_loss == pytest.approx(np.mean((task.targets - mean) ** 2), rel=1e-12)


def test_diabetes_is_the_published_data_standardized():
    data, target = load_diabetes(return_X_y=True, scaled=False)
    task = load_task("diabetes", 1)
    np.testing.assert_allclose(
        task.inputs, (data - data.mean(0)) / data.std(0), rtol=1e-12, atol=1e-12
    )
    np.testing.assert_allclose(
        task.targets[:, 0], (target - target.mean()) / target.std(), rtol=1e-12
    )
    assert task.inputs.shape == (442, 10)


def test_co2_file_is_the_monthly_mean_of_the_weekly_series():
    months = co2.load_pandas().data["co2"].resample("MS").mean().interpolate()
    lines = (DATA / "co2.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == [f"{t:%Y-%m}" for t in months.index]
    np.testing.assert_allclose([float(line.split(",")[1]) for line in lines], months, atol=5.1e-5)


@pytest.mark.parametrize("depth", [1, 24, 100])
def test_co2_asks_for_the_change_that_follows_the_window(depth):
    task = load_task("co2", depth)
    np.testing.assert_array_equal(task.inputs[1:, -1, 0], task.targets[:-1, 0])
    np.testing.assert_array_equal(task.inputs[1:, :-1], task.inputs[:-1, 1:])
    assert task.trivial_loss == pytest.approx(np.mean(task.targets**2))
    assert task.trivial_loss == pytest.approx(1.0, abs=0.1)


def test_sine_is_the_sine_of_what_is_seen():
    task = load_task("sine", 1)
    np.testing.assert_allclose(task.targets, np.sin(task.inputs * np.pi / np.sqrt(3)), atol=1e-12)
    assert task.inputs.std() == pytest.approx(1.0, abs=0.05)
    assert task.trivial_loss == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("depth", [2, 3, 50])
def test_adding_marks_one_value_in_each_half(depth):
    task = load_task("adding", depth)
    values, markers = task.inputs[..., 0], task.inputs[..., 1]
    half = depth // 2
    assert (markers[:, :half].sum(axis=1) == 1).all()
    assert (markers[:, half:].sum(axis=1) == 1).all()
    np.testing.assert_allclose(task.targets[:, 0], (values * markers).sum(axis=1))
    assert task.trivial_loss == pytest.approx(1 / 6, abs=0.02)


@pytest.mark.parametrize("name", TASKS)
def test_raw_losses_are_the_standardized_ones_in_another_unit(name):
    """Raw and standardized targets are one straight line apart, so both losses count in trivial losses alike."""
    raw, usual = load_task(name, 12, "raw"), load_task(name, 12)
    slope, offset = np.polyfit(usual.targets[:, 0], raw.targets[:, 0], 1)
    np.testing.assert_allclose(slope * usual.targets + offset, raw.targets, rtol=1e-9, atol=1e-9)
    assert raw.trivial_loss == pytest.approx(slope**2 * usual.trivial_loss, rel=1e-9)
    assert np.mean(raw.inputs**2) > np.mean(usual.inputs**2)


def test_raw_data_are_in_the_units_of_those_who_measured():
    data, target = load_diabetes(return_X_y=True, scaled=False)
    patients = load_task("diabetes", 1, "raw")
    np.testing.assert_array_equal(patients.inputs, data)
    np.testing.assert_array_equal(patients.targets[:, 0], target)
    assert (target.min(), target.max()) == (25, 346)
    ppm = [float(row[1]) for row in read_csv("co2")[1:]]
    months = load_task("co2", 1, "raw")
    np.testing.assert_allclose(months.inputs[:, 0, 0] + ppm[:-2], ppm[1:-1])
    degrees = load_task("sine", 1, "raw")
    percent = 100 * np.sin(np.radians(degrees.inputs))
    np.testing.assert_allclose(degrees.targets, percent, atol=1e-9)


def test_sources_and_licences_lie_beside_the_files():
    sources = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    for file in DATA.iterdir():
        assert file.name == "SOURCES.md" or file.name in sources
