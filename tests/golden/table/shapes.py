# SPDX-License-Identifier: MIT
"""Ops that move, cut, join, repeat and pad."""

import itertools

import numpy as np
import torch
import torch.nn.functional as F

from .write import (INF, NAN, TYPES, call, draw, either, f64, i64, mask, of_types, refused,
                    subsets, whole)


def moves():
    for shape, to in (((2, 3), (6,)), ((2, 3), (3, 2)), ((6,), (2, -1)), ((2, 3, 4), (-1, 4)),
                      ((), (1, 1)), ((1,), ()), ((0,), (0, 3)), ((2, 0), (0,)), ((2, 3), (4,)),
                      ((2, 3), (-1, 4)), ((2, 3), (-1, -1)), ((2, 3), (2, -2)), ((0, 3), (3, 0)),
                      ((2, 6), (3, 2, 2)), ((4,), (2, 1, 2))):
        for x in of_types(shape):
            either("reshape", [to], [x], lambda x: x.reshape(to), grad=x.dtype == torch.float64)
    for shape, axes in (((2, 3), (1, 0)), ((2, 3), (0, 1)), ((2, 3, 4), (2, 0, 1)),
                        ((2, 3, 4), (-1, 1, 0)), ((2, 3, 4), (0, 0, 1)), ((2, 3), (0,)),
                        ((2, 3), (0, 2)), ((), ()), ((2, 0, 3), (1, 2, 0)), ((2, 3), (0, 1, 2))):
        for x in of_types(shape):
            either("permute", [axes], [x], lambda x: x.permute(axes),
                   grad=x.dtype == torch.float64)
    for shape in ((2, 3), (2, 3, 4), (2, 1, 0), (5,)):
        for a in range(-len(shape) - 1, len(shape) + 1):
            for b in range(len(shape)):
                either("transpose", [a, b], [draw(shape)], lambda x: x.transpose(a, b), grad=b == 1)
            either("squeeze", [a], [draw((2, 1, 3)[:len(shape)])],
                   lambda x: squeeze(x, a), grad=True)
            either("unsqueeze", [a], [draw(shape)], lambda x: x.unsqueeze(a), grad=True)
    for a, b in itertools.product(range(-4, 4), repeat=2):
        either("flatten", [a, b], [draw((2, 3, 2))], lambda x: torch.flatten(x, a, b), grad=True)
    call("flatten", [0, -1], [draw(())], torch.flatten)
    for shape, to in (((3,), (2, 3)), ((), (2, 2)), ((2, 1), (2, 3)), ((1, 3), (4, 2, 3)),
                      ((3,), (4,)), ((2, 3), (3,)), ((1,), (0,)), ((2, 1, 1), (2, 3, 2)),
                      ((2, 3), (2, 3)), ((2,), (2, 3))):
        for x in of_types(shape):
            either("broadcast_to", [to], [x], lambda x: torch.broadcast_to(x, to),
                   grad=x.dtype == torch.float64)
    slices()
    chunks()
    joins()
    for shape in ((5,), (2, 3), (2, 3, 4)):
        for axes in [*subsets(len(shape)), (-1,), (0, 0), (3,)]:
            for x in of_types(shape)[:2]:
                either("flip", [axes], [x], lambda x: torch.flip(x, axes),
                       grad=x.dtype == torch.float64)
        for axis in range(-len(shape), len(shape) + 1):
            for shift in (0, 1, -1, 3, -7):
                either("roll", [axis, shift], [draw(shape)], lambda x: torch.roll(x, shift, axis),
                       grad=shift == 1)
    for shape, times in (((3,), (2,)), ((2, 3), (2, 1)), ((2, 3), (1, 2)), ((3,), (2, 2)),
                         ((), (3,)), ((2, 1), (2, 3, 2)), ((2, 3), (0, 1)), ((2, 3), (2,)),
                         ((2, 3), (-1, 1))):
        for x in of_types(shape):
            smooth = x.dtype == torch.float64
            either("repeat", [times], [x], lambda x: x.repeat(times), grad=smooth)
            either("tile", [times], [x], lambda x: torch.tile(x, times), grad=smooth)
    for shape in ((3, 3), (2, 4), (4, 2), (2, 3, 2), (0, 3), (5,)):
        for k in range(-3, 4):
            for op, f in (("tril", torch.tril), ("triu", torch.triu)):
                either(op, [k], [draw(shape)], lambda x: f(x, k), grad=abs(k) < 2)
            call(op, [k], [whole((2, 3), -5, 5)], lambda x: f(x, k))
    for shape, a, b in (((3, 3), 0, 1), ((2, 4), 0, 1), ((2, 4), 1, 0), ((2, 3, 4), 0, 2),
                        ((2, 3, 4), -1, -2), ((2, 3, 4), 1, 1), ((2, 3), 0, 2)):
        for k in (-2, -1, 0, 1, 3):
            either("diagonal", [k, a, b], [draw(shape)], lambda x: torch.diagonal(x, k, a, b),
                   grad=True)
    for shape, a, b in (((3,), 0, 1), ((2, 3), -2, -1), ((2, 3), 0, 2), ((2, 3), 0, -1),
                        ((2, 2, 2), 1, 2), ((3,), 0, 0), ((3,), 0, 2)):
        for k in (-2, -1, 0, 1, 3):
            either("diag_embed", [k, a, b], [draw(shape)], lambda x: torch.diag_embed(x, k, a, b),
                   grad=True)
    pads()
    casts()


