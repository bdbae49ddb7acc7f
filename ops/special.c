/* SPDX-License-Identifier: MIT */
/* The error function and its inverse, ln Gamma and its derivatives. Values are computed from series
 * that do not cancel: erfc from e^(x^2) erfc x, its inverse by Halley's steps on it, digamma and
 * polygamma by recurrence and the Euler-Maclaurin formula (NIST DLMF 7.17, 5.5, 5.11, 25.11).
 * Constants and polynomials: tests/precision/coefficients.py. */
#define _DEFAULT_SOURCE /* lgamma_r: lgamma writes a global */
#include <math.h>

#include "families.h"

enum {
    SPECIAL_ERF,
    SPECIAL_ERF_GRAD,
    SPECIAL_ERFC,
    SPECIAL_ERFINV,
    SPECIAL_ERFINV_GRAD,
    SPECIAL_LGAMMA,
    SPECIAL_DIGAMMA,
    SPECIAL_POLYGAMMA,
};

static const double special_pi = 0x1.921fb54442d18p+1, special_pi_low = 0x1.1a62633145c07p-53;
static const double special_half_root_pi = 0x1.c5bf891b4ef6bp-1;    /* sqrt(pi) / 2 */
static const double special_two_per_root_pi = 0x1.20dd750429b6dp+0; /* 2 / sqrt(pi) */

static double special_polynomial(int n, const double *c, double x) {
    double y = c[n - 1];
    for (int i = n - 2; i >= 0; i--) y = y * x + c[i];
    return y;
}

/* e^(sign x^2): x^2 is a rounded square and its error, which the exponential would magnify. */
static double special_gauss(double sign, double x) {
    const double square = x * x, error = fma(x, x, -square);
    return exp(sign * square) * (1 + sign * error);
}

/* ---- erf, erfc ---- */

/* e^(x^2) erfc x for 0.46 <= x <= 27.5. (x + 1/2) times it is almost constant: here a polynomial in
 * t = (x - 4) / (x + 4), by interpolation at Chebyshev's points in 60 digits, good to 2^-54. To be
 * multiplied by 1 + *lost, which is what rounding took from the sums and the quotient. */
static double special_erfcx(double x, double *lost) {
    static const double c[] = {
        -0x1.1df1ad154a290p-4,  0x1.f7f5df66fd5d1p-8,   0x1.16ecefcfa551ep-5,
        -0x1.9ddb23c3e7fd9p-5,  0x1.7fee004e0eeadp-5,   -0x1.0fb06dfe66b58p-5,
        0x1.3079edf6eead9p-6,   -0x1.0962387e88b1cp-7,  0x1.49c6726a60f77p-9,
        -0x1.8d4aa0ad6730ep-12, -0x1.a1df160b66ba2p-14, 0x1.3be0c9066eedfp-14,
        -0x1.995a3dc9c474fp-17, -0x1.78a18db379465p-18, 0x1.7f26e3b2d642ap-19,
        0x1.4137970d34376p-23,  -0x1.ba32ff65a167cp-22, 0x1.21622202a4c9ap-25,
        0x1.c9b35bfb61f8dp-25,  -0x1.a88882c16eb48p-28, -0x1.72803a107846ap-28,
    };
    static const double first = 0x1.3ba5916e9fd7fp-1, first_low = -0x1.984ff4ed2a156p-56;
    const double t = (x - 4) / (x + 4);
    const double rest = t * special_polynomial((int)(sizeof c / sizeof *c), c, t);
    const double p = first + rest, p_low = first - p + rest + first_low;
    const double d = x + 0.5, y = p / d;
    *lost = ((fma(-y, d, p) + p_low) / y - (x - (d - 0.5))) / d;
    return y;
}

static void special_erf(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = erf(x[0]);
}

