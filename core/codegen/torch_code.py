"""The PyTorch script: the same experiment with torch.nn, torch.optim and torch's own clipping."""

from core.codegen.data_code import data_code
from core.codegen.fragments import (
    CLIP_MARK,
    FEATURES,
    NORMALIZED_Z,
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

ACTIVATIONS = {
    "tanh": "Tanh()",
    "relu": "ReLU()",
    "linear": "Identity()",
    "sigmoid": "Sigmoid()",
    "gelu": "GELU()",
}
NORMALIZATIONS = {"batch": "nn.BatchNorm1d(WIDTH)", "layer": "nn.LayerNorm(WIDTH)"}
OPTIMIZERS = {
    "sgd": ("SGD", ""),
    "momentum": ("SGD", ", momentum=0.9"),
    "rmsprop": ("RMSprop", ""),
    "adam": ("Adam", ""),
}
CLIPPINGS = {
    "none": "# nn.utils.clip_grad_norm_(model.parameters(), {clip}) would clip here",
    "value": "nn.utils.clip_grad_value_(model.parameters(), {clip})  {mark}",
    "norm": "for parameter in model.parameters():\n"
    "    nn.utils.clip_grad_norm_(parameter, {clip})  {mark}",
    "global_norm": "nn.utils.clip_grad_norm_(model.parameters(), {clip})  {mark}",
    "adaptive": "clip_adaptively(model.parameters(), {clip})  {mark}",
}


def pytorch_script(experiment: Experiment) -> str:
    """A complete script for PyTorch that trains exactly this experiment."""
    e = experiment
    initializer = _initializer(e)
    imports = "import math\n\n" if "math." in initializer else ""
    return script(
        fragment("torch_head", **head_slots(e, "PyTorch"), imports=imports),
        initializer,
        fragment("torch_linear"),
        _mlp(e) if e.network == "mlp" else _rnn(e),
        fragment("torch_adaptive") if e.clipping == "adaptive" else "",
        fragment("torch_main", optimizer=_optimizer(e), clipping=_clipping(e), every=every(e)),
        data_code(e) + "\n",
    )


def _initializer(e: Experiment) -> str:
    """The function that the script calls for the hidden weights."""
    init, gain = INITS[e.init], number(e.gain)
    if init.distribution == "orthogonal":
        lines = [f"nn.init.orthogonal_(weight, gain={gain})"]
    elif init.fan == "none":
        lines = [f"nn.init.normal_(weight, std={number(init.scale * e.gain)})"]
    else:
        lines = _variance_scaling(e)
    return fragment("torch_init", scheme=scheme(e), body=indent("\n".join(lines), 4))


def _variance_scaling(e: Experiment) -> list[str]:
    init = INITS[e.init]
    fans, variance = {
        "in": ("fan_in = weight.shape[1]", f"{scale(init)} / fan_in"),
        "avg": ("fan_out, fan_in = weight.shape", f"{scale(init)} * 2 / (fan_in + fan_out)"),
    }[init.fan]
    gain = "" if e.gain == 1 else f"{number(e.gain)} * "
    std = f"std = {gain}math.sqrt({variance})"
    if init.distribution == "normal":
        return [fans, std, "nn.init.normal_(weight, std=std)"]
    bound = "bound = math.sqrt(3) * std  # the standard deviation of this uniform draw is std"
    return [fans, std, bound, "nn.init.uniform_(weight, -bound, bound)"]


def _mlp(e: Experiment) -> str:
    layers = ["model.append(linear(fan_in, WIDTH, init_hidden))"]
    if INITS[e.init].random_bias:
        layers = [
            "hidden = nn.Linear(fan_in, WIDTH)  # its biases stay as PyTorch drew them",
            "init_hidden(hidden.weight)",
            "model.append(hidden)",
        ]
    if e.normalization != "none":
        layers.append(f"model.append({NORMALIZATIONS[e.normalization]})")
    layers.append(f"model.append(nn.{ACTIVATIONS[e.activation]})")
    return fragment(
        "torch_mlp", features=FEATURES[e.task], hidden_layers=indent("\n".join(layers), 8)
    )


def _rnn(e: Experiment) -> str:
    more = []
    if INITS[e.init].random_bias:
        more.append("bound = WIDTH**-0.5")
        more.append("nn.init.uniform_(self.from_input.bias, -bound, bound)")
    if e.normalization != "none":
        more.append(fragment(f"torch_normalize_{e.normalization}"))
    more.append(f"self.activation = nn.{ACTIVATIONS[e.activation]}")
    return fragment(
        "torch_rnn",
        features=FEATURES[e.task],
        more=indent("\n".join(more), 8),
        z=NORMALIZED_Z[e.normalization],
    )


def _optimizer(e: Experiment) -> str:
    name, constants = OPTIMIZERS[e.optimizer]
    return f"torch.optim.{name}(model.parameters(), lr={number(e.lr)}{constants})"


def _clipping(e: Experiment) -> str:
    return indent(CLIPPINGS[e.clipping].format(clip=number(e.clip), mark=CLIP_MARK), 8)
