# SPDX-License-Identifier: MIT
"""Linear algebra."""

import itertools

import torch
import torch.nn.functional as F

from .write import call, draw, either, f64, refused, second


def matrices():
    for a, b in (((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((2, 2, 3), (3,)),
                 ((3,), (2, 3, 4)), ((2, 2, 3), (2, 3, 4)), ((2, 1, 2, 3), (3, 3, 1)),
                 ((1, 2, 3), (4, 3, 2)), ((2, 0), (0, 3)), ((0, 2), (2, 3)), ((2, 3), (2, 3)),
                 ((2, 2, 3), (3, 3, 2)), ((), (2,)), ((2,), (3,)), ((2, 3), (3, 0)),
                 ((5, 7), (7, 6)), ((3, 1), (1, 4)), ((2, 3), ()), ((0,), (0,))):
        either("matmul", [], [draw(a), second(b)], torch.matmul, grad=True)
        either("matmul", [], [draw(a).float(), second(b).float()], torch.matmul)
        either("dot", [], [draw(a), second(b)], torch.dot, grad=True)
        either("outer", [], [draw(a), second(b)], torch.outer, grad=True)
    for x, w, b in (((3,), (2, 3), (2,)), ((4, 3), (2, 3), (2,)), ((4, 3), (2, 3), None),
                    ((2, 4, 3), (5, 3), (5,)), ((0, 3), (2, 3), (2,)), ((4, 3), (2, 4), (2,)),
                    ((4, 3), (2, 3), (3,)), ((1, 3), (1, 3), (1,))):
        either("linear", [], [draw(x), second(w), None if b is None else draw(b)], F.linear,
               grad=True)
    for x, z, w, b in (((3,), (2,), (4, 3, 2), (4,)), ((5, 3), (5, 2), (4, 3, 2), (4,)),
                       ((5, 3), (5, 2), (1, 3, 2), None), ((2, 3, 2), (2, 3, 2), (2, 2, 2), (2,)),
                       ((5, 3), (5, 3), (4, 3, 2), None)):
        either("bilinear", [], [draw(x), second(z), draw(w), None if b is None else draw(b)],
               F.bilinear, grad=True)
    for m, n in itertools.product((1, 2, 5), repeat=2):
        call("dot", [], [draw((m * n,)), second((m * n,))], torch.dot, grad=True)
        call("outer", [], [draw((m,)), second((n,))], torch.outer, grad=True)
        call("linear", [], [draw((3, m)), second((n, m)), draw((n,))], F.linear, grad=True)
        call("bilinear", [], [draw((2, m)), second((2, n)), draw((3, m, n)), draw((3,))],
             F.bilinear, grad=True)
        call("matmul", [], [draw((2, m, 4)), second((4, n))], torch.matmul, grad=True)
    einsums()
    for shape in ((3, 3), (2, 4), (4, 2), (2, 3, 3), (0, 2), (1, 1), (3,)):
        either("trace", [], [draw(shape)],
               lambda x: torch.diagonal(x, 0, -2, -1).sum(-1), grad=True)
    for n in (1, 2, 3, 4):
        for stack in ((), (2,), (2, 1)):
            square_matrices(n, stack)
    factors()


def square_matrices(n, stack):
    a = draw((*stack, n, n)) + 3 * torch.eye(n, dtype=torch.float64)
    spd = (a @ a.mT).round(decimals=3)
    spd = (spd + spd.mT) / 2
    call("cholesky", [], [spd], torch.linalg.cholesky, grad=True)
    call("inverse", [], [a], torch.linalg.inv, grad=True)
    call("det", [], [a], torch.linalg.det, grad=True)
    call("det", [], [draw((*stack, n, n))], torch.linalg.det, grad=True)
    call("logdet", [], [spd], torch.logdet, grad=True)
    call("slogdet", [], [draw((*stack, n, n))], lambda x: tuple(torch.linalg.slogdet(x)),
         grad=True)
    call("eigh", [], [spd], lambda x: (torch.linalg.eigvalsh(x), None), grad=True)
    for b in ((n, 2), (*stack, n, 1), (3, *(1,) * len(stack), n, 2)):
        call("solve", [], [a, draw(b)], torch.linalg.solve, grad=True,
             differs="solve-rows" if b == a.shape[:-1] else None)
        for upper in (False, True):
            call("triangular_solve", [upper, 0], [a, draw(b)],
                 lambda a, b: torch.linalg.solve_triangular(a, b, upper=upper), grad=True)
            call("triangular_solve", [upper, 1], [a, draw(b)],
                 lambda a, b: torch.linalg.solve_triangular(a.mT, b, upper=not upper), grad=True)
    if not stack:
        call("solve", [], [a, draw((n,))], torch.linalg.solve, grad=True)


def factors():
    for shape in ((1, 1), (2, 2), (3, 2), (4, 4), (2, 3, 2), (2, 2, 3, 3), (5, 3), (4, 1), (3, 3),
                  (2, 4, 2)):
        call("qr", [], [draw(shape)], positive_qr, grad=True)
    for shape in ((1, 1), (2, 2), (3, 2), (2, 4), (4, 4), (2, 3, 2), (5, 3), (1, 4), (3, 3),
                  (2, 2, 3)):
        call("svd", [], [draw(shape)], lambda x: (None, torch.linalg.svdvals(x), None), grad=True)
    singular = f64([[1, 2], [2, 4]])
    for op, f in (("inverse", torch.linalg.inv), ("cholesky", torch.linalg.cholesky)):
        refused(op, [], [f64([[1, 2], [2, 1]]) if op == "cholesky" else singular], f)
        refused(op, [], [draw((2, 3))], f)
        refused(op, [], [draw((3,))], f)
    refused("solve", [], [singular, draw((2,))], torch.linalg.solve)
    refused("solve", [], [draw((2, 2)), draw((3, 1))], torch.linalg.solve)
    for op, f in (("det", torch.linalg.det), ("logdet", torch.logdet),
                  ("slogdet", torch.linalg.slogdet), ("eigh", torch.linalg.eigh)):
        refused(op, [], [draw((2, 3))], f)
        refused(op, [], [draw((3,))], f)
    for op, f in (("qr", torch.linalg.qr), ("svd", torch.linalg.svd)):
        refused(op, [], [draw((3,))], f)
    call("det", [], [singular], torch.linalg.det)
    call("slogdet", [], [singular], torch.linalg.slogdet)
    call("det", [], [draw((0, 0))], torch.linalg.det)


def positive_qr(x):
    q, r = torch.linalg.qr(x)
    signs = torch.diagonal(r, 0, -2, -1).sign()
    return q * signs.unsqueeze(-2), r * signs.unsqueeze(-1)


def einsums():
    for text, *shapes in (
            ("i->", (3,)), ("ij->", (2, 3)), ("ij->ji", (2, 3)), ("ij->j", (2, 3)),
            ("ii->i", (3, 3)), ("ii->", (3, 3)), ("i,i->", (3,), (3,)), ("i,j->ij", (2,), (3,)),
            ("ij,jk->ik", (2, 3), (3, 4)), ("ij,kj->ik", (2, 3), (4, 3)), ("ij,j->i", (2, 3), (3,)),
            ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)), ("bij,bjk->ik", (2, 2, 3), (2, 3, 2)),
            ("bij,jk->bik", (2, 2, 3), (3, 4)), ("bhqd,bhkd->bhqk", (1, 2, 3, 2), (1, 2, 4, 2)),
            ("ij,ij->ij", (2, 3), (2, 3)), ("ij,ij->", (2, 3), (2, 3)),
            ("ij,jk,kl->il", (2, 3), (3, 2), (2, 4)), ("i,j,k->kji", (2,), (3,), (2,)),
            ("iij->ij", (2, 2, 3)), ("iji->j", (2, 3, 2)), ("ij,k->k", (2, 3), (2,)),
            ("a,ab,abc->abc", (2,), (2, 3), (2, 3, 2)), ("ij->ij", (2, 3)), (",i->i", (), (3,)),
            ("ijkl->lkji", (2, 1, 3, 2)), ("Ab,bC->AC", (2, 3), (3, 2)),
            ("ij,jk->ki", (2, 0), (0, 3))):
        call("einsum", [text], [draw(shape) for shape in shapes],
             lambda *xs: torch.einsum(text, *xs), grad=True)
    for text, *shapes in (("ij,jk->ik", (2, 3), (4, 2)), ("ij->k", (2, 3)), ("ij->i", (2,)),
                          ("ij,jk->ik", (2, 3)), ("ii->i", (2, 3)), ("ij->ii", (2, 3))):
        refused("einsum", [text], [draw(shape) for shape in shapes],
                lambda *xs: torch.einsum(text, *xs))