/* For 0.5 <= x <= 27.5, where C's own may be wrong by 5 ulp. */
static double special_erfc_tail(double x) {
    double lost;
    const double square = x * x, e = exp(-square), c = special_erfcx(x, &lost), y = e * c;
    return y + (y * (lost - fma(x, x, -square)) + fma(e, c, -y));
}

static void special_erfc(const void *attrs, const double *x, double *y) {
    (void)attrs;
    if (x[0] >= 0.5)
        y[0] = x[0] > 27.5 ? 0 : special_erfc_tail(x[0]);
    else
        y[0] = erfc(x[0]);
}

static void special_erf_grad(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = x[0] * (fabs(x[1]) > 28 ? 0 : special_two_per_root_pi * special_gauss(-1, x[1]));
}

/* ---- erfinv ---- */

/* Where erf w = p <= 3/4: two terms of the series, then steps on erf. */
static double special_erfinv_centre(double p) {
    double w = special_half_root_pi * p * (1 + special_pi / 12 * p * p);
    for (int i = 0; i < 3; i++) {
        const double u = special_half_root_pi * (erf(w) - p) * special_gauss(1, w);
        w -= u / (1 + u * w);
    }
    return w;
}

/* Where erfc w = q < 1/4: the start of Winitzki (2008), good to 0.002, then steps on erfc. */
static double special_erfinv_tail(double q) {
    const double a = 0.147, log_term = log(q * (2 - q)), b = 2 / (special_pi * a) + log_term / 2;
    double lost, w = sqrt(sqrt(b * b - log_term / a) - b);
    for (int i = 0; i < 3; i++) {
        const double u = special_half_root_pi * (special_erfcx(w, &lost) - q * special_gauss(1, w));
        w += u / (1 - u * w);
    }
    return w;
}

/* Of 0 <= p <= 1; NaN elsewhere. */
static double special_erfinv_of(double p) {
    if (p == 1) return INFINITY;
    if (!(p < 1)) return NAN;
    return p <= 0.75 ? special_erfinv_centre(p) : special_erfinv_tail(1 - p);
}

static void special_erfinv(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = copysign(special_erfinv_of(fabs(x[0])), x[0]);
}

/* With w = erfinv x the slope is sqrt(pi)/2 e^(w^2) = sqrt(pi)/2 (e^(w^2) erfc w) / (1 - |x|): the
 * second form does not magnify the error of a large w. */
static void special_erfinv_grad(const void *attrs, const double *x, double *y) {
    (void)attrs;
    const double p = fabs(x[1]), w = special_erfinv_of(p);
    double lost, e = p == 1 ? INFINITY : special_gauss(1, w);
    if (p > 0.5 && p < 1) e = special_erfcx(w, &lost) / (1 - p);
    y[0] = x[0] * (special_half_root_pi * e);
}

/* ---- lgamma, digamma, polygamma ---- */

/* ln x of a finite x > 0 as a sum of two numbers, good to 2^-58: with x = 2^k (1 + f) and
 * s = f / (2 + f), ln(1 + f) = 2 s (1 + s^2 / 3 + s^4 / 5 + ..), of which the 1 needs a second
 * number. */
static double special_log(double x, double *low) {
    static const double c[] = {1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13,
                               1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23};
    static const double ln2_high = 0x1.62e42fefa3800p-1, ln2_low = 0x1.ef35793c76730p-45;
    int k;
    const double fraction = frexp(x, &k),
                 m = fraction < 0.7071067811865476 ? 2 * fraction : fraction;
    const double f = m - 1, d = 2 + f, d_low = f - (d - 2), s = f / d, z = s * s;
    const double s_low = (fma(-s, d, f) - s * d_low) / d;
    const double n = m > fraction ? k - 1 : k, exact = n * ln2_high, sum = exact + 2 * s;
    const double rest = 2 * s * z * special_polynomial((int)(sizeof c / sizeof *c), c, z);
    const double lost = n == 0 ? 0 : 2 * s - (sum - exact);
    const double small = lost + (2 * s_low + n * ln2_low + rest), y = sum + small;
    *low = sum - y + small;
    return y;
}

