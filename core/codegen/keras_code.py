"""The Keras script: what Keras has by its own names, what it lacks as a class in the script."""

from core.codegen.data_code import data_code
from core.codegen.fragments import (
    CLIP_MARK,
    FEATURES,
    NORMALIZED_Z,
    call,
    every,
    fragment,
    head_slots,
    indent,
    number,
    scale,
    scheme,
    script,
)
from core.experiment import INITS, Experiment

OPTIMIZERS = {
    "sgd": ("SGD", ()),
    "momentum": ("SGD", ("momentum=0.9,",)),
    "rmsprop": ("RMSprop", ("rho=0.99,", "epsilon=1e-16,  # in the root: like 1e-8 outside it")),
    "adam": ("Adam", ("epsilon=1e-8,  # PyTorch's default, Keras' is 1e-7",)),
}
"""Class and arguments, PyTorch's constants.

Keras adds RMSprop's epsilon to the mean square, PyTorch to its root: with 1e-8 instead of 1e-16,
gradients below 1e-4 would hardly move a weight. Keras' Adam adds its epsilon before the bias
correction, as if it were up to 32 times larger at first; gradients above 1e-5 don't feel it.
"""
CLIP_ARGUMENTS = {
    "value": "clipvalue",
    "norm": "clipnorm",
    "global_norm": "global_clipnorm",
    "adaptive": "clip",
}
NORMALIZATIONS = {
    "batch": "layers.BatchNormalization(momentum=0.9, epsilon=1e-5)",
    "layer": "layers.LayerNormalization(epsilon=1e-5)",
}


def variance_ratio(experiment: Experiment) -> float:
    """What batches add to PyTorch's (and the engine's) running variance, over what they add to Keras': n / (n - 1).

    Keras keeps the batches' own variances, PyTorch the unbiased ones. n is the number of values that a statistic is
    taken over, which is the batch in either network: in an RNN each time step has statistics of its own.
    """
    return experiment.batch_size / (experiment.batch_size - 1)


def keras_script(experiment: Experiment) -> str:
    """A complete script for Keras 3, any backend, that trains exactly this experiment."""
    e = experiment
    return script(
        fragment("keras_head", **head_slots(e, "Keras"), imports=_imports(e), remark=_remark(e)),
        _adaptive(e),
        _initializer(e),
        *(_mlp(e) if e.network == "mlp" else _rnn(e)),
        fragment("keras_main", optimizer=_optimizer(e), every=every(e)),
        data_code(e) + "\n",
    )


def _remark(e: Experiment) -> str:
    """What of the script's numbers is not the app's."""
    if e.normalization != "batch":
        return ""
    return f"\n{fragment('keras_variance', count=e.batch_size, less=e.batch_size - 1)}\n"


def _imports(e: Experiment) -> str:
    needs_ops = e.clipping == "adaptive" or (e.network == "rnn" and e.normalization != "none")
    return "from keras import layers, ops" if needs_ops else "from keras import layers"


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


def _mlp(e: Experiment) -> list[str]:
    features = FEATURES[e.task]
    arguments = ["WIDTH"]
    if e.normalization == "none":
        arguments.append(f'activation="{e.activation}"')
    arguments.append("kernel_initializer=hidden_weights()")
    each_layer = "_ in range(DEPTH)"
    if INITS[e.init].random_bias:
        arguments.append("bias_initializer=hidden_biases(fan_in)")
        each_layer = f"fan_in in [{features}] + [WIDTH] * (DEPTH - 1)"
    hidden = [call("layers.Dense", arguments, 8 + len("model.add()"))]
    if e.normalization != "none":
        hidden += [NORMALIZATIONS[e.normalization], f'layers.Activation("{e.activation}")']
    added = "\n".join(call("model.add", [layer], 8) for layer in hidden)
    return [
        fragment(
            "keras_mlp", features=features, each_layer=each_layer, hidden_layers=indent(added, 8)
        )
    ]


def _rnn(e: Experiment) -> list[str]:
    if e.normalization != "none":
        return [_normalized_rnn(e), _recurrent_model(e, "NormalizedRNN()")]
    arguments = [
        "WIDTH",
        f'activation="{e.activation}"',
        "recurrent_initializer=hidden_weights()",
    ]
    if INITS[e.init].random_bias:
        arguments.append("bias_initializer=hidden_biases(WIDTH)")
    return [_recurrent_model(e, call("layers.SimpleRNN", arguments, 12 + len(",")))]


def _recurrent_model(e: Experiment, layer: str) -> str:
    return fragment("keras_rnn", features=FEATURES[e.task], recurrent_layer=indent(layer, 12))


def _normalized_rnn(e: Experiment) -> str:
    random_bias = INITS[e.init].random_bias
    return fragment(
        "keras_rnn_layer",
        kind=e.normalization,
        bias=", bias_initializer=hidden_biases(WIDTH)" if random_bias else "",
        normalize=indent(fragment(f"keras_normalize_{e.normalization}"), 8),
        activation=e.activation,
        z=NORMALIZED_Z[e.normalization],
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
