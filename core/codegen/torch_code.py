"""The PyTorch script: the same experiment with torch.nn, torch.optim and torch's own clipping."""

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
    e, model = experiment, MODELS[experiment.network]
    initializer = _initializer(e)
    imports = "import math\n\n" if "math." in initializer else ""
    return script(
        fragment("torch_head", **head_slots(e, model, "PyTorch"), imports=imports),
        initializer,
        fragment("torch_linear"),
        model.torch(e),
        fragment("torch_adaptive") if e.clipping == "adaptive" else "",
        fragment("torch_main", optimizer=_optimizer(e), clipping=_clipping(e), **prints(e)),
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


def _optimizer(e: Experiment) -> str:
    name, constants = OPTIMIZERS[e.optimizer]
    return f"torch.optim.{name}(model.parameters(), lr={number(e.lr)}{constants})"


def _clipping(e: Experiment) -> str:
    return indent(CLIPPINGS[e.clipping].format(clip=number(e.clip), mark=CLIP_MARK), 8)
