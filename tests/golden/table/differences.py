# SPDX-License-Identifier: MIT
"""Calls whose results differ from Fluxion's on purpose: docs/differences.md."""

import numpy as np
import torch
import torch.nn.functional as F

from .matrices import positive_qr
from .write import INF, NAN, call, draw, f64, gradients, i64, mask, whole


def differences():
    """Calls apart, of what is not among the special values."""
    x = f64([-0.25, 0.5])
    call("softshrink", [0.5], [x.repeat(8)], F.softshrink, differs="zero-sign")
    call("remainder", [], [f64([2]), f64([-1])], torch.remainder, differs="zero-sign")
    call("fmod", [], [f64([-1e300] * 8), f64([1e-300] * 8)], torch.fmod, differs="fmod-large")
    gradients("hardsigmoid", [], [x], F.hardsigmoid, differs="hardsigmoid-gradient")
    gradients("digamma", [], [x + 1], torch.digamma, differs="polygamma-digits")
    call("polygamma", [1], [x + 1], lambda x: torch.polygamma(1, x), differs="polygamma-digits")
    call("norm", [2], [f64([1e300, 1e300, 1])], torch.linalg.vector_norm, differs="norm-overflow")
    for v in ([INF, INF, 1], [-INF, -INF, -INF]):
        call("quantile", [0.25], [f64(v)], lambda x: torch.quantile(x, 0.25),
             differs="quantile-infinity")
    gradients("silu", [], [f64([3.0, -1.5])], F.silu)
    refused_here()
    meant_otherwise()


def refused_here():
    """What Fluxion refuses, and one library or both compute."""
    x, whole_x = draw((2, 3)), whole((2, 3), -5, 5)
    call("add", [], [x, x.float()], torch.add, differs="no-promotion")
    call("mul", [], [x, whole_x], torch.mul, differs="no-promotion")
    call("eq", [], [x, whole_x], torch.eq, differs="no-promotion")
    call("matmul", [], [draw((3,)).float(), draw((3,))],
         lambda a, b: np.matmul(a.numpy(), b.numpy()), differs="no-promotion")
    call("add", [], [whole_x, whole_x], torch.add, differs="floats-only")
    call("sum", [[0], 0], [whole_x], lambda x: x.sum(0), differs="floats-only")
    call("sum", [], [mask((2, 3))], torch.sum, differs="floats-only")
    call("exp", [], [whole_x], torch.exp, differs="floats-only")
    call("isnan", [], [whole_x], torch.isnan, differs="floats-only")
    call("logical_and", [], [x, x], torch.logical_and, differs="masks-only")
    call("logical_not", [], [whole_x], torch.logical_not, differs="masks-only")
    call("all", [], [x], torch.all, differs="masks-only")
    call("any", [[1], 0], [whole_x], lambda x: x.any(1), differs="masks-only")
    for op, f in (("mse_loss", F.mse_loss), ("l1_loss", F.l1_loss)):
        call(op, [], [x, draw((3,))], f, differs="loss-shapes")
        call(op, [2], [x, draw((2, 1))], lambda y, t: f(y, t, reduction="none"),
             differs="loss-shapes")
    call("mse_loss", [], [draw((0,)), draw((0,))], F.mse_loss, differs="mean-of-nothing")
    call("l1_loss", [], [draw((0,)), draw((0,))], F.l1_loss, differs="mean-of-nothing")
    call("kl_div", [1], [-x.abs(), x.abs() + 1], lambda q, t: F.kl_div(q, t, reduction="sum"),
         differs="probabilities")
    call("cross_entropy_soft", [1, 0], [x, x.abs() + 1],
         lambda x, t: F.cross_entropy(x, t, reduction="sum"), differs="probabilities")
    call("poisson_nll", [1], [x, x - 3], lambda x, t: F.poisson_nll_loss(x, t, reduction="sum"),
         differs="probabilities")
    call("gaussian_nll", [1], [x, x + 1, torch.zeros((2, 3), dtype=torch.float64)],
         lambda y, t, v: F.gaussian_nll_loss(y, t, v, reduction="sum"), differs="variance-zero")
    call("smooth_l1_loss", [1, 0], [x, x + 1],
         lambda y, t: F.smooth_l1_loss(y, t, beta=0, reduction="sum"), differs="beta-zero")
    call("norm", [0], [x], lambda x: torch.linalg.vector_norm(x, 0), differs="norm-order")
    call("norm", [-INF], [x], lambda x: torch.linalg.vector_norm(x, -INF), differs="norm-order")
    call("var", [-1], [x], lambda x: torch.var(x, correction=-1), differs="correction-negative")
    call("clamp", [1, -1], [x], lambda x: torch.clamp(x, 1, -1), differs="clamp-order")
    call("squeeze", [0], [x], lambda x: x.squeeze(0), differs="squeeze-size")
    call("concat", [0], [x, draw((0,))], lambda *xs: torch.cat(xs), differs="concat-empty")
    call("index_select", [0], [x, i64([-1])], lambda x, i: np.take(x.numpy(), i.numpy(), 0),
         differs="negative-index")
    call("outer", [], [x, draw((2,))], lambda a, b: np.outer(a.numpy(), b.numpy()),
         differs="vectors-only")
    call("dot", [], [draw((2, 2)), draw((2,))], lambda a, b: np.dot(a.numpy(), b.numpy()),
         differs="vectors-only")
    call("einsum", ["ij,jk"], [x, draw((3, 2))], lambda a, b: torch.einsum("ij,jk", a, b),
         differs="einsum-text")
    call("einsum", ["...i->..."], [x], lambda a: torch.einsum("...i->...", a),
         differs="einsum-text")
    call("einsum", ["i,i->i"], [draw((1,)), draw((3,))],
         lambda a, b: torch.einsum("i,i->i", a, b), differs="einsum-sizes")
    call("logdet", [], [f64([[1, 2], [2, 1]])], torch.logdet, differs="logdet-negative")
    call("qr", [], [x], positive_qr, differs="qr-wide")
    call("layer_norm", [1, 1e-5], [draw((0, 3)), None, None],
         lambda x, w, b: F.layer_norm(x, (3,)))
    none = torch.zeros((2, 2), dtype=torch.bool)
    call("scaled_dot_product_attention", [], [draw((2, 2)), draw((2, 2)), draw((2, 2)), none],
         F.scaled_dot_product_attention, differs="attention-nothing")


