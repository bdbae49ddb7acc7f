/* SPDX-License-Identifier: MIT */
/* Variances, norms, medians and quantiles. A variance is taken about the mean, in two passes; a
 * standard deviation is a norm, and so has the derivative 0 where all are equal, the subgradient of
 * least magnitude. A norm is scaled by its largest element, and so is the quotient in its rule. */
#include <math.h>

#include "families.h"

enum {
    STATISTIC_NORM,
    STATISTIC_RATIO,
    STATISTIC_POWER,
    STATISTIC_VAR,
    STATISTIC_STD,
    STATISTIC_MEDIAN,
    STATISTIC_QUANTILE
};

/* ---- norm ---- */

typedef struct norm_attrs {
    fx__over over;
    double p;
} norm_attrs;

static const fx_attr norm_schema[] = {{"axes", FX_ATTR_SHAPE, offsetof(norm_attrs, over.axes)},
                                      {"keep", FX_ATTR_BOOL, offsetof(norm_attrs, over.keep)},
                                      {"p", FX_ATTR_F64, offsetof(norm_attrs, p)},
                                      {0}};

static fx_status norm_infer(fx_call *call) {
    const double p = ((const norm_attrs *)call->attrs)->p;
    if (!(p > 0)) return fx_call_fail(call, FX_ERR_ARGUMENT, "p = %g; a norm has p > 0", p);
    return fx__over_infer(call, call->x[0].dtype, 1);
}

static double norm_largest(int64_t n, const double *x) {
    double largest = 0;
    for (int64_t i = 0; i < n && !isnan(largest); i++)
        if (!(fabs(x[i]) <= largest)) largest = fabs(x[i]);
    return largest;
}

/* Squares within 2^-800 and 2^800 are not scaled; a power of two costs no digit. */
static double norm_square(const fx_call *call, int64_t n, const double *x, double largest,
                          double *spare) {
    int e;
    frexp(largest, &e);
    if (e > -400 && e < 400) e = 0;
    for (int64_t i = 0; i < n; i++) {
        const double z = e ? ldexp(x[i], -e) : x[i];
        spare[i] = z * z;
    }
    return ldexp(sqrt(fx__line_sum(call, n, spare)), e);
}

static void norm_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                      double *spare) {
    const double p = ((const norm_attrs *)call->attrs)->p;
    const double largest = *y = norm_largest(n, x[0]);
    if (!(largest > 0) || isinf(largest)) return;
    if (p == 2) {
        *y = norm_square(call, n, x[0], largest, spare);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        spare[i] = p == 1 ? fabs(x[0][i]) : pow(fabs(x[0][i]) / largest, p);
    const double sum = fx__line_sum(call, n, spare);
    *y = p == 1 ? sum : largest * pow(sum, 1 / p);
}

static fx_status norm_forward(fx_call *call) { return fx__over_forward(call, norm_line); }

static fx_tensor norm_ratio(fx_tensor a, fx_tensor b) {
    const fx_tensor operands[] = {a, b};
    return fx_apply(&fx__statistics[STATISTIC_RATIO], NULL, 2, operands);
}

static void norm_ratio_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    *y = x[1] == 0 ? 0 : x[0] / x[1];
}

static void norm_ratio_vjp(fx_vjp *v) {
    v->dx[0] = norm_ratio(v->g[0], v->x[1]);
    if (v->wants[1]) v->dx[1] = fx_neg(fx_mul(v->dx[0], v->y[0]));
}

typedef struct norm_power_attrs {
    double q;
    bool odd;
} norm_power_attrs;

static const fx_attr norm_power_schema[] = {{"q", FX_ATTR_F64, offsetof(norm_power_attrs, q)},
                                            {"odd", FX_ATTR_BOOL, offsetof(norm_power_attrs, odd)},
                                            {0}};

static fx_tensor norm_power(fx_tensor x, double q, bool odd) {
    const norm_power_attrs attrs = {q, odd};
    return fx_apply(&fx__statistics[STATISTIC_POWER], &attrs, 1, &x);
}

static void norm_power_map(const void *attrs, const double *x, double *y) {
    const norm_power_attrs *a = attrs;
    const double size = pow(fabs(*x), a->q);
    if (isnan(*x) || (a->odd && *x == 0))
        *y = *x;
    else
        *y = a->odd ? copysign(size, *x) : size;
}

