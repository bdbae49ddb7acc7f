/* SPDX-License-Identifier: MIT */
/* Attention: heads, sizes all different, masks to choose and to add, causal; the op that checks a
 * mask. */
#include <math.h>

#include "cases.h"

/* Masks that no row derives by; row->start is one of them. */
typedef struct attention_given {
    bool chosen; /* bool, not added */
    fx_shape shape;
    double values[30];
} attention_given;

enum { NONE, CHOSEN, KEYS, STACKED, PADDED, ADDED, HOLES };

static const attention_given attention_masks[] = {
    [CHOSEN] = {true, {2, {3, 5}}, {1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1}},
    [KEYS] = {true, {1, {5}}, {1, 0, 1, 1, 0}},
    [STACKED] = {true, {3, {2, 1, 4}}, {1, 1, 1, 0, 0, 1, 0, 1}},
    [PADDED] = {true, {3, {2, 3, 4}}, {1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0,
                                       1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0}},
    [ADDED] = {false, {2, {3, 5}}, {0, 1, -1, 0.5, 0, 2, 0, 0, -3, 1, 0, 0.25, 0, 1, 0}},
    [HOLES] = {false,
               {2, {3, 5}},
               {0, -INFINITY, 0, 1, 0, 0, 0, -INFINITY, -INFINITY, 0, 1, 0, 0, 0, -INFINITY}},
};

static double attention_option(const case_row *row, int i) { return row->attrs[i].value; }

static fx_attention_options attention_options(const case_row *row) {
    fx_attention_options o = fx_attention_defaults();
    o.scale = attention_option(row, 0);
    o.dropout = attention_option(row, 1);
    o.causal = row->keep;
    if (row->stop) o.size = 0;
    return o;
}

static fx_tensor attention_mask(const case_row *row, const fx_tensor *x) {
    const attention_given *mask = &attention_masks[row->start];
    fx_graph *g = NULL;
    int i = 0;
    while (i < row->n && !(g = fx_tensor_graph(x[i]))) i++;
    if (row->start == NONE || !g) return FX_NONE;
    const fx_tensor values = fx_input_f64(g, mask->shape, mask->values);
    return fx_cast(values, mask->chosen ? FX_BOOL : fx_tensor_dtype(x[i]));
}

/* axis 1: the third operand is the mask, and keys are their own values; stop: the options have no
 * size. */
static fx_tensor attention_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    const fx_attention_options o = attention_options(row);
    const bool plain = !row->keep && !row->attrs[0].name;
    const bool shared = row->axis && !fx_is_none(x[2]);
    const fx_tensor mask = shared ? x[2] : attention_mask(row, x);
    return fx_scaled_dot_product_attention(x[0], x[1], x[shared ? 1 : 2], mask, plain ? NULL : &o);
}

/* Two keys with the scores x0 and x1 and the values 1 and 3; start: the second does not take
 * part. */
static fx_tensor pair_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    fx_graph *g = fx_tensor_graph(x[0]);
    const double values[] = {1, 3}, kept[] = {1, 0};
    if (!g) g = fx_tensor_graph(x[1]);
    if (!g) return fx_add(x[0], x[1]);
    const fx_tensor one = fx_cast(fx_f64(g, 1), fx_tensor_dtype(x[0]));
    const fx_tensor parts[] = {fx_reshape(x[0], fx_shape2(1, 1)),
                               fx_reshape(x[1], fx_shape2(1, 1))};
    const fx_tensor k = fx_concat(2, parts, 0), q = fx_reshape(one, fx_shape2(1, 1));
    const fx_tensor v = fx_cast(fx_input_f64(g, fx_shape2(2, 1), values), fx_tensor_dtype(x[0]));
    const fx_tensor mask = fx_cast(fx_input_f64(g, fx_shape1(2), kept), FX_BOOL);
    const fx_tensor y = fx_scaled_dot_product_attention(q, k, v, row->start ? mask : FX_NONE, NULL);
    return fx_reshape(y, fx_shape0());
}

/* ---- references ---- */

static fx_shape attention_lead(fx_shape shape) {
    shape.rank -= 2;
    return shape;
}

static int64_t attention_size(fx_shape shape, int back) { return shape.dims[shape.rank - back]; }

