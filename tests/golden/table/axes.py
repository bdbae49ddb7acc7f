# SPDX-License-Identifier: MIT
"""Reductions, scans, orders."""

import numpy as np
import torch

from .write import INF, NAN, call, distinct, draw, either, f64, mask, n_of, refused, subsets, whole


OVER = [
    ("sum", lambda x, a, k: x.sum(a, keepdim=k)), ("mean", lambda x, a, k: x.mean(a, keepdim=k)),
    ("amax", lambda x, a, k: x.amax(a, keepdim=k)), ("amin", lambda x, a, k: x.amin(a, keepdim=k)),
    ("logsumexp", lambda x, a, k: torch.logsumexp(x, a, keepdim=k)),
    ("prod", lambda x, a, k: product(x, a, k)),
    ("all", lambda x, a, k: torch.all(x, a, keepdim=k)),
    ("any", lambda x, a, k: torch.any(x, a, keepdim=k)),
    ("count_nonzero", lambda x, a, k: nonzero(x, a, k)),
]
NUMBERED = [
    ("var", 1, lambda x, a, k: torch.var(x, a, correction=1, keepdim=k)),
    ("var", 0, lambda x, a, k: torch.var(x, a, correction=0, keepdim=k)),
    ("std", 1, lambda x, a, k: torch.std(x, a, correction=1, keepdim=k)),
    ("norm", 1, lambda x, a, k: torch.linalg.vector_norm(x, 1, a, keepdim=k)),
    ("norm", 2, lambda x, a, k: torch.linalg.vector_norm(x, 2, a, keepdim=k)),
    ("norm", 3, lambda x, a, k: torch.linalg.vector_norm(x, 3, a, keepdim=k)),
    ("norm", 1.5, lambda x, a, k: torch.linalg.vector_norm(x, 1.5, a, keepdim=k)),
    ("norm", INF, lambda x, a, k: torch.linalg.vector_norm(x, INF, a, keepdim=k)),
]
LINES = [(5,), (2, 3), (3, 1), (2, 3, 4), (2, 1, 3), (0,), (2, 0, 3), (2, 2, 2, 3)]


def product(x, a, k):
    for axis in sorted((axis % x.dim() for axis in a), reverse=True):
        x = x.prod(axis, keepdim=k)
    return x


def nonzero(x, a, k):
    y = (x != 0).sum(a, keepdim=k)
    return y


def lines_of(op):
    """Shapes to reduce, axes, whether kept; some axes counted from the last."""
    for shape in LINES:
        for some in subsets(len(shape)):
            if not some or op in ("amax", "amin", "norm") and n_of(shape) == 0:
                continue
            for keep in (False, True):
                yield shape, some, keep
            yield shape, tuple(a - len(shape) for a in some), False


