"""A network at its start: the experiment without all that acts after the first backward pass."""

from dataclasses import replace

from core.experiment import Experiment

ENOUGH = {"none": 64, "layer": 64, "batch": 128}
"""By normalization, so many examples tell how the signal travels; more cost time and memory alone."""


def at_start(experiment: Experiment) -> Experiment:
    """The same network and data, with the default for all that acts after the first backward pass.

    A batch is cut to ENOUGH.
    """
    plain = Experiment()
    return replace(
        experiment,
        optimizer=plain.optimizer,
        lr=plain.lr,
        clipping=plain.clipping,
        clip=plain.clip,
        batch_size=min(experiment.batch_size, ENOUGH[experiment.normalization]),
        steps=1,
    )
