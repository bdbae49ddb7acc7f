/* SPDX-License-Identifier: MIT */
/* An op of one's own, outside of Fluxion: its value, its derivative, a check of both to the second
 * order, and a picture. Build it against the installed library: see README.md beside this file. */
#include <fluxion/fluxion.h>
#include <fluxion/stdio.h>
#include <math.h>

static void softplus_value(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = fmax(x[0], 0) + log1p(exp(-fabs(x[0])));
}

static void softplus_vjp(fx_vjp *v) { v->dx[0] = fx_mul(v->g[0], fx_sigmoid(v->x[0])); }

static const fx_op softplus_op = {
    .version = FX_OP_VERSION,
    .name = "softplus",
    .operands = "x",
    .min = 1,
    .max = 1,
    .map = softplus_value,
    .vjp = softplus_vjp,
    .formula = "y = ln(1 + e^x);  dx = G sigmoid(x)",
};

static fx_tensor softplus(void *user, const fx_tensor *x) {
    (void)user;
    return fx_apply(&softplus_op, NULL, 1, x);
}

int main(void) {
    fx_context *cx = fx_context_new(NULL);
    fx_graph *graph = fx_graph_new(cx);
    fx_tensor x = fx_input_f64(graph, fx_shape1(5), (const double[]){-40, -1, 0, 1, 40});
    fx_gradcheck_report report;
    fx_gradcheck(graph, softplus, NULL, 1, &x, NULL, &report);
    printf("softplus to order 2: %s\n", report.passed ? "agrees" : "DISAGREES");
    fx_graph_write_dot(softplus(NULL, &x), NULL, "softplus.dot");
    const int code = fx_report(cx) || !report.passed;
    fx_context_free(cx);
    return code;
}
