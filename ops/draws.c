/* SPDX-License-Identifier: MIT */
/* Random numbers: each element a function of the draw and its place, like everything in random.h.
 * Numbers of a distribution with parameters are made of these by arithmetic, so that derivatives
 * reach the parameters (Kingma, Welling, ICLR 2014: the reparametrisation). */
#include "families.h"
#include "fluxion/random.h"

typedef struct draws_attrs {
    fx_shape shape;
    int64_t dtype;     /* of uniform and normal */
    int64_t low, high; /* of integers */
} draws_attrs;

static const fx_attr draws_schema[] = {{"shape", FX_ATTR_SHAPE, offsetof(draws_attrs, shape)},
                                       {"dtype", FX_ATTR_I64, offsetof(draws_attrs, dtype)},
                                       {0}};
static const fx_attr draws_integers_schema[] = {
    {"shape", FX_ATTR_SHAPE, offsetof(draws_attrs, shape)},
    {"low", FX_ATTR_I64, offsetof(draws_attrs, low)},
    {"high", FX_ATTR_I64, offsetof(draws_attrs, high)},
    {0}};
static const fx_attr draws_permutation_schema[] = {
    {"shape", FX_ATTR_SHAPE, offsetof(draws_attrs, shape)}, {0}};

enum {
    DRAWS_UNIFORM,
    DRAWS_NORMAL,
    DRAWS_INTEGERS,
    DRAWS_PERMUTATION,
    DRAWS_BERNOULLI,
    DRAWS_SAMPLE_UNIFORM,
    DRAWS_SAMPLE_NORMAL,
};

/* ---- numbers from nothing but a draw ---- */

/* The last operand's stream for this op; infer has seen that it is a draw. */
static fx_stream draws_stream(const fx_call *call) {
    const uint64_t *draw = call->x[call->n - 1].data;
    const fx_stream stream = {draw[0], draw[1], fx_purpose(call->op->name)};
    return stream;
}

static fx_status draws_infer(fx_call *call) {
    const draws_attrs *attrs = call->attrs;
    if (attrs->dtype != FX_F32 && attrs->dtype != FX_F64)
        return fx_call_fail(call, FX_ERR_DTYPE,
                            "the dtype is FX_F32 or FX_F64; for whole numbers "
                            "there is fx_randint");
    return fx_result(call, 0, (fx_dtype)attrs->dtype, attrs->shape);
}

/* To f32 by cutting off, since rounding might give 1. */
static fx_status draws_uniform(fx_call *call) {
    const fx_stream stream = draws_stream(call);
    const fx_view *y = &call->y[0];
    for (int64_t i = 0; i < y->numel; i++) {
        const double u = fx_uniform(stream, (uint64_t)i);
        if (y->dtype == FX_F32)
            ((float *)y->data)[i] = (float)(int32_t)(u * 0x1p24) * 0x1p-24f;
        else
            ((double *)y->data)[i] = u;
    }
    return FX_OK;
}

static fx_status draws_normal(fx_call *call) {
    const fx_stream stream = draws_stream(call);
    const fx_view *y = &call->y[0];
    for (int64_t i = 0; i < y->numel; i++) {
        const double z = fx_normal(stream, (uint64_t)i);
        if (y->dtype == FX_F32)
            ((float *)y->data)[i] = (float)z;
        else
            ((double *)y->data)[i] = z;
    }
    return FX_OK;
}

static fx_status draws_integers_infer(fx_call *call) {
    const draws_attrs *attrs = call->attrs;
    if (attrs->low >= attrs->high)
        return fx_call_fail(call, FX_ERR_ARGUMENT, "from %lld to below %lld there is no number",
                            (long long)attrs->low, (long long)attrs->high);
    return fx_result(call, 0, FX_I64, attrs->shape);
}

static fx_status draws_integers(fx_call *call) {
    const draws_attrs *attrs = call->attrs;
    const fx_stream stream = draws_stream(call);
    const uint64_t bound = (uint64_t)attrs->high - (uint64_t)attrs->low;
    uint64_t *y = call->y[0].data;
    for (int64_t i = 0; i < call->y[0].numel; i++)
        y[i] = (uint64_t)attrs->low + fx_uniform_below(stream, (uint64_t)i, bound);
    return FX_OK;
}

