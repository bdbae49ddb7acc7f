# SPDX-License-Identifier: MIT
"""Writes the PyTorch reference traces that Fluxion's optimizers and models are compared with.

Rerun from anywhere (needs data/boston.csv); the outputs stand beside this file and are committed,
so that the tests need no Python:

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install numpy torch safetensors
    /tmp/torch/bin/python tests/golden/pytorch_trace.py

float64, one thread, deterministic algorithms. Three networks, each trained for 1,000 steps of SGD
in four settings from the same initial weights (PyTorch's default ones under manual_seed(0)), loss
mse_loss(mean). Batch t = 0, 1, ... holds the rows (32 t + i) mod 404, i = 0..31, of x and y.
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).resolve().parent
CSV = HERE.parents[1] / "data" / "boston.csv"
STEPS, BATCH = 1000, 32
NETS = {
    "tanh": ([13, 10, 1], nn.Tanh),
    "relu": ([13, 10, 1], nn.ReLU),
    "deep": ([13, 16, 8, 1], nn.Tanh),
}
SETTINGS = {
    "plain": dict(lr=0.01),
    "momentum": dict(lr=0.01, momentum=0.9),
    "decay": dict(lr=0.01, momentum=0.9, weight_decay=1e-3),
    "nesterov": dict(lr=0.01, momentum=0.9, weight_decay=1e-3, nesterov=True),
}


def training_rows():
    """scikit-learn's training part (test_size 0.2, random_state 42), standardised with ddof 0."""
    rows = np.random.RandomState(42).permutation(506)[102:]
    table = np.loadtxt(CSV, delimiter=",", skiprows=1)[rows]
    table = torch.from_numpy((table - table.mean(axis=0)) / table.std(axis=0))
    return torch.from_numpy(rows), table[:, :13].contiguous(), table[:, 13:].contiguous()


def network(widths, activation):
    torch.manual_seed(0)
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), activation()]
    return nn.Sequential(*layers[:-1])


def copies(prefix, named):
    return {f"{prefix}.{name}": value.detach().clone() for name, value in named}


def train(net, setting, x, y):
    """Returns the loss of every step, taken before its update, and the gradients of the first."""
    sgd = torch.optim.SGD(net.parameters(), **setting)
    losses = torch.empty(STEPS)
    for step in range(STEPS):
        rows = (BATCH * step + torch.arange(BATCH)) % len(x)
        loss = nn.functional.mse_loss(net(x[rows]), y[rows])
        sgd.zero_grad()
        loss.backward()
        losses[step] = loss.item()
        if step == 0:
            gradients = copies("gradient", ((n, p.grad) for n, p in net.named_parameters()))
        sgd.step()
    return losses, gradients


def trace(widths, activation, x, y):
    out = copies("initial", network(widths, activation).named_parameters())
    for name, setting in SETTINGS.items():
        net = network(widths, activation)
        losses, gradients = train(net, setting, x, y)
        out |= gradients  # the same in every setting: weight decay enters in the update
        out[f"{name}.losses"] = losses
        out |= copies(name, net.named_parameters())
        print(f"  {name:9} loss {losses[0]:.17g} -> {losses[-1]:.17g}")
    return out


def save(name, tensors, about):
    # One key: the order of several is not the same in every run.
    about = f"PyTorch {torch.__version__}, float64, made by tests/golden/pytorch_trace.py: {about}"
    path = HERE / f"pytorch_{name}.safetensors"
    save_file(tensors, path, metadata={"about": about})
    print(f"{path.name}: {path.stat().st_size} bytes, {about}")


def main():
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.use_deterministic_algorithms(True)
    rows, x, y = training_rows()
    batches = f"batch t = rows (32 t + i) mod {len(x)}"
    save("data", dict(rows=rows, x=x, y=y), f"x, y standardised (ddof 0), CSV rows; {batches}")
    for name, (widths, activation) in NETS.items():
        about = f"{'-'.join(map(str, widths))} {activation.__name__.lower()}, {SETTINGS}; {batches}"
        save(name, trace(widths, activation, x, y), about)


if __name__ == "__main__":
    main()
