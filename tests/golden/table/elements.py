# SPDX-License-Identifier: MIT
"""Ops of one element: values, special values, slopes."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from .write import INF, NAN, SHAPES, SPECIAL, call, draw, f64, gradients, mask


def from_numpy(f):
    return lambda x: torch.as_tensor(np.asarray(f(x.numpy())))


def polygamma(n, x):
    """Through zeta: PyTorch's own keeps ten digits only."""
    return (-1) ** (n + 1) * math.factorial(n) * torch.special.zeta(f64(n + 1), x)


class Digamma(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.digamma(x)

    @staticmethod
    def backward(ctx, g):
        return g * polygamma(1, *ctx.saved_tensors)


def hardsigmoid(x):
    """PyTorch's own has 1/6 in single precision in its gradient."""
    return F.relu6(x + 3) / 6


# name, function, the range where it is smooth (None: no gradients)
UNARY = [
    ("neg", torch.neg, -2, 2), ("square", torch.square, -2, 2), ("sqrt", torch.sqrt, 0.1, 4),
    ("exp", torch.exp, -2, 2), ("log", torch.log, 0.1, 4), ("abs", torch.abs, -2, 2),
    ("sign", torch.sign, -2, 2),
    ("floor", torch.floor, -2, 2), ("ceil", torch.ceil, -2, 2), ("round", torch.round, -2, 2),
    ("trunc", torch.trunc, -2, 2), ("frac", torch.frac, -2, 2), ("rsqrt", torch.rsqrt, 0.1, 4),
    ("cbrt", from_numpy(np.cbrt), None, None), ("reciprocal", torch.reciprocal, 0.2, 3),
    ("sin", torch.sin, -2, 2), ("cos", torch.cos, -2, 2), ("tan", torch.tan, -1.2, 1.2),
    ("asin", torch.asin, -0.9, 0.9), ("acos", torch.acos, -0.9, 0.9),
    ("atan", torch.atan, -2, 2), ("exp2", torch.exp2, -2, 2), ("expm1", torch.expm1, -2, 2),
    ("log2", torch.log2, 0.1, 4), ("log10", torch.log10, 0.1, 4),
    ("log1p", torch.log1p, -0.8, 4), ("sinh", torch.sinh, -2, 2), ("cosh", torch.cosh, -2, 2),
    ("asinh", torch.asinh, -2, 2), ("acosh", torch.acosh, 1.2, 4),
    ("atanh", torch.atanh, -0.9, 0.9), ("erf", torch.erf, -2, 2), ("erfc", torch.erfc, -2, 2),
    ("erfinv", torch.erfinv, -0.9, 0.9), ("lgamma", torch.lgamma, 0.2, 6),
    ("digamma", Digamma.apply, 0.2, 6), ("tanh", torch.tanh, -2, 2),
    ("sigmoid", torch.sigmoid, -2, 2), ("relu", torch.relu, -2, 2),
    ("softplus", lambda x: torch.logaddexp(x, torch.zeros_like(x)), -2, 2),
    ("logsigmoid", F.logsigmoid, -2, 2), ("silu", F.silu, -2, 2), ("mish", F.mish, -2, 2),
    ("gelu", F.gelu, -2, 2), ("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), -2, 2),
    ("selu", F.selu, -2, 2), ("softsign", F.softsign, -2, 2), ("relu6", F.relu6, -2, 8),
    ("hardtanh", F.hardtanh, -2, 2), ("hardsigmoid", hardsigmoid, -4, 4),
    ("hardswish", F.hardswish, -4, 4), ("isnan", torch.isnan, None, None),
    ("isinf", torch.isinf, None, None), ("isfinite", torch.isfinite, None, None),
]
PARAMETERS = [
    ("elu", F.elu, [1.0, 0.5, 2.0]), ("celu", F.celu, [1.0, 0.5, 2.0]),
    ("leaky_relu", F.leaky_relu, [0.01, 0.2, -0.5, 1.0]),
    ("softshrink", lambda x, p: torch.copysign(F.softshrink(x, p), x), [0.5, 0.0, 1.0]),
    ("hardshrink", F.hardshrink, [0.5, 0.0, 1.0]),
]
# Where Fluxion means something else (docs/differences.md): op -> name, values.
APART = {
    "sign": {"nan": "sign-nan", "-0.0": "zero-sign"},
    "relu": {"-0.0": "zero-sign"},
    "logsigmoid": {repr(v): "zero-sign" for v in (INF, 1e300, 800.0, 4503599627370497.5)},
    "gelu": {"-30.0": "gelu-tail"},
    "softsign": {"inf": "softsign-infinity", "-inf": "softsign-infinity"},
}


KINKS = [NAN, INF, -INF, 0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 6.0, 2.5, 1e-300, 40.0,
         -40.0]


def at(name, *values):
    return {repr(float(v)): name for v in values}


# Gradients that differ there; None: not in the table.
SLOPES_APART = {
    "silu": at(None, INF, -INF),
    "acosh": at("domain-slope", -INF, -1, -2, -3, -40),
    "atanh": at("domain-slope", INF, -INF, 2, -2, 3, -3, 6, 2.5, 40, -40),
    "gelu_tanh": at("infinity-slope", INF, -INF), "softsign": at("infinity-slope", INF, -INF),
    "tanh": at("slope-digits", 6, 40, -40), "sigmoid": at("slope-digits", 40),
    "expm1": at("slope-digits", -40),
    **dict.fromkeys(("abs", "relu", "relu6", "hardtanh", "hardsigmoid", "leaky_relu", "softshrink",
                     "hardshrink"), at("nan-slope", NAN)),
}


def slopes(op, attrs, f, bounds=()):
    """Gradients at kinks, edges, infinities and NaN."""
    differs = SLOPES_APART.get(op, {})
    if bounds:
        differs = at("nan-slope", NAN) | at("clamp-bound", *bounds)
    gradients(op, attrs, [f64([v for v in KINKS if repr(v) not in differs])], f)
    for v in KINKS:
        if differs.get(repr(v)):
            gradients(op, attrs, [f64([v] * 8)], f, differs=differs[repr(v)])


def specials(op, attrs, f):
    differs = APART.get(op, {})
    call(op, attrs, [f64([v for v in SPECIAL if repr(v) not in differs])], f)
    for v in SPECIAL:
        if repr(v) in differs:
            call(op, attrs, [f64([v])], f, differs=differs[repr(v)])


def elements():
    for op, f, low, high in UNARY:
        specials(op, [], f)
        smooth = low is not None
        if smooth and op != "digamma":
            slopes(op, [], f)
        for shape in SHAPES:
            call(op, [], [draw(shape, low if smooth else -2, high if smooth else 2)], f,
                 grad=smooth)
        if op != "digamma":
            call(op, [], [draw((2, 3), low or -2, high or 2).float()], f)
    for op, f, numbers in PARAMETERS:
        for p in numbers:
            specials(op, [p], lambda x: f(x, p))
            slopes(op, [p], lambda x: (F.softshrink if op == "softshrink" else f)(x, p))
            for shape in SHAPES:
                call(op, [p], [draw(shape)], lambda x: f(x, p), grad=True)
    for n in (0, 1, 2, 3, 5):
        for shape in SHAPES[:5]:
            call("polygamma", [n], [draw(shape, 0.3, 5)],
                 lambda x: polygamma(n, x) if n else torch.digamma(x))
    for low, high in ((-1, 1), (0.5, 0.5), (-INF, 0.25), (0, INF), (-INF, INF)):
        specials("clamp", [low, high], lambda x: torch.clamp(x, low, high))
        slopes("clamp", [low, high], lambda x: torch.clamp(x, low, high), (low, high))
        for shape in SHAPES:
            call("clamp", [low, high], [draw(shape)], lambda x: torch.clamp(x, low, high),
                 grad=True)
    for op in ("sqrt", "exp", "log", "sin", "tanh", "erf", "sigmoid", "floor", "round", "relu"):
        f = next(row[1] for row in UNARY if row[0] == op)
        for k in range(4):
            call(op, [], [f64(np.round(np.linspace(-20 * k, 30 * k + 1, 24), 3)).reshape(4, 6)], f)
    for shape in SHAPES:
        call("logical_not", [], [mask(shape)], torch.logical_not)