static fx_status draws_permutation_infer(fx_call *call) {
    return fx_result(call, 0, FX_I64, ((const draws_attrs *)call->attrs)->shape);
}

static fx_status draws_permutation(fx_call *call) {
    fx_permutation(draws_stream(call), call->y[0].numel, call->y[0].data);
    return FX_OK;
}

/* ---- yes or no ---- */

static fx_status draws_bernoulli_infer(fx_call *call) {
    return fx_result(call, 0, call->x[0].dtype, fx_view_shape(&call->x[0]));
}

static fx_status draws_bernoulli(fx_call *call) {
    const fx_stream stream = draws_stream(call);
    const fx_view *x = &call->x[0];
    for (int64_t i = 0; i < x->numel; i++) {
        const double p =
            x->dtype == FX_F32 ? (double)((const float *)x->data)[i] : ((const double *)x->data)[i];
        if (!(p >= 0 && p <= 1))
            return fx_call_fail(call, FX_ERR_DATA,
                                "p is %g at element %lld; a probability is in [0, 1]", p,
                                (long long)i);
        const bool yes = fx_uniform(stream, (uint64_t)i) < p;
        if (x->dtype == FX_F32)
            ((float *)call->y[0].data)[i] = yes;
        else
            ((double *)call->y[0].data)[i] = yes;
    }
    return FX_OK;
}

#define DRAWS_NUMBERS(op_name, schema, infer_f, forward_f, text)                                   \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "draw", .min = 1, .max = 1,       \
        .flags = FX_OP_RANDOM, .attrs = (schema), .attrs_size = sizeof(draws_attrs),               \
        .infer = (infer_f), .forward = (forward_f), .formula = text ";  a constant"                \
    }

#define DRAWS_SAMPLE(op_name, operand_names, text)                                                 \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (operand_names), .min = 2,        \
        .max = 2, .formula = (text)                                                                \
    }

const fx_op fx__draws[] = {
    [DRAWS_UNIFORM] =
        DRAWS_NUMBERS("uniform", draws_schema, draws_infer, draws_uniform, "y from U[0, 1)"),
    [DRAWS_NORMAL] =
        DRAWS_NUMBERS("normal", draws_schema, draws_infer, draws_normal, "y from N(0, 1)"),
    [DRAWS_INTEGERS] =
        DRAWS_NUMBERS("integers", draws_integers_schema, draws_integers_infer, draws_integers,
                      "y from low, low + 1, .., high - 1, each equally often"),
    [DRAWS_PERMUTATION] =
        DRAWS_NUMBERS("permutation", draws_permutation_schema, draws_permutation_infer,
                      draws_permutation, "y = 0, 1, .., n - 1 in an order, each equally often"),
    [DRAWS_BERNOULLI] = {.version = FX_OP_VERSION,
                         .name = "bernoulli",
                         .operands = "p, draw",
                         .min = 2,
                         .max = 2,
                         .flags = FX_OP_RANDOM,
                         .infer = draws_bernoulli_infer,
                         .forward = draws_bernoulli,
                         .formula = "y = 1 with probability p, else 0;  not differentiable"},
    [DRAWS_SAMPLE_UNIFORM] =
        DRAWS_SAMPLE("sample_uniform", "low, high",
                     "y = low + (high - low) u, u from U[0, 1);  dlow = G (1 - u), dhigh = G u"),
    [DRAWS_SAMPLE_NORMAL] =
        DRAWS_SAMPLE("sample_normal", "mean, deviation",
                     "y = mean + deviation z, z from N(0, 1);  dmean = G, ddeviation = G z"),
    {0},
};

static fx_tensor draws_apply(fx_graph *graph, int op, const draws_attrs *attrs) {
    const fx_tensor draw = fx_draw(graph);
    return fx_apply(&fx__draws[op], attrs, 1, &draw);
}

