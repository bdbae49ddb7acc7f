/* SPDX-License-Identifier: MIT */
/* Ops and programs that are wrong: each gets a sentence, none gets a crash. */
#include <string.h>

#include "fluxion/grad.h"
#include "support.h"

static void copy_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = x[0];
}

static void copy_row(int64_t n, const void *attrs, const void *const *x, void *const *y) {
    (void)attrs;
    memcpy(y[0], x[0], (size_t)n * sizeof(float));
}

static fx_status same_infer(fx_call *call) {
    return fx_result(call, 0, call->x[0].dtype, fx_view_shape(&call->x[0]));
}

static fx_status nothing_infer(fx_call *call) { return (void)call, FX_OK; }

static fx_status beyond_infer(fx_call *call) {
    const int64_t one = 1;
    return fx_result_view(call, 0, fx_shape1(2), &one, 1);
}

static fx_status far_infer(fx_call *call) {
    const int64_t one = 1;
    return fx_result_view(call, 0, fx_shape1(3), &one, INT64_MAX);
}

static fx_status wide_infer(fx_call *call) {
    return fx_result_view(call, 0, fx_shape1(3), (int64_t[]){INT64_MAX}, 0);
}

static fx_status absent_infer(fx_call *call) {
    return fx_result_view(call, 1, fx_shape0(), NULL, 0);
}

static fx_status odd_infer(fx_call *call) { return fx_result(call, 0, (fx_dtype)77, fx_shape0()); }

static fx_status silent_forward(fx_call *call) { return (void)call, FX_ERR_DATA; }

#define INCOMPLETE                                                                                 \
    "op odd: it needs a name; a kernel, a map or a row for each dtype (f32 and f64 only, not "     \
    "FX_OP_MIXED or FX_OP_RANDOM, min = max <= 6), or infer and forward, or infer and "            \
    "FX_OP_VIEW; and at most 4 results"
#define ODD .version = FX_OP_VERSION, .name = "odd", .operands = "x, y?", .min = 1

static const struct {
    fx_op op;
    const char *text;
} misuses[] = {
    {{.name = "old", .min = 1, .max = 1}, "op old: version is 0; set it to FX_OP_VERSION"},
    {{ODD, .max = 1}, INCOMPLETE},
    {{ODD, .max = 1, .infer = same_infer}, INCOMPLETE},
    {{ODD, .max = 2, .map = copy_map}, INCOMPLETE},
    {{ODD, .max = 1, .row = {copy_row, NULL}}, INCOMPLETE},
    {{ODD, .max = 1, .kernel = FX_ROW_COUNT}, INCOMPLETE},
    {{ODD, .max = 1, .map = copy_map, .results = 5}, INCOMPLETE},
    {{ODD, .max = 1, .map = copy_map, .flags = FX_OP_MIXED}, INCOMPLETE},
    {{ODD, .max = 1, .map = copy_map, .flags = FX_OP_RANDOM}, INCOMPLETE},
    {{ODD, .max = 1, .map = copy_map, .attrs_size = 8}, "odd: attrs is NULL (x [])"},
    {{ODD, .max = 1, .infer = same_infer, .forward = silent_forward, .flags = FX_OP_RANDOM},
     "odd: the last operand is not an fx_draw (x [])"},
    {{ODD, .max = 1, .map = copy_map, .dtypes = FX_ANY_DTYPE}, INCOMPLETE},
    {{ODD, .max = 1, .infer = same_infer, .flags = FX_OP_VIEW, .results = 2}, INCOMPLETE},
    {{ODD, .max = 1, .infer = same_infer, .flags = FX_OP_VIEW},
     "odd: infer of a view did not call fx_result_view (x [])"},
    {{ODD, .max = 1, .infer = nothing_infer, .forward = silent_forward},
     "odd: infer did not say what result 0 is (x [])"},
    {{ODD, .max = 1, .infer = same_infer, .forward = silent_forward},
     "odd: forward failed without a reason; report one with fx_call_fail (x [])"},
    {{ODD, .max = 1, .infer = beyond_infer, .flags = FX_OP_VIEW},
     "odd: the view reaches outside its operand (x [])"},
    {{ODD, .max = 1, .infer = far_infer, .flags = FX_OP_VIEW},
     "odd: the view reaches outside its operand (x [])"},
    {{ODD, .max = 1, .infer = wide_infer, .flags = FX_OP_VIEW},
     "odd: the view reaches outside its operand (x [])"},
    {{ODD, .max = 2, .infer = absent_infer, .flags = FX_OP_VIEW},
     "odd: operand 1 cannot be viewed (x [])"},
    {{ODD, .max = 1, .infer = odd_infer, .forward = silent_forward},
     "odd: the op has no result 0 of dtype 77 (x [])"},
    {{ODD, .max = 1, .map = copy_map, .flags = FX_OP_UPDATE},
     "odd: an optimizer's rule is run by fx_update"},
    {{.version = FX_OP_VERSION, .name = "odd", .min = 3, .max = 3, .map = copy_map},
     "odd: 1 operand; it takes 3"},
};

