# SPDX-License-Identifier: MIT
"""Writes PyTorch's derivatives, with which Fluxion's are compared.

Rerun from anywhere; the output stands beside this file and is committed, so that the tests need no
Python:

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install numpy torch safetensors
    /tmp/torch/bin/python tests/golden/derivatives.py

float64, one thread. Each function has operands that a vector theta gives: with
s = sigmoid(theta + 0.3 roll(theta, 1)), one part of s after another is reshaped and becomes
low + span s; the rest are constants. torch.func differentiates y = f(operands) and <y, u> by theta.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import autograd
from torch.func import grad, jacrev, vjp

PATH = Path(__file__).resolve().parent / "derivatives.safetensors"
FUNCTIONS = {}
LENGTH = 64  # of the directions that all functions share

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def add(name, f, *operands):
    assert name not in FUNCTIONS, name
    FUNCTIONS[name] = f, operands


def of(*shape, low=-1.5, high=1.5):
    """An operand between low and high, which are numbers or tensors of the shape."""
    full = torch.zeros(shape)
    return full + low, full + high - low


def whole(*values):
    """A constant."""
    return torch.tensor(values)


# ---- elementwise

FAR = torch.arange(40.0)[:, None]


def lgamma(x):
    """By recurrence from far out: PyTorch's trigamma is off by 5e-10 near 1, by nothing there."""
    return torch.lgamma(x + len(FAR)) - torch.log(x + FAR).sum(0)


def digamma(x):
    return torch.digamma(x + len(FAR)) - (1 / (x + FAR)).sum(0)


ONE = {
    "tanh": torch.tanh, "sigmoid": torch.sigmoid, "softplus": F.softplus,
    "logsigmoid": F.logsigmoid, "silu": F.silu, "mish": F.mish, "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "elu": lambda x: F.elu(x, 1.25),
    "selu": F.selu, "celu": lambda x: F.celu(x, 1.25), "softsign": F.softsign, "neg": torch.neg,
    "square": torch.square, "exp": torch.exp, "sin": torch.sin, "cos": torch.cos,
    "tan": torch.tan, "atan": torch.atan, "sinh": torch.sinh, "cosh": torch.cosh,
    "asinh": torch.asinh, "exp2": torch.exp2, "expm1": torch.expm1, "erf": torch.erf,
    "erfc": torch.erfc,
}  # fmt: skip
for name, f in ONE.items():
    add(name, f, of(4))
RANGED = {
    "asin": (torch.asin, -0.9, 0.9), "acos": (torch.acos, -0.9, 0.9),
    "atanh": (torch.atanh, -0.9, 0.9), "erfinv": (torch.erfinv, -0.9, 0.9),
    "acosh": (torch.acosh, 1.2, 3), "sqrt": (torch.sqrt, 0.3, 3), "rsqrt": (torch.rsqrt, 0.3, 3),
    "log": (torch.log, 0.3, 3), "log2": (torch.log2, 0.3, 3), "log10": (torch.log10, 0.3, 3),
    "log1p": (torch.log1p, -0.6, 2), "reciprocal": (torch.reciprocal, 0.4, 2),
    "lgamma": (lgamma, 0.4, 4), "digamma": (digamma, 0.4, 4),
    "polygamma": (lambda x: torch.polygamma(2, x), 0.6, 4), "abs": (torch.abs, -2, -0.1),
    "relu": (lambda x: F.relu(x) * x, 0.1, 2), "relu6": (lambda x: F.relu6(x) * x, 0.1, 5),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.2) * x, -2, -0.1),
    "hardtanh": (lambda x: F.hardtanh(x) * x, -0.9, 0.9),
    "hardsigmoid": (lambda x: F.relu6(x + 3) / 6 * x, -2, 2),  # PyTorch's has no second derivative
    "hardswish": (F.hardswish, -2, 2), "softshrink": (lambda x: F.softshrink(x, 0.25) * x, 0.3, 2),
    "hardshrink": (lambda x: F.hardshrink(x, 0.25) * x, 0.3, 2),
    "clamp": (lambda x: torch.clamp(x, 0.5, 1.5) * x, 0.6, 1.4),
    "frac": (lambda x: torch.frac(x) * x, 1.1, 1.9),
}  # fmt: skip
for name, (f, low, high) in RANGED.items():
    add(name, f, of(4, low=low, high=high))
