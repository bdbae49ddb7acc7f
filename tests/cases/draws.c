/* SPDX-License-Identifier: MIT */
/* Draws from a seed that each call sets again, so that the reference knows the numbers: those of
 * random.h. What has no operand is added to one or multiplied, and
 * operands are such that nothing cancels. */
#include <math.h>

#include "cases.h"
#include "fluxion/random.h"

enum { DRAWS_SEED = 11 };

/* The graph of x, at the beginning of its draws. */
static fx_graph *draws_begin(fx_tensor x) {
    fx_graph *graph = fx_tensor_graph(fx_neg(x)); /* x must be good, if only for that */
    if (graph) fx_graph_seed(graph, DRAWS_SEED);
    return graph;
}

static fx_tensor uniform_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_add(x[0], fx_rand(draws_begin(x[0]), fx_tensor_dtype(x[0]), row->shape));
}

static fx_tensor normal_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_mul(x[0], fx_randn(draws_begin(x[0]), fx_tensor_dtype(x[0]), row->shape));
}

/* In another dtype, which row->start says. */
static fx_tensor uniform_as_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_rand(draws_begin(x[0]), (fx_dtype)row->start, row->shape);
}

static fx_tensor normal_as_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_randn(draws_begin(x[0]), (fx_dtype)row->start, row->shape);
}

static fx_tensor integers_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_randint(draws_begin(x[0]), row->start, row->stop, row->shape);
}

static fx_tensor permutation_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_randperm(draws_begin(x[0]), row->stop);
}

/* The same for ops that have operands of their own, which may be bad. */
static const case_row *draws_again(const case_row *row, const fx_tensor *x) {
    for (int i = 0; i < row->n; i++)
        if (fx_tensor_graph(x[i])) fx_graph_seed(fx_tensor_graph(x[i]), DRAWS_SEED);
    return row;
}

static fx_tensor bernoulli_call(void *row, const fx_tensor *x) {
    return draws_again(row, x), fx_bernoulli(x[0]);
}

static fx_tensor sample_uniform_call(void *row, const fx_tensor *x) {
    return fx_sample_uniform(x[0], x[1], draws_again(row, x)->shape);
}

static fx_tensor sample_normal_call(void *row, const fx_tensor *x) {
    return fx_sample_normal(x[0], x[1], draws_again(row, x)->shape);
}

/* One operand is a number. */
static fx_tensor sample_from_one_call(void *row, const fx_tensor *x) {
    return fx_sample_uniform(fx_num(1), x[0], draws_again(row, x)->shape);
}

static fx_tensor sample_about_zero_call(void *row, const fx_tensor *x) {
    return fx_sample_normal(fx_num(0), x[0], draws_again(row, x)->shape);
}

static fx_stream draws_of(const char *op) {
    const fx_stream stream = {DRAWS_SEED, 0, fx_purpose(op)};
    return stream;
}

static double draws_number(const char *op, bool normal, int64_t e) {
    return normal ? fx_normal(draws_of(op), (uint64_t)e) : fx_uniform(draws_of(op), (uint64_t)e);
}

static void uniform_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = x[0][case_broadcast(row->x[0], row->y, e)] + draws_number("uniform", false, e);
}

static void normal_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = x[0][case_broadcast(row->x[0], row->y, e)] * draws_number("normal", true, e);
}

static void integers_of(const case_row *row, const case_number *const *x, case_number *y) {
    (void)x;
    const uint64_t bound = (uint64_t)(row->stop - row->start);
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = (long double)row->start +
               (long double)fx_uniform_below(draws_of("integers"), (uint64_t)e, bound);
}

static void permutation_of(const case_row *row, const case_number *const *x, case_number *y) {
    int64_t order[CASE_ELEMENTS];
    (void)x;
    fx_permutation(draws_of("permutation"), row->stop, order);
    for (int64_t e = 0; e < row->stop; e++) y[e] = (long double)order[e];
}

static void bernoulli_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = draws_number("bernoulli", false, e) < (double)creall(x[0][e]);
}

static void sample_uniform_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        const case_number low = x[0][case_broadcast(row->x[0], row->y, e)];
        const case_number high = x[1][case_broadcast(row->x[1], row->y, e)];
        y[e] = low + (high - low) * draws_number("uniform", false, e);
    }
}

static void sample_from_one_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = 1 +
               (x[0][case_broadcast(row->x[0], row->y, e)] - 1) * draws_number("uniform", false, e);
}

static void sample_normal_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = x[0][case_broadcast(row->x[0], row->y, e)] +
               x[1][case_broadcast(row->x[1], row->y, e)] * draws_number("normal", true, e);
}