def squeeze(x, axis):
    """NumPy's, which refuses another size than 1."""
    return x.squeeze(axis) if np.squeeze(x.detach().numpy(), axis) is not None else x


def cut(x, axis, start, stop, step):
    """NumPy's slice, which steps backwards too, with PyTorch's gradient."""
    n = range(x.shape[axis])[slice(start, None if stop == "all" else stop, step)]
    return x.index_select(axis, torch.tensor(list(n), dtype=torch.int64))


def slices():
    for axis, start, stop, step in [
            (a, s, e, k) for a in (0, 1, -1) for s, e, k in (
                (0, 2, 1), (1, "all", 1), (-2, "all", 1), (0, -1, 1), (0, "all", 2), (1, 4, 3),
                (-1, "all", -1), (3, 0, -1), (-1, -3, -1), (4, "all", -2), (2, 1, 1), (9, 12, 1),
                (-9, 9, 2), (9, -9, -3))]:
        for x in (draw((5, 4)), whole((5, 4), -5, 5)):
            call("slice", [axis, start, stop, step], [x],
                 lambda x: cut(x, axis, start, stop, step), grad=x.dtype == torch.float64)
    for axis, start, stop, step in ((2, 0, 1, 1), (-3, 0, 1, 1), (0, 0, 1, 0)):
        refused("slice", [axis, start, stop, step], [draw((2, 3))],
                lambda x: cut(x, axis, start, stop, step))
    for axis in (-3, -1, 0, 1, 2):
        for start, length in ((0, 2), (1, 1), (-1, 1), (2, 0), (1, 3), (-4, 1), (0, -1), (2, 2)):
            either("narrow", [axis, start, length], [draw((3, 3))],
                   lambda x: torch.narrow(x, axis, start, length), grad=True)
    for axis in (-3, -2, -1, 0, 1, 2):
        for sizes in ((1, 3), (4,), (2, 0, 2), (1, 1, 1), (2, 3), (-1, 5)):
            either("split", [axis, sizes], [draw((4, 4))],
                   lambda x: torch.split(x, list(sizes), axis), grad=True)


def chunks():
    for shape in ((6,), (4, 5), (2, 3, 4)):
        for axis in range(-len(shape) - 1, len(shape) + 1):
            for n in (1, 2, 3, 4):
                inside = -len(shape) <= axis < len(shape)
                few = inside and len(draw(shape).chunk(n, axis)) < n
                either("chunk", [axis, n], [draw(shape)], lambda x: x.chunk(n, axis), grad=not few,
                       differs="chunk-count" if few else None)