FX_TEST(misuse, wrong_ops_are_told_what_they_lack) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++) {
        fx_tensor x = fx_f64(g, 1);
        CHECK(!fx_tensor_valid(fx_apply(&misuses[i].op, NULL, 1, &x)));
        CHECK_TEXT(fx_error_text(cx), misuses[i].text);
        fx_clear(cx);
    }
}

static fx_status first_infer(fx_call *call) {
    return fx_result_view(call, 0, fx_shape0(), NULL, 0);
}

FX_TEST(misuse, a_view_of_nothing_has_no_elements) {
    fx_context *cx = test_context();
    fx_tensor x = fx_input_f64(fx_graph_new(cx), fx_shape1(0), NULL);
    static const fx_op op = {ODD, .max = 1, .infer = first_infer, .flags = FX_OP_VIEW};
    CHECK(!fx_tensor_valid(fx_apply(&op, NULL, 1, &x)));
    CHECK_TEXT(fx_error_text(cx), "odd: the view reaches outside its operand (x [0])");
}

static void freeing_vjp(fx_vjp *v) {
    fx_graph_free(v->graph);
    fx_vjp_zero(v, 0);
}

FX_TEST(misuse, a_rule_cannot_free_its_graph) {
    fx_context *cx = test_context();
    static const fx_op op = {ODD, .max = 1, .map = copy_map, .vjp = freeing_vjp};
    fx_tensor x = fx_f64(fx_graph_new(cx), 1), y = fx_apply(&op, NULL, 1, &x);
    CHECK(!fx_tensor_valid(fx_derivative(y, x)));
    CHECK_TEXT(fx_error_text(cx), "backward of odd: fx_graph_free inside a derivative rule");
    CHECK(fx_tensor_valid(y)); /* nothing of it is gone */
}

static void same_vjp(fx_vjp *v) { v->dx[0] = v->g[0]; }

static const fx_op same_op = {ODD, .max = 1, .map = copy_map, .vjp = same_vjp};

FX_TEST(misuse, freed_gradients_are_not_written) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_tensor w = fx_param(p, "w", fx_shape0(), fx_constant(1));
    fx_gradients *other = fx_gradients_new(p);
    CHECK(fx_graph_gradients(g, other) == FX_OK);
    fx_tensor x = fx_use(g, w), y = fx_apply(&same_op, NULL, 1, &x);
    fx_gradients_free(other);
    CHECK(fx_backward(y) == FX_OK);
    CHECK_NEAR(fx_item(fx_gradient(fx_params_gradients(p), w)), 1, 0);
}

static void step_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = x[0] - x[1];
    y[1] = x[2];
}

FX_TEST(misuse, state_of_freed_parameters_is_refused) {
    fx_context *cx = test_context();
    static const fx_op rule = {.version = FX_OP_VERSION,
                               .name = "rule",
                               .operands = "weight, gradient, state",
                               .min = 3,
                               .max = 3,
                               .results = 2,
                               .flags = FX_OP_UPDATE,
                               .map = step_map};
    fx_params *first = fx_params_new(cx, FX_F64, 0), *state = fx_params_like(first);
    fx_params_free(first);
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_tensor w = fx_param(p, "w", fx_shape0(), fx_constant(1)), x = fx_use(g, w);
    CHECK(fx_backward(fx_apply(&same_op, NULL, 1, &x)) == FX_OK);
    CHECK(fx_update(fx_params_gradients(p), &rule, NULL, 1, &state, 0, NULL) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx),
               "fx_update: state 0 was not made by fx_params_like of these parameters");
    CHECK_NEAR(fx_item(w), 1, 0);
}