#define ADDED       .n = 1, .made = true, .sums = true, .ulps = 4
#define UNIFORM     .f = uniform_call, .of = uniform_of, ADDED
#define NORMAL      .f = normal_call, .of = normal_of, ADDED
#define FLAT        .n = 1, .flat = true, .made = true
#define INTEGERS    .f = integers_call, .of = integers_of, FLAT
#define PERMUTATION .f = permutation_call, .of = permutation_of, FLAT
#define BERNOULLI                                                                                  \
    .f = bernoulli_call, .of = bernoulli_of, .n = 1, .flat = true, .low = {0}, .high = {1}
#define SAMPLE .n = 2, .made = true, .sums = true, .ulps = 6
#define SAMPLE_UNIFORM                                                                             \
    .f = sample_uniform_call, .of = sample_uniform_of, SAMPLE, .low = {1, 3}, .high = {2, 5}
#define SAMPLE_NORMAL                                                                              \
    .f = sample_normal_call, .of = sample_normal_of, SAMPLE, .low = {8, 0.1}, .high = {12, 0.5}
#define BLOCK    .x = {{2, {2, 3}}}, .y = {2, {2, 3}}, .shape = {2, {2, 3}}
#define WIDER    .x = {{2, {3, 1}}}, .y = {3, {2, 3, 4}}, .shape = {3, {2, 3, 4}}
#define ONE      .x = {{0, {0}}}, .y = {0, {0}}, .shape = {0, {0}}
#define NOTHING  .x = {{2, {0, 3}}}, .y = {2, {0, 3}}, .shape = {2, {0, 3}}
#define BOTH     .x = {{2, {2, 3}}, {2, {2, 3}}}, .y = {2, {2, 3}}, .shape = {2, {2, 3}}
#define EACH     .x = {{1, {3}}, {2, {2, 1}}}, .y = {3, {4, 2, 3}}, .shape = {3, {4, 2, 3}}
#define SINGLES  .x = {{0, {0}}, {0, {0}}}, .y = {0, {0}}, .shape = {0, {0}}
#define NO_PAIRS .x = {{2, {0, 3}}, {1, {3}}}, .y = {2, {0, 3}}, .shape = {2, {0, 3}}

static const double draws_sure[6] = {0, 1, 1, 0, 0.5, 1};

static const case_row draws_rows[] = {
    {"uniform", NULL, UNIFORM, BLOCK},
    {"uniform", "wider", UNIFORM, WIDER},
    {"uniform", "one", UNIFORM, ONE},
    {"uniform", "nothing", UNIFORM, NOTHING},
    {"normal", NULL, NORMAL, BLOCK},
    {"normal", "wider", NORMAL, WIDER},
    {"normal", "one", NORMAL, ONE},
    {"normal", "nothing", NORMAL, NOTHING},
    {"integers", NULL, INTEGERS, BLOCK, .start = -3, .stop = 8},
    {"integers", "one", INTEGERS, ONE, .start = 5, .stop = 6},
    {"integers", "large", INTEGERS, ONE, .start = -(1LL << 40), .stop = 1LL << 40},
    {"integers", "nothing", INTEGERS, NOTHING, .start = 0, .stop = 9},
    {"permutation", NULL, PERMUTATION, .x = {{0, {0}}}, .y = {1, {13}}, .stop = 13},
    {"permutation", "one", PERMUTATION, .x = {{0, {0}}}, .y = {1, {1}}, .stop = 1},
    {"permutation", "nothing", PERMUTATION, .x = {{1, {0}}}, .y = {1, {0}}, .stop = 0},
    {"bernoulli", NULL, BERNOULLI, .x = {{2, {3, 4}}}, .y = {2, {3, 4}}},
    {"bernoulli", "sure", BERNOULLI, BLOCK, .values = {draws_sure}},
    {"bernoulli", "one", BERNOULLI, ONE},
    {"bernoulli", "nothing", BERNOULLI, NOTHING},
    {"sample_uniform", NULL, SAMPLE_UNIFORM, BOTH},
    {"sample_uniform", "each", SAMPLE_UNIFORM, EACH},
    {"sample_uniform", "from a number", .f = sample_from_one_call, .of = sample_from_one_of, ADDED,
     WIDER, .low = {2}, .high = {4}},
    {"sample_uniform", "one", SAMPLE_UNIFORM, SINGLES},
    {"sample_uniform", "nothing", SAMPLE_UNIFORM, NO_PAIRS},
    {"sample_normal", NULL, SAMPLE_NORMAL, BOTH},
    {"sample_normal", "each", SAMPLE_NORMAL, EACH},
    {"sample_normal", "about a number", .f = sample_about_zero_call, .of = normal_of, ADDED, WIDER},
    {"sample_normal", "one", SAMPLE_NORMAL, SINGLES},
    {"sample_normal", "nothing", SAMPLE_NORMAL, NO_PAIRS},
};

static const double draws_unlikely[3] = {0.5, 1.25, -1}, draws_unknown[3] = {0, 1, NAN};

