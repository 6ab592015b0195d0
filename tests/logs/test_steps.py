"""Where the rows of a log stand: steps that start again, go back, are missing; and several files."""

import numpy as np
import pytest

from core.logs import read_log, read_logs
from tests.logs.told import INF, NAN, notes, told


def table(*rows, head="step,loss"):
    return head + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)


def read(steps):
    """A log whose loss is the row's place."""
    return read_log(table(*((step, place) for place, step in enumerate(steps))))


def test_epochs_that_count_again_are_continuous():
    rows = [(e, s, 10 * e + s) for e in (0, 1, 2) for s in (0, 1, 2)]
    trace = read_log(table(*rows, head="epoch,iter,loss"))
    assert told(trace, "step") == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert told(trace, "loss") == [0, 1, 2, 10, 11, 12, 20, 21, 22]
    assert notes(trace) == {"continuous": {"count": 2}}


def test_an_epoch_is_as_long_as_the_log_says():
    text = "".join(
        f"Epoch [{e}/2], Step [{s}/250], Loss: {e}.{s}\n" for e in (1, 2) for s in (100, 200)
    )
    trace = read_log(text)
    assert told(trace, "step") == [100, 200, 350, 450]
    assert told(trace, "loss") == [1.1, 1.2, 2.1, 2.2]
    trace = read_log(
        "Epoch: [0][ 10/500] Time 0.5 (0.6) Loss 7.1e+00 (7.0e+00)\n"
        "Epoch: [0][ 20/500] Time 0.5 (0.6) Loss 7.2e+00 (7.0e+00)\n"
        "Epoch: [1][ 10/500] Time 0.5 (0.6) Loss nan (nan)\n"
    )
    assert told(trace, "step") == [10, 20, 510]
    assert told(trace, "loss") == [7.1, 7.2, NAN]


def test_mmengines_iterations_start_again_and_validation_has_its_own():
    text = (
        '{"env_info": "3.11", "seed": 0}\n'
        '{"mode": "train", "epoch": 1, "iter": 50, "loss": 2.5}\n'
        '{"mode": "train", "epoch": 1, "iter": 100, "loss": 2.25}\n'
        '{"mode": "val", "epoch": 1, "iter": 25, "mAP": 0.5}\n'
        '{"mode": "train", "epoch": 2, "iter": 50, "loss": NaN}\n'
    )
    trace = read_log(text)
    assert trace.format == "mmengine_json"
    assert told(trace, "step") == [50, 100, 150]
    assert told(trace, "mAP") == [None, 0.5, None]
    assert told(trace, "loss") == [2.5, 2.25, NAN]


@pytest.mark.parametrize("restart", [30, 25])
def test_a_resumed_run_takes_the_place_of_what_it_repeats(restart):
    again = [restart, restart + 10, restart + 20]
    trace = read([10, 20, 30, 40, *again])
    assert told(trace, "step") == [10, 20, *again]
    assert told(trace, "loss") == [0, 1, 4, 5, 6]
    dropped = {"count": 1, "step": restart, "rows": 2}
    assert notes(trace) == {"resumed": dropped, "interval": {"every": 10}}


def test_a_run_may_be_resumed_twice():
    trace = read([1, 2, 3, 4, 3, 4, 5, 2, 3])
    assert told(trace, "step") == [1, 2, 3]
    assert told(trace, "loss") == [0, 7, 8]
    assert notes(trace)["resumed"] == {"count": 2, "step": 3, "rows": 6}


def test_an_attempt_that_was_given_up_is_told():
    trace = read_log(table((10, 1), (20, 9), (30, "nan"), (20, 2), (30, 3)))
    assert told(trace, "loss") == [1, 2, 3]
    assert notes(trace)["given_up"] == {"step": 30}


def test_a_row_out_of_order_is_sorted():
    trace = read([10, 30, 20, 40])
    assert told(trace, "step") == [10, 20, 30, 40]
    assert told(trace, "loss") == [0, 2, 1, 3]
    assert "sorted" in notes(trace)