FX_TEST(misuse, a_step_needs_a_rule_for_its_dtype) {
    fx_context *cx = test_context();
    static const fx_op half = {.version = FX_OP_VERSION,
                               .name = "half",
                               .operands = "weight, gradient",
                               .min = 2,
                               .max = 2,
                               .flags = FX_OP_UPDATE,
                               .row = {copy_row, NULL}};
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    CHECK(fx_update(fx_params_gradients(p), &half, NULL, 0, NULL, 0, NULL) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx),
               "fx_update: half has neither a forward, nor a map, nor a row for each dtype");
}

FX_TEST(misuse, writing_is_inert_while_an_error_stands) {
    fx_context *cx = test_context();
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_tensor w = fx_param(p, "w", fx_shape0(), fx_constant(1));
    const double two = 2;
    fx_fail(cx, FX_ERR_DATA, "no");
    CHECK(fx_write_f64(w, 1, &two) == FX_ERR_DATA);
    CHECK_NEAR(fx_item(w), 1, 0);
}

FX_TEST(misuse, integers_have_no_gradient) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const int64_t one = 1;
    fx_tensor x = fx_f64(g, 1), i = fx_input_i64(g, fx_shape0(), &one), dx;
    fx_tensor y = fx_apply(&same_op, NULL, 1, &x);
    CHECK(fx_grad(y, FX_NONE, 1, &i, &dx) == FX_ERR_DTYPE);
    CHECK_TEXT(fx_error_text(cx), "fx_grad: an x is i64; f32 and f64 have gradients");
}

static fx_status late_forward(fx_call *call) {
    return fx_result(call, 0, FX_F64, fx_shape1(1000000)); /* its memory is there already */
}

static fx_status larger_infer(fx_call *call) {
    const int64_t one = 1;
    fx_result_view(call, 0, fx_shape0(), &one, 0);
    return fx_result(call, 0, FX_F64, fx_shape1(1000000));
}

FX_TEST(misuse, results_are_said_once_and_in_infer) {
    fx_context *cx = test_context();
    fx_tensor x = fx_f64(fx_graph_new(cx), 1);
    static const fx_op late = {ODD, .max = 1, .infer = same_infer, .forward = late_forward};
    CHECK(!fx_tensor_valid(fx_apply(&late, NULL, 1, &x)));
    CHECK_TEXT(fx_error_text(cx), "odd: fx_result is called outside infer (x [])");
    fx_clear(cx);
    static const fx_op view = {ODD, .max = 1, .infer = larger_infer, .flags = FX_OP_VIEW};
    CHECK(!fx_tensor_valid(fx_apply(&view, NULL, 1, &x)));
    CHECK_TEXT(fx_error_text(cx), "odd: infer of a view did not call fx_result_view (x [])");
}

static void misuse_said(fx_context *cx, fx_status status, const char *text) {
    CHECK(fx_error(cx) == status);
    CHECK_TEXT(fx_error_text(cx), text);
    fx_clear(cx);
}

FX_TEST(misuse, a_freed_graph_is_named) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_gradcheck_report report;
    fx_tensor x = fx_f64(g, 1);
    fx_graph_free(g);
    CHECK(!fx_tensor_valid(fx_f64(g, 1)));
    misuse_said(cx, FX_ERR_STATE, "input: the graph was freed");
    CHECK(!fx_tensor_valid(fx_use(g, fx_num(1))));
    misuse_said(cx, FX_ERR_STATE, "fx_use: the graph was freed");
    CHECK(!fx_tensor_valid(fx_draw(g)));
    misuse_said(cx, FX_ERR_STATE, "fx_draw: the graph was freed");
    fx_scope_begin(g, "a");
    misuse_said(cx, FX_ERR_STATE, "fx_scope_begin: the graph was freed");
    CHECK(fx_graph_reset(g) == FX_ERR_STATE);
    misuse_said(cx, FX_ERR_STATE, "fx_graph_reset: the graph was freed");
    CHECK(fx_gradcheck(g, NULL, NULL, 1, &x, NULL, &report) == FX_ERR_STATE);
    misuse_said(cx, FX_ERR_STATE, "fx_gradcheck: the graph was freed");
}

FX_TEST(misuse, a_freed_parameter_set_is_named) {
    fx_context *cx = test_context();
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_params_free(p);
    fx_param(p, "w", fx_shape0(), fx_constant(1));
    misuse_said(cx, FX_ERR_STATE, "fx_param: the parameter set was freed");
    CHECK(fx_freeze(p, "*", true) == FX_ERR_STATE);
    misuse_said(cx, FX_ERR_STATE, "fx_freeze: the parameter set was freed");
    CHECK(!fx_params_like(p));
    misuse_said(cx, FX_ERR_STATE, "fx_params_like: the parameter set was freed");
    CHECK(!fx_gradients_new(p));
    misuse_said(cx, FX_ERR_STATE, "fx_gradients_new: the parameter set was freed");
}

