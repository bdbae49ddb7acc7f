/* SPDX-License-Identifier: MIT */
/* Comparisons, logic on masks, kinds of numbers. Each element has one of a few outcomes (less,
 * equal, greater, unordered; the row of a truth table; finite, infinite, NaN), and an op is the set
 * of outcomes that it accepts: so there is one loop for each dtype and not for each op. */
#include <math.h>

#include "broadcast.h"
#include "families.h"

enum { COMPARE_LESS = 1, COMPARE_EQUAL = 2, COMPARE_GREATER = 4, COMPARE_UNORDERED = 8 };
enum { LOGIC_NEITHER = 1, LOGIC_SECOND = 2, LOGIC_FIRST = 4, LOGIC_BOTH = 8 };
enum { KIND_FINITE = 1, KIND_INFINITE = 2, KIND_NAN = 4 };

enum {
    COMPARE_EQ,
    COMPARE_NE,
    COMPARE_LT,
    COMPARE_LE,
    COMPARE_GT,
    COMPARE_GE,
    COMPARE_AND,
    COMPARE_OR,
    COMPARE_XOR,
    COMPARE_NOT,
    COMPARE_ISNAN,
    COMPARE_ISINF,
    COMPARE_ISFINITE,
    COMPARE_OPS
};

static const unsigned compare_accepts[COMPARE_OPS] = {
    [COMPARE_EQ] = COMPARE_EQUAL,
    [COMPARE_NE] = COMPARE_LESS | COMPARE_GREATER | COMPARE_UNORDERED,
    [COMPARE_LT] = COMPARE_LESS,
    [COMPARE_LE] = COMPARE_LESS | COMPARE_EQUAL,
    [COMPARE_GT] = COMPARE_GREATER,
    [COMPARE_GE] = COMPARE_GREATER | COMPARE_EQUAL,
    [COMPARE_AND] = LOGIC_BOTH,
    [COMPARE_OR] = LOGIC_BOTH | LOGIC_FIRST | LOGIC_SECOND,
    [COMPARE_XOR] = LOGIC_FIRST | LOGIC_SECOND,
    [COMPARE_NOT] = LOGIC_NEITHER,
    [COMPARE_ISNAN] = KIND_NAN,
    [COMPARE_ISINF] = KIND_INFINITE,
    [COMPARE_ISFINITE] = KIND_FINITE,
};

/* ---- rows ---- */

/* n elements of a and b, which lie a_step and b_step apart. An op of one operand gets it twice. */
typedef void compare_row(int64_t n, const void *a, int64_t a_step, const void *b, int64_t b_step,
                         unsigned accepts, bool *y);

#define COMPARE_ROW(name, type, outcome)                                                           \
    static void name(int64_t n, const void *a, int64_t a_step, const void *b, int64_t b_step,      \
                     unsigned accepts, bool *y) {                                                  \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const type p = ((const type *)a)[i * a_step], q = ((const type *)b)[i * b_step];       \
            y[i] = (accepts & (unsigned)(outcome)) != 0;                                           \
        }                                                                                          \
    }

#define COMPARE_ORDER                                                                              \
    (p < q ? COMPARE_LESS : p > q ? COMPARE_GREATER : p == q ? COMPARE_EQUAL : COMPARE_UNORDERED)
#define COMPARE_KIND (p != q ? KIND_NAN : isinf(p) ? KIND_INFINITE : KIND_FINITE)

COMPARE_ROW(compare_row_f32, float, COMPARE_ORDER)
COMPARE_ROW(compare_row_f64, double, COMPARE_ORDER)
COMPARE_ROW(compare_row_i64, int64_t, COMPARE_ORDER)
COMPARE_ROW(compare_row_bool, bool, COMPARE_ORDER)
COMPARE_ROW(compare_row_logic, bool, 1 << (2 * p + q))
COMPARE_ROW(compare_row_kind_f32, float, COMPARE_KIND)
COMPARE_ROW(compare_row_kind_f64, double, COMPARE_KIND)

static compare_row *compare_row_of(int which, fx_dtype dtype) {
    static compare_row *const orders[] = {compare_row_f32, compare_row_f64, compare_row_i64,
                                          compare_row_bool};
    static compare_row *const kinds[] = {compare_row_kind_f32, compare_row_kind_f64};
    if (which >= COMPARE_ISNAN) return kinds[dtype];
    return which >= COMPARE_AND ? compare_row_logic : orders[dtype];
}

/* ---- ops ---- */

static fx_status compare_infer(fx_call *call) {
    const fx_view *a = &call->x[0], *b = &call->x[call->n - 1];
    fx_shape shape;
    if (a->dtype != b->dtype)
        return fx_call_fail(call, FX_ERR_DTYPE, "a is %s and b is %s; fx_cast one of them",
                            fx_dtype_name(a->dtype), fx_dtype_name(b->dtype));
    const fx_status status = fx__broadcast_shape(call, &shape);
    return status == FX_OK ? fx_result(call, 0, FX_BOOL, shape) : status;
}

