# SPDX-License-Identifier: MIT
"""Windows, pooling, convolutions, normalizations, attention."""

import torch
import torch.nn.functional as F

from .write import call, distinct, draw, either, mask, raises, refused, second


def pooling():
    for shape in ((7,), (2, 6), (2, 3, 7), (2, 2, 9)):
        for size, step, pad, apart in ((2, 2, 0, 1), (3, 1, 1, 1), (3, 2, 1, 2), (4, 3, 2, 1),
                                       (1, 1, 0, 1), (2, 1, 2, 1), (9, 1, 0, 1), (0, 1, 0, 1),
                                       (2, 0, 0, 1)):
            x = distinct(shape)
            f = on_space(F.max_pool1d, 1)
            either("max_pool1d", [size, step, pad, apart], [x],
                   lambda x: f(x, size, step, pad, apart), grad=True)
            if apart > 1:
                continue
            for counted in (False, True):
                g = on_space(F.avg_pool1d, 1)
                either("avg_pool1d", [size, step, pad, counted], [x],
                       lambda x: g(x, size, step, pad, False, counted), grad=True)
        for n in (1, 2, 3, 5, 7, 9):
            call("adaptive_avg_pool1d", [n], [draw(shape)],
                 lambda x: on_space(F.adaptive_avg_pool1d, 1)(x, n), grad=True)
    for shape in ((4, 5), (2, 5, 4), (2, 2, 5, 6)):
        for size, step, pad, apart in (((2, 2), (2, 2), (0, 0), (1, 1)),
                                       ((3, 2), (1, 2), (1, 0), (1, 1)),
                                       ((2, 3), (2, 1), (1, 1), (2, 1)),
                                       ((4, 4), (1, 1), (0, 0), (1, 1)),
                                       ((2, 2), (1, 1), (2, 0), (1, 1)),
                                       ((6, 7), (1, 1), (0, 0), (1, 1))):
            x = distinct(shape)
            f = on_space(F.max_pool2d, 2)
            window = [size, step, pad, apart]
            either("max_pool2d", window, [x], lambda x: f(x, size, step, pad, apart), grad=True)
            unfolding(draw(shape[-3:]), window)
            for counted in (False, True):
                g = on_space(F.avg_pool2d, 2)
                either("avg_pool2d", [size, step, pad, (1, 1), counted], [x],
                       lambda x: g(x, size, step, pad, False, counted), grad=True)
        for n in ((1, 1), (2, 3), (3, 2), (5, 4), (7, 1)):
            call("adaptive_avg_pool2d", [*n], [draw(shape)],
                 lambda x: on_space(F.adaptive_avg_pool2d, 2)(x, n), grad=True)


def on_space(f, axes):
    """PyTorch wants channels, and one more axis at most."""
    def g(x, *rest):
        batch = x.shape[:x.dim() - axes]
        y = f(x.reshape(1, -1, *x.shape[x.dim() - axes:]), *rest)
        return y.reshape(*batch, *y.shape[2:])
    return g


def unfolding(x, window):
    if x.dim() < 3:
        return
    size, step, pad, apart = window
    either("unfold", window, [x], lambda x: F.unfold(x, size, apart, pad, step), grad=True)
    if raises(F.unfold, x, size, apart, pad, step):
        return
    columns = draw(F.unfold(x, size, apart, pad, step).shape)
    space = tuple(x.shape[-2:])
    call("fold", [*window, *space], [columns], lambda y: F.fold(y, space, size, apart, pad, step),
         grad=True)
    refused("fold", [*window, space[0] + 3, space[1]], [columns],
            lambda y: F.fold(y, (space[0] + 3, space[1]), size, apart, pad, step))


def convolutions():
    options = [(1, 0, 1, 1), (2, 1, 1, 1), (1, 2, 2, 1), (3, 0, 1, 2), (1, 1, 1, 2), (2, 2, 3, 1)]
    for x, w in (((2, 2, 7), (4, 2, 3)), ((1, 4, 5), (2, 4, 1)), ((2, 4, 6), (4, 2, 2)),
                 ((0, 2, 5), (2, 2, 3)), ((2, 2, 3), (4, 2, 7)), ((2, 3, 5), (2, 2, 3))):
        for step, pad, apart, groups in options:
            attrs = [(step,) * 2, (pad,) * 2, (apart,) * 2, groups]
            for bias in (None, draw((w[0],))):
                either("conv1d", attrs, [draw(x), second(w), bias],
                       lambda x, w, b: F.conv1d(x, w, b, step, pad, apart, groups), grad=True)
    for x, w in (((2, 2, 5, 4), (4, 2, 3, 2)), ((1, 4, 4, 5), (2, 2, 1, 3)),
                 ((1, 2, 3, 3), (2, 2, 4, 4))):
        for step, pad, apart, groups in (((1, 1), (0, 0), (1, 1), 1), ((2, 1), (1, 2), (1, 1), 1),
                                         ((1, 2), (1, 1), (2, 1), 2), ((1, 1), (2, 2), (1, 2), 2)):
            for bias in (None, draw((w[0],))):
                either("conv2d", [step, pad, apart, groups], [draw(x), second(w), bias],
                       lambda x, w, b: F.conv2d(x, w, b, step, pad, apart, groups), grad=True)
    for x, w in (((2, 2, 4), (2, 3, 3)), ((1, 4, 3), (4, 1, 2)), ((2, 4, 3), (4, 2, 3)),
                 ((2, 3, 4), (2, 3, 3))):
        for step, pad, apart, groups, out in ((1, 0, 1, 1, 0), (2, 1, 1, 1, 1), (3, 0, 2, 2, 2),
                                              (2, 1, 1, 2, 0), (1, 9, 1, 1, 0), (2, 0, 1, 1, 3)):
            for bias in (None, draw((w[1] * groups,))):
                either("conv_transpose1d",
                       [(step,) * 2, (pad,) * 2, (apart,) * 2, groups, (out,) * 2],
                       [draw(x), second(w), bias],
                       lambda x, w, b: F.conv_transpose1d(x, w, b, step, pad, out, groups, apart),
                       grad=True)
    for x, w in (((2, 2, 3, 2), (2, 3, 2, 3)), ((1, 4, 2, 3), (4, 1, 3, 1))):
        for step, pad, apart, groups, out in (((1, 1), (0, 0), (1, 1), 1, (0, 0)),
                                              ((2, 3), (1, 0), (1, 1), 1, (1, 2)),
                                              ((2, 1), (0, 1), (1, 2), 2, (0, 0))):
            for bias in (None, draw((w[1] * groups,))):
                either("conv_transpose2d", [step, pad, apart, groups, out],
                       [draw(x), second(w), bias],
                       lambda x, w, b: F.conv_transpose2d(x, w, b, step, pad, out, groups, apart),
                       grad=True)