def joins():
    for axis in (-4, -2, -1, 0, 1, 2, 3):
        for shapes in (((2, 3, 2), (2, 3, 2)), ((2, 3, 2),), ((1, 3, 2), (2, 3, 2)),
                       ((2, 1, 2), (2, 3, 2), (2, 0, 2)), ((2, 3, 1), (2, 3, 4)),
                       ((2, 3, 2), (2, 3))):
            xs = [draw(shape) for shape in shapes]
            either("concat", [axis], xs, lambda *xs: torch.cat(xs, axis), grad=True)
            either("stack", [axis], xs, lambda *xs: torch.stack(xs, axis), grad=True)
    for dtypes in range(3):
        xs = [of_types((2, 3))[dtypes + 1], of_types((2, 3))[dtypes + 1]]
        call("concat", [0], xs, lambda *xs: torch.cat(xs))
        call("stack", [0], xs, lambda *xs: torch.stack(xs))
    for shapes in (((2,), (3,)), ((2,), (1,), (3,)), ((), (2,)), ((4,),), ((0,), (2,)),
                   ((2, 2), (3,))):
        either("meshgrid", [], [draw(shape) for shape in shapes],
               lambda *xs: torch.meshgrid(*xs, indexing="ij"), grad=True)


def pads():
    for shape, before, after in (((3,), (1,), (2,)), ((2, 3), (0, 1), (1, 0)),
                                 ((2, 3), (1, 2), (0, 2)), ((2, 3), (0, 0), (0, 0)),
                                 ((4, 3), (3, 2), (2, 1)), ((1, 4), (0, 3), (0, 2)),
                                 ((2, 3, 4), (1, 1, 1), (0, 2, 3)), ((2, 3), (2, 0), (0, 0)),
                                 ((3,), (3,), (0,)), ((2, 3), (1,), (1,))):
        for v in (0, -1.5):
            either("pad", [before, after, v], [draw(shape)],
                   lambda x: constant(x, before, after, v), grad=v != 0)
        for op, mode in (("pad_reflect", "reflect"), ("pad_replicate", "replicate")):
            either(op, [before, after], [draw(shape)],
                   lambda x: border(x, before, after, mode), grad=True)
    call("pad", [(1, 0), (0, 2), 7], [whole((2, 3), -5, 5)],
         lambda x: constant(x, (1, 0), (0, 2), 7))
    call("pad", [(1, 0), (0, 2), 1], [mask((2, 3))], lambda x: constant(x, (1, 0), (0, 2), True))


def constant(x, before, after, v):
    if len(before) != x.dim():
        raise ValueError("one size for each axis")
    sides = [n for d in reversed(range(x.dim())) for n in (before[d], after[d])]
    return F.pad(x, sides, value=v)


def border(x, before, after, mode):
    """Axis by axis; PyTorch's F.pad takes the last three axes only, of some ranks."""
    if len(before) != x.dim():
        raise ValueError("one size for each axis")
    for axis, (b, a) in enumerate(zip(before, after)):
        n = x.shape[axis]
        if mode == "reflect" and max(a, b) >= n:
            raise ValueError("a border is narrower than what it mirrors")
        at = np.pad(np.arange(n), (b, a), mode="reflect" if mode == "reflect" else "edge")
        x = x.index_select(axis, torch.as_tensor(at))
    return x


def casts():
    sources = [f64([0, -0.0, 1, -1, 0.4, -2.7, 3.5, 1e8, 16777217, 0.1, 1e-46]),
               f64([0.1, 2.5]).float(), i64([0, 1, -3, 7, 16777217]), mask((2, 3))]
    for x in sources:
        for name, dtype in TYPES.items():
            call("cast", [name], [x], lambda x: x.to(dtype))
    call("cast", ["f32"], [f64([NAN, INF, -INF, 1e39, -1e39, 1e-40])], lambda x: x.float())
    call("cast", ["bool"], [f64([NAN, INF, -0.0, 5e-324])], lambda x: x.bool())
