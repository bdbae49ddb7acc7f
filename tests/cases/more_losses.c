/* SPDX-License-Identifier: MIT */
/* Losses of probabilities and of distances: each element by element, as the mean that one usually
 * takes, at the ends of its domain and beyond them. */
#include <math.h>

#include "cases.h"

/* ---- calls ---- */

#define LOSS_CALLS(name)                                                                           \
    static fx_tensor name##_call(void *row, const fx_tensor *x) {                                  \
        return (void)row, fx_##name(x[0], x[1]);                                                   \
    }                                                                                              \
    static fx_tensor name##_as_call(void *user, const fx_tensor *x) {                              \
        return fx_##name##_as(x[0], x[1], (fx_reduction)((const case_row *)user)->start);          \
    }
#define LOSS_CALLS_WITH(name)                                                                      \
    static fx_tensor name##_call(void *user, const fx_tensor *x) {                                 \
        return fx_##name(x[0], x[1], ((const case_row *)user)->attrs[0].value);                    \
    }                                                                                              \
    static fx_tensor name##_as_call(void *user, const fx_tensor *x) {                              \
        const case_row *row = user;                                                                \
        return fx_##name##_as(x[0], x[1], row->attrs[0].value, (fx_reduction)row->start);          \
    }

LOSS_CALLS(bce)
LOSS_CALLS(bce_with_logits)
LOSS_CALLS(kl_div)
LOSS_CALLS(poisson_nll)
LOSS_CALLS(l1_loss)
LOSS_CALLS(hinge_loss)
LOSS_CALLS_WITH(huber_loss)
LOSS_CALLS_WITH(smooth_l1_loss)
LOSS_CALLS_WITH(quantile_loss)

static fx_tensor gaussian_nll_call(void *row, const fx_tensor *x) {
    return (void)row, fx_gaussian_nll(x[0], x[1], x[2]);
}

static fx_tensor gaussian_nll_as_call(void *user, const fx_tensor *x) {
    return fx_gaussian_nll_as(x[0], x[1], x[2], (fx_reduction)((const case_row *)user)->start);
}

static fx_tensor cosine_call(void *user, const fx_tensor *x) {
    return fx_cosine_similarity(x[0], x[1], (int)((const case_row *)user)->axis);
}

/* Operand axis is multiplied by stride: values that are not 1, for errors. */
static void scaled(const case_row *row, const fx_tensor *x, fx_tensor *to) {
    for (int i = 0; i < row->n; i++)
        to[i] = i == row->axis ? fx_mul(x[i], fx_num((double)row->stride)) : x[i];
}

#define SCALED(name)                                                                               \
    static fx_tensor name##_scaled(void *row, const fx_tensor *x) {                                \
        fx_tensor to[CASE_OPERANDS];                                                               \
        scaled(row, x, to);                                                                        \
        return name##_call(row, to);                                                               \
    }

SCALED(bce)
SCALED(bce_with_logits)
SCALED(kl_div)
SCALED(poisson_nll)
SCALED(gaussian_nll)

/* ---- references ---- */

#define AT(name, value)                                                                            \
    static case_number name##_at(const case_row *row, const case_number *z) {                      \
        return (void)row, (value);                                                                 \
    }                                                                                              \
    static void name##_of(const case_row *row, const case_number *const *x, case_number *y) {      \
        loss_reduced(row, x, y, name##_at);                                                        \
    }

/* The mean or the sum of what at gives. */
static void loss_reduced(const case_row *row, const case_number *const *x, case_number *y,
                         case_number (*at)(const case_row *row, const case_number *z)) {
    const int64_t n = case_numel(row->x[0]);
    y[0] = 0;
    for (int64_t e = 0; e < n; e++) {
        case_number z[CASE_OPERANDS] = {0};
        for (int i = 0; i < row->n; i++) z[i] = x[i][e];
        y[0] += at(row, z);
    }
    if (row->start == FX_REDUCE_MEAN) y[0] /= (long double)n;
}

