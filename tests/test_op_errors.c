/* SPDX-License-Identifier: MIT */
/* Bad operands and bad attributes of every op: each gets its status and its sentence, and the graph
 * works afterwards with the same bits. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cases/cases.h"
#include "kernel_data.h"
#include "support.h"

/* ---- calls of the table ---- */

static fx_tensor errors_input(fx_graph *g, int dtype, fx_shape shape, const double *values) {
    static const int64_t one = 1, strides[FX_MAX_RANK] = {0}; /* large shapes, small tables */
    double ones[512];
    for (int i = 0; i < 512; i++) ones[i] = 1;
    if (values) return case_input(g, dtype, shape, values, CASE_DENSE, NULL);
    if (dtype == FX_I64) return fx_input_view(g, FX_I64, shape, strides, &one);
    if (dtype == FX_F64) return fx_input_f64(g, shape, ones);
    return case_input(g, dtype, shape, ones, CASE_DENSE, NULL);
}

static fx_tensor errors_call(fx_graph *g, const case_error *e) {
    fx_tensor xs[CASE_OPERANDS];
    for (int i = 0; i < e->row.n; i++)
        xs[i] = errors_input(g, (int)e->dtype[i], e->row.x[i], e->row.values[i]);
    return e->row.f((void *)(uintptr_t)&e->row, xs);
}

FX_TEST(op_errors, wrong_calls_say_what_is_wrong) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    for (int i = 0; case_error_at(i); i++) {
        const case_error *e = case_error_at(i);
        const fx_tensor y = errors_call(g, e);
        CHECK_TEXT(fx_error_text(cx), e->text);
        CHECK_THAT(fx_error(cx) == e->status, "%s: status %s, not %s", e->text,
                   fx_status_name(fx_error(cx)), fx_status_name(e->status));
        CHECK_THAT(!fx_tensor_valid(y), "%s: but the result is valid", e->text);
        fx_clear(cx);
        CHECK(fx_item(fx_mul(fx_f64(g, 2), fx_f64(g, 3))) == 6);
        fx_graph_reset(g);
    }
}

/* ---- bad operands ---- */

enum { BAD_UNSET, BAD_NONE, BAD_STALE, BAD_FOREIGN, BAD_CONTEXT, BAD_I64, BAD_OTHER, BAD_KINDS };

static const char *const errors_kinds[BAD_KINDS] = {
    "unset", "left out",        "stale", "of another graph", "of another context",
    "i64",   "of another dtype"};

static const fx_status errors_statuses[BAD_KINDS] = {
    FX_ERR_ARGUMENT, FX_ERR_ARGUMENT, FX_ERR_STATE, FX_ERR_ARGUMENT,
    FX_ERR_ARGUMENT, FX_ERR_DTYPE,    FX_ERR_DTYPE,
};

typedef struct errors_bench {
    fx_context *cx;
    fx_graph *g, *foreign, *away; /* away: of another context */
    fx_tensor stale;              /* of a freed step */
} errors_bench;

static fx_tensor errors_operand(errors_bench *b, const case_row *row, int i, int kind) {
    fx_tensor t;
    double values[CASE_ELEMENTS];
    memset(&t, 0, sizeof t);
    case_values(row, i, FX_F64, values);
    switch (kind) {
    case BAD_NONE:
        return FX_NONE;
    case BAD_STALE:
        return b->stale;
    case BAD_FOREIGN:
        return case_input(b->foreign, FX_F64, row->x[i], values, CASE_DENSE, NULL);
    case BAD_CONTEXT:
        return case_input(b->away, FX_F64, row->x[i], values, CASE_DENSE, NULL);
    case BAD_I64:
        return case_input(b->g, FX_I64, row->x[i], values, CASE_DENSE, NULL);
    case BAD_OTHER:
        return case_input(b->g, FX_F32, row->x[i], values, CASE_DENSE, NULL);
    default:
        return t;
    }
}

static bool errors_composed(const fx_op *op) {
    return !op->infer && !op->kernel && !op->map && !op->row[0] && !op->row[1];
}

static int errors_varying(const case_row *row) {
    int n = 0;
    for (int i = 0; i < row->n; i++) n += case_varies(row, i);
    return n;
}

/* Whether this operand can be bad in this way. */
static bool errors_applies(const case_row *row, const fx_op *op, int i, int kind) {
    const unsigned taken = op && op->dtypes ? op->dtypes : FX_FLOATS;
    if ((row->made || !case_varies(row, i)) && kind > BAD_CONTEXT) return false;
    if (kind == BAD_NONE && op && i >= op->min && op->max > 0) return false; /* optional */
    if (kind == BAD_I64) return !(taken & FX_DTYPE_BIT(FX_I64)) && !(op && errors_composed(op));
    if (kind == BAD_OTHER) return errors_varying(row) > 1;
    /* Its graph is the call's, and the others are the foreigners. */
    return (kind != BAD_FOREIGN && kind != BAD_CONTEXT) || i > 0;
}

