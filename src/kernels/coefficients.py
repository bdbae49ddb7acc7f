#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints coefficients.h, the polynomials and constants of exponential.h, for f32 and f64.

Each polynomial is the minimax one in relative error of the function it serves: a Remez exchange in
60 digits (mpmath), degree by degree until the error is below 2^-5 ulp of the result. Coefficients
are then rounded to the type. Needs mpmath:

    python3 coefficients.py | clang-format > coefficients.h
"""
from mpmath import atanh, cos, exp, expm1, fabs, floor, ldexp, log, lu_solve, matrix, mp, mpf
from mpmath import nint, pi, sqrt

mp.dps = 60


def remez(f, weight, low, high, degree):
    """c with f(x) ~ sum c[i] x^i on [low, high], the error times weight(x) smallest; the error."""
    n = degree + 2
    xs = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / (n - 1)) for i in range(n)]
    grid = [low + (high - low) * i / mpf(60 * n) for i in range(60 * n + 1)]
    for _ in range(12):
        rows = [[x**j for j in range(degree + 1)] + [(-1) ** i / weight(x)]
                for i, x in enumerate(xs)]
        solution = lu_solve(matrix(rows), matrix([f(x) for x in xs]))
        c = [solution[j] for j in range(degree + 1)]
        errors = [(f(x) - sum(a * x**j for j, a in enumerate(c))) * weight(x) for x in grid]
        peaks = []  # the largest error between two changes of sign
        for x, e in zip(grid, errors):
            if peaks and (peaks[-1][1] > 0) == (e > 0):
                if fabs(e) > fabs(peaks[-1][1]):
                    peaks[-1] = (x, e)
            else:
                peaks.append((x, e))
        while len(peaks) > n:
            peaks.pop(0 if fabs(peaks[0][1]) < fabs(peaks[-1][1]) else -1)
        if len(peaks) < n:
            break
        xs = [x for x, _ in peaks]
    return c, max(fabs(e) for e in errors)


def fit(f, weight, low, high, bits):
    """The lowest degree with an error below 2^-bits."""
    degree = 1
    while True:
        c, error = remez(f, weight, low, high, degree)
        if error < mpf(2) ** -bits:
            return c, error
        degree += 1


def rounded(x, bits):
    """x rounded to that many bits."""
    if x == 0:
        return mpf(0)
    scale = bits - 1 - int(floor(log(fabs(x), 2)))
    return ldexp(nint(ldexp(x, scale)), -scale)


def literal(x, bits, suffix):
    """A hexadecimal literal of x rounded to that many bits."""
    value = float(rounded(x, bits))
    mantissa, exponent = value.hex().split("p")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return mantissa + "p" + exponent + suffix


def exp_tail(r):
    """(e^r - 1 - r - r^2/2) / r^3."""
    if fabs(r) < mpf(10) ** -8:
        return mpf(1) / 6 + r / 24 + r**2 / 120
    return (expm1(r) - r - r * r / 2) / r**3


def log_tail(first):
    """(ln((1+s)/(1-s)) - 2s [- 2s^3/3]) / s^(first), as a function of z = s^2."""
    def f(z):
        if z < mpf(10) ** -8:
            return sum(2 * z**i / (first + 2 * i) for i in range(8))
        s = sqrt(z)
        known = 2 * s + (2 * s**3 / 3 if first == 5 else 0)
        return (2 * atanh(s) - known) / s**first
    return f


def show(name, c, bits, suffix, note):
    print(f"/* {note} */")
    print(f"FX_INLINE real {name}(real x) {{")
    print(f"    real y = {literal(c[-1], bits, suffix)};")
    for a in reversed(c[:-1]):
        print(f"    y = FX_REAL_FMA(y, x, {literal(a, bits, suffix)});")
    print("    return y;\n}\n")


def emit(bits, suffix, exponent_bits):
    half = log(2) / 2 * (1 + mpf(2) ** -8)
    smax = (sqrt(2) - 1) / (sqrt(2) + 1)
    guard = bits + 4
    c, e = fit(exp_tail, lambda r: fabs(r) ** 3 / exp(r) + mpf(2) ** -20, -half, half, guard)
    show("real_exp_tail", c, bits, suffix, f"(e^r - 1 - r - r^2/2) / r^3; {float(e):.1e} of e^r")
    c, e = fit(log_tail(3), lambda z: z / 2 + mpf(2) ** -20, mpf(0), smax**2, guard)
    show("real_log_tail", c, bits, suffix, f"(2 artanh s - 2s) / s^3 in s^2; {float(e):.1e} of ln")
    pow_guard = bits + exponent_bits + 6
    c, e = fit(log_tail(5), lambda z: z**2 / 2 + mpf(2) ** -30, mpf(0), smax**2, pow_guard)
    show("real_pow_tail", c, bits, suffix,
         f"(2 artanh s - 2s - 2s^3/3) / s^5 in s^2; {float(e):.1e} of ln")
    high = rounded(log(2), bits - exponent_bits)
    print("/* ln 2 in two parts, the first exact when multiplied by an exponent; log2 e; 2/3. */")
    for name, value in [("FX_LN2_HI", high), ("FX_LN2_LO", log(2) - high), ("FX_LOG2E", 1 / log(2)),
                        ("FX_TWO_THIRDS_HI", mpf(2) / 3),
                        ("FX_TWO_THIRDS_LO", mpf(2) / 3 - rounded(mpf(2) / 3, bits))]:
        print(f"#define {name} {literal(value, bits, suffix)}")


print("""/* SPDX-License-Identifier: MIT */
/* Made by coefficients.py: minimax polynomials (Remez) and constants of exponential.h. */
#ifndef FLUXION_SRC_KERNELS_COEFFICIENTS_H
#define FLUXION_SRC_KERNELS_COEFFICIENTS_H

#include "real.h"
""")
print("#if defined(FX_KERNEL_REAL_F32)")
emit(24, "f", 8)
print("#else")
emit(53, "", 11)
print("#endif\n\n#endif")
