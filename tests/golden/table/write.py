# SPDX-License-Identifier: MIT
"""How a call is written: what it is in text, its gradients, and operands to choose from."""

import itertools

import numpy as np
import torch

DTYPES = {torch.float64: "f64", torch.float32: "f32", torch.int64: "i64", torch.bool: "bool"}
TYPES = {name: dtype for dtype, name in DTYPES.items()}
NAN, INF = float("nan"), float("inf")
REFUSALS = (RuntimeError, IndexError, ValueError, np.exceptions.AxisError)


class Table:
    """The lines, with each tensor defined once."""

    def __init__(self):
        self.lines, self.names, self.calls = [], {}, 0

    def operand(self, x):
        if x is None:
            return "none"
        if not isinstance(x, torch.Tensor):
            return "#" + number(x)
        text = value(x)
        if text not in self.names:
            self.names[text] = f"t{len(self.names) + 1}"
            self.lines.append(f"{self.names[text]} = {text}")
        return self.names[text]

    def line(self, op, attrs, operands, results, differs):
        head = " ".join([op, *map(attribute, attrs), ":", *map(self.operand, operands)])
        mark = f"!{differs} " if differs else ""
        self.lines.append(mark + head + "".join(f" = {result}" for result in results))
        self.calls += 1


table = Table()


def number(v):
    if isinstance(v, bool) or isinstance(v, int):
        return str(int(v))
    return repr(float(v)).removesuffix(".0")


def attribute(a):
    if isinstance(a, (list, tuple, torch.Size)):
        return ",".join(map(number, a)) or "[]"
    return a if isinstance(a, str) else number(a)


def value(x):
    """A tensor as text."""
    words = [f"{DTYPES[x.dtype]}[{','.join(map(str, x.shape))}]"]
    for word, run in itertools.groupby(map(number, x.reshape(-1).tolist())):
        n = len(list(run))
        words += [f"{word}*{n}"] if n > 2 else [word] * n
    return " ".join(words)


def tensors(result):
    results = result if isinstance(result, (tuple, list)) else [result]
    return [None if y is None else torch.as_tensor(np.asarray(y)) if not torch.is_tensor(y) else y
            for y in results]


def seed(y, k):
    """The cotangent of result k."""
    i = torch.arange(y.numel(), dtype=torch.float64)
    return (((i * 7 + 3 * k) % 11 - 5) / 4 + 0.125).reshape(y.shape)


def gradients(op, attrs, operands, f, by=True, differs=None):
    xs = [x.clone().requires_grad_()
          if torch.is_tensor(x) and x.dtype == torch.float64 and (by is True or i in by) else x
          for i, x in enumerate(operands)]
    leaves = [x for x in xs if torch.is_tensor(x) and x.requires_grad]
    total = sum((y * seed(y, k)).sum() for k, y in enumerate(tensors(f(*xs)))
                if y is not None and y.dtype == torch.float64)
    found = iter(torch.autograd.grad(total, leaves, allow_unused=True))
    results = []
    for x in xs:
        if torch.is_tensor(x) and x.requires_grad:
            g = next(found)
            results.append(value(torch.zeros_like(x) if g is None else g))
        else:
            results.append("-")
    table.line(op + ":grad", attrs, operands, results, differs)


def call(op, attrs, operands, f, grad=False, refused=False, differs=None):
    """A call, and one more for its gradients (grad: True, or by which operands); refused: f must
    raise an error."""
    try:
        with torch.no_grad():
            results = [y if y is None else value(y) for y in tensors(f(*operands))]
        assert not refused, f"{op} {attrs} is not refused"
    except REFUSALS as error:
        assert refused, f"{op} {attrs} {[getattr(x, 'shape', x) for x in operands]}: {error}"
        results = ["refused"]
    table.line(op, attrs, operands, [y or "-" for y in results], differs)
    if grad and not refused:
        gradients(op, attrs, operands, f, grad, differs)


def refused(op, attrs, operands, f):
    call(op, attrs, operands, f, refused=True)


def raises(f, *xs):
    try:
        f(*xs)
    except REFUSALS:
        return True
    return False


def either(op, attrs, operands, f, **more):
    """A call that may be refused, as f decides."""
    call(op, attrs, operands, f, refused=raises(f, *operands), **more)


# ------------------------------------------------------------------------------------- operands

random = np.random.RandomState(0)


def f64(values):
    return torch.tensor(values, dtype=torch.float64)


def i64(values):
    return torch.tensor(values, dtype=torch.int64)


def draw(shape, low=-2.0, high=2.0):
    """Random numbers of three digits; the same for the same arguments."""
    random.seed(sum((k + 1) * n for k, n in enumerate(shape)) + 97 * len(shape))
    return f64(np.round(random.uniform(low, high, shape), 3).reshape(shape))


def distinct(shape):
    n = int(np.prod(shape))
    random.seed(n + len(shape))
    return f64((random.permutation(n) - n // 2) / 4.0).reshape(shape)


def whole(shape, low, high):
    random.seed(n_of(shape) + 7)
    return i64(random.randint(low, high, shape)).reshape(shape)


def mask(shape):
    random.seed(n_of(shape) + 11)
    return torch.tensor(random.randint(0, 2, shape) == 1).reshape(shape)


def n_of(shape):
    return int(np.prod(shape)) if len(shape) else 1


SHAPES = [(), (1,), (5,), (2, 3), (2, 1, 3), (0,), (2, 0, 3), (2, 1, 2, 2)]
PAIRS = [((), ()), ((3,), ()), ((), (2, 3)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)),
         ((2, 1), (1, 3)), ((2, 1, 3), (4, 1)), ((1,), (4,)), ((2, 3, 2), (3, 1)), ((0,), (1,)),
         ((0, 3), (3,)), ((2, 0), (2, 1)), ((0,), ()), ((1, 1, 1), (2,)), ((2, 2, 2), (2, 2, 2)),
         ((5, 1, 1), (1, 2)), ((2, 3), (2,)), ((3,), (4,)), ((2, 3), (3, 2)), ((0,), (2,)),
         ((2, 1, 3), (2, 3, 1, 1)), ((4, 2), (2, 2))]
SPECIAL = [NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 1.5, -1.5, 2.5, -2.5, 3.0,
           -3.0, 1e-300, -1e-300, 5e-324, -5e-324, 1e300, -1e300, 1e-8, -1e-8, 0.1, -0.1, 30.0,
           -30.0, 100.0, -100.0, 800.0, -800.0, 4503599627370497.5, -4503599627370497.5]
PAIR = [NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 1e-300, -1e300]


def second(shape, *range_of):
    return draw((*shape, 1), *range_of).reshape(shape)


def of_types(shape):
    return [draw(shape), whole(shape, -5, 5), mask(shape), draw(shape).float()]


def subsets(rank):
    for n in range(rank + 1):
        yield from itertools.combinations(range(rank), n)