@pytest.mark.parametrize("steps", [[40, 30, 20, 10], [30, 10, 40, 20]])
def test_rows_in_no_order_and_the_newest_first_are_sorted(steps):
    trace = read(steps)
    assert told(trace, "step") == [10, 20, 30, 40]
    assert told(trace, "loss") == [steps.index(step) for step in (10, 20, 30, 40)]
    assert notes(trace) == {"sorted": {}, "interval": {"every": 10}}


def test_ranks_that_say_the_same_are_one():
    text = "".join(f"[rank{r}]: step: {s} loss: {s / 2}\n" for s in (1, 2, 3) for r in range(4))
    trace = read_log(text)
    assert told(trace, "loss") == [0.5, 1.0, 1.5]
    assert notes(trace) == {}


def test_the_last_value_of_a_step_counts():
    trace = read([1, 2, 2, 3, 4])
    assert told(trace, "loss") == [0, 2, 3, 4]
    assert notes(trace) == {"repeated": {"count": 1}}


def test_steps_that_never_change_are_none():
    trace = read_log(table((0, 1.5), (0, "nan"), (0, 2.5)))
    assert told(trace, "step") == [0, 1, 2]
    assert told(trace, "loss") == [1.5, NAN, 2.5]
    assert "step" not in trace.columns
    assert "counted" in notes(trace)


def test_without_steps_rows_are_counted():
    trace = read_log("loss=2.5 norm=1\nsaved\nval_loss=9\nloss=nan norm=inf\n")
    assert told(trace, "step") == [0, 1]
    assert told(trace, "loss") == [2.5, NAN]
    assert told(trace, "val_loss") == [9, None]


def test_whole_epochs_that_rise_are_the_steps():
    trace = read_log("epoch 1 loss 0.5\nepoch 2 loss nan\n")
    assert (told(trace, "step"), told(trace, "loss")) == ([1, 2], [0.5, NAN])
    assert notes(trace) == {"epochs": {}}


def test_rows_of_evaluation_stay_out_of_the_training():
    text = '{"step": 10, "loss": 1.5}\n{"step": 10, "eval_loss": 9.5}\n{"step": 20, "loss": 2.5}\n'
    trace = read_log(text)
    assert told(trace, "loss") == [1.5, 2.5]
    assert told(trace, "val_loss") == [9.5, None]
    alone = read_log('{"step": 10, "eval_loss": 9.5}\n{"step": 20, "eval_loss": NaN}\n')
    assert told(alone, "loss") == [9.5, NAN]
    assert notes(alone)["eval_only"] == {"name": "eval_loss"}


def tensorboard(tag, *rows, run="a"):
    text = "Wall time,Step,Value\r\n" + "".join(f"1.0,{step},{v}\r\n" for step, v in rows)
    return text.encode(), f"run-{run}-tag-{tag}.csv"


def test_files_of_a_tag_each_become_one():
    files = [
        tensorboard("train_loss", (0, 2.5), (10, "nan")),
        tensorboard("train_grad_norm", (0, 1.5), (10, "inf")),
        tensorboard("val_loss", (5, 7.5)),
    ]
    trace = read_logs(files)
    assert told(trace, "step") == [0, 5, 10]
    assert told(trace, "loss") == [2.5, None, NAN]
    assert told(trace, "grad_norm") == [1.5, None, INF]
    assert told(trace, "val_loss") == [None, 7.5, None]
    chosen = read_logs(files, columns={"loss": "val_loss"})
    assert told(chosen, "loss") == [None, 7.5, None]


def test_of_files_of_several_runs_one_is_read():
    files = [tensorboard("loss", (0, 1.5), run="a"), tensorboard("loss", (0, 2.5), run="b")]
    assert read_logs(files).runs == ("a", "b")
    assert told(read_logs(files), "loss") == [1.5]
    assert told(read_logs(files, run="b"), "loss") == [2.5]