POSITIVE = dict(low=0.3, high=2)
add("add", lambda a, b: torch.exp(torch.add(a, b)), of(3, 1), of(2))
add("sub", lambda a, b: torch.exp(torch.sub(a, b)), of(3, 1), of(2))
add("mul", torch.mul, of(3, 1), of(1, 2))
add("div", torch.div, of(4), of(4, **POSITIVE))
add("pow", torch.pow, of(4, **POSITIVE), of(4))
add("maximum", lambda a, b: torch.maximum(a, b) * b, of(4, low=-1, high=0), of(4, **POSITIVE))
add("minimum", lambda a, b: torch.minimum(a, b) * b, of(4, low=-1, high=0), of(4, **POSITIVE))
add("fmod", lambda a, b: torch.fmod(a, b) * a, of(4, low=5.2, high=5.9), of(4, low=2.1, high=2.4))
add("remainder", lambda a, b: torch.remainder(a, b) * a, of(4, low=-5.9, high=-5.2),
    of(4, low=2.1, high=2.4))  # fmt: skip
add("atan2", torch.atan2, of(4), of(4, **POSITIVE))
add("hypot", torch.hypot, of(4), of(4, **POSITIVE))
add("logaddexp", torch.logaddexp, of(4), of(4))
add("copysign", lambda a, b: torch.copysign(a, b) * b, of(4, **POSITIVE), of(4, low=-2, high=-1))
add("lerp", torch.lerp, of(4), of(4), of(4))
add("fma", lambda a, b, c: torch.addcmul(c, a, b) ** 2, of(4), of(4), of(4))
add("prelu", lambda x, w: torch.where(x > 0, x, w * x) * x, of(4, low=-2, high=-0.1), of(1))
add("where", lambda m, a, b: torch.where(m, a, b) * a, whole(True, False, True), of(3), of(3))

# ---- reductions

CUBE = of(2, 3, 2)
APART = 0.3 * torch.arange(12.0).reshape(2, 3, 2) * (-1) ** torch.arange(2)
NEXT = of(2, 3, 2, low=APART, high=APART + 0.2)  # no two are equal
add("sum", lambda x: torch.exp(x).sum((0, 2)) ** 2, CUBE)
add("mean", lambda x: torch.exp(x).mean((1, 2), keepdim=True) ** 2, CUBE)
add("prod", lambda x: torch.prod(x, 1), CUBE)
add("amax", lambda x: torch.amax(x, (0, 2)) * x.sum(), NEXT)
add("amin", lambda x: torch.amin(x, 1) * x.sum(), NEXT)
add("median", lambda x: torch.median(x, 1).values * x.sum(), NEXT)
add("quantile", lambda x: torch.quantile(x, 0.3, 1) * x.sum(), NEXT)
add("sort", lambda x: torch.sort(x, 1, descending=True).values * x, NEXT)
add("topk", lambda x: torch.topk(x, 2, 1).values ** 2, NEXT)
add("logsumexp", lambda x: torch.logsumexp(x, (0, 2)), CUBE)
add("var", lambda x: torch.var(x, (0, 1), correction=1), CUBE)
add("std", lambda x: torch.std(x, (0, 1), correction=0), CUBE)
add("norm_1", lambda x: torch.linalg.vector_norm(x, 1, 1) ** 2, NEXT)
add("norm_2", lambda x: torch.linalg.vector_norm(x, 2, (0, 2)), CUBE)
add("norm_3", lambda x: torch.linalg.vector_norm(x, 3, 1), NEXT)
add("norm_inf", lambda x: torch.linalg.vector_norm(x, torch.inf, 1) ** 2, NEXT)
add("cumsum", lambda x: torch.cumsum(x, 1) ** 2, CUBE)
add("cumprod", lambda x: torch.cumprod(x, 1), CUBE)
# PyTorch's second derivative of logcumsumexp is NaN.
add("logcumsumexp", lambda x: torch.exp(x).cumsum(1).log(), CUBE)
add("softmax", lambda x: torch.softmax(x, 1), CUBE)
add("log_softmax", lambda x: torch.log_softmax(x, 1), CUBE)

# ---- shapes: what is moved is multiplied by what stays, or squared

