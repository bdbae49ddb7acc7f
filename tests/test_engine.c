/* SPDX-License-Identifier: MIT */
/* The engine by itself, with three ops as a stranger would write them: mul by rows, sum, matmul. */
#include <math.h>
#include <string.h>

#include "fluxion/grad.h"
#include "support.h"

static void mul_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = x[0] * x[1];
}

static fx_tensor mul(fx_tensor a, fx_tensor b);

static void mul_vjp(fx_vjp *v) {
    v->dx[0] = mul(v->g[0], v->x[1]);
    v->dx[1] = mul(v->g[0], v->x[0]);
}

static const fx_op mul_op = {.version = FX_OP_VERSION,
                             .name = "mul",
                             .operands = "a, b",
                             .min = 2,
                             .max = 2,
                             .map = mul_map,
                             .vjp = mul_vjp};

static fx_tensor mul(fx_tensor a, fx_tensor b) {
    return fx_apply(&mul_op, NULL, 2, (fx_tensor[]){a, b});
}

static fx_status total_infer(fx_call *call) {
    return fx_result(call, 0, call->x[0].dtype, fx_shape0());
}

static fx_status total_forward(fx_call *call) {
    const fx_sum_args sum = {1, call->x[0].numel, call->x[0].data, 0, 1, call->y[0].data};
    call->kernels->sum[call->x[0].dtype](&sum);
    return FX_OK;
}

/* The cotangent times ones of x's shape; x / x would do, but not at 0. */
static void total_vjp(fx_vjp *v) {
    static const double one = 1; /* borrowed for as long as the graph remembers */
    const int64_t strides[FX_MAX_RANK] = {0};
    const fx_tensor ones = fx_input_view(v->graph, FX_F64, fx_tensor_shape(v->x[0]), strides, &one);
    v->dx[0] = mul(v->g[0], ones);
}

static const fx_op total_op = {.version = FX_OP_VERSION,
                               .name = "total",
                               .operands = "x",
                               .min = 1,
                               .max = 1,
                               .infer = total_infer,
                               .forward = total_forward,
                               .vjp = total_vjp};

static fx_tensor total(fx_tensor x) { return fx_apply(&total_op, NULL, 1, &x); }

FX_TEST(engine, square_has_all_derivatives) {
    fx_context *cx = test_context();
    fx_tensor x = fx_f64(fx_graph_new(cx), 3), y = mul(mul(x, x), x);
    fx_tensor first = fx_derivative(y, x), second = fx_derivative(first, x);
    CHECK_NEAR(fx_item(first), 27, 0);
    CHECK_NEAR(fx_item(second), 18, 0);
    CHECK_NEAR(fx_item(fx_derivative(second, x)), 6, 0);
    CHECK_TEXT(fx_error_text(cx), "");
}

FX_TEST(engine, diamond_adds_both_paths) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_tensor w = fx_param(p, "w", fx_shape1(3), fx_constant(3));
    fx_tensor h = mul(w, fx_use(g, w)), unused = mul(h, h);
    CHECK(fx_tensor_valid(unused));
    for (int again = 1; again <= 2; again++) {
        CHECK(fx_backward(total(mul(h, fx_num(2)))) == FX_OK);
        double grad[3];
        CHECK(fx_read_f64(fx_gradient(fx_params_gradients(p), w), 3, grad) == FX_OK);
        for (int i = 0; i < 3; i++) CHECK_NEAR(grad[i], again * 12.0, 0);
    }
    CHECK_TEXT(fx_error_text(cx), "");
}