/* The name of operand i in "x, weight, bias?", as errors say it; of "x...", its number too. */
static void errors_name(const fx_op *op, int i, char *out, size_t size) {
    const char *at = op ? op->operands : ""; /* of an op that f calls first */
    for (int k = 0; k < i && strchr(at, ','); k++) at = strchr(at, ',') + 1;
    at += strspn(at, " ");
    if (op && op->max < 0)
        snprintf(out, size, "%.*s%d", (int)strcspn(at, ",?."), at, i);
    else
        snprintf(out, size, "operand %.*s", (int)strcspn(at, ",?."), at);
}

/* Says the op and the operand. */
static void errors_check_text(const case_row *row, const fx_op *op, int i, int kind,
                              const char *text) {
    char name[64];
    errors_name(row->made ? NULL : op, i, name, sizeof name);
    const size_t length = strlen(row->op);
    CHECK_THAT(row->made || (strncmp(text, row->op, length) == 0 && text[length] == ':'),
               "%s: bad operand: %d %s, text does not name the op: %s", case_title(row), i,
               errors_kinds[kind], text);
    const bool mixed = kind == BAD_OTHER; /* which of the two is wrong is a matter of opinion */
    CHECK_THAT(mixed ? strstr(text, "fx_cast") != NULL : strstr(text, name) != NULL,
               "%s: bad operand: %d %s, text does not say \"%s\": %s", case_title(row), i,
               errors_kinds[kind], mixed ? "fx_cast" : name, text);
}

static void errors_check_operand(errors_bench *b, const case_row *row, int i, int kind) {
    static case_result before, after;
    const fx_op *op = fx_ops_find(row->op);
    fx_tensor xs[CASE_OPERANDS];
    case_inputs(b->g, row, FX_F64, xs);
    CHECK(case_run(b->g, row, xs, FX_NONE, &before) == FX_OK);
    const fx_tensor good = xs[i];
    xs[i] = errors_operand(b, row, i, kind);
    fx_tensor y = row->f((void *)(uintptr_t)row, xs);
    CHECK_THAT(!fx_tensor_valid(y), "%s: bad operand: %d %s gives a valid tensor", case_title(row),
               i, errors_kinds[kind]);
    const bool homeless = row->n == 1 && (kind == BAD_UNSET || kind == BAD_NONE);
    if (homeless) { /* no operand knows a context: the next op reports it, and names this one */
        CHECK(!fx_tensor_valid(fx_neg(y)));
        CHECK(!fx_tensor_valid(fx_add(fx_f64(b->g, 1), y)));
        CHECK_THAT(strstr(fx_error_text(b->cx), " is the result of ") != NULL,
                   "%s: bad operand: %s: %s", case_title(row), errors_kinds[kind],
                   fx_error_text(b->cx));
    } else {
        errors_check_text(row, op, i, kind, fx_error_text(b->cx));
    }
    const bool many =
        op->max < 0 && i >= op->min && kind == BAD_NONE; /* the op sees a shape that does not fit */
    CHECK_THAT(fx_error(b->cx) == (many ? FX_ERR_SHAPE : errors_statuses[kind]),
               "%s: bad operand: %d %s: status %s: %s", case_title(row), i, errors_kinds[kind],
               fx_status_name(fx_error(b->cx)), fx_error_text(b->cx));
    fx_clear(b->cx);
    xs[i] = good;
    CHECK_THAT(case_run(b->g, row, xs, FX_NONE, &after) == FX_OK && case_same(row, &before, &after),
               "%s: bad operand: after %d %s the graph does not work", case_title(row), i,
               errors_kinds[kind]);
    fx_graph_reset(b->g);
}

FX_TEST(op_errors, bad_operands_are_named_and_survived) {
    errors_bench b = {.cx = test_context()};
    b.g = fx_graph_new(b.cx);
    b.foreign = fx_graph_new(b.cx);
    b.away = fx_graph_new(test_context());
    b.stale = fx_f64(b.g, 1);
    fx_graph_reset(b.g);
    for (int i = 0; case_at(i); i++)
        for (int k = 0; k < case_at(i)->n; k++)
            for (int kind = 0; kind < BAD_KINDS; kind++)
                if (errors_applies(case_at(i), fx_ops_find(case_at(i)->op), k, kind))
                    errors_check_operand(&b, case_at(i), k, kind);
    CHECK(fx_error(fx_graph_context(b.away)) == FX_OK);
}