def meant_otherwise():
    """What Fluxion computes differently."""
    x, rows = draw((2, 3)), draw((2, 3, 3))
    call("sum", [[], 0], [x], lambda x: x.sum([]), differs="no-axes")
    call("mean", [[], 1], [x], lambda x: x.mean([], keepdim=True), differs="no-axes")
    call("median", [], [f64([1, 2, 3, 4])], lambda x: np.median(x.numpy()), differs="median-lower")
    call("bce", [], [f64([0.0, 1.0]), f64([1.0, 1.0])], F.binary_cross_entropy, differs="bce-edge")
    call("cross_entropy", [], [rows, i64([[0, 1, 2], [2, 1, 0]])], F.cross_entropy,
         differs="classes-last")
    call("prelu", [], [rows, draw((3,))], F.prelu, differs="prelu-channels")
    call("trace", [], [rows], lambda x: np.trace(x.numpy()), differs="trace-last")
    uneven = f64([[4, 9], [1, 3]])
    call("cholesky", [], [uneven], torch.linalg.cholesky, differs="symmetric-part")
    call("eigh", [], [uneven], lambda x: (torch.linalg.eigvalsh(x), None),
         differs="symmetric-part")
    call("qr", [], [f64([[1, 2], [3, 4]])], lambda x: tuple(torch.linalg.qr(x)),
         differs="qr-signs")
    gradients("max_pool1d", [2, 2, 0, 1], [f64([3, 3, 1, 1])],
              lambda x: F.max_pool1d(x.reshape(1, 1, 4), 2, 2).reshape(2), differs="pool-ties")
    same = f64([2, 2, 2])
    gradients("std", [1], [same], torch.std)
    gradients("logsumexp", [], [f64([-INF, -INF])], lambda x: torch.logsumexp(x, 0),
              differs="logsumexp-slope")
    gradients("logsumexp", [], [f64([INF, 1.0])], lambda x: torch.logsumexp(x, 0),
              differs="logsumexp-slope")
    gradients("amax", [], [f64([NAN, 1.0])], torch.amax)
