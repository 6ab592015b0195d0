"""Other tools' logs: a file of code for each format or family, and the table of all."""

from collections.abc import Callable
from dataclasses import dataclass

from core.logs.formats import (
    fairseq,
    general,
    gradient_watch,
    hugging_face,
    keras,
    lightning,
    long,
    megatron,
    mmengine,
    nanogpt,
    tensorboard,
    tfevents,
    torchtitan,
    tqdm,
    wandb,
)
from core.logs.source import Source
from core.logs.table import Table


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is told from others, and read.

    means: its losses are means over an epoch, which one NaN spoils. filters: it may replace a loss that is not
    finite by 0. omits: it may leave out a loss that is NaN.
    """

    recognise: Callable[[Source], bool]
    read: Callable[[Source], Table]
    means: bool = False
    filters: bool = False
    omits: bool = False


FORMATS = {
    "tensorboard_events": Format(tfevents.is_events, tfevents.read_events),
    "hf_trainer_state": Format(
        hugging_face.is_trainer_state, hugging_face.read_trainer_state, filters=True
    ),
    "keras_history": Format(keras.is_history, keras.read_history, means=True),
    "tensorboard_json": Format(tensorboard.is_json, tensorboard.read_json),
    "llamafactory": Format(
        hugging_face.is_llamafactory, hugging_face.read_llamafactory, filters=True
    ),
    "mmengine_json": Format(mmengine.is_json, mmengine.read_json),
    "gradient_watch": Format(gradient_watch.is_gradient_watch, gradient_watch.read_gradient_watch),
    "lightning_csv": Format(lightning.is_metrics, lightning.read_metrics),
    "keras_csv": Format(keras.is_csv, keras.read_csv, means=True),
    "wandb_export": Format(wandb.is_export, wandb.read_export),
    "wandb_history": Format(wandb.is_history, general.read_shape),
    "tensorboard_csv": Format(tensorboard.is_csv, tensorboard.read_csv),
    "build_nanogpt": Format(nanogpt.is_build, nanogpt.read_build),
    "long": Format(long.is_long, long.read_long),
    "json": Format(general.is_document, general.read_document),
    "json_lines": Format(general.has_records, general.read_records),
    "csv": Format(general.has_header, general.read_table),
    "hf_console": Format(hugging_face.is_console, hugging_face.read_console, filters=True),
    "fairseq": Format(fairseq.is_fairseq, fairseq.read_fairseq),
    "megatron": Format(megatron.is_megatron, megatron.read_megatron, omits=True),
    "deepspeed": Format(megatron.is_deepspeed, megatron.read_deepspeed),
    "torchtitan": Format(torchtitan.is_torchtitan, torchtitan.read_torchtitan),
    "mmengine": Format(mmengine.is_lines, mmengine.read_lines),
    "nanogpt": Format(nanogpt.is_nanogpt, nanogpt.read_nanogpt),
    "keras_console": Format(keras.is_console, keras.read_console, means=True),
    "tqdm": Format(tqdm.is_tqdm, tqdm.read_tqdm),
    "lines": Format(general.anything, general.read_lines),
}
"""By the name that a trace's `format` has. The first that recognises a file reads it: what is sure comes first."""