static void norm_power_vjp(fx_vjp *v) {
    const norm_power_attrs *a = v->attrs;
    if (a->q == 0)
        fx_vjp_zero(v, 0);
    else
        v->dx[0] = fx_mul(v->g[0], fx_mul(fx_num(a->q), norm_power(v->x[0], a->q - 1, !a->odd)));
}

static void norm_vjp(fx_vjp *v) {
    const norm_attrs *attrs = v->attrs;
    const fx_shape shape = fx_tensor_shape(v->x[0]);
    fx_tensor slope = norm_ratio(v->x[0], fx__spread(v->y[0], shape, &attrs->over));
    if (attrs->p != 2) slope = norm_power(slope, attrs->p - 1, true);
    v->dx[0] = fx_mul(fx__spread(v->g[0], shape, &attrs->over), slope);
}

#define STATISTIC_COMPOSED(op_name, text)                                                          \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "x", .min = 1, .max = 1,          \
        .formula = (text)                                                                          \
    }

const fx_op fx__statistics[] = {
    [STATISTIC_NORM] =
        {
            .version = FX_OP_VERSION,
            .name = "norm",
            .operands = "x",
            .min = 1,
            .max = 1,
            .flags = FX_OP_STRIDED,
            .attrs = norm_schema,
            .attrs_size = sizeof(norm_attrs),
            .infer = norm_infer,
            .forward = norm_forward,
            .vjp = norm_vjp,
            .formula =
                "y = (sum |x|^p)^(1/p) over axes;  dx = G sign(x) |x/y|^(p-1), 0 where y = 0",
        },
    [STATISTIC_RATIO] =
        {
            .version = FX_OP_VERSION,
            .name = "norm_ratio",
            .operands = "a, b",
            .min = 2,
            .max = 2,
            .map = norm_ratio_map,
            .vjp = norm_ratio_vjp,
            .formula = "y = a / b, 0 where b = 0;  da = G / b, db = -G y / b, 0 where b = 0",
        },
    [STATISTIC_POWER] =
        {
            .version = FX_OP_VERSION,
            .name = "norm_power",
            .operands = "x",
            .min = 1,
            .max = 1,
            .attrs = norm_power_schema,
            .attrs_size = sizeof(norm_power_attrs),
            .map = norm_power_map,
            .vjp = norm_power_vjp,
            .formula =
                "y = |x|^q, times sign(x) if odd;  dx = G q |x|^(q-1), times sign(x) if even",
        },
    [STATISTIC_VAR] = STATISTIC_COMPOSED(
        "var", "y = sum (x - m)^2 / (N - c), m the mean;  dx = G 2 (x - m) / (N - c)"),
    [STATISTIC_STD] =
        STATISTIC_COMPOSED("std", "y = sqrt var x;  dx = G (x - m) / ((N - c) y), 0 where y = 0"),
    [STATISTIC_MEDIAN] = STATISTIC_COMPOSED(
        "median", "y = the lower of the middle along axis;  dx = G there, else 0"),
    [STATISTIC_QUANTILE] = STATISTIC_COMPOSED(
        "quantile", "y = (1 - f) a + f b, a and b the neighbours of place q (N - 1);"
                    "  dx = G (1 - f) at a, G f at b, else 0"),
    {0},
};

fx_tensor fx_norm_axes(fx_tensor x, double p, fx_axes axes, bool keep) {
    const norm_attrs attrs = {{axes, keep}, p};
    if (p != INFINITY) return fx_apply(&fx__statistics[STATISTIC_NORM], &attrs, 1, &x);
    const fx_composition c = fx_compose(&fx__statistics[STATISTIC_NORM], 1, &x);
    return fx_composed(c, fx_amax_axes(fx_abs(x), axes, keep));
}

fx_tensor fx_norm(fx_tensor x, double p) { return fx_norm_axes(x, p, fx__all_axes(x), false); }

/* ---- variance ---- */

static fx_tensor variance_refuse(int row, fx_tensor x, double correction) {
    return fx_refuse(&fx__statistics[row], 1, &x, FX_ERR_ARGUMENT,
                     "correction = %g; it is 1 for a sample, 0 for a population", correction);
}

static bool variance_allows(double correction) { return correction >= 0 && correction < INFINITY; }

