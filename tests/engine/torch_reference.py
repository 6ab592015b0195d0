"""The same networks as a torch user would write them, trained by autograd: what the engine is held to."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.engine.batches import Batches
from core.engine.jacobians import first_pass
from core.engine.network import Network
from core.experiment import Experiment
from core.tasks import task_of

ACTIVATIONS = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "linear": lambda z: z,
    "sigmoid": torch.sigmoid,
    "gelu": functional.gelu,
}


class Reference(nn.Module):
    """Member m of a stack, with its own copies of the weights, block by block.

    After a forward pass, `signals` holds the tensors whose gradients the app calls signals, and
    `activations` every h_l.
    """

    def __init__(self, experiment: Experiment, network: Network, m: int = 0) -> None:
        super().__init__()
        self.experiment = experiment
        self.blocks = {
            name: nn.ParameterList([nn.Parameter(tensor[m].clone()) for tensor in block])
            for name, block in network.w.items()
        }
        zeros = torch.zeros(experiment.depth, experiment.width, dtype=torch.float64)
        self.running_mean, self.running_var = zeros.clone(), zeros + 1
        self.signals: list[Tensor] = []
        self.activations: list[Tensor] = []

    def in_order(self) -> Iterator[tuple[str, int, nn.Parameter]]:
        for name, tensors in self.blocks.items():
            for k, tensor in enumerate(tensors):
                yield name, k, tensor

    def leaves(self) -> list[nn.Parameter]:
        return [tensor for _, _, tensor in self.in_order()]

    def forward(self, x: Tensor) -> Tensor:
        self.signals, self.activations = [], []
        h = self._mlp(x) if self.experiment.network == "mlp" else self._rnn(x)
        return functional.linear(h, self.blocks["readout"][0], self.blocks["readout_bias"][0])

    def _mlp(self, h: Tensor) -> Tensor:
        weights = [*self.blocks["input"], *self.blocks.get("hidden", [])]
        for index, (weight, bias) in enumerate(zip(weights, self.blocks["bias"], strict=True)):
            z = functional.linear(h, weight, bias)
            h = self._activate(z, index)
            self._keep(z, h)
        return h

    def _rnn(self, x: Tensor) -> Tensor:
        h = x.new_zeros(len(x), self.experiment.width)
        for t in range(x.shape[1]):
            drive = functional.linear(x[:, t], self.blocks["input"][0], self.blocks["bias"][0])
            h = self._activate(drive + functional.linear(h, self.blocks["recurrent"][0]), t)
            self._keep(h, h)
        return h

    def _keep(self, signal: Tensor, activation: Tensor) -> None:
        if signal.requires_grad:
            signal.retain_grad()
        self.signals.append(signal)
        self.activations.append(activation)

    def _activate(self, z: Tensor, index: int) -> Tensor:
        kind = self.experiment.normalization
        if kind != "none":
            own = index if self.experiment.network == "mlp" else 0
            scale, shift = self.blocks["scale"][own], self.blocks["shift"][own]
            if kind == "layer":
                z = functional.layer_norm(z, z.shape[-1:], scale, shift)
            else:
                mean, var = self.running_mean[index], self.running_var[index]
                z = functional.batch_norm(z, mean, var, scale, shift, self.training)
        return ACTIVATIONS[self.experiment.activation](z)


def optimizer(experiment: Experiment, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    lr = experiment.lr
    match experiment.optimizer:
        case "sgd":
            return torch.optim.SGD(parameters, lr=lr)
        case "momentum":
            return torch.optim.SGD(parameters, lr=lr, momentum=0.9)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, lr=lr)
        case _:
            return torch.optim.Adam(parameters, lr=lr)


def one_sample(experiment):
    """Network as torch writes it, and the first sample of its first batch."""
    e = replace(experiment, batch_size=1)
    network, _ = first_pass(experiment)
    x, y = Batches([experiment], task_of(e), torch.float64).draw()
    return Reference(e, network), x[0, :1], y[0, :1]