def normalizations():
    for eps in (1e-5, 0.1):
        for shape, axes in (((5,), 1), ((2, 3), 1), ((2, 3), 2), ((2, 3, 4), 2), ((2, 2, 2, 3), 1)):
            over = shape[len(shape) - axes:]
            for weight, bias in ((None, None), (draw(over), None), (draw(over), draw(over) + 1)):
                call("layer_norm", [axes, eps], [draw(shape), weight, bias],
                     lambda x, w, b: F.layer_norm(x, over, w, b, eps), grad=True)
            for weight in (None, draw(over)):
                call("rms_norm", [axes, eps], [draw(shape), weight],
                     lambda x, w: F.rms_norm(x, over, w, eps), grad=True)
        for shape, groups in (((2, 4), 2), ((2, 4, 3), 2), ((2, 4, 3), 4), ((1, 6, 2, 2), 3),
                              ((2, 4, 3), 1), ((2, 4, 3), 3)):
            c = (shape[1],)
            for weight, bias in ((None, None), (draw(c), draw(c) + 1)):
                either("group_norm", [groups, eps], [draw(shape), weight, bias],
                       lambda x, w, b: F.group_norm(x, groups, w, b, eps), grad=True)
        for shape in ((4, 3), (2, 3, 4), (3, 2, 2, 2), (1, 3), (2, 1, 1)):
            c = (shape[1],)
            for weight, bias in ((None, None), (draw(c), draw(c) + 1)):
                either("batch_norm", [eps], [draw(shape), weight, bias],
                       lambda x, w, b: F.batch_norm(x, None, None, w, b, True, 0.1, eps), grad=True)
                call("batch_norm", [eps], [draw(shape), weight, bias, draw(c), draw(c, 0.3, 2)],
                     lambda x, w, b, m, v: F.batch_norm(x, m, v, w, b, False, 0.1, eps),
                     grad=(0, 1, 2))
    refused("layer_norm", [1, 1e-5], [draw((2, 3)), draw((2,)), None],
            lambda x, w, b: F.layer_norm(x, (3,), w, b, 1e-5))


def attention():
    for q, k, v in (((2, 3), (4, 3), (4, 5)), ((2, 3, 2), (2, 4, 2), (2, 4, 3)),
                    ((2, 2, 3, 2), (2, 2, 3, 2), (2, 2, 3, 2)), ((4, 2), (2, 2), (2, 2)),
                    ((2, 3), (4, 2), (4, 5)), ((2, 3), (4, 3), (3, 5))):
        scores = (*q[:-1], k[-2])
        allowed = mask(scores) | (torch.arange(k[-2]) == 1)
        for m in (None, allowed, draw(scores)):
            for scale in (0, 0.7):
                either("scaled_dot_product_attention", [0, scale],
                       [draw(q), second(k), draw(v) + 1, m],
                       lambda q, k, v, m: F.scaled_dot_product_attention(
                           q, k, v, m, scale=scale or None), grad=True)
        either("scaled_dot_product_attention", [1, 0], [draw(q), second(k), draw(v) + 1, None],
               lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, is_causal=True),
               grad=True)


def windows():
    for shape, axis, size, step in (((7,), 0, 3, 1), ((7,), 0, 2, 3), ((3, 5), 1, 2, 2),
                                    ((5, 3), 0, 5, 1), ((2, 6, 2), -2, 3, 2), ((3,), 0, 4, 1),
                                    ((3,), 0, 0, 1), ((3,), 0, 2, 0), ((3,), 1, 2, 1),
                                    ((9,), -1, 2, 2), ((4, 3), -1, 3, 1), ((2, 7), 1, 3, 2)):
        either("windows", [axis, size, step, 1], [draw(shape)],
               lambda x: x.unfold(axis, size, step) if size else refuse(), grad=True)
        if size > 1:
            either("windows", [axis, size, step, 2], [draw(shape)],
                   lambda x: apart(x, axis, size, step), grad=True)


def apart(x, axis, size, step):
    """Every other element of windows twice as wide."""
    y = x.unfold(axis, 2 * size - 1, step)
    return y[..., ::2]


def refuse():
    raise ValueError("PyTorch gives windows of nothing")