static case_number loss_log1p(case_number w) { return 2 * catanhl(w / (2 + w)); }

static case_number loss_softplus(case_number x) {
    return creall(x) > 0 ? x + loss_log1p(cexpl(-x)) : loss_log1p(cexpl(x));
}

static case_number loss_abs(case_number x) { return creall(x) < 0 ? -x : x; }

static case_number loss_bce(case_number p, case_number t) {
    return -t * clogl(p) - (1 - t) * loss_log1p(-p);
}

static case_number loss_huber(case_number d, long double delta) {
    const case_number size = loss_abs(d);
    return creall(size) < delta ? d * d / 2 : delta * (size - delta / 2);
}

#define ATTR ((long double)row->attrs[0].value)

AT(bce, loss_bce(z[0], z[1]))
AT(bce_with_logits, z[1] * loss_softplus(-z[0]) + (1 - z[1]) * loss_softplus(z[0]))
AT(kl_div, z[1] * (clogl(z[1]) - z[0]))
AT(gaussian_nll, (clogl(z[2]) + (z[0] - z[1]) * (z[0] - z[1]) / z[2]) / 2)
AT(poisson_nll, cexpl(z[0]) - z[1] * z[0])
AT(l1_loss, loss_abs(z[0] - z[1]))
AT(huber_loss, loss_huber(z[0] - z[1], ATTR))
AT(smooth_l1_loss, loss_huber(z[0] - z[1], ATTR) / ATTR)
AT(hinge_loss, creall(z[1] * z[0]) < 1 ? 1 - z[1] * z[0] : 0)
AT(quantile_loss, (z[1] - z[0]) * (creall(z[1] - z[0]) < 0 ? ATTR - 1 : ATTR))

static case_number bce_term_at(const case_row *row, const case_number *z) {
    const int order = (int)row->attrs[0].value;
    case_number right = 1 - z[2], left = order % 2 ? -z[2] : z[2];
    if (order == 0) return z[0] * loss_bce(z[1], z[2]);
    for (int k = 1; k <= order; k++) {
        right *= (k > 1 ? k - 1 : 1) / (1 - z[1]);
        left *= (k > 1 ? k - 1 : 1) / z[1];
    }
    return z[0] * (right + left);
}

static case_number cosine_length(case_number square) {
    return creall(square) < 1e-16L ? 1e-8L : csqrtl(square);
}

/* Along the last axis of a matrix, or the first. */
static void cosine_of(const case_row *row, const case_number *const *x, case_number *y) {
    const fx_shape shape = row->x[0];
    const int64_t rows = shape.rank > 1 ? shape.dims[0] : 1, columns = shape.dims[shape.rank - 1];
    const bool first = shape.rank > 1 && row->axis == 0;
    const int64_t count = first ? columns : rows, n = first ? rows : columns;
    for (int64_t k = 0; k < count; k++) {
        case_number ab = 0, aa = 0, bb = 0;
        for (int64_t i = 0; i < n; i++) {
            const int64_t at = first ? i * columns + k : k * columns + i;
            ab += x[0][at] * x[1][at];
            aa += x[0][at] * x[0][at];
            bb += x[1][at] * x[1][at];
        }
        y[k] = n ? ab / (cosine_length(aa) * cosine_length(bb)) : 0;
    }
}

/* ---- rows ---- */

#define SMALL                                                                                      \
    {                                                                                              \
        2, { 3, 4 }                                                                                \
    }
#define TWO                .n = 2, .x = {SMALL, SMALL}
#define THREE              .n = 3, .x = {SMALL, SMALL, SMALL}
#define RANGES(a, b, c, d) .low = {a, c}, .high = {b, d}
#define EACH(name)         .f = name##_as_call, .at = name##_at, .y = SMALL, .start = FX_REDUCE_NONE
#define MEAN(name)         .f = name##_call, .of = name##_of, .y = {0, {0}}, .ulps = 8
#define SUM(name)                                                                                  \
    .f = name##_as_call, .of = name##_of, .y = {0, {0}}, .ulps = 8, .start = FX_REDUCE_SUM
