"""The same trainings as one would write them otherwise, each a function that returns after all steps.

All start from the engine's own data and shapes, and record what they can at every step.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from core.engine.training import train, train_stack
from core.experiment import Experiment
from core.tasks import task_of


def engine(experiment: Experiment) -> int:
    """Ours, with the whole record."""
    return sum(1 for _ in train(experiment))


def engine_unrecorded(experiment: Experiment) -> int:
    """Ours, without any record."""
    return sum(1 for _ in train_stack([experiment], record="nothing"))


def products_alone(e: Experiment) -> int:
    """The matrix products of an update and nothing else, as fast as torch multiplies: a floor for any engine."""
    h, w = torch.randn(e.batch_size, e.width), torch.randn(e.width, e.width)
    layers = e.kind.layers(e.depth)
    samples = e.batch_size * e.depth // layers
    signals_t = torch.randn(layers, e.width, samples)
    below, gradients = torch.randn(layers, samples, e.width), torch.empty(layers, e.width, e.width)
    out = torch.empty_like(h)
    for _ in range(e.steps):
        for _ in range(e.depth):
            torch.mm(h, w.T, out=out)
            torch.mm(h, w, out=out)
        torch.bmm(signals_t, below, out=gradients)
    return e.steps


class Elman(nn.Module):
    """A recurrent network as the tutorials write it."""

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.cell, self.readout, self.width = (
            nn.RNNCell(features, width),
            nn.Linear(width, 1),
            width,
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = x.new_zeros(len(x), self.width)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
        return self.readout(h)


def torch_model(e: Experiment, features: int) -> nn.Module:
    torch.manual_seed(e.seed)
    if e.kind.recurrent:
        return Elman(features, e.width)
    layers: list[nn.Module] = []
    for fan_in in [features] + [e.width] * (e.depth - 1):
        layers += [nn.Linear(fan_in, e.width), nn.Tanh()]
        nn.init.normal_(layers[-2].weight, std=fan_in**-0.5)
        nn.init.zeros_(layers[-2].bias)
    return nn.Sequential(*layers, nn.Linear(e.width, 1))


def tutorial(e: Experiment) -> int:
    """torch's modules and optimizer; loss.item() and every parameter's gradient norm at every step."""
    task = task_of(e)
    x = torch.tensor(task.inputs, dtype=torch.float32)
    y = torch.tensor(task.targets, dtype=torch.float32)
    model = torch_model(e, x.shape[-1])
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    optimizer, loss_of = optimizers[e.optimizer](model.parameters(), lr=e.lr), nn.MSELoss()
    record = []
    for _ in range(e.steps):
        chosen = torch.randint(len(x), (e.batch_size,))
        optimizer.zero_grad()
        loss = loss_of(model(x[chosen]), y[chosen])
        loss.backward()
        norms = [p.grad.norm().item() for p in model.parameters()]
        optimizer.step()
        record.append((loss.item(), norms))
    return len(record)


def keras_torch(e: Experiment) -> int:
    """Keras on torch: train_on_batch, which records the loss alone."""
    import keras

    task = task_of(e)
    x, y = task.inputs.astype(np.float32), task.targets.astype(np.float32)
    rng = np.random.default_rng(e.seed)
    keras.utils.set_random_seed(e.seed)
    init = keras.initializers.LecunNormal()
    model = keras.Sequential([keras.Input(x.shape[1:])])
    if e.kind.recurrent:
        model.add(keras.layers.SimpleRNN(e.width, recurrent_initializer=init))
    else:
        for _ in range(e.depth):
            model.add(keras.layers.Dense(e.width, activation="tanh", kernel_initializer=init))
    model.add(keras.layers.Dense(1))
    optimizers = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}
    model.compile(optimizer=optimizers[e.optimizer](e.lr), loss="mse")
    for _ in range(e.steps):
        chosen = rng.integers(len(x), size=e.batch_size)
        model.train_on_batch(x[chosen], y[chosen])
    return e.steps


def jax_sweep(cells: Sequence[Experiment]) -> int:
    """All cells of one shape at once, vmap over gain and learning rate, scan over the steps, compiled anew."""
    import jax
    from jax import numpy as jnp

    jax.clear_caches()
    first = cells[0]
    task = task_of(first)
    x, y = jnp.asarray(task.inputs, jnp.float32), jnp.asarray(task.targets, jnp.float32)
    keys = jax.random.split(jax.random.key(first.seed), first.depth + 2)
    fans = [x.shape[-1]] + [first.width] * first.depth
    sizes = [first.width] * first.depth + [1]
    drawn = [
        jax.random.normal(key, (fan_in, fan_out)) * fan_in**-0.5
        for key, fan_in, fan_out in zip(keys, fans, sizes, strict=False)
    ]
    chosen = jax.random.randint(keys[-1], (first.steps, first.batch_size), 0, len(x))

    def loss_of(layers: list, batch: jax.Array) -> jax.Array:
        h = x[batch]
        for weight, bias in layers[:-1]:
            h = jnp.tanh(h @ weight + bias)
        return jnp.mean((h @ layers[-1][0] + layers[-1][1] - y[batch]) ** 2)

    def run(gain: jax.Array, lr: jax.Array) -> tuple:
        layers = [(gain * w, jnp.zeros(w.shape[1])) for w in drawn[:-1]]
        layers.append((drawn[-1], jnp.zeros(1)))

        def step(now: list, batch: jax.Array) -> tuple:
            loss, gradient = jax.value_and_grad(loss_of)(now, batch)
            squares = sum(jnp.sum(g**2) for g in jax.tree.leaves(gradient))
            moved = jax.tree.map(lambda w, g: w - lr * g, now, gradient)
            return moved, (loss, jnp.sqrt(squares))

        return jax.lax.scan(step, layers, chosen)[1]

    gains, lrs = jnp.array([e.gain for e in cells]), jnp.array([e.lr for e in cells])
    losses, norms = jax.jit(jax.vmap(run))(gains, lrs)
    jax.block_until_ready((losses, norms))
    return len(losses)
