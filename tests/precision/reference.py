#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints reference.txt: values and derivatives of the elementwise ops from their formulas, in as
many digits as it takes, at points of which f32 can hold most. Needs mpmath:

    python3 reference.py > reference.txt

A line is one point: the operands, the value, the derivative by each operand. A number is the double
next to it, what that lacks in units of the last place, and after a colon, where terms of it cancel,
the size of the largest of them: 0x1.8p+0+.125:2.5e+00. Points come from a generator of random
numbers with a fixed seed; the exact kinks of an op are not among them.
"""
import math
import random
import struct

from mpmath import mp, mpf

mp.dps = 60  # of the constants
TINY = mpf(2) ** -1200  # far below what a double can hold


def f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def neighbour(x, steps):
    """x moved by so many f32, away from 0."""
    bits = struct.unpack("I", struct.pack("f", x))[0] + steps
    return struct.unpack("f", struct.pack("I", bits))[0]


# ---------------------------------------------------------------------------------- points

def spread(low, high, n, rng):
    """n positive numbers, log-spaced, their digits random."""
    ratio = math.log(high / low)
    return [low * math.exp(ratio * (i + rng.random()) / n) for i in range(n)]


def around(c):
    """Numbers nearer and nearer to c."""
    if c == 0:
        return [s * 2.0 ** -k * 1.3 for k in range(2, 40, 3) for s in (1, -1)]
    steps = [1, 2, 5, 30, 1000, 30000, 1000000]
    return [neighbour(f32(c), s * k) for k in steps for s in (1, -1)] + [f32(c)]


def beyond(tiny, huge, rng):
    """Magnitudes that f64 alone can hold, if the op takes them."""
    small = spread(1e-307, 1e-40, 12, rng) + [5e-324, 3e-310] if tiny <= 1e-40 else []
    return small + (spread(1e38, 1.7e308, 12, rng) if huge >= 1e36 else [])


def line(rng, tiny=1e-40, huge=1e38, sides=(1, -1), core=(-8, 8), near=(), n=200):
    """Points for an op of one operand."""
    points = [s * x for s in sides for x in spread(tiny, huge, n * 3 // 10 // len(sides), rng)]
    if tiny < 1e-3 and huge > 1:
        points += [s * x for s in sides
                   for x in spread(1e-3, min(huge, 100), n // 5 // len(sides), rng)]
    points += [rng.uniform(*core) for _ in range(n // 3)]
    for c in near:
        points += around(c)
    more = [s * x for s in sides for x in spread(max(tiny, 1e-5), huge, n // 10, rng)]
    more += [rng.uniform(*core) for _ in range(n // 5)]
    more += [s * x for s in sides for x in beyond(tiny, huge, rng)]
    return [(f32(x),) for x in points if abs(x) < 3.4e38] + [(x,) for x in more]


def plane(rng, n, ranges, count=190):
    """Points for an op of n operands; a range is (low, high) of magnitudes, and signs."""
    points = []
    for i in range(count):
        low, high, signs = ranges[i % len(ranges)]
        point = [rng.choice(signs) * spread(low, high, 1, rng)[0] for _ in range(n)]
        points.append(tuple(point) if i % 4 == 0 else tuple(f32(x) for x in point))
    return points


def far(rng, n):
    """The same, over all that f64 can hold: magnitudes that are alike, or not."""
    points = []
    for i in range(40):
        center, width = (rng.uniform(-290, 290), 4) if i % 2 else (0, 300)
        points.append(tuple(rng.choice((1, -1)) * 10 ** (center + rng.uniform(-width, width))
                            for _ in range(n)))
    return points


# --------------------------------------------------------------------------------- numbers

def total(*terms):
    """A sum whose terms may cancel, and the size of the largest."""
    return sum(terms), max(abs(t) for t in terms)


def pair(result):
    return result if isinstance(result, tuple) else (result, None)


def evaluate(f, point):
    """f(point), computed in more digits until two results agree."""
    digits, last = 50, None
    while digits < 4000:
        mp.dps = digits
        value, size = pair(f(*(mpf(x) for x in point)))
        if last is not None:
            if value == last or abs(value - last) <= abs(value) * mpf(10) ** -30:
                return mpf(value), size
            if abs(value) < TINY and abs(last) < TINY:
                return mpf(0), size
        last, digits = value, digits * 2
    raise ArithmeticError(f"no agreement at {point}")


def short(x):
    """float.hex without its zeros."""
    if x == 0:
        return "0"
    mantissa, exponent = x.hex().split("p")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + "p" + exponent


def token(value, size):
    """None where a double cannot hold it."""
    high = float(value)
    if math.isinf(high):
        return None
    low = float((value - mpf(high)) / mpf(math.ulp(high)))
    text = short(high)
    if abs(low) >= 0.0005:
        text += f"{low:+.3f}".replace("0.", ".")
    if size is not None and size > 2 * abs(value):
        text += f":{float(size):.2e}"
    return text


# -------------------------------------------------------------------------------- formulas

def sigmoid(x):
    return 1 / (1 + mp.exp(-x)) if x > -1e6 else mp.exp(x)


def sigmoid_slope(x):
    return mp.exp(-abs(x)) / (1 + mp.exp(-abs(x))) ** 2


def softplus(x):
    return max(x, mpf(0)) + mp.log1p(mp.exp(-abs(x)))


def normal_cdf(x):
    if abs(x) > 1e6:  # mpmath's has no exponents that large
        return mpf(x > 0)
    return mp.erfc(-x / mp.sqrt(2)) / 2


def normal_pdf(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def sech2(x):
    e = mp.exp(-2 * abs(x))
    return 4 * e / (1 + e) ** 2


def mish_gate(x):
    w = mp.exp(-abs(x))
    if x < 0:
        return w * (w + 2) / (w * (w + 2) + 2)
    return (1 + 2 * w) / (1 + 2 * w + 2 * w * w)


def mish_gate_slope(x):
    return sigmoid(x) * sech2(softplus(x))


def gelu_inner(x):
    return 2 * mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x ** 3)


def gelu_inner_slope(x):
    return 2 * mp.sqrt(2 / mp.pi) * (1 + 3 * mpf("0.044715") * x * x)


def lgamma(x):
    if x > 0:
        return mp.loggamma(x)
    return total(mp.log(mp.pi / abs(mp.sinpi(x))), -mp.loggamma(1 - x))


def cotangent(x, n):
    """The n-th derivative of pi cot(pi x), n <= 3."""
    c, s = mp.cospi(x), mp.sinpi(x)
    return mp.pi ** (n + 1) * [c / s, -1 / s ** 2, 2 * c / s ** 3,
                               -(2 + 4 * c * c) / s ** 4][n]


def polygamma(n, x):
    if x > 0:
        return mp.psi(n, x)
    value = (-1) ** n * mp.psi(n, 1 - x) - cotangent(x, n)
    return value, mp.factorial(n) / abs(x - mp.nint(x)) ** (n + 1)  # of its series over the poles


def erfinv(x):
    if abs(x) < 1e-6:  # its series
        t = mp.sqrt(mp.pi) / 2 * x
        return t + t ** 3 / 3 + 7 * t ** 5 / 30 + 127 * t ** 7 / 630 + 4369 * t ** 9 / 22680
    return mp.erfinv(x)


def gauss(sign, x):
    return mp.exp(sign * x * x)


SELU_ALPHA = mpf("1.6732632423543772848170429916717")
SELU_SCALE = mpf("1.0507009873554804934193349852946")



def step(condition, yes, no=0):
    return yes if condition else no


def one(value, slope, inside=lambda x: True, **where):
    """An op of one operand."""
    return value, [slope], lambda rng: [p for p in line(rng, **where) if inside(*p)]


POSITIVE = {"sides": (1,), "core": (0.01, 20)}
ROUND = {"sides": (1, -1), "tiny": 1e-3, "core": (-50, 50)}
SPREAD = [(1e-2, 1e2, (1, -1)), (1e-18, 1e18, (1, -1)), (1, 1e4, (1, -1))]
NEAR = [(1e-3, 1e1, (1, -1)), (1e-1, 1e2, (1, -1)), (1e-8, 1e4, (1, -1))]


def fraction(x):
    return x - mp.floor(abs(x)) * mp.sign(x)


def whole(x):
    return x == math.floor(x)


def trunc(x):
    return mp.sign(x) * mp.floor(abs(x))


def at_edge(x):
    return 0 < abs(x) < 1


UNARY = {
    "neg": one(lambda x: -x, lambda x: mpf(-1)),
    "abs": one(abs, mp.sign),
    "square": one(lambda x: x * x, lambda x: 2 * x),
    "sqrt": one(mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), **POSITIVE),
    "rsqrt": one(lambda x: 1 / mp.sqrt(x), lambda x: -1 / (2 * mp.sqrt(x) ** 3), **POSITIVE),
    "cbrt": one(lambda x: mp.sign(x) * mp.cbrt(abs(x)), lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2)),
    "reciprocal": one(lambda x: 1 / x, lambda x: -1 / x ** 2),
    "exp": one(mp.exp, mp.exp, huge=745, core=(-30, 30), near=(0, 88.7, -87.3, -103.9, 709)),
    "exp2": one(lambda x: 2 ** x, lambda x: 2 ** x * mp.log(2), huge=1070, near=(0, 1, 127)),
    "expm1": one(mp.expm1, mp.exp, huge=745, core=(-30, 30), near=(0, 0.35, -0.35)),
    "log": one(mp.log, lambda x: 1 / x, near=(1,), **POSITIVE),
    "log2": one(lambda x: mp.log(x) / mp.log(2), lambda x: 1 / (x * mp.log(2)), near=(1,),
                **POSITIVE),
    "log10": one(lambda x: mp.log(x) / mp.log(10), lambda x: 1 / (x * mp.log(10)), near=(1,),
                 **POSITIVE),
    "log1p": one(mp.log1p, lambda x: 1 / (1 + x), lambda x: x > -1, near=(0, -1)),
    "sin": one(mp.sin, mp.cos, near=(0, math.pi / 2, math.pi, 22 * math.pi)),
    "cos": one(mp.cos, lambda x: -mp.sin(x), near=(0, math.pi / 2, math.pi, 22.5 * math.pi)),
    "tan": one(mp.tan, lambda x: 1 / mp.cos(x) ** 2, near=(0, math.pi / 2, math.pi, 1.5 * math.pi)),
    "asin": one(mp.asin, lambda x: 1 / mp.sqrt((1 - x) * (1 + x)), at_edge, huge=1, core=(-1, 1),
                near=(0, 0.5, 1, -1)),
    "acos": one(mp.acos, lambda x: -1 / mp.sqrt((1 - x) * (1 + x)), at_edge, huge=1, core=(-1, 1),
                near=(0, 0.5, 1, -1)),
    "atan": one(mp.atan, lambda x: 1 / (1 + x * x), near=(0, 1)),
    "sinh": one(mp.sinh, mp.cosh, huge=710, near=(0, 22)),
    "cosh": one(mp.cosh, mp.sinh, huge=710, near=(0, 22)),
    "asinh": one(mp.asinh, lambda x: 1 / mp.sqrt(1 + x * x), near=(0, 1, 2)),
    "acosh": one(mp.acosh, lambda x: 1 / mp.sqrt((x - 1) * (x + 1)), lambda x: x > 1, sides=(1,),
                 tiny=1, core=(1, 6), near=(1, 2)),
    "atanh": one(mp.atanh, lambda x: 1 / ((1 - x) * (1 + x)), at_edge, huge=1, core=(-1, 1),
                 near=(0, 0.5, 1, -1)),
    "erf": one(lambda x: mp.erf(x) if abs(x) < 40 else mp.sign(x),
               lambda x: 2 / mp.sqrt(mp.pi) * gauss(-1, x), near=(0, 0.84, 6), core=(-6, 6)),
    "erfc": one(mp.erfc, lambda x: -2 / mp.sqrt(mp.pi) * gauss(-1, x), huge=30, near=(0, 0.5, 9.2),
                core=(-6, 20)),
    "erfinv": one(erfinv, lambda x: mp.sqrt(mp.pi) / 2 * gauss(1, erfinv(x)), at_edge, huge=1,
                  core=(-1, 1), near=(0, 0.5, 0.75, 1, -1)),
    "lgamma": one(lgamma, lambda x: polygamma(0, x), lambda x: x > 0 or not whole(x) and x > -1e6,
                  huge=1e36, core=(-12, 24), n=400,
                  near=(0, 0.9, 1, 2, 1.4616321, 8, -0.5, -1, -2.4570247)),
    "digamma": one(lambda x: polygamma(0, x), lambda x: polygamma(1, x),
                   lambda x: x > 0 or not whole(x) and x > -1e6, core=(-12, 24), n=300,
                   near=(0, 1.4616321, 11, -0.5, -1)),
    "polygamma(1)": one(lambda x: polygamma(1, x), lambda x: polygamma(2, x),
                        lambda x: x > 0 or not whole(x) and x > -1e3, near=(0, 1, -1)),
    "polygamma(2)": one(lambda x: polygamma(2, x), lambda x: polygamma(3, x),
                        lambda x: x > 0 or not whole(x) and x > -1e3, near=(0, 1, -1)),
    "sign": one(mp.sign, lambda x: mpf(0)),
    "floor": one(mp.floor, lambda x: mpf(0), lambda x: not whole(x), **ROUND),
    "ceil": one(mp.ceil, lambda x: mpf(0), lambda x: not whole(x), **ROUND),
    "round": one(mp.nint, lambda x: mpf(0), lambda x: not whole(2 * x), **ROUND),
    "trunc": one(trunc, lambda x: mpf(0), lambda x: not whole(x), **ROUND),
    "frac": one(fraction, lambda x: mpf(1), lambda x: not whole(x), **ROUND),
    "clamp(-1.5, 2)": one(lambda x: min(max(x, mpf(-1.5)), mpf(2)),
                          lambda x: step(-1.5 < x < 2, mpf(1)), lambda x: x not in (-1.5, 2)),
    "tanh": one(mp.tanh, sech2, near=(0, 0.0625, 9, 19), core=(-5, 5)),
    "sigmoid": one(sigmoid, sigmoid_slope, near=(0, -88, 17, 37), core=(-30, 30)),
    "softplus": one(softplus, sigmoid, near=(0, -88, 20), core=(-30, 30)),
    "logsigmoid": one(lambda x: -softplus(-x), lambda x: sigmoid(-x), near=(0, 88, -20),
                      core=(-30, 30)),
    "silu": one(lambda x: x * sigmoid(x), lambda x: total(sigmoid(x), x * sigmoid_slope(x)),
                near=(0, -1.2784645), core=(-30, 10)),
    "mish": one(lambda x: x * mish_gate(x), lambda x: total(mish_gate(x), x * mish_gate_slope(x)),
                near=(0, -1.1924), core=(-30, 10)),
    "gelu": one(lambda x: x * normal_cdf(x), lambda x: total(normal_cdf(x), x * normal_pdf(x)),
                near=(0, -0.7517916), core=(-12, 6)),
    "gelu_tanh": one(lambda x: x * sigmoid(gelu_inner(x)),
                     lambda x: total(sigmoid(gelu_inner(x)), x * sigmoid_slope(gelu_inner(x))
                                     * gelu_inner_slope(x)), near=(0, -0.7524614), core=(-12, 6)),
    "normal_cdf": one(normal_cdf, normal_pdf, huge=40, core=(-38, 8), near=(0,)),
    "normal_pdf": one(normal_pdf, lambda x: -x * normal_pdf(x), huge=40, core=(-6, 6), near=(0,)),
    "elu(1)": one(lambda x: step(x > 0, x, mp.expm1(x)), lambda x: step(x > 0, mpf(1), mp.exp(x)),
                  near=(0, -88)),
    "selu": one(lambda x: SELU_SCALE * step(x > 0, x, SELU_ALPHA * mp.expm1(x)),
                lambda x: SELU_SCALE * step(x > 0, mpf(1), SELU_ALPHA * mp.exp(x)), near=(0, -88)),
    "celu(0.7)": one(lambda x: step(x > 0, x, mpf(0.7) * mp.expm1(x / mpf(0.7))),
                     lambda x: step(x > 0, mpf(1), mp.exp(x / mpf(0.7))), near=(0, -60)),
    "softsign": one(lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2, near=(0,)),
    "relu": one(lambda x: max(x, mpf(0)), lambda x: step(x > 0, mpf(1))),
    "relu6": one(lambda x: min(max(x, mpf(0)), mpf(6)), lambda x: step(0 < x < 6, mpf(1)),
                 lambda x: x != 6),
    "leaky_relu(0.01)": one(lambda x: step(x > 0, x, mpf(0.01) * x),
                            lambda x: step(x > 0, mpf(1), mpf(0.01))),
    "hardtanh": one(lambda x: min(max(x, mpf(-1)), mpf(1)), lambda x: step(-1 < x < 1, mpf(1)),
                    lambda x: abs(x) != 1),
    "hardsigmoid": one(lambda x: min(max(x + 3, mpf(0)), mpf(6)) / 6,
                       lambda x: step(-3 < x < 3, mpf(1) / 6), lambda x: abs(x) != 3, near=(-3,)),
    "hardswish": one(lambda x: x * min(max(x + 3, mpf(0)), mpf(6)) / 6,
                     lambda x: step(-3 < x < 3, total(x / 6, (x + 3) / 6), step(x > 0, mpf(1))),
                     lambda x: abs(x) != 3, near=(-3, -1.5, 0)),
    "softshrink(0.5)": one(lambda x: step(abs(x) > 0.5, x - mp.sign(x) / 2),
                           lambda x: step(abs(x) > 0.5, mpf(1)), lambda x: abs(x) != 0.5,
                           near=(0.5,)),
    "hardshrink(0.5)": one(lambda x: step(abs(x) > 0.5, x), lambda x: step(abs(x) > 0.5, mpf(1)),
                           lambda x: abs(x) != 0.5, near=(0.5,)),
}


def several(n, value, slopes, ranges, inside=lambda *x: True, more=lambda rng: []):
    """An op of n operands."""
    def points(rng):
        return plane(rng, n, ranges) + more(rng) + (far(rng, n) if ranges is SPREAD else [])
    return value, slopes, lambda rng: [p for p in points(rng) if inside(*p)]


def powers(rng):
    """x > 0 and p with a power that a double can hold: over the whole range, and near x = 1."""
    points = []
    for i in range(150):
        x = spread(1e-37, 1e38, 1, rng)[0] if i % 3 == 0 else spread(0.05, 30, 1, rng)[0]
        bound = 80 if i % 2 == 0 else 600
        p = rng.uniform(-1, 1) * min(bound / abs(math.log(x)), 40 if i % 5 else 1e6)
        points.append((f32(x), f32(p)) if i % 4 else (x, p))
    for _ in range(30):
        x = 10 ** rng.uniform(-300, 300)
        points.append((x, rng.uniform(-1, 1) * min(730 / abs(math.log(x)), 1e6)))
    for k in range(1, 23):
        x = neighbour(1.0, 2 ** k)
        points.append((x, f32(rng.uniform(-50, 50) / math.log(x))))
    return points + [(f32(x), p) for x in (0.1, 0.7, 3, 1e10, 1e-10) for p in (2.0, 3.0, 0.5, -1.0)]


def close(rng):
    """Pairs whose difference is small."""
    return [(f32(x), neighbour(f32(x), 2 ** (i % 20))) for i, x in
            enumerate(spread(1e-3, 1e3, 24, rng))]


def vanishing(rng):
    """Pairs where ln(e^a + e^b) is near 0."""
    a = [-x for x in spread(1e-6, 30, 30, rng)]
    return [(f32(x), f32(math.log(-math.expm1(x)))) for x in a]


SEVERAL = {
    "add": several(2, lambda a, b: a + b, [lambda a, b: mpf(1)] * 2, SPREAD, more=close),
    "sub": several(2, lambda a, b: a - b, [lambda a, b: mpf(1), lambda a, b: mpf(-1)], SPREAD,
                   more=close),
    "mul": several(2, lambda a, b: a * b, [lambda a, b: b, lambda a, b: a], SPREAD),
    "div": several(2, lambda a, b: a / b, [lambda a, b: 1 / b, lambda a, b: -a / b ** 2], SPREAD),
    "pow": (lambda x, p: x ** p, [lambda x, p: p * x ** (p - 1), lambda x, p: x ** p * mp.log(x)],
            powers),
    "maximum": several(2, max, [lambda a, b: step(a > b, mpf(1)), lambda a, b: step(b > a, mpf(1))],
                       SPREAD, lambda a, b: a != b),
    "minimum": several(2, min, [lambda a, b: step(a < b, mpf(1)), lambda a, b: step(b < a, mpf(1))],
                       SPREAD, lambda a, b: a != b),
    "fmod": several(2, lambda a, b: a - b * trunc(a / b),
                    [lambda a, b: mpf(1), lambda a, b: -trunc(a / b)], NEAR),
    "remainder": several(2, lambda a, b: a - b * mp.floor(a / b),
                         [lambda a, b: mpf(1), lambda a, b: -mp.floor(a / b)], NEAR),
    "atan2": several(2, mp.atan2, [lambda a, b: b / (a * a + b * b),
                                   lambda a, b: -a / (a * a + b * b)], SPREAD, more=close),
    "hypot": several(2, lambda a, b: mp.sqrt(a * a + b * b),
                     [lambda a, b: a / mp.sqrt(a * a + b * b),
                      lambda a, b: b / mp.sqrt(a * a + b * b)], SPREAD, more=close),
    "logaddexp": several(2, lambda a, b: total(max(a, b), softplus(-abs(a - b))),
                         [lambda a, b: sigmoid(a - b), lambda a, b: sigmoid(b - a)], NEAR,
                         more=lambda rng: close(rng) + vanishing(rng)),
    "copysign": several(2, lambda a, b: abs(a) * mp.sign(b),
                        [lambda a, b: mp.sign(a) * mp.sign(b), lambda a, b: mpf(0)], SPREAD),
    "prelu": several(2, lambda x, w: step(x > 0, x, w * x),
                     [lambda x, w: step(x > 0, mpf(1), w), lambda x, w: step(x > 0, 0, x)], NEAR),
    "lerp": several(3, lambda a, b, w: total(a, w * (b - a)),
                    [lambda a, b, w: 1 - w, lambda a, b, w: w, lambda a, b, w: b - a], NEAR),
    "fma": several(3, lambda a, b, c: a * b + c, [lambda a, b, c: b, lambda a, b, c: a,
                                                  lambda a, b, c: mpf(1)], SPREAD),
}


def chances(rng, n):
    """Probabilities, some near 0, some near 1."""
    low = [x for x in spread(1e-20, 0.5, n, rng)]
    return [x if i % 2 else 1 - max(x, 2.0 ** -20) for i, x in enumerate(low)]


def mixed(*parts):
    """Points whose operands come from lists, every fourth with digits that f32 has not."""
    def points(rng):
        columns = [part(rng) for part in parts]
        for column in columns:
            rng.shuffle(column)
        return [tuple(row) if i % 4 == 0 else tuple(f32(x) for x in row)
                for i, row in enumerate(zip(*columns))]
    return points


def numbers(low, high, signs=(1, -1)):
    return lambda rng: [rng.choice(signs) * x for x in spread(low, high, 160, rng)]


def share(rng):
    return chances(rng, 160)


def square_loss(d, bound):
    return d * d / 2 if abs(d) <= bound else bound * (abs(d) - mpf(bound) / 2)


def clipped(d, bound):
    return min(max(d, mpf(-bound)), mpf(bound))


LOSSES = {
    "bce": (lambda p, t: -t * mp.log(p) - (1 - t) * mp.log1p(-p),
            [lambda p, t: total((1 - t) / (1 - p), -t / p),
             lambda p, t: total(mp.log1p(-p), -mp.log(p))], mixed(share, share)),
    "bce_with_logits": (lambda x, t: t * softplus(-x) + (1 - t) * softplus(x),
                        [lambda x, t: total((1 - t) * sigmoid(x), -t * sigmoid(-x)),
                         lambda x, t: -x], mixed(numbers(1e-6, 100), share)),
    "kl_div": (lambda x, t: total(t * mp.log(t), -t * x),
               [lambda x, t: -t, lambda x, t: total(mp.log(t), 1, -x)],
               mixed(numbers(1e-6, 100, (-1,)), share)),
    "gaussian_nll": (lambda y, t, v: total(mp.log(v) / 2, (y - t) ** 2 / v / 2),
                     [lambda y, t, v: (y - t) / v, lambda y, t, v: (t - y) / v,
                      lambda y, t, v: total(1 / v / 2, -((y - t) / v) ** 2 / 2)],
                     mixed(numbers(1e-3, 1e3), numbers(1e-3, 1e3), numbers(1e-3, 1e3, (1,)))),
    "poisson_nll": (lambda x, t: total(mp.exp(x), -t * x),
                    [lambda x, t: total(mp.exp(x), -t), lambda x, t: -x],
                    mixed(numbers(1e-6, 80), numbers(1e-3, 1e6, (1,)))),
    "l1_loss": (lambda y, t: abs(y - t), [lambda y, t: mp.sign(y - t), lambda y, t: mp.sign(t - y)],
                mixed(numbers(1e-3, 1e3), numbers(1e-3, 1e3))),
    "huber_loss(1.5)": (lambda y, t: square_loss(y - t, 1.5),
                        [lambda y, t: clipped(y - t, 1.5), lambda y, t: clipped(t - y, 1.5)],
                        mixed(numbers(1e-3, 10), numbers(1e-3, 10))),
    "smooth_l1_loss(0.5)": (lambda y, t: square_loss(y - t, 0.5) * 2,
                            [lambda y, t: clipped(y - t, 0.5) * 2,
                             lambda y, t: clipped(t - y, 0.5) * 2],
                            mixed(numbers(1e-3, 10), numbers(1e-3, 10))),
    "hinge_loss": (lambda y, t: step(t * y < 1, total(1, -t * y)),
                   [lambda y, t: step(t * y < 1, -t), lambda y, t: step(t * y < 1, -y)],
                   mixed(numbers(1e-3, 10), numbers(1e-3, 10))),
    "quantile_loss(0.3)": (lambda y, t: max(mpf(0.3) * (t - y), (mpf(0.3) - 1) * (t - y)),
                           [lambda y, t: step(y > t, 1 - mpf(0.3), -mpf(0.3)),
                            lambda y, t: step(y > t, mpf(0.3) - 1, mpf(0.3))],
                           mixed(numbers(1e-3, 1e3), numbers(1e-3, 1e3))),
}


# ---------------------------------------------------------------------------------- output

def check_slopes(name, value, slopes, points):
    """The derivatives are those of the value: by differences, at some of the points."""
    mp.dps = 700
    for point in points[:: max(1, len(points) // 12)]:
        for i, slope in enumerate(slopes):
            x = [mpf(v) for v in point]
            h = min(abs(x[i]), mpf(1)) * mpf(10) ** -20
            ends = [pair(value(*x[:i], x[i] + s * h, *x[i + 1:]))[0] for s in (1, -1)]
            near, (own, size) = (ends[0] - ends[1]) / (2 * h), pair(slope(*x))
            if abs(near - own) > mpf(10) ** -9 * (max(abs(own), size or 0) + TINY ** 0.5):
                if not mp.almosteq(near, own, rel_eps=1e-9, abs_eps=1e-250):
                    raise ArithmeticError(f"{name}: slope {i} at {point}: {near} is not {own}")


def rows(name, value, slopes, points):
    seen = set()
    for point in sorted(set(points)):
        tokens = [token(*evaluate(f, point)) for f in [value, *slopes]]
        if None not in tokens and point not in seen:
            seen.add(point)
            yield " ".join([*(short(x) for x in point), *tokens])


def main():
    for name, (value, slopes, points) in {**UNARY, **SEVERAL, **LOSSES}.items():
        chosen = [p for p in points(random.Random(name)) if all(x != 0 for x in p)]
        check_slopes(name, value, slopes, chosen)
        print(f"op {len(slopes)} {name}")
        for row in rows(name, value, slopes, chosen):
            print(row, flush=True)


if __name__ == "__main__":
    main()