FX_TEST(misuse, names_are_given_to_tensors_of_a_graph) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_tensor w = fx_param(fx_params_new(cx, FX_F64, 0), "w", fx_shape0(), fx_constant(1));
    fx_name(w, "v");
    misuse_said(cx, FX_ERR_ARGUMENT, "fx_name: 'v' names a parameter, which has a name already");
    CHECK(!fx_tensor_valid(fx_name(fx_f64(g, 1), NULL)));
    misuse_said(cx, FX_ERR_ARGUMENT, "fx_name: the name is NULL");
    fx_scope_begin(g, NULL);
    misuse_said(cx, FX_ERR_ARGUMENT, "fx_scope_begin: the name is NULL");
    fx_scope_end(g);
    CHECK(fx_error(cx) == FX_OK);
}

FX_TEST(misuse, a_derivative_of_what_was_not_recorded_is_refused) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_tensor x = fx_f64(g, 3);
    const bool was = fx_record(g, false);
    fx_tensor y = fx_apply(&same_op, NULL, 1, &x);
    fx_record(g, was);
    CHECK(!fx_tensor_valid(fx_derivative(y, x)));
    misuse_said(cx, FX_ERR_STATE,
                "fx_grad: y was computed while recording was off (fx_record); fx_detach makes a "
                "constant of it");
    CHECK(fx_item(fx_derivative(fx_detach(y), x)) == 0 && fx_item(fx_derivative(y, y)) == 1);
    fx_derivative(fx_num(1), x);
    misuse_said(cx, FX_ERR_ARGUMENT, "fx_grad: y is a number, not a tensor of a graph");
    fx_derivative((fx_tensor){0}, x);
    CHECK(fx_error(cx) == FX_ERR_ARGUMENT);
}

static fx_tensor misuse_same(void *user, const fx_tensor *xs) {
    (void)user;
    return fx_apply(&same_op, NULL, 1, xs);
}

FX_TEST(misuse, gradcheck_wants_f64) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_gradcheck_report report;
    const bool skip[] = {true};
    fx_gradcheck_options options = fx_gradcheck_defaults();
    fx_tensor x = fx_f32(g, 1);
    CHECK(fx_gradcheck(g, misuse_same, NULL, 1, &x, NULL, &report) == FX_ERR_DTYPE);
    misuse_said(cx, FX_ERR_DTYPE,
                "fx_gradcheck: x 0 is f32, too coarse for differences; make it f64, or skip it");
    options.skip = skip;
    CHECK(fx_gradcheck(g, misuse_same, NULL, 1, &x, &options, &report) == FX_ERR_ARGUMENT);
    misuse_said(cx, FX_ERR_ARGUMENT, "fx_gradcheck: no x is left to differentiate by");
}

FX_TEST(misuse, operands_that_are_not_there_are_not_read) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_tensor none[2];
    CHECK(!fx_tensor_valid(fx_apply(&same_op, NULL, 1, NULL)));
    CHECK(fx_apply_all(&same_op, NULL, 1, NULL, none) != FX_OK);
    CHECK(!fx_tensor_valid(fx_broadcast_to(fx_f64(g, 1), fx_shape_n(77, NULL))));
    CHECK(fx_error(cx) == FX_ERR_SHAPE);
}

/* An empty view needs neither memory nor strides that make sense. */
FX_TEST(misuse, an_empty_view_reads_nothing) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const int64_t strides[] = {INT64_MAX, INT64_MAX};
    fx_tensor x = fx_input_view(g, FX_F64, fx_shape2(0, 5), strides, NULL);
    CHECK(fx_tensor_numel(fx_apply(&same_op, NULL, 1, &x)) == 0);
    CHECK_TEXT(fx_error_text(cx), "");
}

static void narrow_vjp(fx_vjp *v) {
    const double two[] = {1, 1};
    v->dx[0] = fx_input_f64(v->graph, fx_shape1(2), two);
}