def test_parts_of_a_run_follow_each_other():
    parts = [('{"loss": [1, 2]}', "a.json"), ('{"loss": [3, NaN], "val_loss": [1, 2]}', "b.json")]
    trace = read_logs(parts)
    assert told(trace, "step") == [0, 1, 2, 3]
    assert told(trace, "loss") == [1, 2, 3, NAN]
    assert told(trace, "val_loss") == [None, None, 1, 2]
    resumed = read_logs(
        [tensorboard("loss", (0, 1), (10, 2), (20, 3)), tensorboard("loss", (10, 7))]
    )
    assert told(resumed, "loss") == [1, 7]
    assert notes(resumed)["resumed"] == {"count": 1, "step": 10, "rows": 2}


def test_layers_of_gradient_watch():
    head = "step,loss,grad_norm,clipped_norm,lr"
    for kind in ("grad_norm", "weight_norm", "update_ratio"):
        head += f",{kind}/0.weight,{kind}/2.weight"
    rows = [
        (0, 2.5, 3, 1, 0.1, 1, 2, 3, 4, 5, 6),
        (1, "nan", "inf", "nan", 0.1, "inf", "nan", 3, 4, "", ""),
    ]
    trace = read_log(table(*rows, head=head))
    assert trace.format == "gradient_watch"
    assert list(trace.frame) == ["step", "loss", "grad_norm", "clipped_norm", "lr"]
    assert told(trace, "clipped_norm") == [1, NAN]
    assert trace.layers == ("0.weight", "2.weight")
    expected = {
        "weight_grad_norms": [[1, 2], [INF, np.nan]],
        "weight_norms": [[3, 4], [3, 4]],
        "update_ratios": [[5, 6], [np.nan, np.nan]],
    }
    assert trace.by_layer.keys() == expected.keys()
    for series, values in expected.items():
        np.testing.assert_array_equal(trace.by_layer[series], values)
    assert [series.layer for series in trace.series("weight_norms")] == [1, 2]


def test_the_norm_of_a_layer_is_not_the_norm_of_all():
    head = "step,grad_norm/fc1,grad_norm/fc2"
    rows = [(1, 2, 3), (2, 4, 5)]
    trace = read_log(table(*rows, head=head))
    assert "grad_norm" not in trace.frame
    assert trace.by_layer["weight_grad_norms"].tolist() == [[2, 3], [4, 5]]
    trace = read_log(table(*((*row, 9) for row in rows), head=f"{head},grad_norm/total"))
    assert told(trace, "grad_norm") == [9, 9]
    assert trace.layers == ("fc1", "fc2")


def test_a_wide_log_is_thinned_too():
    """9,001 columns of which most are mostly empty: the largest norm is at step 300."""
    head = "step,grad_norm," + ",".join(f"n{place}" for place in range(9_000))
    rows = [f"{step},{9 if step == 300 else 1}" + ",1" + "," * 8_999 for step in range(600)]
    trace = read_log("\n".join([head, *rows[:-1], rows[-1] + "1", "600,1" + ",1" * 9_000]))
    assert trace.frame.shape[1] == 9_002
    assert trace.frame.size <= 4_000_000
    assert {*range(295, 306), 0, 599, 600} <= {*trace.frame["step"]}


def test_a_long_log_is_thinned_but_not_around_what_happened():
    steps = np.arange(300_000)
    norms = np.full(len(steps), "1", dtype=object)
    norms[123_457], norms[245_679] = "99", "nan"
    text = "step,grad_norm\n" + "".join(f"{s},{n}\n" for s, n in zip(steps, norms, strict=True))
    trace = read_log(text)
    there = set(trace.frame["step"].astype(int))
    assert 100_000 < len(there) <= 200_000
    assert notes(trace)["thinned"] == {"rows": 300_000, "kept": len(there)}
    for event in (123_457, 245_679):
        assert {*range(event - 100, event + 101)} <= there
        assert trace.frame["grad_norm"][trace.frame["step"] == event].to_list() != [1.0]
    assert {*range(300_000 - 100, 300_000)} | {*range(100)} <= there
    assert max(np.diff(sorted(there))) < 5
