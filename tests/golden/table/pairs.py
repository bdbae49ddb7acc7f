# SPDX-License-Identifier: MIT
"""Ops of several elements: pairs of shapes, special pairs, comparisons, choices."""

import numpy as np
import torch

from .write import INF, NAN, PAIR, PAIRS, call, draw, either, f64, gradients, mask, second, whole


BINARY = [
    ("add", torch.add, -2, 2), ("sub", torch.sub, -2, 2), ("mul", torch.mul, -2, 2),
    ("div", torch.div, 0.3, 3), ("maximum", torch.maximum, -2, 2),
    ("minimum", torch.minimum, -2, 2), ("fmod", torch.fmod, 0.3, 3),
    ("remainder", torch.remainder, 0.3, 3), ("atan2", torch.atan2, -2, 2),
    ("hypot", torch.hypot, -2, 2), ("logaddexp", torch.logaddexp, -2, 2),
    ("copysign", torch.copysign, -2, 2), ("pow", torch.pow, 0.3, 3),
]
COMPARE = [("eq", torch.eq), ("ne", torch.ne), ("lt", torch.lt), ("le", torch.le),
           ("gt", torch.gt), ("ge", torch.ge)]
LOGIC = [("logical_and", torch.logical_and), ("logical_or", torch.logical_or),
         ("logical_xor", torch.logical_xor)]
PAIRS_APART = {"maximum": {"0.0 -0.0": "zero-sign"}, "minimum": {"-0.0 0.0": "zero-sign"}}


EDGES = [NAN, INF, -INF, 0.0, 1.0, -1.0, 2.0, 0.5]


def pairs_at(name, firsts, seconds):
    return {f"{float(a)} {float(b)}": name for a in firsts for b in seconds}


FINITE = [1, -1, 2, 0.5]
PAIR_SLOPES_APART = {
    "fmod": pairs_at("quotient-slope", [INF, -INF], [0, *FINITE])
            | pairs_at("quotient-slope", FINITE, [0]),
    "remainder": pairs_at("quotient-slope", [INF, -INF, *FINITE], [0])
                 | pairs_at("quotient-slope", [1, 2, 0.5], [-INF])
                 | pairs_at("quotient-slope", [-1], [INF]),
    "atan2": pairs_at("infinity-slope", [INF, -INF], [INF, -INF, 0, *FINITE])
             | pairs_at("infinity-slope", [0, *FINITE], [INF, -INF]),
    "hypot": pairs_at("hypot-origin", [0], [0]),
    "logaddexp": pairs_at("infinity-slope", [INF], [INF])
                 | pairs_at("infinity-slope", [-INF], [-INF]),
    "copysign": pairs_at("infinity-slope", [INF, -INF], EDGES),
    **dict.fromkeys(("maximum", "minimum"), pairs_at("nan-slope", [NAN], EDGES)
                                            | pairs_at("nan-slope", EDGES, [NAN])),
}


def pair_slopes(op, f):
    differs = PAIR_SLOPES_APART.get(op, {})
    pairs = [(a, b) for a in EDGES for b in EDGES]
    same = [(a, b) for a, b in pairs if f"{a} {b}" not in differs]
    gradients(op, [], [f64([a for a, _ in same]), f64([b for _, b in same])], f)
    for a, b in pairs:
        if f"{a} {b}" in differs:
            gradients(op, [], [f64([a] * 8), f64([b] * 8)], f, differs=differs[f"{a} {b}"])


# PyTorch's own loses signs of zeros, and quotients over 1e16.
EXACT = {"fmod": lambda a, b: np.fmod(a.numpy(), b.numpy()),
         "remainder": lambda a, b: np.remainder(a.numpy(), b.numpy())}


def special_pairs(op, f):
    """All pairs of PAIR: those that differ stand alone, the others in one call."""
    differs = PAIRS_APART.get(op, {})
    pairs = [(a, b) for a in PAIR for b in PAIR]
    same = [(a, b) for a, b in pairs if f"{a} {b}" not in differs]
    call(op, [], [f64([a for a, _ in same]), f64([b for _, b in same])], f)
    for a, b in pairs:
        if f"{a} {b}" in differs:
            call(op, [], [f64([a] * 8), f64([b] * 8)], f, differs=differs[f"{a} {b}"])


def several():
    for op, f, low, high in BINARY:
        special_pairs(op, EXACT.get(op, f))
        pair_slopes(op, f)
        for a, b in PAIRS:
            either(op, [], [draw(a, low, high), second(b, low, high)], f, grad=True)
        for v in (2.0, -0.75, 3.5):
            call(op, [], [draw((2, 3), low, high), v], lambda x, p: f(x, f64(p)), grad=True)
            if op != "copysign":
                call(op, [], [v, draw((2, 3), low, high)], lambda p, x: f(f64(p), x))
        call(op, [], [draw((2, 3), low, high).float(), second((3,), low, high).float()], f)
    for op, f in COMPARE:
        special_pairs(op, f)
        for a, b in PAIRS:
            either(op, [], [whole(a, -1, 2).double(), whole(b, -1, 2).double()], f)
            either(op, [], [whole(a, -1, 2), whole(b, -1, 2)], f)
        for a, b in PAIRS[3:9]:
            call(op, [], [mask(a), mask(b)], f)
    for op, f in LOGIC:
        for a, b in PAIRS:
            either(op, [], [mask(a), mask(b)], f)
    for op in ("where", "masked_fill"):
        def f(*xs):
            return torch.where(*xs) if op == "where" else torch.where(xs[1], xs[2], xs[0])
        for m, (a, b) in masks_and_pairs():
            xs = [mask(m), draw(a), second(b)]
            either(op, [], xs if op == "where" else [xs[1], xs[0], xs[2]], f, grad=True)
            xs = [mask(m), whole(a, -5, 5), whole(b, -9, 9)]
            either(op, [], xs if op == "where" else [xs[1], xs[0], xs[2]], f)
    for a, b in PAIRS:
        for w in ((), (3,), (2, 1)):
            either("lerp", [], [draw(a), second(b), draw(w, 0.2, 0.9)], torch.lerp, grad=True)
            either("fma", [], [draw(a), second(b), draw(w)], lambda x, y, z: x * y + z, grad=True)
    for a, b in (((2, 3), (3,)), ((4, 2, 5), (5,)), ((3,), ()), ((2, 3), (2, 1)), ((2, 3), (4,))):
        either("prelu", [], [draw(a), draw(b)], lambda x, w: torch.where(x > 0, x, w * x),
               grad=True)


def masks_and_pairs():
    return [(m, pair) for m in ((), (3,), (2, 1), (2, 2, 3)) for pair in PAIRS[:8] + PAIRS[17:19]]
