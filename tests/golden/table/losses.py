# SPDX-License-Identifier: MIT
"""Losses, with reductions and options."""

import torch
import torch.nn.functional as F

from .write import call, draw, either, f64, refused, second, whole


REDUCTIONS = ["mean", "sum", "none"]


def losses():
    plain = [
        ("mse_loss", F.mse_loss, (-2, 2), (-2, 2)), ("l1_loss", F.l1_loss, (-2, 2), (-2, 2)),
        ("bce", F.binary_cross_entropy, (0.05, 0.95), (0, 1)),
        ("bce_with_logits", F.binary_cross_entropy_with_logits, (-3, 3), (0, 1)),
        ("kl_div", F.kl_div, (-3, -0.2), (0.05, 0.95)),
        ("poisson_nll", F.poisson_nll_loss, (-1, 2), (0, 5)),
    ]
    for op, f, a, b in plain:
        for shape in ((), (4,), (2, 3), (2, 1, 3)):
            xs = [draw(shape, *a), second(shape, *b)]
            call(op, [], xs, f, grad=op not in ("bce", "kl_div"))
            for r, name in enumerate(REDUCTIONS):
                call(op, [r], xs, lambda y, t: f(y, t, reduction=name), grad=True)
        for shape in ((0,), (2, 0)):
            for r in (1, 2) if op != "mse_loss" else ():
                call(op, [r], [draw(shape), draw(shape)],
                     lambda y, t: f(y, t, reduction=REDUCTIONS[r]))
    for op, f, word in (("huber_loss", F.huber_loss, "delta"),
                        ("smooth_l1_loss", F.smooth_l1_loss, "beta")):
        for shape in ((), (4,), (2, 3), (2, 1, 3)):
            for r, name in enumerate(REDUCTIONS):
                for p in (1, 0.3, 2.5):
                    call(op, [r, p], [draw(shape), second(shape)],
                         lambda y, t: f(y, t, reduction=name, **{word: p}), grad=True)
    for shape in ((), (4,), (2, 3), (2, 1, 3)):
        for r, name in enumerate(REDUCTIONS):
            call("gaussian_nll", [r], [draw(shape), second(shape), draw(shape, 0.3, 3)],
                 lambda y, t, v: reduced(F.gaussian_nll_loss(y, t, v, reduction="none"), r),
                 grad=True)
            call("hinge_loss", [r], [draw(shape), second(shape).sign()],
                 lambda y, t: reduced(torch.relu(1 - t * y), r), grad=True)
            for q in (0.1, 0.5, 0.9):
                call("quantile_loss", [r, q], [draw(shape), second(shape)],
                     lambda y, t: reduced(torch.maximum(q * (t - y), (q - 1) * (t - y)), r),
                     grad=True)
    for shape, axis in (((4,), 0), ((2, 3), 0), ((2, 3), 1), ((2, 3, 2), -2), ((2, 3), 2),
                        ((1,), 0), ((2, 5), -1), ((2, 2, 3), 0), ((2, 2, 3), 1), ((2, 3), -3)):
        either("cosine_similarity", [axis], [draw(shape), second(shape)],
               lambda a, b: F.cosine_similarity(a, b, axis), grad=True)
    call("cosine_similarity", [0], [f64([0, 0]), f64([1, 2])],
         lambda a, b: F.cosine_similarity(a, b, 0))
    classes()


def reduced(y, r):
    return [y.mean, y.sum, y.clone][r]()


def moved(f):
    """PyTorch has the classes on axis 1, Fluxion on the last."""
    def g(x, t, *rest, **options):
        if x.dim() > 1:
            x = x.movedim(-1, 1).contiguous()
            t = t.movedim(-1, 1).contiguous() if t.dim() == x.dim() else t
        y = f(x, t, *rest, **options)
        return y
    return g


def parts(shape):
    """Rows of eighths that add up to 1, exactly."""
    left = torch.ones(shape[:-1], dtype=torch.float64)
    rows = []
    for k in range(shape[-1] - 1):
        rows.append(torch.floor(left * 8 * second(shape[:-1], 0.1, 0.9)) / 8)
        left = left - rows[-1]
    return torch.stack([*rows, left], -1)


def classes():
    for shape in ((4,), (2, 3), (3, 2, 4), (2, 2, 2, 3)):
        n = shape[-1]
        logits, labels, weights = draw(shape), whole(shape[:-1], 0, n), draw((n,), 0.5, 2)
        soft = parts(shape)
        for op, f, x in (("cross_entropy", F.cross_entropy, logits),
                         ("nll_loss", F.nll_loss, draw(shape, -3, -0.1))):
            call(op, [], [x, labels], moved(f), grad=True)
            for r, name in enumerate(REDUCTIONS):
                for w in (None, weights):
                    for ignored in (-100, 1):
                        for smooth in (0, 0.2) if op == "cross_entropy" else (0,):
                            options = {"reduction": name, "ignore_index": ignored}
                            if smooth:
                                options["label_smoothing"] = smooth
                            call(op, [r, smooth, ignored], [x, labels, w],
                                 lambda x, t, w: moved(f)(x, t, weight=w, **options),
                                 grad=(0,))
            refused(op, [], [x, labels + n], moved(f))
        call("cross_entropy_soft", [], [logits, soft], moved(F.cross_entropy), grad=True)
        for r, name in enumerate(REDUCTIONS):
            for w in (None, weights):
                for smooth in (0, 0.2):
                    call("cross_entropy_soft", [r, smooth], [logits, soft, w],
                         lambda x, t, w: moved(F.cross_entropy)(
                             x, t, weight=w, reduction=name, label_smoothing=smooth),
                         grad=(0, 1))