/* The score of a query and a key; whether it counts. */
static bool attention_counts(const case_row *row, const case_number *learned, int64_t e, int64_t i,
                             int64_t j, case_number *score) {
    const attention_given *mask = &attention_masks[row->start];
    fx_shape scores = attention_lead(row->y);
    scores.dims[scores.rank++] = attention_size(row->x[0], 2);
    scores.dims[scores.rank++] = attention_size(row->x[1], 2);
    if (row->keep && j > i) return false;
    if (row->axis && (row->mask & 4))
        return creall(learned[case_broadcast(row->x[2], scores, e)]) != 0;
    if (row->axis) *score += learned[case_broadcast(row->x[2], scores, e)];
    if (row->start == NONE) return true;
    const double value = mask->values[case_broadcast(mask->shape, scores, e)];
    if (mask->chosen) return value != 0;
    if (isinf(value)) return false;
    *score += value;
    return true;
}

/* The weights of one query, from which the values follow. */
static void attention_row(const case_row *row, const case_number *const *x, int64_t s, int64_t i,
                          case_number *weight) {
    const fx_shape lead = attention_lead(row->y);
    const int64_t queries = attention_size(row->x[0], 2), features = attention_size(row->x[0], 1);
    const int64_t keys = attention_size(row->x[1], 2);
    const case_number *q =
        x[0] + (case_broadcast(attention_lead(row->x[0]), lead, s) * queries + i) * features;
    const case_number *k =
        x[1] + case_broadcast(attention_lead(row->x[1]), lead, s) * keys * features;
    const long double scale = attention_option(row, 0) != 0 ? attention_option(row, 0)
                              : features                    ? 1 / sqrtl((long double)features)
                                                            : 1;
    long double most = -INFINITY;
    case_number total = 0, score[CASE_ELEMENTS];
    bool counts[CASE_ELEMENTS];
    for (int64_t j = 0; j < keys; j++) {
        score[j] = 0;
        for (int64_t f = 0; f < features; f++) score[j] += scale * q[f] * k[j * features + f];
        counts[j] = attention_counts(row, x[2], (s * queries + i) * keys + j, i, j, &score[j]);
        if (counts[j]) most = fmaxl(most, creall(score[j]));
    }
    for (int64_t j = 0; j < keys; j++) {
        weight[j] = counts[j] ? cexpl(score[j] - most) : 0;
        total += weight[j];
    }
    for (int64_t j = 0; j < keys; j++) weight[j] /= total;
}

static void attention_of(const case_row *row, const case_number *const *x, case_number *y) {
    const fx_shape lead = attention_lead(row->y), shape = row->x[row->axis ? 1 : 2];
    const int64_t queries = attention_size(row->x[0], 2), keys = attention_size(row->x[1], 2);
    const int64_t values = attention_size(shape, 1);
    for (int64_t s = 0; s < case_numel(lead); s++)
        for (int64_t i = 0; i < queries; i++) {
            case_number weight[CASE_ELEMENTS];
            const case_number *v = x[row->axis ? 1 : 2] +
                                   case_broadcast(attention_lead(shape), lead, s) * keys * values;
            attention_row(row, x, s, i, weight);
            for (int64_t c = 0; c < values; c++, y++) {
                *y = 0;
                for (int64_t j = 0; j < keys; j++) *y += weight[j] * v[j * values + c];
            }
        }
}

/* 1 + 2 s, s the weight of the second. */
static void pair_of(const case_row *row, const case_number *const *x, case_number *y) {
    y[0] = row->start ? 1 + 0 * x[1][0] : 1 + 2 / (1 + cexpl(x[0][0] - x[1][0]));
}

static void mask_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t queries = attention_size(row->y, 2), keys = attention_size(row->y, 1);
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = creall(x[0][e]) != 0 && (!row->keep || e % keys <= e / keys % queries);
}

/* ---- rows ---- */

#define ATTENTION               "scaled_dot_product_attention"
#define ATTEND                  .f = attention_call, .n = 3, .of = attention_of, .ulps = 24, .sums = true
#define SIZES                   .x = {{2, {3, 4}}, {2, {5, 4}}, {2, {5, 2}}}, .y = {2, {3, 2}}
#define OPTIONS(scale, dropout) .attrs = {CASE_ATTR("scale", scale), CASE_ATTR("dropout", dropout)}
#define WITH_MASK(...)          .x = {{2, {3, 2}}, {2, {5, 2}}, __VA_ARGS__}, .y = {2, {3, 2}}, .axis = 1
#define MASK(...)                                                                                  \
    .f = case_apply, .n = 1, .of = mask_of, .mask = 1, .flat = true, .x = {__VA_ARGS__},           \
    .y = __VA_ARGS__