#define NUMBER .x = {{0, {0}}}
#define F1                                                                                         \
    { FX_F64 }
#define F2                                                                                         \
    { FX_F64, FX_F64 }

static const case_error draws_errors[] = {
    {{"uniform", .f = uniform_as_call, .n = 1, NUMBER, .start = FX_I64},
     F1,
     FX_ERR_DTYPE,
     "uniform: the dtype is FX_F32 or FX_F64; for whole numbers there is fx_randint (draw [2])"},
    {{"uniform", .f = uniform_as_call, .n = 1, NUMBER, .start = FX_F64, .shape = {2, {2, -1}}},
     F1,
     FX_ERR_SHAPE,
     "uniform: shape [2, -1] has a negative size"},
    {{"normal", .f = normal_as_call, .n = 1, NUMBER, .start = -1},
     F1,
     FX_ERR_DTYPE,
     "normal: the dtype is FX_F32 or FX_F64; for whole numbers there is fx_randint (draw [2])"},
    {{"normal", .f = normal_as_call, .n = 1, NUMBER, .start = FX_F32, .shape = {9, {0}}},
     F1,
     FX_ERR_SHAPE,
     "normal: rank 9; a tensor has rank 0 to 8"},
    {{"uniform", .f = case_apply, .n = 1, .x = {{1, {3}}},
      .attrs = {{.name = "shape", .shape = {1, {2}}}, CASE_ATTR("dtype", FX_F64)}},
     F1,
     FX_ERR_DTYPE,
     "uniform: the last operand is not an fx_draw (draw [3])"},
    {{"integers", INTEGERS, NUMBER, .start = 4, .stop = 4},
     F1,
     FX_ERR_ARGUMENT,
     "integers: from 4 to below 4 there is no number (draw [2])"},
    {{"integers", INTEGERS, NUMBER, .start = 4, .stop = -4},
     F1,
     FX_ERR_ARGUMENT,
     "integers: from 4 to below -4 there is no number (draw [2])"},
    {{"integers", INTEGERS, NUMBER, .start = 0, .stop = 2, .shape = {1, {-2}}},
     F1,
     FX_ERR_SHAPE,
     "integers: shape [-2] has a negative size"},
    {{"permutation", PERMUTATION, NUMBER, .stop = -1},
     F1,
     FX_ERR_SHAPE,
     "permutation: shape [-1] has a negative size"},
    {{"bernoulli", BERNOULLI, .x = {{1, {3}}}, .values = {draws_unlikely}},
     F1,
     FX_ERR_DATA,
     "bernoulli: p is 1.25 at element 1; a probability is in [0, 1] (p [3], draw [2])"},
    {{"bernoulli", BERNOULLI, .x = {{1, {3}}}, .values = {draws_unknown}},
     F1,
     FX_ERR_DATA,
     "bernoulli: p is nan at element 2; a probability is in [0, 1] (p [3], draw [2])"},
    {{"bernoulli", BERNOULLI, .x = {{1, {3}}}},
     {FX_I64},
     FX_ERR_DTYPE,
     "bernoulli: operand p is i64, which the op does not take"},
    {{"sample_uniform", SAMPLE_UNIFORM, .x = {{1, {3}}, {1, {2}}}, .shape = {1, {3}}},
     F2,
     FX_ERR_SHAPE,
     "sample_uniform: operands do not broadcast to the shape asked for (low [3], high [2])"},
    {{"sample_uniform", SAMPLE_UNIFORM, .x = {{1, {3}}, {1, {3}}}, .shape = {1, {1}}},
     F2,
     FX_ERR_SHAPE,
     "sample_uniform: operands do not broadcast to the shape asked for (low [3], high [3])"},
    {{"sample_normal", SAMPLE_NORMAL, .x = {{0, {0}}, {2, {2, 3}}}, .shape = {1, {3}}},
     F2,
     FX_ERR_SHAPE,
     "sample_normal: operands do not broadcast to the shape asked for (mean [], deviation [2, 3])"},
    {{"sample_normal", SAMPLE_NORMAL, .x = {{0, {0}}, {0, {0}}}, .shape = {1, {3}}},
     {FX_F32, FX_F64},
     FX_ERR_DTYPE,
     "sample_normal: operands are f32 and f64; both are f32 or both f64: fx_cast one (mean [], "
     "deviation [])"},
    {{"sample_normal", SAMPLE_NORMAL, .x = {{0, {0}}, {0, {0}}}, .shape = {1, {3}}},
     {FX_F64, FX_I64},
     FX_ERR_DTYPE,
     "sample_normal: operands are f64 and i64; both are f32 or both f64: fx_cast one (mean [], "
     "deviation [])"},
};

const case_family case_draws = {
    draws_rows, NULL, draws_errors, CASE_COUNT(draws_rows), 0, CASE_COUNT(draws_errors),
};
