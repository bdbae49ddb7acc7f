/* SPDX-License-Identifier: MIT */
/* A training step of the reference network: 13-10-1, relu, f32, 32 rows. The graph is recorded anew
 * in each step. */
#include "bench.h"

#include <stddef.h>
#include <string.h>

static const float step_lr = 0.01f;

typedef struct step {
    fx_graph *graph;
    fx_params *params;
    fx_dense hidden, out;
    fx_optimizer *sgd;
    float x[PEER_ROWS][PEER_INPUTS], target[PEER_ROWS];
    fx_tensor loss;
    const peer_loops *peer;
    peer_net net;
    float peer_loss;
} step;

static void step_fluxion_forward(void *user) {
    step *s = user;
    fx_graph_reset(s->graph);
    const fx_shape rows = fx_shape2(PEER_ROWS, PEER_INPUTS), values = fx_shape2(PEER_ROWS, 1);
    const fx_tensor x = fx_input_view(s->graph, FX_F32, rows, NULL, s->x);
    const fx_tensor target = fx_input_view(s->graph, FX_F32, values, NULL, s->target);
    const fx_tensor h = fx_relu(fx_linear(x, s->hidden.weight, s->hidden.bias));
    s->loss = fx_mse_loss(fx_linear(h, s->out.weight, s->out.bias), target);
}

static void step_fluxion(void *user) {
    step *s = user;
    step_fluxion_forward(s);
    fx_minimize(s->sgd, s->loss);
}

static void step_peer_forward(void *user) {
    step *s = user;
    s->peer_loss = s->peer->net_forward(&s->net, s->x[0], s->target);
}

static void step_peer(void *user) {
    step *s = user;
    s->peer_loss = s->peer->net_step(&s->net, s->x[0], s->target, step_lr);
}

/* Numbers in [-1, 1) in some disorder; the target is a smooth function of the inputs. */
static void step_fill(step *s) {
    uint32_t state = 1;
    for (int r = 0; r < PEER_ROWS; r++) {
        float sum = 0;
        for (int i = 0; i < PEER_INPUTS; i++) {
            state = state * 1664525u + 1013904223u;
            s->x[r][i] = (float)(state >> 8) * 0x1p-23f - 1;
            sum += s->x[r][i] * (float)(i - 6);
        }
        s->target[r] = 0.1f * sum + 0.01f * sum * sum;
    }
}

static const float *step_values(fx_params *params, int64_t i) {
    return fx_params_at(params, i).data;
}

/* Weights from Fluxion's to the peer's order. */
static void step_copy(fx_params *params, peer_net *net) {
    const float *w1 = step_values(params, 0), *b1 = step_values(params, 1);
    const float *w2 = step_values(params, 2), *b2 = step_values(params, 3);
    memset(net, 0, sizeof *net);
    for (int j = 0; j < PEER_HIDDEN; j++) {
        const int v = j / PEER_LANES, lane = j % PEER_LANES;
        for (int i = 0; i < PEER_INPUTS; i++) net->w1[i][v][lane] = w1[j * PEER_INPUTS + i];
        net->b1[v][lane] = b1[j];
        net->w2[v][lane] = w2[j];
    }
    net->b2 = b2[0];
}

/* The peer is one only if it trains the same network. */
static bool step_check(step *s) {
    for (int i = 0; i < 200; i++) {
        step_fluxion(s);
        step_peer(s);
    }
    union {
        peer_net net;
        float weight[sizeof(peer_net) / sizeof(float)];
    } a, b;
    step_copy(s->params, &a.net);
    b.net = s->net;
    for (size_t i = 0; i <= offsetof(peer_net, b2) / sizeof *a.weight; i++)
        if (!bench_near("step: a weight", (double)a.weight[i], (double)b.weight[i], 1e-5))
            return false;
    return bench_near("step: the loss", fx_item(s->loss), (double)s->peer_loss, 1e-5);
}

bool bench_step(fx_context *cx, const peer_loops *peer, bench_case *cases) {
    step *s = fx_new(cx, sizeof *s, NULL);
    if (!s) return false;
    step_fill(s);
    s->graph = fx_graph_new(cx);
    s->params = fx_params_new(cx, FX_F32, 0);
    s->hidden = fx_dense_new(s->params, "hidden", PEER_INPUTS, PEER_HIDDEN, NULL);
    s->out = fx_dense_new(s->params, "out", PEER_HIDDEN, 1, NULL);
    s->sgd = fx_sgd(s->params, (double)step_lr, NULL);
    if (fx_error(cx)) return false;
    s->peer = peer;
    step_copy(s->params, &s->net);
    cases[0] = (bench_case){"step_forward",    "us", 100, 1000, 1, step_fluxion_forward,
                            step_peer_forward, s};
    cases[1] = (bench_case){"step", "us", 100, 1000, 1, step_fluxion, step_peer, s};
    return step_check(s) && fx_error(cx) == FX_OK;
}