#define CAUSAL_MASK .keep = true, .attrs = {CASE_ATTR("causal", 1)}
#define PAIR                                                                                       \
    .f = pair_call, .n = 2, .of = pair_of, .x = {{1, {1}}, {1, {1}}}, .y = {0, {0}}, .ulps = 4,    \
    .made = true

static const double attention_kept[] = {1, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1,
                                        1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1};

static const case_row attention_rows[] = {
    {ATTENTION, NULL, ATTEND, SIZES},
    {ATTENTION, "heads", ATTEND, .x = {{4, {2, 2, 2, 3}}, {4, {2, 2, 3, 3}}, {4, {2, 2, 3, 2}}},
     .y = {4, {2, 2, 2, 2}}},
    {ATTENTION, "broadcast", ATTEND, .x = {{3, {2, 3, 2}}, {2, {4, 2}}, {4, {2, 1, 4, 3}}},
     .y = {4, {2, 2, 3, 3}}},
    {ATTENTION, "scaled", ATTEND, SIZES, OPTIONS(-0.75, 0)},
    {ATTENTION, "wide", ATTEND, SIZES, .low = {-6, -2, -2}, .high = {6, 2, 2}},
    {ATTENTION, "causal", ATTEND, .x = {{2, {4, 2}}, {2, {4, 2}}, {2, {4, 3}}}, .y = {2, {4, 3}},
     .keep = true},
    {ATTENTION, "causal, few keys", ATTEND, .x = {{2, {4, 3}}, {2, {2, 3}}, {2, {2, 2}}},
     .y = {2, {4, 2}}, .keep = true},
    {ATTENTION, "causal, many keys", ATTEND, .x = {{2, {2, 3}}, {2, {4, 3}}, {2, {4, 2}}},
     .y = {2, {2, 2}}, .keep = true},
    {ATTENTION, "chosen", ATTEND, SIZES, .start = CHOSEN, .made = true},
    {ATTENTION, "chosen keys", ATTEND, SIZES, .start = KEYS, .made = true},
    {ATTENTION, "chosen keys, causal", ATTEND, SIZES, .start = KEYS, .made = true, .keep = true},
    {ATTENTION, "chosen in a stack", ATTEND, .x = {{3, {2, 3, 2}}, {3, {2, 4, 2}}, {3, {2, 4, 2}}},
     .y = {3, {2, 3, 2}}, .start = STACKED, .made = true},
    {ATTENTION, "chosen, one for heads", ATTEND, .x = {{2, {3, 2}}, {2, {4, 2}}, {3, {2, 4, 2}}},
     .y = {3, {2, 3, 2}}, .start = PADDED, .made = true},
    {ATTENTION, "added", ATTEND, SIZES, .start = ADDED, .made = true},
    {ATTENTION, "added, causal", ATTEND, SIZES, .start = ADDED, .made = true, .keep = true},
    {ATTENTION, "added holes", ATTEND, SIZES, .start = HOLES, .made = true},
    {ATTENTION, "added, derived by", ATTEND, WITH_MASK({2, {3, 5}}), .made = true},
    {ATTENTION, "added to keys, derived by", ATTEND, WITH_MASK({1, {5}}), .made = true},
    {ATTENTION, "chosen by an operand", ATTEND, WITH_MASK({2, {3, 5}}), .made = true, .mask = 4,
     .values = {NULL, NULL, attention_kept}},
    {ATTENTION, "no features", ATTEND, .x = {{2, {3, 0}}, {2, {4, 0}}, {2, {4, 2}}},
     .y = {2, {3, 2}}},
    {ATTENTION, "no values", ATTEND, .x = {{2, {3, 2}}, {2, {4, 2}}, {2, {4, 0}}},
     .y = {2, {3, 0}}},
    {ATTENTION, "no queries", ATTEND, .x = {{2, {0, 2}}, {2, {4, 2}}, {2, {4, 3}}},
     .y = {2, {0, 3}}},
    {ATTENTION, "one", ATTEND, .x = {{2, {1, 1}}, {2, {1, 1}}, {2, {1, 1}}}, .y = {2, {1, 1}}},
    {ATTENTION, "pair", PAIR},
    {ATTENTION, "half a pair", PAIR, .start = 1},
    {"attention_mask", NULL, MASK({2, {4, 5}}), .values = {attention_kept}},
    {"attention_mask", "causal", MASK({3, {2, 3, 4}}), CAUSAL_MASK, .values = {attention_kept}},
    {"attention_mask", "causal, few keys", MASK({2, {6, 2}}), CAUSAL_MASK, .low = {1}, .high = {2}},
    {"attention_mask", "no queries", MASK({2, {0, 3}})},
    {"attention_mask", "one", MASK({2, {1, 1}}), .low = {1}, .high = {2}},
};