FLAT, SQUARE = of(2, 3), of(3, 3)
add("reshape", lambda x: x.reshape(3, 2) * x.reshape(2, 3).T, FLAT)
add("permute", lambda x: x.permute(2, 0, 1) ** 2, CUBE)
add("slice", lambda x: x[:, 0:2] * x[:, 1:3], FLAT)
add("concat", lambda a, b: torch.cat((a, b, a), 1) ** 2, of(2, 1), of(2, 2))
add("stack", lambda a, b: torch.stack((a, b, a * b), 1), of(2), of(2))
add("split", lambda x: torch.outer(*torch.split(x, (2, 3))), of(5))
add("pad", lambda x: F.pad(x, (1, 2, 0, 1), value=0.5) ** 2, FLAT)
add("pad_reflect", lambda x: F.pad(x, (2, 1), mode="reflect") ** 2, FLAT)
add("pad_replicate", lambda x: F.pad(x, (2, 1), mode="replicate") ** 2, FLAT)
add("flip", lambda x: x.flip(0, 1) * x, FLAT)
add("roll", lambda x: x.roll(1, 1) * x, FLAT)
add("repeat", lambda x: x.repeat(2, 2) ** 2, FLAT)
add("tril", lambda x: torch.tril(x) @ x, SQUARE)
add("triu", lambda x: torch.triu(x, 1) @ x, SQUARE)
add("diagonal", lambda x: torch.diagonal(x, 1) ** 2, SQUARE)
add("diag_embed", lambda x: torch.diag_embed(x, 1) ** 2, FLAT)
add("broadcast_to", lambda x: x.broadcast_to(3, 2) ** 2, of(2))
add("meshgrid", lambda a, b: torch.mul(*torch.meshgrid(a, b, indexing="ij")), of(2), of(3))
INDEX = whole([2, 0], [1, 0])
add("index_select", lambda x, i: x.index_select(1, i) ** 2, FLAT, whole(2, 0, 2))
add("gather", lambda x, i: x.gather(1, i) ** 2, FLAT, INDEX)
add("scatter", lambda x, i, z: x.scatter(1, i, z) ** 2, FLAT, INDEX, of(2, 2))
add("scatter_add", lambda x, i, z: x.scatter_add(1, i, z) ** 2, FLAT, whole([2, 2], [1, 0]),
    of(2, 2))  # fmt: skip
add("embedding", lambda i, w: F.embedding(i, w) ** 2, whole(2, 0, 2), of(3, 2))
add("masked_fill", lambda x, m: x.masked_fill(m, 0.5) ** 2, FLAT, whole(True, False, False))

# ---- matrices

DEFINITE = torch.eye(3) * 4
SYMMETRIC = of(3, 3, low=torch.diag(whole(1.0, 3.0, 6.0)) - 0.4,
               high=torch.diag(whole(1.0, 3.0, 6.0)) + 0.4)  # fmt: skip
REGULAR = of(3, 3, low=DEFINITE - 1, high=DEFINITE + 1)


def definite(x):
    return x @ x.T + torch.eye(3)


def both(x):
    return (x + x.T) / 2


def qr(x):
    """With a positive diagonal of R."""
    q, r = torch.linalg.qr(x)
    sign = torch.sign(torch.diagonal(r))
    return torch.cat((q * sign, r * sign[:, None]))


def root(x):
    u, s, vh = torch.linalg.svd(x, full_matrices=False)
    return (u * s.sqrt()) @ vh


add("matmul", lambda a, b: a @ b, of(2, 1, 2, 2), of(3, 2, 1))
add("linear", lambda x, w, b: F.linear(x, w, b) ** 2, of(2, 2), of(3, 2), of(3))
add("bilinear", F.bilinear, of(2, 2), of(2, 2), of(2, 2, 2), of(2))
add("dot", lambda a, b: torch.dot(a, b) ** 2, of(4), of(4))
add("outer", lambda a, b: torch.outer(a, b) ** 2, of(2), of(3))
add("trace", lambda x: torch.trace(x @ x @ x), SQUARE)
add("einsum", lambda a, b, c: torch.einsum("ij,jk,ki->jk", a, b, c), of(2, 3), of(3, 2), of(2, 2))
add("cholesky", lambda x: torch.linalg.cholesky(definite(x)), SQUARE)
add("triangular_solve", lambda a, b: torch.linalg.solve_triangular(torch.tril(a), b, upper=False),
    REGULAR, of(3, 2))  # fmt: skip
add("solve", torch.linalg.solve, REGULAR, of(3, 2))
add("inverse", torch.linalg.inv, REGULAR)
add("det", torch.linalg.det, REGULAR)
add("logdet", torch.logdet, REGULAR)
add("slogdet", lambda x: torch.linalg.slogdet(-x)[1], REGULAR)
add("qr", qr, of(3, 2, low=torch.eye(3, 2) * -3 - 0.6, high=torch.eye(3, 2) * -3 + 0.6))
add("eigh_values", lambda x: torch.linalg.eigh(both(x))[0], SYMMETRIC)
add("eigh_vectors", lambda x: torch.linalg.eigh(both(x))[1] ** 2, SYMMETRIC)
add("svd_values", torch.linalg.svdvals, SYMMETRIC)
add("svd_root", root, SYMMETRIC)

# ---- losses