FX_TEST(misuse, a_cotangent_of_another_shape_is_told_with_both) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    static const fx_op narrow = {ODD, .max = 1, .map = copy_map, .vjp = narrow_vjp};
    const double three[] = {1, 2, 3};
    fx_tensor x = fx_input_f64(g, fx_shape1(3), three), dx;
    fx_tensor y = fx_apply(&narrow, NULL, 1, &x);
    CHECK(fx_grad(y, x, 1, &x, &dx) == FX_ERR_STATE);
    misuse_said(cx, FX_ERR_STATE,
                "backward of odd: the cotangent of operand x has shape [2], to which the "
                "operand's, [3], does not broadcast");
}

FX_TEST(misuse, a_call_without_an_op_or_a_place_for_results_is_refused) {
    fx_context *cx = test_context();
    fx_tensor x = fx_f64(fx_graph_new(cx), 1), y;
    CHECK(!fx_tensor_valid(fx_apply(NULL, NULL, 1, &x)));
    CHECK_TEXT(fx_error_text(cx), "fx_apply: the op is NULL");
    fx_clear(cx);
    CHECK(fx_apply_all(&same_op, NULL, 1, &x, NULL) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "fx_apply: where the results go is NULL");
    fx_clear(cx);
    CHECK(fx_apply_all(&same_op, NULL, 1, NULL, &y) == FX_ERR_ARGUMENT);
    CHECK(!fx_tensor_valid(y));
}

FX_TEST(misuse, strides_beyond_memory_are_refused) {
    fx_context *cx = test_context();
    const double x[3] = {0};
    fx_input_view(fx_graph_new(cx), FX_F64, fx_shape1(3), (int64_t[]){INT64_MAX}, x);
    CHECK_TEXT(fx_error_text(cx), "input: the strides reach further than memory does");
}

FX_TEST(misuse, a_step_takes_no_more_results_than_an_op_has) {
    fx_context *cx = test_context();
    fx_params *p = fx_params_new(cx, FX_F64, 0), *states[4];
    fx_tensor w = fx_param(p, "w", fx_shape0(), fx_constant(1));
    fx_tensor x = fx_use(fx_graph_new(cx), w);
    for (int i = 0; i < 4; i++) states[i] = fx_params_like(p);
    CHECK(fx_backward(fx_apply(&same_op, NULL, 1, &x)) == FX_OK);
    const fx_op five = {ODD, .max = 6, .results = 5, .flags = FX_OP_UPDATE,
                        .forward = silent_forward};
    fx_update(fx_params_gradients(p), &five, NULL, 4, states, 0, NULL);
    CHECK_TEXT(fx_error_text(cx), "fx_update: odd takes 6 operands and gives 5 results, but got 4 "
                                  "states and 0 scalars");
    fx_clear(cx);
    const fx_op two = {ODD, .max = 3, .results = 2, .flags = FX_OP_UPDATE,
                       .forward = silent_forward};
    fx_update(fx_params_gradients(p), &two, NULL, 1, NULL, 0, NULL);
    CHECK_TEXT(fx_error_text(cx), "fx_update: states or scalars is NULL");
}

FX_TEST(misuse, a_set_that_follows_another_is_not_added_to) {
    fx_context *cx = test_context();
    fx_params *p = fx_params_new(cx, FX_F64, 0), *state = fx_params_like(p);
    CHECK(!fx_tensor_valid(fx_param(state, "w", fx_shape0(), fx_constant(1))));
    CHECK_TEXT(fx_error_text(cx), "fx_param: the set was made by fx_params_like; add w to the one "
                                  "that it follows");
}

FX_TEST(misuse, gradients_of_another_context_are_refused) {
    fx_context *cx = test_context(), *other = test_context();
    fx_gradients *gr = fx_params_gradients(fx_params_new(other, FX_F64, 0));
    CHECK(fx_graph_gradients(fx_graph_new(cx), gr) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "fx_graph_gradients: the gradients belong to another context");
}

FX_TEST(misuse, a_mark_of_another_graph_is_refused) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    CHECK(fx_graph_rewind(g, fx_graph_mark(fx_graph_new(cx)), 0, NULL) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "fx_graph_rewind: the mark is not one of this graph");
}

FX_TEST(misuse, a_scope_of_a_freed_graph_is_not_left_to_the_next) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_graph_free(g);
    fx_scope_begin(g, "lost");
    CHECK_TEXT(fx_error_text(cx), "fx_scope_begin: the graph was freed");
    fx_clear(cx);
    g = fx_graph_new(cx);
    fx_scope_begin(g, "net");
    fx_input_f64(g, fx_shape0(), NULL);
    CHECK_TEXT(fx_error_text(cx), "net: input: data is NULL");
}