static fx_status compare_forward(fx_call *call) {
    const int which = (int)(call->op - fx__comparisons), last = call->n - 1;
    const fx_view *a = &call->x[0], *b = &call->x[last];
    const int64_t item = (int64_t)fx_dtype_size(a->dtype);
    compare_row *row = compare_row_of(which, a->dtype);
    bool *y = call->y[0].data;
    fx_walk w;
    for (bool more = fx__broadcast_walk(call, &w); more; more = fx_walk_next(&w)) {
        row(w.length, (const char *)a->data + w.offset[0] * item, w.step[0],
            (const char *)b->data + w.offset[last] * item, w.step[last], compare_accepts[which], y);
        y += w.length;
    }
    return FX_OK;
}

#define COMPARE_OP(op_name, operand_names, operand_count, taken, text)                             \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (operand_names),                  \
        .min = (operand_count), .max = (operand_count), .flags = FX_OP_STRIDED, .dtypes = (taken), \
        .infer = compare_infer, .forward = compare_forward, .formula = (text)                      \
    }

const fx_op fx__comparisons[] = {
    [COMPARE_EQ] = COMPARE_OP("eq", "a, b", 2, FX_ANY_DTYPE, "y = [a = b]"),
    [COMPARE_NE] = COMPARE_OP("ne", "a, b", 2, FX_ANY_DTYPE, "y = [a != b]"),
    [COMPARE_LT] = COMPARE_OP("lt", "a, b", 2, FX_ANY_DTYPE, "y = [a < b]"),
    [COMPARE_LE] = COMPARE_OP("le", "a, b", 2, FX_ANY_DTYPE, "y = [a <= b]"),
    [COMPARE_GT] = COMPARE_OP("gt", "a, b", 2, FX_ANY_DTYPE, "y = [a > b]"),
    [COMPARE_GE] = COMPARE_OP("ge", "a, b", 2, FX_ANY_DTYPE, "y = [a >= b]"),
    [COMPARE_AND] = COMPARE_OP("logical_and", "a, b", 2, FX_DTYPE_BIT(FX_BOOL), "y = a and b"),
    [COMPARE_OR] = COMPARE_OP("logical_or", "a, b", 2, FX_DTYPE_BIT(FX_BOOL), "y = a or b"),
    [COMPARE_XOR] = COMPARE_OP("logical_xor", "a, b", 2, FX_DTYPE_BIT(FX_BOOL), "y = a xor b"),
    [COMPARE_NOT] = COMPARE_OP("logical_not", "x", 1, FX_DTYPE_BIT(FX_BOOL), "y = not x"),
    [COMPARE_ISNAN] = COMPARE_OP("isnan", "x", 1, FX_FLOATS, "y = [x is NaN]"),
    [COMPARE_ISINF] = COMPARE_OP("isinf", "x", 1, FX_FLOATS, "y = [|x| is infinite]"),
    [COMPARE_ISFINITE] = COMPARE_OP("isfinite", "x", 1, FX_FLOATS, "y = [x is finite]"),
    {0},
};

static fx_tensor compare_two(int which, fx_tensor a, fx_tensor b) {
    const fx_tensor operands[] = {a, b};
    return fx_apply(&fx__comparisons[which], NULL, 2, operands);
}

static fx_tensor compare_one(int which, fx_tensor x) {
    return fx_apply(&fx__comparisons[which], NULL, 1, &x);
}

fx_tensor fx_eq(fx_tensor a, fx_tensor b) { return compare_two(COMPARE_EQ, a, b); }

fx_tensor fx_ne(fx_tensor a, fx_tensor b) { return compare_two(COMPARE_NE, a, b); }

fx_tensor fx_lt(fx_tensor a, fx_tensor b) { return compare_two(COMPARE_LT, a, b); }

fx_tensor fx_le(fx_tensor a, fx_tensor b) { return compare_two(COMPARE_LE, a, b); }

fx_tensor fx_gt(fx_tensor a, fx_tensor b) { return compare_two(COMPARE_GT, a, b); }

fx_tensor fx_ge(fx_tensor a, fx_tensor b) { return compare_two(COMPARE_GE, a, b); }

fx_tensor fx_logical_and(fx_tensor a, fx_tensor b) { return compare_two(COMPARE_AND, a, b); }

fx_tensor fx_logical_or(fx_tensor a, fx_tensor b) { return compare_two(COMPARE_OR, a, b); }

fx_tensor fx_logical_xor(fx_tensor a, fx_tensor b) { return compare_two(COMPARE_XOR, a, b); }

fx_tensor fx_logical_not(fx_tensor x) { return compare_one(COMPARE_NOT, x); }

fx_tensor fx_isnan(fx_tensor x) { return compare_one(COMPARE_ISNAN, x); }

fx_tensor fx_isinf(fx_tensor x) { return compare_one(COMPARE_ISINF, x); }

fx_tensor fx_isfinite(fx_tensor x) { return compare_one(COMPARE_ISFINITE, x); }