RATE = of(2, 3, low=0.1, high=0.9)
SOFT = dict(weight=whole(0.5, 1.0, 2.0), label_smoothing=0.1)
LABELS = whole(2, 0, 1, 0)
add("mse_loss", F.mse_loss, FLAT, FLAT)
add("l1_loss", lambda y, t: F.l1_loss(y, t, reduction="none") ** 2, FLAT, of(2, 3, low=2, high=3))
add("huber_loss", lambda y, t: F.huber_loss(y, t, delta=4.0), FLAT, FLAT)
add("smooth_l1_loss", lambda y, t: F.smooth_l1_loss(y, t, beta=4.0), FLAT, FLAT)
add("cross_entropy", F.cross_entropy, of(4, 3), LABELS)
add("cross_entropy_with", lambda x, t: F.cross_entropy(x, t, ignore_index=1, **SOFT), of(4, 3),
    LABELS)  # fmt: skip
add("cross_entropy_soft", lambda x, t: F.cross_entropy(x, torch.softmax(t, 1)), FLAT, FLAT)
add("nll_loss", lambda x, t: F.nll_loss(x, t, weight=SOFT["weight"]) ** 2, of(4, 3), LABELS)
add("bce", F.binary_cross_entropy, RATE, RATE)
add("bce_with_logits", F.binary_cross_entropy_with_logits, FLAT, RATE)
add("kl_div", lambda x, t: F.kl_div(x, t, reduction="mean"), FLAT, RATE)
add("gaussian_nll", F.gaussian_nll_loss, FLAT, FLAT, RATE)
add("poisson_nll", F.poisson_nll_loss, FLAT, RATE)
add("cosine_similarity", lambda a, b: F.cosine_similarity(a, b, dim=1), FLAT, FLAT)

# ---- layers and networks

IMAGE = of(1, 2, 4, 3)
UNEVEN = 0.7 * torch.tensor([4.0, 0, 3, 1, 5, 2]).repeat(4).reshape(1, 2, 4, 3).cumsum(2) % 3
POOLED = of(1, 2, 4, 3, low=UNEVEN, high=UNEVEN + 0.1)
add("layer_norm", lambda x, w, b: F.layer_norm(x, (3, 2), w, b), CUBE, of(3, 2), of(3, 2))
add("rms_norm", lambda x, w: F.rms_norm(x, (2,), w, 1e-5), CUBE, of(2))
add("group_norm", lambda x, w, b: F.group_norm(x, 2, w, b), of(2, 4, 2), of(4), of(4))
add("batch_norm", lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
    of(2, 3, 2), of(3), of(3))  # fmt: skip
add("conv1d", lambda x, w, b: F.conv1d(x, w, b, 2, 1, 2, 2), of(2, 4, 5), of(2, 2, 2), of(2))
add("conv2d", lambda x, w, b: F.conv2d(x, w, b, (2, 1), (1, 0), (1, 2), 2),
    IMAGE, of(4, 1, 3, 2), of(4))  # fmt: skip
add("conv_transpose1d", lambda x, w, b: F.conv_transpose1d(x, w, b, 3, 1, 1, 2, 2),
    of(2, 4, 2), of(4, 1, 2), of(2))  # fmt: skip
add("conv_transpose2d",
    lambda x, w, b: F.conv_transpose2d(x, w, b, (2, 1), (1, 0), (1, 0), 1, (1, 2)),
    of(1, 2, 2, 3), of(2, 2, 3, 2), of(2))  # fmt: skip