/* Stirling's series (DLMF 5.11.1), for x >= 8. */
static double special_lgamma_large(double x) {
    static const double c[] = {1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
                               1.0 / 1188, -691.0 / 360360, 1.0 / 156,  -3617.0 / 122400};
    double low;
    const double n = x - 0.5, log_x = special_log(x, &low), product = n * log_x, y = product - x;
    const double series = special_polynomial((int)(sizeof c / sizeof *c), c, 1 / x / x) / x;
    if (isinf(product)) return product;
    return y + (product - y - x + (fma(n, log_x, -product) + n * low) +
                (series + 0x1.d67f1c864beb5p-1)); /* ln(2 pi) / 2 */
}

static double special_digamma_near(double x);

/* lgamma(1 + x), 0 < x < 0.9. */
static double special_lgamma_next(double x) {
    int sign;
    const double next = x + 1, lost = x - (next - 1);
    return lgamma_r(next, &sign) + special_digamma_near(next) * lost;
}

/* For x >= 1e-17. C's own is up to 2.3 ulp off outside of 0.9 to 8. */
static double special_lgamma_positive(double x) {
    int sign;
    double low;
    if (x >= 8) return isinf(x) ? x : special_lgamma_large(x);
    if (x >= 0.9) return lgamma_r(x, &sign);
    const double log_x = special_log(x, &low);
    return (special_lgamma_next(x) - low) - log_x;
}

/* For x < 0, where C's own is up to 3 ulp off: ln |x sin(pi x) / pi| + lgamma x + lgamma -x = 0, or
 * without the factor x, lgamma(1 - x). */
static double special_lgamma_reflected(double x) {
    const bool near = x > -0.9;
    const double t = fabs(x - rint(x)), angle = special_pi * t, factor = near ? 1 : -x;
    const double angle_low = fma(special_pi, t, -angle) + special_pi_low * t;
    const double sine = sin(angle), product = factor * sine, y = product * (1 / special_pi);
    const double lost = fma(factor, sine, -product) + factor * angle_low * cos(angle);
    const double back = fma(-y, special_pi, product) - y * special_pi_low + lost;
    double low;
    const double log_y = special_log(y, &low);
    const double other = near ? special_lgamma_next(-x) : special_lgamma_positive(-x);
    return -(log_y + (low + back / product)) - other;
}

static double special_lgamma_of(double x) {
    double low;
    int sign;
    if (x != 0 && fabs(x) < 1e-17) return -special_log(fabs(x), &low);
    if (x > 0) return special_lgamma_positive(x);
    if (x == rint(x) || (x <= -2 && x >= -10)) return lgamma_r(x, &sign);
    return isnan(x) ? x : special_lgamma_reflected(x);
}

static void special_lgamma(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = special_lgamma_of(x[0]);
}

/* What the Euler-Maclaurin formula adds to the integral and the half term of a sum of
 * (d + k)^-s over k >= 0, divided by d^-s. Good to 2^-53 of all for d >= s + 10. */
static double special_tail(double s, double d) {
    static const double c[] = {
        /* B_2j / (2j)! */
        1.0 / 12,
        -1.0 / 720,
        1.0 / 30240,
        -1.0 / 1209600,
        1.0 / 47900160,
        -691.0 / 1307674368000,
        1.0 / 74724249600,
        -3617.0 / 10670622842880000,
        43867.0 / 5109094217170944000,
        -174611.0 / 802857662698291200000.0,
        77683.0 / 14101100039391805440000.0,
        -236364091.0 / 1693824136731743669452800000.0,
    };
    double sum = 0, rising = s / d;
    for (int j = 0; j < (int)(sizeof c / sizeof *c); j++) {
        sum += c[j] * rising;
        rising *= (s + 2 * j + 1) / d * ((s + 2 * j + 2) / d);
    }
    return sum;
}