/* N - correction, not below 0; deviations has x's shape, or is invalid. */
static fx_tensor variance_freedom(fx_tensor deviations, const fx_axes *axes, double correction) {
    if (!fx_tensor_valid(deviations)) return fx_num(1);
    return fx_num(fmax(fx__axes_count(deviations, axes) - correction, 0));
}

static fx_tensor variance_deviations(fx_tensor x, fx_axes axes) {
    return fx_sub(x, fx_mean_axes(x, axes, true));
}

fx_tensor fx_var_axes(fx_tensor x, fx_axes axes, double correction, bool keep) {
    if (!variance_allows(correction)) return variance_refuse(STATISTIC_VAR, x, correction);
    const fx_composition c = fx_compose(&fx__statistics[STATISTIC_VAR], 1, &x);
    const fx_tensor d = variance_deviations(x, axes);
    const fx_tensor sum = fx_sum_axes(fx_square(d), axes, keep);
    return fx_composed(c, fx_div(sum, variance_freedom(d, &axes, correction)));
}

fx_tensor fx_std_axes(fx_tensor x, fx_axes axes, double correction, bool keep) {
    if (!variance_allows(correction)) return variance_refuse(STATISTIC_STD, x, correction);
    const fx_composition c = fx_compose(&fx__statistics[STATISTIC_STD], 1, &x);
    const fx_tensor d = variance_deviations(x, axes);
    const fx_tensor freedom = variance_freedom(d, &axes, correction);
    const fx_tensor size = fx_norm_axes(d, 2, axes, keep);
    return fx_composed(c, fx_div(size, fx_num(sqrt(freedom.as.number))));
}

fx_tensor fx_var(fx_tensor x, double correction) {
    return fx_var_axes(x, fx__all_axes(x), correction, false);
}

fx_tensor fx_std(fx_tensor x, double correction) {
    return fx_std_axes(x, fx__all_axes(x), correction, false);
}

/* ---- median and quantile ---- */

/* The size of an axis; 0 if it is not there, which the next op says. */
static int64_t statistic_size(fx_tensor x, int axis) {
    const fx_shape shape = fx_tensor_shape(x);
    const int at = axis < 0 ? axis + shape.rank : axis;
    return at >= 0 && at < shape.rank ? shape.dims[at] : 0;
}

static fx_tensor statistic_kth(fx_tensor x, int axis, bool keep, int64_t k) {
    fx_tensor at = fx__argkth(x, axis, k);
    return fx__pick(x, axis, keep, &at);
}

fx_tensor fx_median_axis(fx_tensor x, int axis, bool keep) {
    const fx_composition c = fx_compose(&fx__statistics[STATISTIC_MEDIAN], 1, &x);
    return fx_composed(c, statistic_kth(x, axis, keep, (statistic_size(x, axis) - 1) / 2));
}

/* Between the two neighbours of place q (N - 1). */
static fx_tensor statistic_between(fx_tensor x, double q, int axis, bool keep) {
    const int64_t n = statistic_size(x, axis);
    const double place = q * (double)(n > 0 ? n - 1 : 0), below = floor(place), f = place - below;
    const fx_tensor a = statistic_kth(x, axis, keep, (int64_t)below);
    if (f == 0) return a;
    const fx_tensor b = statistic_kth(x, axis, keep, (int64_t)below + 1);
    return fx_add(fx_mul(a, fx_num(1 - f)), fx_mul(b, fx_num(f)));
}

fx_tensor fx_quantile_axis(fx_tensor x, double q, int axis, bool keep) {
    const fx_op *op = &fx__statistics[STATISTIC_QUANTILE];
    if (!(q >= 0 && q <= 1))
        return fx_refuse(op, 1, &x, FX_ERR_ARGUMENT, "q = %g; it is in [0, 1]", q);
    const fx_composition c = fx_compose(op, 1, &x);
    return fx_composed(c, statistic_between(x, q, axis, keep));
}

fx_tensor fx_median(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__statistics[STATISTIC_MEDIAN], 1, &x);
    return fx_composed(c, fx_median_axis(fx_reshape(x, fx_shape1(-1)), 0, false));
}

fx_tensor fx_quantile(fx_tensor x, double q) {
    const fx_composition c = fx_compose(&fx__statistics[STATISTIC_QUANTILE], 1, &x);
    return fx_composed(c, fx_quantile_axis(fx_reshape(x, fx_shape1(-1)), q, 0, false));
}
