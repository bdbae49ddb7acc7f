/* SPDX-License-Identifier: MIT */
/* What a composition says when it refuses, or a part of it does: as an op with a kernel would. */
#include "fluxion/fluxion.h"
#include "support.h"

static const fx_op compose_op = {
    .version = FX_OP_VERSION, .name = "twice", .operands = "x, w, b?", .min = 2, .max = 3};

/* Reports with these operands, and takes the error back. */
static void compose_check(fx_context *cx, int n, const fx_tensor *x, fx_status status,
                          const char *text) {
    const fx_tensor y = fx_refuse(&compose_op, n, x, FX_ERR_SHAPE, "expected %d axes", 3);
    CHECK(!fx_tensor_valid(y));
    CHECK(fx_error(cx) == status);
    CHECK_TEXT(fx_error_text(cx), text);
    fx_clear(cx);
}

FX_TEST(compose, a_refusal_names_scope_op_and_operands) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    const fx_tensor w = fx_param(p, "w", fx_shape2(2, 3), fx_constant(0));
    const fx_tensor x = fx_input_f64(g, fx_shape2(0, 4), NULL);
    const fx_tensor unset = {0};
    compose_check(cx, 3, (fx_tensor[]){x, w, fx_none()}, FX_ERR_SHAPE,
                  "twice: expected 3 axes (x [0, 4], w [2, 3], b left out)");
    compose_check(cx, 2, (fx_tensor[]){fx_num(1), w}, FX_ERR_SHAPE,
                  "twice: expected 3 axes (x [], w [2, 3])");
    fx_scope_begin(g, "hidden");
    compose_check(cx, 2, (fx_tensor[]){x, w}, FX_ERR_SHAPE,
                  "hidden: twice: expected 3 axes (x [0, 4], w [2, 3])");
    compose_check(cx, 2, (fx_tensor[]){x, unset}, FX_ERR_ARGUMENT,
                  "hidden: twice: operand w is unset");
    compose_check(cx, 2, (fx_tensor[]){x, fx_none()}, FX_ERR_ARGUMENT,
                  "hidden: twice: operand w is left out, but is needed");
    fx_scope_end(g);
    fx_graph_reset(g);
    compose_check(
        cx, 2, (fx_tensor[]){w, x}, FX_ERR_STATE,
        "twice: operand w is a tensor of a step that is over (the graph was reset, rewound or "
        "freed); keep numbers with fx_item, tensors with fx_graph_reset_keep");
    fx_params_free(p);
}

FX_TEST(compose, is_invalid_where_nobody_can_be_told) {
    const fx_tensor both[] = {fx_num(1), fx_num(2)};
    CHECK(!fx_tensor_valid(fx_refuse(&compose_op, 2, both, FX_ERR_SHAPE, "no")));
    CHECK(!fx_tensor_valid(fx_refuse(&compose_op, 0, NULL, FX_ERR_SHAPE, "no")));
}

FX_TEST(compose, an_error_that_stands_is_kept) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor both[] = {fx_f64(g, 1), fx_f64(g, 2)};
    fx_fail(cx, FX_ERR_DATA, "the first");
    CHECK(!fx_tensor_valid(fx_refuse(&compose_op, 2, both, FX_ERR_SHAPE, "no")));
    CHECK_TEXT(fx_error_text(cx), "the first");
    fx_clear(cx);
}

/* ---- errors of the parts ---- */

static const fx_op compose_outer = {.version = FX_OP_VERSION, .name = "outer"},
                   compose_inner = {.version = FX_OP_VERSION, .name = "inner"};

static fx_tensor compose_call(const fx_op *op, fx_tensor x, fx_tensor y) {
    const fx_tensor both[] = {x, y};
    const fx_composition c = fx_compose(op, 2, both);
    return fx_composed(c, fx_exp(fx_add(x, y)));
}

FX_TEST(compose, parts_report_in_the_name_of_the_outermost) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const double values[] = {1, 2, 3};
    const fx_tensor two = fx_input_f64(g, fx_shape1(2), values),
                    three = fx_input_f64(g, fx_shape1(3), values);
    CHECK(!fx_tensor_valid(compose_call(&compose_inner, two, three)));
    CHECK_TEXT(fx_error_text(cx),
               "inner: shapes do not broadcast; sizes must be equal or 1, counted "
               "from the last (a [2], b [3])");
    fx_clear(cx);
    fx_scope_begin(g, "net");
    const fx_composition c = fx_compose(&compose_outer, 1, &two);
    CHECK(
        !fx_tensor_valid(fx_composed(c, compose_call(&compose_inner, two, fx_cast(two, FX_F32)))));
    CHECK_TEXT(fx_error_text(cx), "net: outer: operand b is f32 where another is f64; write "
                                  "fx_cast(b, FX_F64)");
    fx_clear(cx);
    fx_scope_end(g);
    fx_add(two, three);
    CHECK_TEXT(fx_error_text(cx), "add: shapes do not broadcast; sizes must be equal or 1, counted "
                                  "from the last (a [2], b [3])");
    fx_clear(cx);
}

/* One that is never closed does not outlive the step. */
FX_TEST(compose, a_reset_ends_a_composition) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor x = fx_f64(g, 1);
    fx_compose(&compose_outer, 1, &x);
    fx_graph_reset(g);
    const fx_tensor y = fx_f64(g, 1);
    CHECK(!fx_tensor_valid(fx_slice(y, 0, 0, 1, 1)));
    CHECK_TEXT(fx_error_text(cx), "slice: axis 0 of a tensor of rank 0 (x [])");
    fx_clear(cx);
}

FX_TEST(compose, operands_are_looked_at_first) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    const fx_tensor w = fx_param(p, "w", fx_shape2(2, 3), fx_constant(0)), unset = {0};
    const fx_tensor both[] = {fx_f64(g, 1), unset};
    fx_composed(fx_compose(&compose_op, 2, both), w);
    CHECK_TEXT(fx_error_text(cx), "twice: operand w is unset");
    fx_clear(cx);
    fx_composed(fx_compose(&compose_op, 2, (fx_tensor[]){w, fx_num(1)}), w);
    CHECK_TEXT(fx_error_text(cx), "twice: all operands are parameters or numbers; write "
                                  "fx_use(graph, ...) around one of them");
    fx_clear(cx);
    CHECK(fx_tensor_valid(fx_composed(fx_compose(&compose_outer, 1, both), both[0])));
    const fx_tensor one = fx_num(1);
    CHECK(!fx_tensor_valid(fx_composed(fx_compose(&compose_outer, 1, &one), one)));
    fx_fail(cx, FX_ERR_DATA, "the first");
    CHECK(!fx_tensor_valid(fx_composed(fx_compose(&compose_outer, 1, both), both[0])));
    fx_clear(cx);
    fx_params_free(p);
}
