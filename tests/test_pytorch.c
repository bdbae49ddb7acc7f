/* SPDX-License-Identifier: MIT */
/* Training traces of PyTorch, replayed: the same networks from the same weights through the same
 * batches. tests/golden/README.md says what the files hold and how closely they can be met. */
#include <math.h>
#include <string.h>

#include "fluxion/model.h"
#include "support.h"

/* Relative; of arrays, to the largest magnitude. */
#define CLOSE 1e-13

enum { ROWS = 404, INPUTS = 13, BATCH = 32, STEPS = 1000, MOST = 512, KEY = 64 };

static const struct {
    const char *file, *layers, *activation;
} nets[] = {
    {"tests/golden/pytorch_tanh.safetensors", "13-10-1", "tanh"},
    {"tests/golden/pytorch_relu.safetensors", "13-10-1", "relu"},
    {"tests/golden/pytorch_deep.safetensors", "13-16-8-1", "tanh"},
};
enum { NETS = sizeof nets / sizeof nets[0] };

static const struct {
    const char *name;
    fx_sgd_options options;
} runs[] = {
    {"plain", {sizeof(fx_sgd_options), 0, false, 0}},
    {"momentum", {sizeof(fx_sgd_options), 0.9, false, 0}},
    {"decay", {sizeof(fx_sgd_options), 0.9, false, 1e-3}},
    {"nesterov", {sizeof(fx_sgd_options), 0.9, true, 1e-3}},
};
enum { RUNS = sizeof runs / sizeof runs[0] };

/* One network and what is known of it. */
typedef struct replay {
    fx_context *cx;
    fx_archive *trace;
    const double *x, *y;
    fx_params *params;
    fx_model model;
    fx_graph *graph;
} replay;

static const double *values(const fx_archive *archive, const char *prefix, const char *name,
                            int64_t n) {
    char key[KEY];
    CHECK(strlen(prefix) + strlen(name) < KEY);
    strcpy(key, prefix);
    strcat(key, name);
    const fx_array a = fx_archive_find(archive, key);
    CHECK_THAT(a.name && a.dtype == FX_F64 && a.bytes == (size_t)n * sizeof(double), "%s", key);
    return a.data;
}

static replay replay_new(int net) {
    replay r = {.cx = test_context()};
    fx_archive *data = fx_archive_load(r.cx, "tests/golden/pytorch_data.safetensors");
    r.trace = fx_archive_load(r.cx, nets[net].file);
    CHECK_TEXT(fx_error_text(r.cx), "");
    r.x = values(data, "", "x", ROWS * INPUTS);
    r.y = values(data, "", "y", ROWS);
    r.params = fx_params_new(r.cx, FX_F64, 0);
    r.model = fx_mlp(r.params, nets[net].layers, nets[net].activation);
    r.graph = fx_graph_new(r.cx);
    CHECK_TEXT(fx_error_text(r.cx), "");
    for (int64_t i = 0; i < fx_params_count(r.params); i++) {
        const fx_entry e = fx_params_at(r.params, i);
        CHECK(fx_write_f64(e.tensor, e.numel, values(r.trace, "initial.", e.name, e.numel)) ==
              FX_OK);
    }
    return r;
}

/* The loss of batch t, in a graph that was reset. */
static fx_tensor replay_loss(const replay *r, int t) {
    double x[BATCH * INPUTS], y[BATCH];
    for (int i = 0; i < BATCH; i++) {
        const int row = (BATCH * t + i) % ROWS;
        memcpy(x + i * INPUTS, r->x + row * INPUTS, INPUTS * sizeof *x);
        y[i] = r->y[row];
    }
    fx_graph_reset(r->graph);
    const fx_tensor in = fx_input_f64(r->graph, fx_shape2(BATCH, INPUTS), x);
    const fx_tensor target = fx_input_f64(r->graph, fx_shape2(BATCH, 1), y);
    return fx_mse_loss(r->model.forward(r->model.user, in), target);
}

/* The largest difference of two arrays, in units of the expected one's largest magnitude. */
static double distance(int64_t n, const double *actual, const double *expected) {
    double worst = 0, scale = 0;
    for (int64_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs(actual[i] - expected[i]));
        scale = fmax(scale, fabs(expected[i]));
        if (isnan(actual[i])) return NAN;
    }
    return worst / scale;
}

FX_TEST(pytorch, loss_and_gradients_of_the_first_step) {
    for (int net = 0; net < NETS; net++) {
        replay r = replay_new(net);
        const fx_tensor loss = replay_loss(&r, 0);
        CHECK(fx_backward(loss) == FX_OK);
        const double known = values(r.trace, "plain", ".losses", STEPS)[0], found = fx_item(loss);
        CHECK_THAT(fabs(found - known) <= CLOSE * fabs(known), "%.17g, not %.17g", found, known);
        for (int64_t i = 0; i < fx_params_count(r.params); i++) {
            const fx_entry e = fx_params_at(r.params, i);
            double gradient[MOST];
            CHECK(e.numel <= MOST);
            CHECK(fx_read_f64(fx_gradient(fx_params_gradients(r.params), e.tensor), e.numel,
                              gradient) == FX_OK);
            const double error =
                distance(e.numel, gradient, values(r.trace, "gradient.", e.name, e.numel));
            CHECK_THAT(error <= CLOSE, "net %d, %s: %g", net, e.name, error);
        }
        fx_context_free(r.cx);
    }
}

/* A thousand steps of one setting. */
static void replay_run(int net, int run) {
    replay r = replay_new(net);
    fx_optimizer *sgd = fx_sgd(r.params, 0.01, &runs[run].options);
    const double *known = values(r.trace, runs[run].name, ".losses", STEPS);
    for (int t = 0; t < STEPS; t++) {
        const fx_tensor loss = replay_loss(&r, t);
        CHECK_THAT(fx_minimize(sgd, loss) == FX_OK, "%s", fx_error_text(r.cx));
        const double found = fx_item(loss);
        CHECK_THAT(fabs(found - known[t]) <= CLOSE * fabs(known[t]),
                   "net %d, %s, step %d: %.17g, not %.17g", net, runs[run].name, t + 1, found,
                   known[t]);
    }
    for (int64_t i = 0; i < fx_params_count(r.params); i++) {
        const fx_entry e = fx_params_at(r.params, i);
        char prefix[KEY];
        strcat(strcpy(prefix, runs[run].name), ".");
        const double error = distance(e.numel, e.data, values(r.trace, prefix, e.name, e.numel));
        CHECK_THAT(error <= CLOSE, "net %d, %s%s: %g", net, prefix, e.name, error);
    }
    fx_context_free(r.cx);
}

FX_TEST(pytorch, a_thousand_steps_of_sgd) {
    for (int net = 0; net < NETS; net++)
        for (int run = 0; run < RUNS; run++) replay_run(net, run);
}
