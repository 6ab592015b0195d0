"""The Keras script: what Keras has by its own names, what it lacks as a class in the script."""

from core.codegen.data_code import data_code
from core.codegen.fragments import (
    CLIP_MARK,
    fragment,
    head_slots,
    indent,
    number,
    prints,
    scale,
    scheme,
    script,
)
from core.codegen.models import MODELS
from core.experiment import Experiment
from core.initializations import INITS

OPTIMIZERS = {
    "sgd": ("SGD", ()),
    "momentum": ("SGD", ("momentum=0.9,",)),
    "rmsprop": ("RMSprop", ("rho=0.99,", "epsilon=1e-16,  # in the root: like 1e-8 outside it")),
    "adam": ("Adam", ("epsilon=3.2e-10,  # PyTorch's 1e-8 times the root of 1 - 0.999",)),
}
"""Class and arguments, PyTorch's constants.

Keras adds RMSprop's epsilon to the mean square, PyTorch to its root: with 1e-8 instead of 1e-16,
gradients below 1e-4 would hardly move a weight. Keras' Adam adds its epsilon before the bias correction: in step t
PyTorch's 1e-8 is 1e-8 sqrt(1 - 0.999^t) there. Here it is that of the first steps, which decide: by
Keras' 1e-8 a deep network's losses part within ten steps. Later ones would have up to 32 times as
much, which gradients above 1e-6 do not feel.
"""
CLIP_ARGUMENTS = {
    "value": "clipvalue",
    "norm": "clipnorm",
    "global_norm": "global_clipnorm",
    "adaptive": "clip",
}


def variance_ratio(experiment: Experiment) -> float:
    """What batches add to PyTorch's (and the engine's) running variance, over what they add to Keras': n / (n - 1).

    Keras keeps the batches' own variances, PyTorch the unbiased ones. n is the number of values that a statistic is
    taken over, which is the batch in either network: in an RNN each time step has statistics of its own.
    """
    return experiment.batch_size / (experiment.batch_size - 1)


def keras_script(experiment: Experiment) -> str:
    """A complete script for Keras 3, any backend, that trains exactly this experiment."""
    e, model = experiment, MODELS[experiment.network]
    adaptive, network = _adaptive(e), model.keras(e)
    imports = "layers, ops" if "ops." in adaptive + network else "layers"
    slots = head_slots(e, model, "Keras")
    return script(
        fragment("keras_head", **slots, imports=f"from keras import {imports}", remark=_remark(e)),
        adaptive,
        _initializer(e),
        network,
        fragment("keras_main", optimizer=_optimizer(e), **prints(e)),
        data_code(e) + "\n",
    )


def _remark(e: Experiment) -> str:
    """What of the script's numbers is not the app's."""
    if e.normalization != "batch":
        return ""
    return f"\n{fragment('keras_variance', count=e.batch_size, less=e.batch_size - 1)}\n"


def _adaptive(e: Experiment) -> str:
    if e.clipping != "adaptive":
        return ""
    return fragment("keras_adaptive", optimizer=OPTIMIZERS[e.optimizer][0])


def _initializer(e: Experiment) -> str:
    """The function (or two) that the script calls for the hidden weights (and biases)."""
    weights = fragment("keras_init", scheme=scheme(e), initializer=_initializer_call(e))
    if not INITS[e.init].random_bias:
        return weights
    return script(weights, fragment("keras_init_bias"))


def _initializer_call(e: Experiment) -> str:
    init, gain = INITS[e.init], number(e.gain)
    if init.distribution == "orthogonal":
        return f"keras.initializers.Orthogonal(gain={gain})"
    if init.fan == "none":
        return f"keras.initializers.RandomNormal(stddev={number(init.scale * e.gain)})"
    by_gain = "" if e.gain == 1 else f" * {gain}**2"
    distribution = "untruncated_normal" if init.distribution == "normal" else init.distribution
    return fragment(
        "keras_variance_scaling",
        scale=scale(init) + by_gain,
        mode=f"fan_{init.fan}",
        distribution=distribution,
    )


def _optimizer(e: Experiment) -> str:
    name, constants = OPTIMIZERS[e.optimizer]
    arguments = [f"learning_rate={number(e.lr)},", *constants, _clip_argument(e)]
    kind = "AdaptivelyClipped" if e.clipping == "adaptive" else f"keras.optimizers.{name}"
    return "\n".join([f"{kind}(", indent("\n".join(arguments), 8), "    )"])


def _clip_argument(e: Experiment) -> str:
    if e.clipping == "none":
        return f"# global_clipnorm={number(e.clip)} would clip here"
    return f"{CLIP_ARGUMENTS[e.clipping]}={number(e.clip)},  {CLIP_MARK}"