#define WITH(value) .attrs = {CASE_ATTR("attr", value)}
#define TERM(order)                                                                                \
    .f = case_apply, THREE, .low = {0.5, 0.7, 0.1}, .high = {2, 0.85, 0.3}, .y = SMALL,            \
    .at = bce_term_at, .attrs = {CASE_ATTR("order", order)}
#define COSINE .f = cosine_call, .n = 2, .of = cosine_of, .sums = true, .ulps = 8, .made = true

static const case_row more_rows[] = {
    {"bce", EACH(bce), TWO, RANGES(0.7, 0.85, 0.1, 0.3), .ulps = 3},
    {"bce", "small", EACH(bce), TWO, RANGES(0.02, 0.05, 0.3, 0.8), .ulps = 3},
    {"bce", "mean", MEAN(bce), TWO, RANGES(0.1, 0.8, 0.1, 0.8)},
    {"bce", "sum", SUM(bce), TWO, RANGES(0.1, 0.8, 0.1, 0.8)},
    {"bce_term", "k = 0", TERM(0), .ulps = 4},
    {"bce_term", "k = 1", TERM(1), .ulps = 4},
    {"bce_term", "k = 2", TERM(2), .ulps = 4},
    {"bce_term", "k = 3", TERM(3), .ulps = 6},
    {"bce_with_logits", EACH(bce_with_logits), TWO, RANGES(1.5, 3, 0.1, 0.4), .ulps = 3},
    {"bce_with_logits", "left", EACH(bce_with_logits), TWO, RANGES(-30, -5, 0.3, 0.8), .ulps = 3},
    {"bce_with_logits", "right", EACH(bce_with_logits), TWO, RANGES(5, 30, 0.2, 0.7), .ulps = 3},
    {"bce_with_logits", "mean", MEAN(bce_with_logits), TWO, RANGES(-2, 2, 0.1, 0.8)},
    {"kl_div", EACH(kl_div), TWO, RANGES(-4, -3, 0.1, 0.8), .ulps = 4},
    {"kl_div", "mean", MEAN(kl_div), TWO, RANGES(-4, -3, 0.1, 0.8)},
    {"gaussian_nll", EACH(gaussian_nll), THREE, .low = {2, -1, 0.5}, .high = {3, 0, 1.5},
     .ulps = 4},
    {"gaussian_nll", "mean", MEAN(gaussian_nll), THREE, .low = {2, -1, 0.5}, .high = {3, 0, 1.5}},
    {"poisson_nll", EACH(poisson_nll), TWO, RANGES(1, 3, 0.1, 0.6), .ulps = 3},
    {"poisson_nll", "mean", MEAN(poisson_nll), TWO, RANGES(1, 3, 0.1, 0.6)},
    {"l1_loss", EACH(l1_loss), TWO, RANGES(1, 3, -3, 0.5), .ulps = 1},
    {"l1_loss", "below", EACH(l1_loss), TWO, RANGES(-3, 0.5, 1, 3), .ulps = 1},
    {"l1_loss", "mean", MEAN(l1_loss), TWO, RANGES(1, 3, -3, 0.5)},
    {"huber_loss", EACH(huber_loss), TWO, RANGES(0.6, 1, 0.1, 0.5), .ulps = 3, WITH(1.25)},
    {"huber_loss", "above", EACH(huber_loss), TWO, RANGES(3, 4, 0.1, 0.5), .ulps = 3, WITH(1.25)},
    {"huber_loss", "below", EACH(huber_loss), TWO, RANGES(-4, -3, 0.1, 0.5), .ulps = 3, WITH(1.25)},
    {"huber_loss", "mean", MEAN(huber_loss), TWO, RANGES(3, 4, 0.1, 0.5), WITH(1.25)},
    {"smooth_l1_loss", EACH(smooth_l1_loss), TWO, RANGES(0.6, 1, 0.1, 0.5), .ulps = 3, WITH(1.25)},
    {"smooth_l1_loss", "above", EACH(smooth_l1_loss), TWO, RANGES(3, 4, 0.1, 0.5), .ulps = 3,
     WITH(0.75)},
    {"smooth_l1_loss", "mean", MEAN(smooth_l1_loss), TWO, RANGES(3, 4, 0.1, 0.5), WITH(0.75)},
    {"hinge_loss", EACH(hinge_loss), TWO, RANGES(-2, -0.5, 0.5, 1.5), .ulps = 2},
    {"hinge_loss", "right", EACH(hinge_loss), TWO, RANGES(2, 3, 1, 2), .ulps = 2},
    {"hinge_loss", "mean", MEAN(hinge_loss), TWO, RANGES(-2, -0.5, 0.5, 1.5)},
    {"quantile_loss", EACH(quantile_loss), TWO, RANGES(1, 3, -3, 0.5), .ulps = 3, WITH(0.25)},
    {"quantile_loss", "below", EACH(quantile_loss), TWO, RANGES(-3, 0.5, 1, 3), .ulps = 3,
     WITH(0.25)},
    {"quantile_loss", "mean", MEAN(quantile_loss), TWO, RANGES(1, 3, -3, 0.5), WITH(0.25)},
    {"cosine_similarity", NULL, COSINE, .x = {SMALL, SMALL}, .y = {1, {3}}, .axis = -1},
    {"cosine_similarity", "first", COSINE, .x = {SMALL, SMALL}, .y = {1, {4}}, .axis = 0},
    {"cosine_similarity", "nothing", COSINE, .x = {{2, {3, 0}}, {2, {3, 0}}}, .y = {1, {3}},
     .axis = 1},
    /* of one element the cosine is 1, but for what is shorter than 1e-8 */
    {"cosine_similarity", "one", COSINE, .x = {{1, {1}}, {1, {1}}}, .y = {0, {0}},
     RANGES(1e-9, 4e-9, 1e-9, 4e-9), .step = 1e-10},
};

