"""A deep network in either script."""

from core.activations import ACTIVATIONS
from core.codegen.fragments import Model, call, features, fragment, indent
from core.experiment import Experiment
from core.initializations import INITS

KERAS_NORMALIZATIONS = {
    "batch": "layers.BatchNormalization(momentum=0.9, epsilon=1e-5)",
    "layer": "layers.LayerNormalization(epsilon=1e-5)",
}
TORCH_NORMALIZATIONS = {"batch": "nn.BatchNorm1d(WIDTH)", "layer": "nn.LayerNorm(WIDTH)"}


def _keras(e: Experiment) -> str:
    arguments = ["WIDTH"]
    if e.normalization == "none":
        arguments.append(f'activation="{e.activation}"')
    arguments.append("kernel_initializer=hidden_weights()")
    each_layer = "_ in range(DEPTH)"
    if INITS[e.init].random_bias:
        arguments.append("bias_initializer=hidden_biases(fan_in)")
        each_layer = f"fan_in in [{features(e)}] + [WIDTH] * (DEPTH - 1)"
    hidden = [call("layers.Dense", arguments, 8 + len("model.add()"))]
    if e.normalization != "none":
        hidden += [KERAS_NORMALIZATIONS[e.normalization], f'layers.Activation("{e.activation}")']
    added = "\n".join(call("model.add", [layer], 8) for layer in hidden)
    slots = {"each_layer": each_layer, "hidden_layers": indent(added, 8)}
    return fragment("keras_mlp", features=features(e), **slots)


def _torch(e: Experiment) -> str:
    layers = ["model.append(linear(fan_in, WIDTH, init_hidden))"]
    if INITS[e.init].random_bias:
        layers = [
            "hidden = nn.Linear(fan_in, WIDTH)  # its biases stay as PyTorch drew them",
            "init_hidden(hidden.weight)",
            "model.append(hidden)",
        ]
    if e.normalization != "none":
        layers.append(f"model.append({TORCH_NORMALIZATIONS[e.normalization]})")
    layers.append(f"model.append(nn.{ACTIVATIONS[e.activation].pytorch}())")
    return fragment("torch_mlp", features=features(e), hidden_layers=indent("\n".join(layers), 8))


MODEL = Model(
    kind="mlp",
    named="a deep network ({e.depth} {e.activation} layers)",
    depth_is="hidden layers",
    keras=_keras,
    torch=_torch,
)