FX_TEST(engine, broadcast_operands_get_summed_cotangents) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const double a[6] = {1, 2, 3, 4, 5, 6}, b[3] = {10, 20, 30}, c[2] = {7, 8};
    fx_tensor x[] = {fx_input_f64(g, fx_shape2(2, 3), a), fx_input_f64(g, fx_shape1(3), b),
                     fx_input_f64(g, fx_shape2(2, 1), c)};
    fx_tensor dx[3];
    CHECK(fx_grad(total(mul(mul(x[0], x[1]), x[2])), FX_NONE, 3, x, dx) == FX_OK);
    double da[6], db[3], dc[2];
    fx_read_f64(dx[0], 6, da);
    fx_read_f64(dx[1], 3, db);
    fx_read_f64(dx[2], 2, dc);
    for (int i = 0; i < 6; i++) CHECK_NEAR(da[i], b[i % 3] * c[i / 3], 0);
    for (int j = 0; j < 3; j++) CHECK_NEAR(db[j], a[j] * 7 + a[3 + j] * 8, 0);
    CHECK_NEAR(dc[0], 140, 0);
    CHECK_NEAR(dc[1], 320, 0);
}

static void add_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = x[0] + x[1];
}

/* The cotangent itself, twice: adding to one in place would change the other. */
static void add_vjp(fx_vjp *v) { v->dx[0] = v->dx[1] = v->g[0]; }

static const fx_op add_op = {.version = FX_OP_VERSION,
                             .name = "add",
                             .operands = "a, b",
                             .min = 2,
                             .max = 2,
                             .map = add_map,
                             .vjp = add_vjp};

static fx_tensor add(fx_tensor a, fx_tensor b) {
    return fx_apply(&add_op, NULL, 2, (fx_tensor[]){a, b});
}

FX_TEST(engine, shared_cotangents_are_not_written) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const double one[4] = {1, 1, 1, 1}, tens[4] = {10, 20, 30, 40};
    fx_tensor x[] = {fx_input_f64(g, fx_shape1(4), one), fx_input_f64(g, fx_shape1(4), one)};
    fx_tensor seed = fx_input_f64(g, fx_shape1(4), tens), dx[2];
    fx_tensor y = add(add(x[0], x[1]), x[0]), z = add(y, y);
    fx_record(g, false);
    CHECK(fx_grad(z, seed, 2, x, dx) == FX_OK);
    double a[4], b[4], s[4];
    fx_read_f64(dx[0], 4, a);
    fx_read_f64(dx[1], 4, b);
    fx_read_f64(seed, 4, s);
    for (int i = 0; i < 4; i++) {
        CHECK_NEAR(a[i], 4 * tens[i], 0);
        CHECK_NEAR(b[i], 2 * tens[i], 0);
        CHECK_NEAR(s[i], tens[i], 0);
    }
}

FX_TEST(engine, stale_and_unset_tensors_are_named) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_tensor x = fx_f64(g, 2), unset;
    memset(&unset, 0, sizeof unset);
    CHECK(!fx_tensor_valid(mul(x, unset)));
    CHECK_TEXT(fx_error_text(cx), "mul: operand b is unset");
    fx_clear(cx);
    CHECK(fx_graph_reset(g) == FX_OK);
    CHECK(!fx_tensor_valid(mul(fx_f64(g, 1), x)));
    CHECK_TEXT(fx_error_text(cx),
               "mul: operand b is a tensor of a step that is over (the graph was reset, rewound or "
               "freed); keep numbers with fx_item, tensors with fx_graph_reset_keep");
    fx_clear(cx);
    fx_tensor kept = mul(fx_f64(g, 5), fx_num(2));
    CHECK(fx_graph_reset_keep(g, 1, &kept) == FX_OK);
    CHECK_NEAR(fx_item(kept), 10, 0);
}

FX_TEST(engine, changed_parameter_is_reported) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_tensor w = fx_param(p, "w", fx_shape0(), fx_constant(3));
    fx_tensor y = mul(fx_f64(g, 2), mul(fx_use(g, w), w));
    const double new_value = 4;
    CHECK(fx_write_f64(w, 1, &new_value) == FX_OK);
    CHECK(fx_backward(y) == FX_ERR_STATE);
    CHECK(strstr(fx_error_text(cx), "parameter w as it was before it was changed") != NULL);
}