def reductions():
    for op, f in OVER:
        smooth = op not in ("all", "any", "count_nonzero")
        for shape, some, keep in lines_of(op):
            x = mask(shape) if op in ("all", "any") else distinct(shape)
            if op == "prod":
                x = draw(shape, 0.5, 1.5)
            call(op, [some, keep], [x], lambda x: f(x, some, keep), grad=smooth and not keep)
            if op == "count_nonzero":
                call(op, [some, keep], [whole(shape, -1, 2)], lambda x: f(x, some, keep))
        for bad in ((2,), (-3,), (0, 0), (1, -1), (0, 5)):
            x = mask((2, 3)) if op in ("all", "any") else draw((2, 3))
            g = f if op not in ("prod", "any", "all") else lambda x, a, k: x.double().sum(a)
            refused(op, [bad, 0], [x], lambda x: g(x, bad, False))
    for op, p, f in NUMBERED:
        for shape, some, keep in lines_of("norm"):
            if op != "norm" and any(shape[a] < 2 for a in some):
                continue
            call(op, [p, some, keep], [draw(shape)], lambda x: f(x, some, keep), grad=not keep)
        for bad in ((2,), (-3,), (0, 0), (1, -1)):
            refused(op, [p, bad, 0], [draw((2, 3))], lambda x: f(x, bad, False))
        for shape in ((5,), (2, 3), (2, 1, 3)):
            call(op, [p], [draw(shape)], lambda x: f(x, list(range(x.dim())), False), grad=True)
    for shape in ((), (5,), (2, 3), (2, 1, 3), (0,), (2, 0)):
        for op in ("sum", "mean", "prod", "logsumexp"):
            f = {"sum": torch.sum, "mean": torch.mean, "prod": torch.prod,
                 "logsumexp": lambda x: torch.logsumexp(x.reshape(-1), 0)}[op]
            call(op, [], [draw(shape, 0.5, 1.5)], f, grad=n_of(shape) > 0)
        for op, f in (("amax", torch.amax), ("amin", torch.amin)):
            either(op, [], [distinct(shape)], f, grad=True)
        for op, f in (("argmax", torch.argmax), ("argmin", torch.argmin)):
            either(op, [], [distinct(shape)], f)
        call("all", [], [mask(shape)], torch.all)
        call("any", [], [mask(shape)], torch.any)
        call("count_nonzero", [], [whole(shape, -1, 2).double()], torch.count_nonzero)
    for values in ([[0, 2, 3], [4, 5, 6]], [[0, 2, 3], [0, 0, 6]], [[0, -0.0, 1], [1, 2, 0]]):
        for some in subsets(2):
            if some:
                call("prod", [some, 0], [f64(values)], lambda x: product(x, some, False), grad=True)
        for axis in (0, 1):
            call("cumprod", [axis, 0], [f64(values)], lambda x: torch.cumprod(x, axis), grad=True)
            call("cumprod", [axis, 1], [f64(values)], backwards(torch.cumprod, axis), grad=True)
            for p in (1, 2, 3, INF):
                call("norm", [p, [axis], 0], [f64(values)],
                     lambda x: torch.linalg.vector_norm(x, p, axis), grad=True)
    call("norm", [2], [torch.zeros(3).double()], torch.linalg.vector_norm, grad=True)
    ties = f64([[1, 3, 3], [3, 2, 1], [1, 1, 1]])
    for op, f in (("amax", torch.amax), ("amin", torch.amin)):
        for some in subsets(2):
            if some:
                call(op, [some, 0], [ties], lambda x: f(x, some), grad=True)
    for values in ([NAN, 1, 2], [1, NAN, INF], [INF, -INF, 0], [INF, INF, 1], [-INF, -INF, -INF],
                   [-0.0, -0.0], [1e300, 1e300, 1], [NAN, NAN], [INF, 2, 3], [-INF, 0, 1]):
        x = f64(values)
        for op in ("sum", "mean", "prod", "amax", "amin", "logsumexp"):
            call(op, [[0], 0], [x], lambda x: dict(OVER)[op](x, [0], False))
        for op, f in (("argmax", np.argmax), ("argmin", np.argmin), ):
            call(op, [0, 0], [x], lambda x: f(x.numpy()))
        call("sort", [0, 0], [x], lambda x: torch.sort(x, stable=True))
        call("argsort", [0, 1], [x], lambda x: torch.argsort(x, descending=True, stable=True))
        call("median", [], [x], torch.median)
        if values not in ([INF, INF, 1], [-INF, -INF, -INF]):
            call("quantile", [0.25], [x], lambda x: torch.quantile(x, 0.25))
        if 1e300 not in values:
            call("norm", [2], [x], torch.linalg.vector_norm)
        call("norm", [INF], [x], lambda x: torch.linalg.vector_norm(x, INF))
        call("var", [1], [x], torch.var)
        call("softmax", [0], [x], lambda x: torch.softmax(x, 0))
        call("log_softmax", [0], [x], lambda x: torch.log_softmax(x, 0))
        for op, f in (("cumsum", torch.cumsum), ("cumprod", torch.cumprod),
                      ("logcumsumexp", torch.logcumsumexp)):
            call(op, [0, 0], [x], lambda x: f(x, 0))


def backwards(f, axis):
    return lambda x: torch.flip(f(torch.flip(x, [axis]), axis), [axis])


def along():
    for shape in ((5,), (2, 3), (2, 3, 4), (3, 1), (2, 2, 2, 3), (2, 0)):
        for axis in range(-len(shape) - 1, len(shape) + 1):
            x = distinct(shape)
            for op, f in (("cumsum", torch.cumsum), ("cumprod", torch.cumprod),
                          ("logcumsumexp", torch.logcumsumexp)):
                small = draw(shape, 0.5, 1.5)
                either(op, [axis, 0], [small], lambda x: f(x, axis), grad=True)
                either(op, [axis, 1], [small], backwards(f, axis))
            for descending in (False, True):
                either("sort", [axis, descending], [x],
                       lambda x: torch.sort(x, dim=axis, descending=descending, stable=True),
                       grad=True)
                either("argsort", [axis, descending], [torch.round(x / 4)],
                       lambda x: torch.argsort(x, dim=axis, descending=descending, stable=True))
            for op, f in (("softmax", torch.softmax), ("log_softmax", torch.log_softmax)):
                either(op, [axis], [draw(shape)], lambda x: f(x, axis), grad=True)
            if 0 in shape:
                continue
            for keep in (False, True):
                for op, f in (("argmax", torch.argmax), ("argmin", torch.argmin)):
                    either(op, [axis, keep], [x], lambda x: f(x, axis, keepdim=keep))
                for op, f in (("max", torch.max), ("min", torch.min)):
                    either(op, [axis, keep], [x], lambda x: tuple(f(x, axis, keepdim=keep)),
                           grad=not keep)
                either("median", [axis, keep], [x], lambda x: x.median(axis, keepdim=keep).values,
                       grad=not keep)
                for q in (0.0, 0.25, 0.4, 1.0):
                    either("quantile", [q, axis, keep], [x],
                           lambda x: torch.quantile(x, q, axis, keepdim=keep), grad=not keep)
            for k in (0, 1, 2, 6):
                for largest in (False, True):
                    either("topk", [k, axis, largest], [x],
                           lambda x: torch.topk(x, k, axis, largest=largest), grad=True)
    for q in (0.0, 0.1, 0.5, 0.75, 1.0):
        for shape in ((5,), (2, 3), (2, 1, 3)):
            call("quantile", [q], [distinct(shape)], lambda x: torch.quantile(x, q), grad=True)
    for q in (-0.1, 1.5):
        refused("quantile", [q], [draw((3,))], lambda x: torch.quantile(x, q))
    for shape in ((1,), (5,), (2, 3), (2, 1, 3)):
        call("median", [], [distinct(shape)], torch.median, grad=True)