static const case_point more_points[] = {
    {"bce", NULL, {0, 0}, "", 0},
    {"bce", NULL, {1, 1}, "", 0},
    {"bce", NULL, {0, 0}, "0", 1},
    {"bce", NULL, {1, 1}, "0", -1},
    {"bce", NULL, {0, 1}, "", INFINITY},
    {"bce", NULL, {1, 0}, "", INFINITY},
    {"bce", NULL, {0.5, 0.5}, "0", 0},
    {"bce", NULL, {0.5, 0.5}, "00", 4},
    {"bce", NULL, {0.5, 1}, "000", -16},
    {"bce", NULL, {0.5, 0.5}, "1", 0},
    {"bce", NULL, {0.5, 0.5}, "01", -4},
    {"bce", NULL, {0.5, 0.5}, "10", -4},
    {"bce", NULL, {NAN, 0.5}, "", NAN},
    {"bce_with_logits", NULL, {800, 1}, "", 0},
    {"bce_with_logits", NULL, {800, 0}, "", 800},
    {"bce_with_logits", NULL, {-800, 1}, "0", -1},
    {"bce_with_logits", NULL, {0, 0.5}, "0", 0},
    {"bce_with_logits", NULL, {0, 0.5}, "00", 0.25},
    {"bce_with_logits", NULL, {0, 0.5}, "000", 0},
    {"bce_with_logits", NULL, {3, 0.5}, "1", -3},
    {"bce_with_logits", NULL, {3, 0.5}, "01", -1},
    {"bce_with_logits", NULL, {INFINITY, 1}, "", 0},
    {"bce_with_logits", NULL, {NAN, 1}, "", NAN},
    {"kl_div", NULL, {-1, 0}, "", 0},
    {"kl_div", NULL, {-1, 0}, "0", 0},
    {"kl_div", NULL, {-1, 1}, "", 1},
    {"kl_div", NULL, {-1, 1}, "1", 2},
    {"kl_div", NULL, {-1, 0.5}, "11", 2},
    {"kl_div", NULL, {-1, 0.5}, "01", -1},
    {"gaussian_nll", NULL, {3, 1, 1}, "", 2},
    {"gaussian_nll", NULL, {3, 1, 1}, "0", 2},
    {"gaussian_nll", NULL, {3, 1, 1}, "1", -2},
    {"gaussian_nll", NULL, {3, 1, 1}, "2", -1.5},
    {"gaussian_nll", NULL, {3, 1, 2}, "22", 0.375},
    {"gaussian_nll", NULL, {3, 1, 2}, "02", -0.5},
    {"poisson_nll", NULL, {0, 3}, "", 1},
    {"poisson_nll", NULL, {0, 3}, "0", -2},
    {"poisson_nll", NULL, {0, 3}, "00", 1},
    {"poisson_nll", NULL, {2, 3}, "1", -2},
    {"l1_loss", NULL, {2, 2}, "0", 0},
    {"l1_loss", NULL, {3, 2}, "0", 1},
    {"l1_loss", NULL, {3, 2}, "1", -1},
    {"l1_loss", NULL, {1, 2}, "0", -1},
    {"l1_loss", NULL, {1, 2}, "00", 0},
    {"l1_loss", NULL, {NAN, 2}, "0", NAN},
    {"huber_loss", NULL, {1, 1}, "0", 0},
    {"huber_loss", NULL, {1, 1}, "00", 1},
    {"huber_loss", NULL, {2.25, 1}, "0", 1.25},
    {"huber_loss", NULL, {2.25, 1}, "00", 0},
    {"huber_loss", NULL, {-9, 1}, "0", -1.25},
    {"huber_loss", NULL, {2, 1}, "01", -1},
    {"huber_loss", NULL, {-INFINITY, 1}, "", INFINITY},
    {"huber_loss", NULL, {NAN, 1}, "", NAN},
    {"smooth_l1_loss", "above", {9, 1}, "0", 1},
    {"smooth_l1_loss", "above", {1, 1}, "0", 0},
    {"hinge_loss", NULL, {1, 1}, "", 0},
    {"hinge_loss", NULL, {1, 1}, "0", 0},
    {"hinge_loss", NULL, {2, 1}, "0", 0},
    {"hinge_loss", NULL, {2, -1}, "0", 1},
    {"hinge_loss", NULL, {2, -1}, "", 3},
    {"hinge_loss", NULL, {0.5, 1}, "0", -1},
    {"hinge_loss", NULL, {NAN, 1}, "", NAN},
    {"quantile_loss", NULL, {1, 1}, "0", 0},
    {"quantile_loss", NULL, {1, 2}, "", 0.25},
    {"quantile_loss", NULL, {1, 2}, "0", -0.25},
    {"quantile_loss", NULL, {3, 2}, "0", 0.75},
    {"quantile_loss", NULL, {3, 2}, "1", -0.75},
    {"quantile_loss", NULL, {NAN, 2}, "", NAN},
};