FX_TEST(engine, chain_of_a_million_nodes) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_tensor x = fx_f64(g, 1), y = x;
    for (int i = 0; i < 1000000; i++) y = mul(y, fx_num(1));
    fx_record(g, false);
    CHECK_NEAR(fx_item(fx_derivative(y, x)), 1, 0);
}

/* One step, for the sweep: its loss and gradient, or the status. */
static fx_status step(fx_graph *g, fx_params *p, double *grad) {
    fx_tensor w = fx_params_find(p, "w").tensor;
    const double data[4] = {1, 2, 3, 4};
    fx_tensor x = fx_input_f64(g, fx_shape2(2, 2), data);
    const fx_status status = fx_backward(total(mul(mul(x, w), mul(x, w))));
    if (status == FX_OK) fx_read_f64(fx_gradient(fx_params_gradients(p), w), 2, grad);
    return status;
}

FX_TEST(engine, every_failing_request_is_survived) {
    fx_context *cx = test_context();
    for (int forever = 0; forever < 2; forever++)
        for (int64_t n = 1;; n++) {
            fx_graph *g = fx_graph_new(cx);
            fx_params *p = fx_params_new(cx, FX_F64, 0);
            fx_param(p, "w", fx_shape1(2), fx_constant(3));
            double grad[2] = {0, 0};
            fx_fail_request(cx, n, forever);
            const fx_status status = step(g, p, grad);
            fx_fail_request(cx, 0, false);
            const bool done = status == FX_OK;
            CHECK(done || status == FX_ERR_MEMORY);
            fx_clear(cx);
            fx_zero(fx_params_gradients(p));
            fx_graph_reset(g);
            CHECK(step(g, p, grad) == FX_OK);
            CHECK_NEAR(grad[0], 60, 0);
            CHECK_NEAR(grad[1], 120, 0);
            fx_graph_free(g);
            fx_params_free(p);
            if (done) break;
        }
}

FX_TEST(engine, a_settled_step_allocates_nothing) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_param(p, "w", fx_shape1(2), fx_constant(3));
    double grad[2];
    int64_t settled = 0;
    for (int i = 0; i < 10; i++) {
        CHECK(step(g, p, grad) == FX_OK);
        fx_zero(fx_params_gradients(p));
        fx_graph_reset(g);
        if (i == 1) settled = fx_context_memory(cx).allocations;
    }
    CHECK(fx_context_memory(cx).allocations == settled);
}

/* A single number stands for a whole operand, however many elements the others have, and gives the
 * bits that its copies would. */
FX_TEST(engine, a_number_among_dense_operands_repeats) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    static double data[1000], both[1000], copies[1000];
    for (int i = 0; i < 1000; i++) data[i] = i / 7.0 - 50;
    const int64_t sizes[] = {0, 1, 2, 255, 256, 257, 1000};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
        for (int side = 0; side < 2; side++) {
            const fx_shape shape = fx_shape1(sizes[k]);
            const int64_t still = 0;
            const double third = 1 / 3.0;
            const fx_tensor x = fx_input_f64(g, shape, data), number = fx_num(third);
            const fx_tensor wide = fx_input_view(g, FX_F64, shape, &still, &third);
            const fx_tensor y = side ? mul(number, x) : mul(x, number);
            const fx_tensor z = side ? mul(wide, x) : mul(x, wide);
            CHECK(fx_read_f64(y, sizes[k], both) == FX_OK);
            CHECK(fx_read_f64(z, sizes[k], copies) == FX_OK);
            CHECK(memcmp(both, copies, (size_t)sizes[k] * sizeof *both) == 0);
        }
    const fx_tensor two = fx_f64(g, 2), x = fx_input_f64(g, fx_shape1(1000), data);
    CHECK_NEAR(fx_item(fx_derivative(total(mul(two, x)), two)), fx_item(total(x)), 1e-12);
    CHECK_NEAR(fx_item(mul(two, fx_num(3))), 6, 0);
}
