/* SPDX-License-Identifier: MIT */
/* Second derivatives at work: a network solves u'' = f on [0, 1] with u(0) = u(1) = 0, by making
 * the residual u'' - f small at 33 points. f = -pi^2 sin(pi x), so the solution is sin(pi x). The
 * form u = x (1 - x) N(x) holds the boundary values (Lagaris, Likas, Fotiadis 1998). */
#include <fluxion/fluxion.h>
#include <fluxion/stdio.h>
#include <math.h>

enum { POINTS = 33, STEPS = 4000 };

static const double pi = 3.14159265358979323846;

static fx_tensor solution(const fx_model *net, fx_tensor x) {
    const fx_tensor edge = fx_mul(x, fx_sub(fx_num(1), x));
    return fx_mul(edge, net->forward(net->user, x));
}

/* Each u depends on its own x alone, so the gradient of their sum is du/dx at every point. */
static fx_tensor slope(fx_tensor u, fx_tensor x) { return fx_derivative(fx_sum(u), x); }

int main(void) {
    fx_context *cx = fx_context_new(NULL);
    fx_graph *graph = fx_graph_new(cx);
    const fx_model net = fx_mlp(fx_params_new(cx, FX_F64, 0), "1-16-1", "tanh");
    fx_sgd_options momentum = fx_sgd_defaults();
    momentum.momentum = 0.9;
    fx_optimizer *sgd = fx_sgd(net.params, 0.002, &momentum);

    double points[POINTS], f[POINTS], u[POINTS], worst = 0;
    for (int i = 0; i < POINTS; i++) {
        points[i] = i / (POINTS - 1.0);
        f[i] = -pi * pi * sin(pi * points[i]);
    }
    const fx_shape column = fx_shape2(POINTS, 1);
    for (int step = 0; step < STEPS && fx_graph_reset(graph) == FX_OK; step++) {
        const fx_tensor x = fx_input_f64(graph, column, points);
        const fx_tensor second = slope(slope(solution(&net, x), x), x);
        const fx_tensor loss = fx_mse_loss(second, fx_input_f64(graph, column, f));
        fx_minimize(sgd, loss);
        if (step % 1000 == 0) printf("step %4d  residual %.2e\n", step, fx_item(loss));
    }
    fx_graph_reset(graph);
    fx_read_f64(solution(&net, fx_input_f64(graph, column, points)), POINTS, u);
    for (int i = 0; i < POINTS; i++) {
        const double miss = fabs(u[i] - sin(pi * points[i]));
        if (!(miss <= worst)) worst = miss; /* a NaN too */
    }
    const int code = fx_report(cx);
    if (code == 0) printf("largest error of u: %.1e\n", worst);
    fx_context_free(cx);
    return code || !(worst < 0.02);
}
