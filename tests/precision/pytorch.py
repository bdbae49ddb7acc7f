#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints pytorch.txt: the errors of PyTorch's ops at the points of reference.txt, in units of the
last place, as measure.c counts them. Needs torch (a release for the CPU will do):

    python3 pytorch.py > pytorch.txt
"""
import math
import pathlib
import re

import torch
import torch.nn.functional as F

OPS = {
    "neg": torch.neg, "abs": torch.abs, "square": torch.square, "sqrt": torch.sqrt,
    "rsqrt": torch.rsqrt, "reciprocal": torch.reciprocal, "exp": torch.exp, "exp2": torch.exp2,
    "expm1": torch.expm1, "log": torch.log, "log2": torch.log2, "log10": torch.log10,
    "log1p": torch.log1p, "sin": torch.sin, "cos": torch.cos, "tan": torch.tan, "asin": torch.asin,
    "acos": torch.acos, "atan": torch.atan, "sinh": torch.sinh, "cosh": torch.cosh,
    "asinh": torch.asinh, "acosh": torch.acosh, "atanh": torch.atanh, "erf": torch.erf,
    "erfc": torch.erfc, "erfinv": torch.erfinv, "lgamma": torch.lgamma, "digamma": torch.digamma,
    "polygamma(1)": lambda x: torch.polygamma(1, x),
    "polygamma(2)": lambda x: torch.polygamma(2, x),
    "sign": torch.sign, "floor": torch.floor, "ceil": torch.ceil, "round": torch.round,
    "trunc": torch.trunc, "frac": torch.frac, "clamp(-1.5, 2)": lambda x: torch.clamp(x, -1.5, 2),
    "tanh": torch.tanh, "sigmoid": torch.sigmoid, "softplus": F.softplus,
    "logsigmoid": F.logsigmoid, "silu": F.silu, "mish": F.mish, "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "normal_cdf": torch.special.ndtr,
    "elu(1)": F.elu, "selu": F.selu, "celu(0.7)": lambda x: F.celu(x, 0.7),
    "softsign": F.softsign, "relu": torch.relu, "relu6": F.relu6,
    "leaky_relu(0.01)": F.leaky_relu, "hardtanh": F.hardtanh, "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish, "softshrink(0.5)": F.softshrink, "hardshrink(0.5)": F.hardshrink,
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow,
    "maximum": torch.maximum, "minimum": torch.minimum, "fmod": torch.fmod,
    "remainder": torch.remainder, "atan2": torch.atan2, "hypot": torch.hypot,
    "logaddexp": torch.logaddexp, "copysign": torch.copysign,
    "prelu": lambda x, w: torch.where(x > 0, x, w * x), "lerp": torch.lerp,
    "fma": lambda a, b, c: torch.addcmul(c, a, b),
    "bce": lambda p, t: F.binary_cross_entropy(p, t, reduction="none"),
    "bce_with_logits": lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"),
    "kl_div": lambda x, t: F.kl_div(x, t, reduction="none"),
    "gaussian_nll": lambda y, t, v: F.gaussian_nll_loss(y, t, v, reduction="none"),
    "poisson_nll": lambda x, t: F.poisson_nll_loss(x, t, reduction="none"),
    "l1_loss": lambda y, t: F.l1_loss(y, t, reduction="none"),
    "huber_loss(1.5)": lambda y, t: F.huber_loss(y, t, reduction="none", delta=1.5),
    "smooth_l1_loss(0.5)": lambda y, t: F.smooth_l1_loss(y, t, reduction="none", beta=0.5),
}
GATES = {name: lambda x: abs(x[0]) for name in ("silu", "mish", "gelu", "gelu_tanh", "normal_pdf")}
GATES["pow"] = lambda x: max(abs(x[1]), abs(math.log(x[0])))  # see .gate in ops.c
DTYPES = {torch.float64: (53, -1021, 2.0 ** -1022), torch.float32: (24, -125, 2.0 ** -126)}
NUMBER = re.compile(r"(-?(?:0x[0-9a-f.]+p[+-]\d+|0))([+-]\.\d+)?(?::(\S+))?$")


def parse(text):
    high, low, size = NUMBER.match(text).groups()
    return float.fromhex(high), float(low or 0), float(size or 0)


def read(path):
    """name: [(operands, numbers)]."""
    ops = {}
    for line in path.read_text().splitlines():
        if line.startswith("op "):
            _, n, name = line.split(" ", 2)
            points = ops[name] = []
        else:
            words = line.split()
            points.append(([float.fromhex(w) for w in words[:int(n)]],
                           [parse(w) for w in words[int(n):]]))
    return ops


def unit(x, digits, lowest):
    """The exponent of a unit in the last place."""
    return (max(math.frexp(x)[1], lowest) if x else lowest) - digits


def error(dtype, y, number, least):
    high, low, size = number
    digits, lowest, _ = DTYPES[dtype]
    if math.isnan(y):
        return math.inf
    if math.isinf(y):
        return 0 if abs(high) > torch.finfo(dtype).max and (y < 0) == (high < 0) else math.inf
    own = unit(high, 53, -1021)
    last = unit(max(abs(high), size, least), digits, lowest)
    try:
        return abs(math.ldexp(y - high, -last) - math.ldexp(low, own - last))
    except OverflowError:
        return math.inf


def measure(name, f, points, dtype):
    """The most of the value, and of the gradients."""
    chosen = [p for p in points if all(torch.tensor(x, dtype=dtype).item() == x for x in p[0])]
    xs = [torch.tensor(c, dtype=dtype, requires_grad=True) for c in zip(*(p[0] for p in chosen))]
    y = f(*xs)
    if y.requires_grad:
        grads = torch.autograd.grad(y, xs, torch.ones_like(y), allow_unused=True)
    else:
        grads = [None] * len(xs)
    results = [y.detach()] + [torch.zeros_like(y) if g is None else g for g in grads]
    worst = [0.0, 0.0]
    for part, values in enumerate(results):
        for v, (x, numbers) in zip(values.tolist(), chosen):
            product = name in GATES and (part > 0 or name != "pow")
            least = GATES[name](x) * DTYPES[dtype][2] if product else 0
            worst[part > 0] = max(worst[part > 0], error(dtype, v, numbers[part], least))
    return worst


def main():
    print(torch.__version__.split("+")[0])
    for name, points in read(pathlib.Path(__file__).with_name("reference.txt")).items():
        if name not in OPS:
            print(f"- - - - {name}")
            continue
        f64 = measure(name, OPS[name], points, torch.float64)
        f32 = measure(name, OPS[name], points, torch.float32)
        print(f"{f64[0]:.4g} {f32[0]:.4g} {f64[1]:.4g} {f32[1]:.4g} {name}")


main()