/* For 1 <= x <= 2, relative to the value even at its zero x0, which is here in two parts:
 * x psi(x) / (x - x0) is a polynomial in t = (x - 3/2) / (x + 3/2), made like that of erfcx. */
static double special_digamma_near(double x) {
    static const double c[] = {
        0x1.6d3498ca56891p+0, 0x1.e4c8c4688496bp-1, 0x1.86ad6f6dc9e0cp-2, 0x1.33a7f67774f8cp-2,
        0x1.caa5aa8910433p-3, 0x1.78d7876dd4e9ap-3, 0x1.3d5f10e6e0de2p-3, 0x1.12ba9a2bce639p-3,
        0x1.e43468db74812p-4, 0x1.b0e0f4e7a5ab8p-4, 0x1.873e8a41250c8p-4, 0x1.654bc07a906bap-4,
        0x1.4e844a14d1200p-4, 0x1.3a822105a0018p-4, 0x1.a236b2e755545p-5,
    };
    const double from_zero = x - 0x1.762d86356be3fp+0 - 0x1.b86a722197829p-54;
    const double t = (x - 1.5) / (x + 1.5);
    return from_zero * special_polynomial((int)(sizeof c / sizeof *c), c, t) / x;
}

static double special_digamma_positive(double x) {
    double sum = 0;
    if (x >= 11) return log(x) - (0.5 + special_tail(1, x)) / x;
    if (x < 1) return special_digamma_near(x + 1) - 1 / x;
    for (; x > 2; sum += 1 / x) x -= 1; /* exact */
    return special_digamma_near(x) + sum;
}

/* cot(pi x) from the distance to the nearest integer, which is exact. */
static double special_cotangent(double x) {
    const double t = x - rint(x);
    if (fabs(t) <= 0.25) return 1 / tan(special_pi * t);
    return copysign(tan(special_pi * (0.5 - fabs(t))), t);
}

/* By reflection for x < 0: good to the last digits of the larger of the two terms. */
static double special_digamma_of(double x) {
    if (x == 0) return copysign(INFINITY, -x);
    if (!(x < 0)) return special_digamma_positive(x);
    if (x == floor(x)) return NAN;
    return special_digamma_positive(1 - x) - special_pi * special_cotangent(x);
}

/* ((x + k) 2^-e)^-s, with what rounding took from x + k. */
static double special_power(double s, double x, double k, int e) {
    const double d = x + k, seen = d - x, lost = (x - (d - seen)) + (k - seen);
    return pow(ldexp(d, -e), -s) * (1 - s * lost / d);
}

/* 2^(e (s - 1)) times the sum of (x + k)^-s over k >= 0, x > 0: the Euler-Maclaurin formula from
 * s + 10 on, then the larger terms. */
static double special_zeta(double s, double x, int e) {
    const double unit = ldexp(1, -e), k = fmax(0, ceil(s + 10 - x)), d = x + k;
    const double rest = d * unit / (s - 1) + (0.5 + special_tail(s, d)) * unit;
    double sum = special_power(s, x, k, e) * rest;
    for (double i = k - 1; i >= 0; i--) sum += special_power(s, x, i, e) * unit;
    return sum;
}

/* The sum of (x + k)^-s over k >= 0, x < 0 and no integer: poles on the right of 0 and on the left,
 * seen from the integer below x. */
static double special_zeta_negative(int s, double x) {
    const double t = x - rint(x), below = t > 0 ? t : 1 + t, above = t > 0 ? 1 - t : -t;
    const double left = special_zeta(s, above, 0) - special_zeta(s, 1 - x, 0);
    return special_zeta(s, below, 0) + (s % 2 ? -left : left);
}

/* n! as a fraction and a power of 2. */
static double special_factorial(int n, int *exponent) {
    double high = 1, low = 0;
    for (int i = 2; i <= n; i++) {
        const double product = high * i;
        low = low * i + fma(high, i, -product);
        high = product;
    }
    return frexp(high + low, exponent);
}