static const case_point attention_points[] = {
    {ATTENTION, "pair", {3, 3}, "", 2},
    {ATTENTION, "pair", {3, 3}, "1", 0.5},
    {ATTENTION, "pair", {3, 3}, "11", 0},
    {ATTENTION, "pair", {3, 3}, "111", -0.25},
    {ATTENTION, "pair", {800, -800}, "", 1},
    {ATTENTION, "pair", {NAN, 0}, "", NAN},
    {ATTENTION, "half a pair", {2, 3}, "", 1},
    {ATTENTION, "half a pair", {2, 3}, "1", 0},
    {ATTENTION, "half a pair", {2, NAN}, "", 1},
    {ATTENTION, "half a pair", {2, NAN}, "0", 0},
    {ATTENTION, "half a pair", {2, NAN}, "1", 0},
    {ATTENTION, "half a pair", {2, NAN}, "01", 0},
    {ATTENTION, "half a pair", {2, INFINITY}, "", 1},
    {ATTENTION, "half a pair", {2, INFINITY}, "1", 0},
    {ATTENTION, "half a pair", {NAN, 2}, "", NAN},
};

#define WRONG(...)                                                                                 \
    { ATTENTION, NULL, .f = attention_call, .n = 3, __VA_ARGS__ }
#define ALL_F64                                                                                    \
    { FX_F64, FX_F64, FX_F64 }

static const double attention_none_left[] = {0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};

