/* SPDX-License-Identifier: MIT */
/* A curve from noisy points, and how noisy they are: a Gaussian process whose p, the logarithms of
 * length, height and noise, makes the points most likely (Rasmussen, Williams 2006). The likelihood
 * is differentiated twice, through Cholesky's factor, for the steps of Newton's method, which here
 * at most double or halve a quantity. */
#include <fluxion/fluxion.h>
#include <fluxion/stdio.h>
#include <math.h>

enum { N = 100, M = 1000, ROUNDS = 8 };

static const double pi = 3.14159265358979323846, noise = 0.5;

static fx_tensor curve(fx_tensor x) { return fx_mul(x, fx_sin(x)); }

static fx_tensor part(fx_tensor p, int i) { return fx_exp(fx_narrow(p, 0, i, 1)); }

/* How much the curve at a and the curve at b go together, for all pairs of a [n] and b [m]. */
static fx_tensor kernel(fx_tensor p, fx_tensor a, fx_tensor b) {
    const fx_tensor apart = fx_div(fx_sub(fx_unsqueeze(a, 1), b), part(p, 0));
    return fx_mul(fx_square(part(p, 1)), fx_exp(fx_div(fx_square(apart), fx_num(-2))));
}

/* -log N(y; 0, K) = (z' z + log det K + n log 2 pi) / 2, where K = L L' and y = L z. */
static fx_tensor surprise(fx_tensor K, fx_tensor y) {
    const fx_tensor L = fx_cholesky(K), z = fx_triangular_solve(L, y, false, false);
    const fx_tensor halves = fx_div(fx_add(fx_square(z), fx_num(log(2 * pi))), fx_num(2));
    return fx_sum(fx_add(halves, fx_log(fx_diagonal(L, 0, 0, 1))));
}

int main(void) {
    fx_context *cx = fx_context_new(NULL);
    fx_graph *graph = fx_graph_new(cx);
    double draws[N];
    for (uint64_t i = 0; i < N; i++) draws[i] = 2 * fx_uniform((fx_stream){0, 0, 0}, i) - 1;
    const fx_tensor even = fx_input_f64(graph, fx_shape1(N), draws);
    const fx_tensor x = fx_linspace(graph, FX_F64, 0, 10, N), eye = fx_eye(graph, FX_F64, N);
    const fx_tensor u = fx_linspace(graph, FX_F64, 0, 10, M);
    /* Even numbers in [-1, 1) become normal ones. */
    const fx_tensor y = fx_add(curve(x), fx_mul(fx_num(noise * sqrt(2)), fx_erfinv(even)));
    fx_tensor p = fx_zeros(graph, FX_F64, fx_shape1(3)), mean = p;
    const fx_mark start = fx_graph_mark(graph);
    for (int i = 0; i < ROUNDS && fx_graph_rewind(graph, start, 1, &p) == FX_OK; i++) {
        const fx_tensor K = fx_add(kernel(p, x, x), fx_mul(fx_square(part(p, 2)), eye));
        const fx_tensor loss = surprise(K, y), slope = fx_derivative(loss, p);
        const double steep = fx_item(fx_norm(slope, 2));
        printf("round %d  -log likelihood %.3f  slope %.1e\n", i, fx_item(loss), steep);
        mean = fx_matmul(kernel(p, u, x), fx_solve(K, y));
        const fx_tensor step = fx_solve(fx_jacobian(slope, p), slope);
        p = fx_sub(p, fx_clamp(step, -log(2), log(2)));
    }
    const double found = fx_item(part(p, 2)), error = sqrt(fx_item(fx_mse_loss(mean, curve(u))));
    const int code = fx_report(cx);
    if (code == 0) printf("noise: %.3f of %.3f, error of the curve: %.3f\n", found, noise, error);
    fx_context_free(cx);
    return code || !(fabs(found / noise - 1) < 0.05 && error < 0.2);
}
