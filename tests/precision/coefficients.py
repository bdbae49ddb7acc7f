#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints the polynomials and constants of ops/special.c; with --check, what does not stand there.

A polynomial is the interpolation at Chebyshev's points in 60 digits, its coefficients rounded to
doubles; the comment says how far the rounded one is off, in units of 2^-53 of the value. Needs
mpmath.
"""
import pathlib
import sys

from mpmath import chebyfit, digamma, erfc, exp, findroot, log, mp, mpf, pi, polyval, sqrt

mp.dps = 60
SOURCE = pathlib.Path(__file__).parents[2] / "ops/special.c"
ZERO = findroot(digamma, mpf("1.4616"))  # of psi


def erfcx_of(t):
    """(x + 1/2) e^(x^2) erfc x, t = (x - 4) / (x + 4)."""
    x = 4 * (1 + t) / (1 - t)
    return (x + mpf(1) / 2) * exp(x * x) * erfc(x)


def digamma_of(t):
    """x psi(x) / (x - x0), t = (x - 3/2) / (x + 3/2)."""
    x = mpf(3) / 2 * (1 + t) / (1 - t)
    return x * digamma(x) / (x - ZERO)


def polynomial(f, low, high, n):
    """n coefficients, that of 1 first; what the first lacks; the error without that and with it."""
    exact = chebyfit(f, [low, high], n)[::-1]
    c = [float(a) for a in exact]
    lacks = float(exact[0] - c[0])
    points = [low + (high - low) * mpf(i) / 400 for i in range(401)]
    errors = [max(abs((polyval([mpf(a) for a in c[::-1]], t) + more) / f(t) - 1) for t in points)
              for more in (0, lacks)]
    return c, lacks, *(float(e * mpf(2) ** 53) for e in errors)


def split(x, bits=53):
    """x as a number of so many bits and the double next to the rest."""
    scale = mpf(2) ** (bits - 1 - int(mp.floor(log(x, 2))))
    high = mp.floor(x * scale) / scale if bits < 53 else mpf(float(x))
    return float(high), float(x - high)


def constants():
    yield "pi", split(pi)
    yield "sqrt(pi) / 2", split(sqrt(pi) / 2)[:1]
    yield "2 / sqrt(pi)", split(2 / sqrt(pi))[:1]
    yield "ln 2", split(log(2), 42)
    yield "ln(2 pi) / 2", split(log(2 * pi) / 2)[:1]
    yield "the zero of psi", split(ZERO)


def places(k, low, high):
    """t = (x - k) / (x + k) at two x."""
    return [(mpf(x) - mpf(k)) / (mpf(x) + mpf(k)) for x in (low, high)]


def tables():
    c, lacks, _, error = polynomial(erfcx_of, *places(4, "0.46", "27.5"), 22)
    yield f"special_erfcx: {error:.2f}; the last number is what the first lacks", [*c, lacks]
    c, _, error, _ = polynomial(digamma_of, *places("1.5", 1, 2), 15)
    yield f"special_digamma_near: {error:.2f}", c


def main():
    text = SOURCE.read_text()
    missing = 0
    for name, numbers in [*constants(), *tables()]:
        if "--check" not in sys.argv:
            print(f"/* {name} */\n" + "".join(f"{x.hex()},\n" for x in numbers), end="")
        for x in numbers:
            if x.hex().lstrip("-") not in text:
                missing += 1
                print(f"not in special.c: {x.hex()} of {name}", file=sys.stderr)
    sys.exit(missing > 0)


main()