static double special_polygamma_of(int n, double x) {
    const double sign = n % 2 ? 1 : -1;
    if (n == 0) return special_digamma_of(x);
    if (isnan(x) || x == -INFINITY) return NAN;
    if (x == INFINITY) return sign * 0.0;
    if (x == 0) return n % 2 ? INFINITY : copysign(INFINITY, -x);
    if (x < 0 && x == floor(x)) return n % 2 ? INFINITY : NAN;
    int exponent, e = 0;
    const double fraction = special_factorial(n, &exponent);
    if (x < 0) return sign * ldexp(fraction * special_zeta_negative(n + 1, x), exponent);
    if (x >= 1) frexp(x, &e); /* so that neither n! nor the sum leaves the range of numbers */
    return sign * ldexp(fraction * special_zeta(n + 1, x, e), exponent - e * n);
}

typedef struct polygamma_attrs {
    int64_t n;
} polygamma_attrs;

static const fx_attr polygamma_schema[] = {{"n", FX_ATTR_I64, offsetof(polygamma_attrs, n)}, {0}};

static int64_t polygamma_order(const void *attrs) { return ((const polygamma_attrs *)attrs)->n; }

/* 171! is no double. */
static fx_status polygamma_infer(fx_call *call) {
    const int64_t n = polygamma_order(call->attrs);
    if (n < 0 || n > 170)
        return fx_call_fail(call, FX_ERR_ARGUMENT, "n = %lld; an order is in 0 .. 170",
                            (long long)n);
    return fx_result(call, 0, call->x[0].dtype, fx_view_shape(&call->x[0]));
}

static fx_status polygamma_forward(fx_call *call) {
    const int n = (int)polygamma_order(call->attrs);
    for (int64_t i = 0; i < call->x[0].numel; i++)
        if (call->x[0].dtype == FX_F32)
            ((float *)call->y[0].data)[i] =
                (float)special_polygamma_of(n, (double)((const float *)call->x[0].data)[i]);
        else
            ((double *)call->y[0].data)[i] =
                special_polygamma_of(n, ((const double *)call->x[0].data)[i]);
    return FX_OK;
}

/* ---- rules ---- */

static fx_tensor special(int row, fx_tensor x) { return fx_apply(&fx__specials[row], NULL, 1, &x); }

static fx_tensor special_grad(int row, fx_tensor g, fx_tensor x) {
    const fx_tensor operands[] = {g, x};
    return fx_apply(&fx__specials[row], NULL, 2, operands);
}

static fx_tensor polygamma(int64_t n, fx_tensor x) {
    const polygamma_attrs attrs = {n};
    return fx_apply(&fx__specials[SPECIAL_POLYGAMMA], &attrs, 1, &x);
}

static void erf_vjp(fx_vjp *v) { v->dx[0] = special_grad(SPECIAL_ERF_GRAD, v->g[0], v->x[0]); }

static void erfc_vjp(fx_vjp *v) {
    v->dx[0] = fx_neg(special_grad(SPECIAL_ERF_GRAD, v->g[0], v->x[0]));
}

/* erf'' = -2 x erf' */
static void erf_grad_vjp(fx_vjp *v) {
    const fx_tensor g = v->x[0], x = v->x[1];
    if (v->wants[0]) v->dx[0] = special_grad(SPECIAL_ERF_GRAD, v->g[0], x);
    if (!v->wants[1]) return;
    const fx_tensor slope = special_grad(SPECIAL_ERF_GRAD, fx_mul(v->g[0], g), x);
    v->dx[1] = fx_mul(fx_mul(x, fx_num(-2)), slope);
}

static void erfinv_vjp(fx_vjp *v) {
    v->dx[0] = special_grad(SPECIAL_ERFINV_GRAD, v->g[0], v->x[0]);
}

