"""A recurrent network in either script."""

from core.activations import ACTIVATIONS
from core.codegen.fragments import Model, call, features, fragment, indent, script
from core.experiment import Experiment
from core.initializations import INITS

NORMALIZED_Z = {
    "none": "z",
    "layer": "self.normalize(z)",
    "batch": "self.scale * self.normalize[t](z) + self.shift",
}
"""What the activation is applied to, in either script."""


def _keras(e: Experiment) -> str:
    if e.normalization != "none":
        return script(_normalized_rnn(e), _recurrent_model(e, "NormalizedRNN()"))
    arguments = [
        "WIDTH",
        f'activation="{e.activation}"',
        "recurrent_initializer=hidden_weights()",
    ]
    if INITS[e.init].random_bias:
        arguments.append("bias_initializer=hidden_biases(WIDTH)")
    return _recurrent_model(e, call("layers.SimpleRNN", arguments, 12 + len(",")))


def _recurrent_model(e: Experiment, layer: str) -> str:
    return fragment("keras_rnn", features=features(e), recurrent_layer=indent(layer, 12))


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


def _torch(e: Experiment) -> str:
    more = []
    if INITS[e.init].random_bias:
        more.append("bound = WIDTH**-0.5")
        more.append("nn.init.uniform_(self.from_input.bias, -bound, bound)")
    if e.normalization != "none":
        more.append(fragment(f"torch_normalize_{e.normalization}"))
    more.append(f"self.activation = nn.{ACTIVATIONS[e.activation].pytorch}()")
    return fragment(
        "torch_rnn",
        features=features(e),
        more=indent("\n".join(more), 8),
        z=NORMALIZED_Z[e.normalization],
    )


MODEL = Model(
    kind="rnn",
    named="a recurrent network ({e.activation}, {e.depth} time steps)",
    depth_is="time steps",
    keras=_keras,
    torch=_torch,
)