/* While an error stands nothing runs, and the first reason stays. */
FX_TEST(op_errors, ops_are_inert_while_an_error_stands) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    for (int i = 0; case_at(i); i++) {
        const case_row *row = case_at(i);
        fx_tensor xs[CASE_OPERANDS];
        case_inputs(g, row, FX_F64, xs);
        const int64_t nodes = fx_graph_stats_of(g).nodes;
        fx_fail(cx, FX_ERR_DATA, "the first");
        const fx_tensor y = row->f((void *)(uintptr_t)row, xs);
        CHECK_THAT(!fx_tensor_valid(y), "%s: inert: a result", case_title(row));
        CHECK_THAT(fx_graph_stats_of(g).nodes == nodes, "%s: inert: it left nodes",
                   case_title(row));
        CHECK_TEXT(fx_error_text(cx), "the first");
        fx_clear(cx);
        fx_graph_reset(g);
    }
}

FX_TEST(op_errors, operands_without_a_graph_are_remembered) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor y = fx_mul(fx_num(2), fx_num(3));
    CHECK(!fx_tensor_valid(y) && fx_error(cx) == FX_OK);
    CHECK(!fx_tensor_valid(fx_add(fx_f64(g, 1), y)));
    CHECK_TEXT(fx_error_text(cx), "add: operand b is the result of mul, whose operands are all "
                                  "parameters or numbers; write fx_use(graph, ...) around one of "
                                  "them");
}

/* An unset tensor has no rank from which a negative axis could be counted. */
FX_TEST(op_errors, no_tensor_at_all_is_no_accident) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor unset = {0};
    CHECK(!fx_tensor_valid(fx_transpose(unset, INT_MIN, -1)));
    CHECK(!fx_tensor_valid(fx_transpose(unset, INT_MAX, INT_MIN)));
    CHECK(!fx_tensor_valid(fx_concat(2, NULL, 0)) && !fx_tensor_valid(fx_concat(-1, NULL, 0)));
    CHECK(fx_error(cx) == FX_OK); /* no context was seen */
    CHECK(!fx_tensor_valid(fx_transpose(fx_f64(g, 1), INT_MIN, 0)));
    CHECK_TEXT(fx_error_text(cx), "transpose: axis -2147483648 of a tensor of rank 0 (x [])");
}

/* ---- sizes ---- */

/* Shapes that no memory holds: one number, seen 2^59 times. */
static fx_tensor errors_huge(fx_graph *g, int which) {
    fx_tensor big[17];
    const double two[2] = {1, 2};
    for (int i = 0; i < 17; i++) big[i] = fx_broadcast_to(fx_f64(g, 1), fx_shape1(1LL << 59));
    const fx_tensor column = fx_input_f64(g, fx_shape2(2, 1), two);
    switch (which) {
    case 0:
        return fx_concat(17, big, 0);
    case 1:
        return fx_mul(big[0], column);
    case 2:
        return fx_matmul(column, fx_broadcast_to(big[0], fx_shape2(1, 1LL << 59)));
    case 3:
        return fx_broadcast_to(big[0], fx_shape2(2, 1LL << 59));
    default:
        return fx_neg(big[0]);
    }
}

FX_TEST(op_errors, sizes_beyond_memory_are_refused) {
    fx_context_options options = fx_context_defaults();
    options.memory_cap = 1 << 30;
    fx_context *cx = test_context_with(&options);
    fx_graph *g = fx_graph_new(cx);
    static const char *const texts[] = {
        "concat: the sizes' sum is too large (x0 [576460752303423488], x1 [576460752303423488], "
        "x2 [576460752303423488], x3 [576460752303423488], x4 [576460752303423488], x5 "
        "[576460752303423488], ...)",
        "mul: shape [2, 576460752303423488] is too large to count",
        "matmul: shape [2, 576460752303423488] is too large to count",
        "broadcast_to: shape [2, 576460752303423488] is too large to count",
    };
    for (int i = 0; i <= CASE_COUNT(texts); i++) {
        CHECK(!fx_tensor_valid(errors_huge(g, i)));
        if (i < CASE_COUNT(texts))
            CHECK_TEXT(fx_error_text(cx), texts[i]);
        else
            CHECK(strstr(fx_error_text(cx), "out of memory: 4.0 EiB requested") != NULL);
        CHECK(fx_error(cx) == (i < CASE_COUNT(texts) ? FX_ERR_SHAPE : FX_ERR_MEMORY));
        fx_clear(cx);
        CHECK(fx_item(fx_mul(fx_f64(g, 2), fx_f64(g, 3))) == 6);
        fx_graph_reset(g);
    }
}