/* erfinv'' = 2 erfinv erfinv'^2 */
static void erfinv_grad_vjp(fx_vjp *v) {
    const fx_tensor g = v->x[0], x = v->x[1];
    if (v->wants[0]) v->dx[0] = special_grad(SPECIAL_ERFINV_GRAD, v->g[0], x);
    if (!v->wants[1]) return;
    const fx_tensor slope = special_grad(SPECIAL_ERFINV_GRAD, fx_mul(v->g[0], g), x);
    const fx_tensor twice = fx_mul(fx_erfinv(x), fx_num(2));
    v->dx[1] = fx_mul(twice, special_grad(SPECIAL_ERFINV_GRAD, slope, x));
}

static void lgamma_vjp(fx_vjp *v) { v->dx[0] = fx_mul(v->g[0], fx_digamma(v->x[0])); }

static void polygamma_vjp(fx_vjp *v) {
    v->dx[0] = fx_mul(v->g[0], polygamma(polygamma_order(v->attrs) + 1, v->x[0]));
}

#define SPECIAL_ROW(name_, operand_names, n, text)                                                 \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = #name_, .operands = (operand_names), .min = (n),         \
        .max = (n), .map = special_##name_, .vjp = name_##_vjp, .formula = (text)                  \
    }

const fx_op fx__specials[] = {
    [SPECIAL_ERF] = SPECIAL_ROW(erf, "x", 1, "y = erf x;  dx = G 2/sqrt(pi) e^(-x^2)"),
    [SPECIAL_ERF_GRAD] = SPECIAL_ROW(erf_grad, "g, x", 2,
                                     "y = g 2/sqrt(pi) e^(-x^2);  dg = G 2/sqrt(pi) e^(-x^2), "
                                     "dx = -2 x G g 2/sqrt(pi) e^(-x^2)"),
    [SPECIAL_ERFC] = SPECIAL_ROW(erfc, "x", 1, "y = 1 - erf x;  dx = -G 2/sqrt(pi) e^(-x^2)"),
    [SPECIAL_ERFINV] = SPECIAL_ROW(erfinv, "x", 1, "x = erf y;  dx = G sqrt(pi)/2 e^(y^2)"),
    [SPECIAL_ERFINV_GRAD] =
        SPECIAL_ROW(erfinv_grad, "g, x", 2,
                    "y = g s, s = sqrt(pi)/2 e^(w^2), x = erf w;  dg = G s, dx = G g 2 w s^2"),
    [SPECIAL_LGAMMA] = SPECIAL_ROW(lgamma, "x", 1, "y = ln |Gamma(x)|;  dx = G psi(x)"),
    [SPECIAL_DIGAMMA] =
        {
            .version = FX_OP_VERSION,
            .name = "digamma",
            .operands = "x",
            .min = 1,
            .max = 1,
            .formula = "y = psi(x);  dx = G psi'(x)",
        },
    [SPECIAL_POLYGAMMA] =
        {
            .version = FX_OP_VERSION,
            .name = "polygamma",
            .operands = "x",
            .min = 1,
            .max = 1,
            .attrs = polygamma_schema,
            .attrs_size = sizeof(polygamma_attrs),
            .infer = polygamma_infer,
            .forward = polygamma_forward,
            .vjp = polygamma_vjp,
            .formula = "y = psi^(n)(x), the n-th derivative;  dx = G psi^(n+1)(x)",
        },
    {0},
};

fx_tensor fx_erf(fx_tensor x) { return special(SPECIAL_ERF, x); }

fx_tensor fx_erfc(fx_tensor x) { return special(SPECIAL_ERFC, x); }

fx_tensor fx_erfinv(fx_tensor x) { return special(SPECIAL_ERFINV, x); }

fx_tensor fx_lgamma(fx_tensor x) { return special(SPECIAL_LGAMMA, x); }

fx_tensor fx_digamma(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__specials[SPECIAL_DIGAMMA], 1, &x);
    return fx_composed(c, polygamma(0, x));
}

fx_tensor fx_polygamma(int n, fx_tensor x) { return polygamma(n, x); }