add("max_pool1d", lambda x: F.max_pool1d(x[0], 3, 2, 1) * x.sum(), POOLED)
add("max_pool2d", lambda x: F.max_pool2d(x, (3, 2), (2, 1), (1, 0)) * x.sum(), POOLED)
add("avg_pool1d", lambda x: F.avg_pool1d(x, 3, 2, 1) ** 2, of(2, 2, 5))
add("avg_pool2d", lambda x: F.avg_pool2d(x, (3, 2), (2, 1), (1, 0), False, False) ** 2, IMAGE)
add("adaptive_avg_pool1d", lambda x: F.adaptive_avg_pool1d(x, 3) ** 2, of(2, 2, 5))
add("adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, (3, 2)) ** 2, IMAGE)
add("unfold", lambda x: F.unfold(x, (2, 2), 1, (1, 0), (2, 1)) ** 2, IMAGE)
add("network", lambda x, w, b, v: F.softmax(torch.tanh(F.linear(x, w, b)) @ v, 1),
    of(3, 2), of(3, 2), of(3), of(3, 2))  # fmt: skip


def attention(q, k, v, mask):
    """By hand: PyTorch's own has no second derivative on a CPU."""
    scores = q @ k.mT / q.shape[-1] ** 0.5
    return torch.softmax(scores.masked_fill(~mask, -torch.inf), -1) @ v


add("scaled_dot_product_attention", attention, of(2, 3, 2), of(2, 2, 2), of(2, 3),
    whole([True, False], [True, True], [False, True]))  # fmt: skip
add("recurrence", lambda h, w, b: torch.tanh(w @ torch.tanh(w @ torch.tanh(w @ h + b) + b) + b),
    of(3), of(3, 3), of(3))  # fmt: skip


def gaussian_process(x, y):
    """The logarithm of the marginal likelihood, twice and but for a constant."""
    k = torch.exp(-((x[:, None] - x) ** 2)) + torch.eye(3)
    return torch.logdet(k) + y @ torch.linalg.solve(k, y)


add("gaussian_process", gaussian_process, of(3), of(3))

# ---- what else there is

add("cbrt", lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3), of(4, low=-2, high=-0.3))
add("max", lambda x: torch.max(x, 1).values * x.sum(), NEXT)
add("min", lambda x: torch.min(x, 2, keepdim=True).values * x, NEXT)
add("transpose", lambda x: x.transpose(0, 2) ** 2, CUBE)
add("squeeze", lambda x: x.squeeze(1) @ x.squeeze(1), of(2, 1, 2))
add("unsqueeze", lambda x: x.unsqueeze(1) * x, FLAT)
add("flatten", lambda x: x.flatten(1, 2) ** 2, CUBE)
add("narrow", lambda x: x.narrow(1, 1, 2) * x.narrow(1, 0, 2), FLAT)
add("chunk", lambda x: torch.outer(*x.chunk(2)), of(4))
add("tile", lambda x: x.tile(2, 1, 2) ** 2, FLAT)
add("windows", lambda x: x.unfold(1, 2, 1) ** 2, FLAT)
add("fold", lambda x: F.fold(x, (4, 3), (2, 2), 1, (1, 0), (2, 1)) ** 2, of(1, 8, 6))
add("hinge_loss", lambda y, t: (F.relu(1 - t * y) ** 2).mean(), FLAT, of(2, 3, low=-0.6, high=0.6))
add("quantile_loss", lambda y, t: torch.maximum(0.3 * (t - y), 0.7 * (y - t)) ** 2,
    FLAT, of(2, 3, low=2, high=3))  # fmt: skip


# ---- derivatives


def varies(operand):
    return isinstance(operand, tuple)


def along(f, operands):
    """f as a function of theta."""

    def run(theta):
        s = torch.sigmoid(theta + 0.3 * torch.roll(theta, 1))
        parts = iter(torch.split(s, [o[0].numel() for o in operands if varies(o)]))
        xs = [o[0] + o[1] * next(parts).reshape(o[0].shape) if varies(o) else o for o in operands]
        return f(*xs)

    return run


def derivatives(name, direction, weights):
    f, operands = FUNCTIONS[name]
    run = along(f, operands)
    n = sum(o[0].numel() for o in operands if varies(o))
    theta = 3 * torch.rand(n) - 1.5
    y = run(theta)
    v, u = direction[:n], weights[: y.numel()].reshape(y.shape)

    def weighed(theta):
        return (run(theta) * u).sum()

    # Not all of PyTorch's ops have a forward mode.
    out = dict(theta=theta, y=y, jvp=autograd.functional.jvp(run, theta, v)[1],
               vjp=vjp(run, theta)[1](u)[0], hvp=vjp(grad(weighed), theta)[1](v)[0],
               jacobian=jacrev(run)(theta), hessian=jacrev(grad(weighed))(theta))  # fmt: skip
    for i, o in enumerate(operands):
        out |= {f"low{i}": o[0], f"span{i}": o[1]} if varies(o) else {f"operand{i}": o}
    assert all(torch.isfinite(t).all() for t in out.values()), name
    return {f"{name}.{key}": value.detach().contiguous().clone() for key, value in out.items()}


def main():
    torch.manual_seed(0)
    shared = dict(direction=3 * torch.rand(LENGTH) - 1.5, weights=3 * torch.rand(LENGTH) - 1.5)
    out = dict(shared)
    for name in FUNCTIONS:
        out |= derivatives(name, **shared)
    about = f"PyTorch {torch.__version__}, float64, made by tests/golden/derivatives.py"
    save_file(out, PATH, metadata={"about": about})
    print(f"{PATH.name}: {PATH.stat().st_size} bytes, {len(FUNCTIONS)} functions, {about}")


if __name__ == "__main__":
    main()