#define FLOATS                                                                                     \
    { FX_F64, FX_F64, FX_F64 }
#define UNEQUAL      .n = 2, .x = {{2, {32, 1}}, {1, {32}}}
#define PLAIN        .n = 2, .x = {{1, {3}}, {1, {3}}}
#define UNEQUAL_TEXT ": shapes must be equal, nothing is broadcast; fx_reshape one of them "
#define DIFFER(name, first, with)                                                                  \
    {                                                                                              \
        {#name, .f = name##_call, UNEQUAL, WITH(with)}, FLOATS, FX_ERR_SHAPE,                      \
            #name UNEQUAL_TEXT "(" first " [32, 1], target [32])"                                  \
    }
#define WRONG(name, with, text)                                                                    \
    { {#name, .f = name##_call, PLAIN, WITH(with)}, FLOATS, FX_ERR_ARGUMENT, text }
#define OUTSIDE(name, operand, times, text)                                                        \
    {                                                                                              \
        {#name, .f = name##_scaled, PLAIN, .axis = (operand), .stride = (times)}, FLOATS,          \
            FX_ERR_DATA, text                                                                      \
    }

static const case_error more_errors[] = {
    DIFFER(bce, "p", 0),
    DIFFER(bce_with_logits, "x", 0),
    DIFFER(kl_div, "log_q", 0),
    DIFFER(poisson_nll, "log_rate", 0),
    DIFFER(l1_loss, "y", 0),
    DIFFER(huber_loss, "y", 1),
    DIFFER(smooth_l1_loss, "y", 1),
    DIFFER(hinge_loss, "y", 0),
    DIFFER(quantile_loss, "y", 0.5),
    {{"gaussian_nll", .f = gaussian_nll_call, .n = 3, .x = {{1, {3}}, {1, {3}}, {1, {1}}}},
     FLOATS,
     FX_ERR_SHAPE,
     "gaussian_nll: shapes must be equal, nothing is broadcast; fx_reshape one of them (y [3], "
     "target [3], variance [1])"},
    WRONG(huber_loss, 0,
          "huber_loss: delta = 0; it must be positive and finite (at 0 it is fx_l1_loss) (y [3], "
          "target [3])"),
    WRONG(smooth_l1_loss, NAN,
          "smooth_l1_loss: beta = nan; it must be positive and finite (at 0 it is fx_l1_loss) (y "
          "[3], target [3])"),
    WRONG(quantile_loss, 1.5, "quantile_loss: q = 1.5; it is in [0, 1] (y [3], target [3])"),
    WRONG(quantile_loss, NAN, "quantile_loss: q = nan; it is in [0, 1] (y [3], target [3])"),
    {{"l1_loss", .f = l1_loss_as_call, PLAIN, .start = 3},
     FLOATS,
     FX_ERR_ARGUMENT,
     "l1_loss: there is no reduction 3; choose FX_REDUCE_MEAN, _SUM or _NONE"},
    {{"bce", .f = bce_call, .n = 2, .x = {{1, {0}}, {1, {0}}}},
     FLOATS,
     FX_ERR_SHAPE,
     "bce: no elements to compare"},
    OUTSIDE(bce, 0, 2, "bce: p at position 0 is 2; a probability is in [0, 1] (p [3], target [3])"),
    OUTSIDE(bce, 1, -1,
            "bce: target at position 0 is -1; a probability is in [0, 1] (p [3], target [3])"),
    OUTSIDE(bce_with_logits, 1, 2,
            "bce_with_logits: target at position 0 is 2; a probability is in [0, 1] (x [3], target "
            "[3])"),
    OUTSIDE(kl_div, 1, -2,
            "kl_div: target at position 0 is -2; a probability is in [0, 1] (log_q [3], target "
            "[3])"),
    OUTSIDE(poisson_nll, 1, -1,
            "poisson_nll: target at position 0 is -1; it must be 0 or more (log_rate [3], target "
            "[3])"),
    {{"gaussian_nll", .f = gaussian_nll_scaled, .n = 3, .x = {{1, {3}}, {1, {3}}, {1, {3}}},
      .axis = 2, .stride = 0},
     FLOATS,
     FX_ERR_DATA,
     "gaussian_nll: variance at position 0 is 0; it must be positive (y [3], target [3], variance "
     "[3])"},
    {{"cosine_similarity", .f = cosine_call, UNEQUAL},
     FLOATS,
     FX_ERR_SHAPE,
     "cosine_similarity: shapes must be equal, nothing is broadcast; fx_reshape one of them (a "
     "[32, 1], b [32])"},
    {{"cosine_similarity", .f = cosine_call, PLAIN, .axis = 1},
     FLOATS,
     FX_ERR_SHAPE,
     "cosine_similarity: axis 1 is outside -1..0 (x [3])"},
};

const case_family case_more_losses = {
    more_rows,
    more_points,
    more_errors,
    CASE_COUNT(more_rows),
    CASE_COUNT(more_points),
    CASE_COUNT(more_errors),
};