static const case_error attention_errors[] = {
    {WRONG(.x = {{1, {3}}, {2, {5, 3}}, {2, {5, 2}}}), ALL_F64, FX_ERR_SHAPE,
     "scaled_dot_product_attention: q, k and v need at least 2 axes: [.., L, E], [.., S, E] and "
     "[.., S, Ev] (q [3], k [5, 3], v [5, 2], mask left out)"},
    {WRONG(.x = {{2, {3, 4}}, {2, {5, 3}}, {2, {5, 2}}}), ALL_F64, FX_ERR_SHAPE,
     "scaled_dot_product_attention: q and k must have the same number of features, their last size "
     "(q [3, 4], k [5, 3], v [5, 2], mask left out)"},
    {WRONG(.x = {{2, {3, 4}}, {2, {5, 4}}, {2, {4, 2}}}), ALL_F64, FX_ERR_SHAPE,
     "scaled_dot_product_attention: k and v must have the same number of keys, their size before "
     "the last (q [3, 4], k [5, 4], v [4, 2], mask left out)"},
    {WRONG(.x = {{2, {3, 4}}, {2, {0, 4}}, {2, {0, 2}}}), ALL_F64, FX_ERR_SHAPE,
     "scaled_dot_product_attention: k has no keys; a query needs one (q [3, 4], k [0, 4], v [0, "
     "2], mask left out)"},
    {WRONG(.x = {{3, {2, 3, 4}}, {3, {3, 5, 4}}, {2, {5, 2}}}), ALL_F64, FX_ERR_SHAPE,
     "scaled_dot_product_attention: the leading sizes of q, k and v do not broadcast; they must be "
     "equal or 1 (q [2, 3, 4], k [3, 5, 4], v [5, 2], mask left out)"},
    {WRONG(.x = {{3, {2, 3, 4}}, {2, {5, 4}}, {3, {3, 5, 2}}}), ALL_F64, FX_ERR_SHAPE,
     "scaled_dot_product_attention: the leading sizes of q, k and v do not broadcast; they must be "
     "equal or 1 (q [2, 3, 4], k [5, 4], v [3, 5, 2], mask left out)"},
    {WRONG(SIZES),
     {FX_F64, FX_F32, FX_F64},
     FX_ERR_DTYPE,
     "scaled_dot_product_attention: q is f64, k is f32 and v is f64; they must be f32 or f64, all "
     "the same, see fx_cast (q [3, 4], k [5, 4], v [5, 2], mask left out)"},
    {WRONG(SIZES),
     {FX_I64, FX_I64, FX_I64},
     FX_ERR_DTYPE,
     "scaled_dot_product_attention: q is i64, k is i64 and v is i64; they must be f32 or f64, all "
     "the same, see fx_cast (q [3, 4], k [5, 4], v [5, 2], mask left out)"},
    {WRONG(SIZES, OPTIONS(NAN, 0)), ALL_F64, FX_ERR_ARGUMENT,
     "scaled_dot_product_attention: scale = nan; it must be finite, or 0 for 1 / sqrt(E) (q [3, "
     "4], k [5, 4], v [5, 2], mask left out)"},
    {WRONG(SIZES, OPTIONS(0, 1.5)), ALL_F64, FX_ERR_ARGUMENT,
     "scaled_dot_product_attention: dropout = 1.5; a probability is in [0, 1] (q [3, 4], k [5, 4], "
     "v [5, 2], mask left out)"},
    {WRONG(SIZES, OPTIONS(0, 0), .stop = 1), ALL_F64, FX_ERR_ARGUMENT,
     "scaled_dot_product_attention: options come from fx_attention_defaults() (q [3, 4], k [5, 4], "
     "v [5, 2], mask left out)"},
    {WRONG(SIZES, .start = STACKED), ALL_F64, FX_ERR_SHAPE,
     "scaled_dot_product_attention: mask does not broadcast to the scores, [.., L, S] with L = 3 "
     "and S = 5 (q [3, 4], k [5, 4], v [5, 2], mask [2, 1, 4])"},
    {WRONG(WITH_MASK({3, {2, 3, 5}})), ALL_F64, FX_ERR_SHAPE,
     "scaled_dot_product_attention: mask does not broadcast to the scores, [.., L, S] with L = 3 "
     "and S = 5 (q [3, 2], k [5, 2], v [5, 2], mask [2, 3, 5])"},
    {WRONG(WITH_MASK({2, {3, 5}})),
     {FX_F64, FX_F64, FX_I64},
     FX_ERR_DTYPE,
     "scaled_dot_product_attention: mask is i64; it must be bool, or f64 to be added, see fx_cast "
     "(q [3, 2], k [5, 2], v [5, 2], mask [3, 5])"},
    {WRONG(WITH_MASK({2, {3, 5}})),
     {FX_F64, FX_F64, FX_F32},
     FX_ERR_DTYPE,
     "scaled_dot_product_attention: mask is f32; it must be bool, or f64 to be added, see fx_cast "
     "(q [3, 2], k [5, 2], v [5, 2], mask [3, 5])"},
    {WRONG(.x = {{2, {2, 1}}, {2, {3, 1}}, {2, {2, 3}}}, .axis = 1,
           .values = {attention_kept, attention_kept, attention_none_left}),
     {FX_F64, FX_F64, FX_BOOL},
     FX_ERR_DATA,
     "scaled_dot_product_attention: no key takes part for query 1, row 1 in row-major order; leave "
     "it one, or leave out the query (mask [2, 3])"},
    {WRONG(.x = {{2, {2, 1}}, {2, {3, 1}}, {1, {3}}}, .axis = 1, .keep = true,
           .values = {attention_kept, attention_kept, attention_none_left}),
     {FX_F64, FX_F64, FX_BOOL},
     FX_ERR_DATA,
     "scaled_dot_product_attention: no key takes part for query 0, row 0 in row-major order; leave "
     "it one, or leave out the query (mask [2, 3])"},
    {{"attention_mask", NULL, .f = case_apply, .n = 1, .x = {{1, {3}}}},
     {FX_BOOL},
     FX_ERR_SHAPE,
     "attention_mask: mask needs shape [.., L, S], with S > 0 keys (mask [3])"},
    {{"attention_mask", NULL, .f = case_apply, .n = 1, .x = {{2, {3, 0}}}},
     {FX_BOOL},
     FX_ERR_SHAPE,
     "attention_mask: mask needs shape [.., L, S], with S > 0 keys (mask [3, 0])"},
    {{"attention_mask", NULL, .f = case_apply, .n = 1, .x = {{2, {3, 2}}}},
     {FX_F64},
     FX_ERR_DTYPE,
     "attention_mask: operand mask is f64, which the op does not take"},
    {{"attention_mask", NULL, .f = case_apply, .n = 1, .x = {{3, {2, 2, 3}}},
      .values = {attention_none_left}},
     {FX_BOOL},
     FX_ERR_DATA,
     "attention_mask: no key takes part for query 1, row 1 in row-major order; leave it one, or "
     "leave out the query (mask [2, 2, 3])"},
};

const case_family case_attention = {
    attention_rows,
    attention_points,
    attention_errors,
    CASE_COUNT(attention_rows),
    CASE_COUNT(attention_points),
    CASE_COUNT(attention_errors),
};