fx_tensor fx_rand(fx_graph *graph, fx_dtype dtype, fx_shape shape) {
    const draws_attrs attrs = {.shape = shape, .dtype = (int64_t)dtype};
    return draws_apply(graph, DRAWS_UNIFORM, &attrs);
}

fx_tensor fx_randn(fx_graph *graph, fx_dtype dtype, fx_shape shape) {
    const draws_attrs attrs = {.shape = shape, .dtype = (int64_t)dtype};
    return draws_apply(graph, DRAWS_NORMAL, &attrs);
}

fx_tensor fx_randint(fx_graph *graph, int64_t low, int64_t high, fx_shape shape) {
    const draws_attrs attrs = {.shape = shape, .low = low, .high = high};
    return draws_apply(graph, DRAWS_INTEGERS, &attrs);
}

fx_tensor fx_randperm(fx_graph *graph, int64_t n) {
    const draws_attrs attrs = {.shape = fx_shape1(n)};
    return draws_apply(graph, DRAWS_PERMUTATION, &attrs);
}

fx_tensor fx_bernoulli(fx_tensor p) {
    fx_graph *graph = fx_tensor_graph(p);
    const fx_tensor operands[] = {p, graph ? fx_draw(graph) : fx_num(0)};
    return fx_apply(&fx__draws[DRAWS_BERNOULLI], NULL, 2, operands);
}

/* ---- numbers of a distribution ---- */

static bool draws_is_number(fx_tensor t) {
    return t.owner == (const void *)(uintptr_t)FX_OWNER_NUMBER;
}

/* Numbers of that kind for a sample of op, in the dtype of its parameters x; invalid if these do
 * not agree with each other or with the shape. */
static fx_tensor draws_for(const fx_op *op, const fx_tensor *x, int kind, fx_shape shape) {
    fx_graph *graph = fx_tensor_graph(x[0]) ? fx_tensor_graph(x[0]) : fx_tensor_graph(x[1]);
    const fx_dtype of[] = {fx_tensor_dtype(x[0]), fx_tensor_dtype(x[1])};
    const bool numbers = draws_is_number(x[0]) || draws_is_number(x[1]);
    fx_shape both;
    if (of[0] > FX_F64 || of[1] > FX_F64 || (of[0] != of[1] && !numbers))
        return fx_refuse(op, 2, x, FX_ERR_DTYPE,
                         "operands are %s and %s; both are f32 or both f64: fx_cast one",
                         fx_dtype_name(of[0]), fx_dtype_name(of[1]));
    for (int i = 0; i < 2; i++)
        if (!fx_broadcast_shapes(fx_tensor_shape(x[i]), shape, &both) ||
            !fx_shape_equal(both, shape))
            return fx_refuse(op, 2, x, FX_ERR_SHAPE,
                             "operands do not broadcast to the shape asked for");
    const draws_attrs attrs = {.shape = shape, .dtype = (int64_t)of[draws_is_number(x[0]) ? 1 : 0]};
    return draws_apply(graph, kind, &attrs);
}

fx_tensor fx_sample_uniform(fx_tensor low, fx_tensor high, fx_shape shape) {
    const fx_op *op = &fx__draws[DRAWS_SAMPLE_UNIFORM];
    const fx_tensor x[] = {low, high};
    const fx_composition c = fx_compose(op, 2, x);
    const fx_tensor u = draws_for(op, x, DRAWS_UNIFORM, shape);
    if (!fx_tensor_valid(u)) return fx_composed(c, u);
    return fx_composed(c, fx_add(low, fx_mul(fx_sub(high, low), u)));
}

fx_tensor fx_sample_normal(fx_tensor mean, fx_tensor deviation, fx_shape shape) {
    const fx_op *op = &fx__draws[DRAWS_SAMPLE_NORMAL];
    const fx_tensor x[] = {mean, deviation};
    const fx_composition c = fx_compose(op, 2, x);
    const fx_tensor z = draws_for(op, x, DRAWS_NORMAL, shape);
    if (!fx_tensor_valid(z)) return fx_composed(c, z);
    return fx_composed(c, fx_add(mean, fx_mul(deviation, z)));
}
