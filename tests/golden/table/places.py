# SPDX-License-Identifier: MIT
"""New tensors, and ops that take indices."""

import numpy as np
import torch
import torch.nn.functional as F

from .write import SHAPES, TYPES, call, draw, either, i64, of_types, refused, whole


def creations():
    for shape in SHAPES:
        for name, dtype in TYPES.items():
            call("zeros", [name, shape], [], lambda: torch.zeros(shape, dtype=dtype))
            call("ones", [name, shape], [], lambda: torch.ones(shape, dtype=dtype))
            call("full", [name, shape, 1], [], lambda: torch.full(shape, 1, dtype=dtype))
        call("full", ["f64", shape, -2.5], [], lambda: torch.full(shape, -2.5).double())
        for x in of_types(shape):
            call("zeros_like", [], [x], torch.zeros_like)
            call("ones_like", [], [x], torch.ones_like)
            call("full_like", [1], [x], lambda x: torch.full_like(x, 1))
    for name, dtype in TYPES.items():
        for n in (0, 1, 3, 4):
            call("eye", [name, n], [], lambda: torch.eye(n, dtype=dtype))
    for name in ("f64", "i64"):
        for start, stop, step in ((0, 5, 1), (2, 11, 3), (5, 0, -2), (0, 0, 1), (-3, 3, 2),
                                  (10, 9, -1)):
            call("arange", [name, start, stop, step], [],
                 lambda: torch.arange(start, stop, step, dtype=TYPES[name]))
    for start, stop, step in ((0, 1, 0.25), (0, 1, 0.1), (1, -1, -0.3), (0.5, 3.1, 0.7)):
        call("arange", ["f64", start, stop, step], [],
             lambda: torch.as_tensor(np.arange(start, stop, step)))
    for start, stop in ((0, 1), (-1, 2.5), (3, 3), (2, -7), (0, 1e6)):
        for n in (0, 1, 2, 3, 7):
            call("linspace", ["f64", start, stop, n], [], lambda: np.linspace(start, stop, n))
    refused("linspace", ["f64", 0, 1, -1], [], lambda: np.linspace(0, 1, -1))
    refused("arange", ["f64", 0, 1, 0], [], lambda: torch.arange(0, 1, 0))
    refused("eye", ["f64", -1], [], lambda: torch.eye(-1))
    refused("zeros", ["f64", (2, -1)], [], lambda: torch.zeros(2, -1))


def places():
    for shape, axis, at in (((5,), 0, [0, 4, 4]), ((3, 4), 0, [2, 0]), ((3, 4), 1, [3, 3, 1]),
                            ((2, 3, 2), -2, [1, 0, 1, 2]), ((3, 4), 0, []), ((3, 4), -1, [0]),
                            ((3, 4), 2, [0]), ((3, 4), 1, [4]), ((3, 4), -3, [0])):
        for x in of_types(shape):
            either("index_select", [axis], [x, i64(at)], lambda x, i: x.index_select(axis, i),
                   grad=x.dtype == torch.float64)
    for rows, columns, at in ((2, 1, [1, 0, 1]), (5, 2, [[4, 4], [0, 1], [4, 2]]), (3, 4, [2]),
                              (3, 0, [1, 1]), (6, 3, [[[5], [0]]])):
        call("embedding", [], [i64(at), draw((rows, columns))], F.embedding, grad=True)
        call("index_select", [0], [draw((rows, columns)), i64(at).reshape(-1)],
             lambda x, i: x.index_select(0, i), grad=True)
    for rows, at in ((4, [0, 3, 3]), (4, [[1, 2], [0, 0]]), (4, []), (2, 1), (3, [3])):
        either("embedding", [], [i64(at), draw((rows, 3))], F.embedding, grad=True)
        for name in ("f64", "i64", "bool", "f32"):
            either("one_hot", [rows, name], [i64(at)],
                   lambda i: F.one_hot(i, rows).to(TYPES[name]))
    for shape, at, axis in (((3, 4), (3, 4), 0), ((3, 4), (3, 4), 1), ((3, 4), (2, 3), 1),
                            ((3, 4), (5, 4), 0), ((3, 4), (3, 2), -1), ((5,), (7,), 0),
                            ((2, 3, 2), (2, 2, 2), 1), ((2, 3, 2), (1, 3, 5), 2),
                            ((3, 4), (0, 4), 0), ((3, 4), (4, 4), 1), ((3, 4), (3,), 0),
                            ((3, 4), (3, 4), 2)):
        high = shape[axis] if axis < len(shape) else 1
        index = whole(at, 0, high)
        for x in of_types(shape):
            smooth = x.dtype == torch.float64
            either("gather", [axis], [x, index], lambda x, i: x.gather(axis, i), grad=smooth)
            if x.dtype == torch.bool:
                continue
            source = (draw(at) + 5).to(x.dtype)
            either("scatter_add", [axis], [x, index, source],
                   lambda x, i, s: x.scatter_add(axis, i, s), grad=smooth)
        places_once(shape, at, axis)


def places_once(shape, at, axis):
    """scatter with indices that do not meet; with others PyTorch's result is not defined."""
    if axis >= len(shape) or len(at) != len(shape) or at[axis] > shape[axis]:
        return
    random = np.random.RandomState(3)
    order = np.argsort(random.rand(*at[:axis % len(at)], shape[axis], *at[axis % len(at) + 1:]),
                       axis=axis)
    index = i64(np.take(order, range(at[axis]), axis=axis))
    for x in of_types(shape):
        source = (draw(at) + 5).to(x.dtype)
        either("scatter", [axis], [x, index, source], lambda x, i, s: x.scatter(axis, i, s),
               grad=x.dtype == torch.float64)
    either("scatter", [axis], [draw(shape), index, -1.5], lambda x, i, s: x.scatter(axis, i, s))
    if index.numel():
        refused("scatter", [axis], [draw(shape), index + shape[axis], 1.0],
                lambda x, i, s: x.scatter(axis, i, s))
