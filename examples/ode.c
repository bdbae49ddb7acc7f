/* SPDX-License-Identifier: MIT */
/* A derivative through a solver: four rates of prey u and predator v, found from their numbers.
 * u' = u (p0 + p2 v), v' = v (p1 + p3 u) (Lotka 1925, Volterra 1926) is integrated in a C loop by
 * Runge and Kutta's method of order 4, and p is fitted by the method of Gauss and Newton. The
 * numbers to be met are the solver's own at the true rates and a tenth of the step. */
#include <fluxion/fluxion.h>
#include <fluxion/stdio.h>

enum { TIMES = 24, RATES = 4, ROUNDS = 8 };

static const double truth[RATES] = {1.1, -0.4, -0.4, 0.1}, guess[RATES] = {1, -0.5, -0.3, 0.1};

static fx_tensor move(fx_tensor s, double h, fx_tensor k) {
    return fx_add(s, fx_mul(fx_num(h), k));
}

/* ds/dt of s = (u, v): what each meets is s backwards. */
static fx_tensor change(fx_tensor p, fx_tensor s) {
    const fx_tensor alone = fx_narrow(p, 0, 0, 2), meeting = fx_narrow(p, 0, 2, 2);
    return fx_mul(s, fx_add(alone, fx_mul(meeting, fx_flip(s, fx_axes1(0)))));
}

static fx_tensor step(fx_tensor p, fx_tensor s, double h) {
    const fx_tensor k1 = change(p, s), k2 = change(p, move(s, h / 2, k1));
    const fx_tensor k3 = change(p, move(s, h / 2, k2)), k4 = change(p, move(s, h, k3));
    return move(s, h / 6, move(fx_add(k1, k4), 2, fx_add(k2, k3)));
}

/* u and v at the times 0.5, 1, .., 12, one behind the other. */
static fx_tensor course(fx_graph *graph, fx_tensor p, int steps) {
    fx_tensor at[TIMES], s = fx_input_f64(graph, fx_shape1(2), (const double[]){10, 5});
    for (int i = 0; i < TIMES * steps; i++) at[i / steps] = s = step(p, s, 0.5 / steps);
    return fx_concat(TIMES, at, 0);
}

int main(void) {
    fx_context *cx = fx_context_new(NULL);
    fx_graph *graph = fx_graph_new(cx);
    fx_tensor seen = course(graph, fx_input_f64(graph, fx_shape1(RATES), truth), 100);
    fx_graph_reset_keep(graph, 1, &seen);
    fx_tensor p = fx_input_f64(graph, fx_shape1(RATES), guess);
    const fx_mark start = fx_graph_mark(graph);
    for (int i = 0; i < ROUNDS && fx_graph_rewind(graph, start, 1, &p) == FX_OK; i++) {
        const fx_tensor miss = fx_sub(course(graph, p, 10), seen);
        const fx_tensor jacobian = fx_jacobian(miss, p), back = fx_transpose(jacobian, 0, 1);
        /* p - (J' J)^-1 J' miss */
        p = fx_sub(p, fx_solve(fx_matmul(back, jacobian), fx_matmul(back, miss)));
        printf("round %d  largest miss %.1e\n", i, fx_item(fx_amax(fx_abs(miss))));
    }
    const fx_tensor error = fx_sub(p, fx_input_f64(graph, fx_shape1(RATES), truth));
    const double worst = fx_item(fx_amax(fx_abs(error)));
    const int code = fx_report(cx);
    if (code == 0) printf("largest error of a rate: %.1e\n", worst);
    fx_context_free(cx);
    return code || !(worst < 1e-7);
}
