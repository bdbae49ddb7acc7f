/* SPDX-License-Identifier: MIT */
/* A chain of scalar operations, y = y w and y = y + w in turn: arithmetic costs next to nothing, so
 * this is what it costs to record an operation and to differentiate it. */
#include "bench.h"

enum { CHAIN_OPS = 1000 };

static const double chain_x = 1, chain_w = 0.999;

typedef struct chain {
    fx_graph *graph;
    fx_params *params;
    fx_tensor w, y;
    const peer_loops *peer;
    double values[CHAIN_OPS + 1], peer_y, peer_dw;
} chain;

static void chain_fluxion_forward(void *user) {
    chain *c = user;
    fx_graph_reset(c->graph);
    fx_tensor y = fx_f64(c->graph, chain_x);
    for (int i = 0; i < CHAIN_OPS; i += 2) {
        y = fx_mul(y, c->w);
        y = fx_add(y, c->w);
    }
    c->y = y;
}

static void chain_fluxion(void *user) {
    chain *c = user;
    chain_fluxion_forward(c);
    fx_zero(fx_params_gradients(c->params));
    fx_backward(c->y);
}

static void chain_peer_forward(void *user) {
    chain *c = user;
    c->peer_y = c->peer->chain_forward(CHAIN_OPS, chain_x, chain_w, c->values);
}

static void chain_peer(void *user) {
    chain *c = user;
    chain_peer_forward(c);
    c->peer_dw = c->peer->chain_backward(CHAIN_OPS, chain_w, c->values);
}

bool bench_chain(fx_context *cx, const peer_loops *peer, bench_case *cases) {
    chain *c = fx_new(cx, sizeof *c, NULL);
    if (!c) return false;
    c->graph = fx_graph_new(cx);
    c->params = fx_params_new(cx, FX_F64, 0);
    c->w = fx_param(c->params, "w", fx_shape0(), fx_constant(chain_w));
    c->peer = peer;
    chain_fluxion(c);
    chain_peer(c);
    const double dw = fx_item(fx_gradient(fx_params_gradients(c->params), c->w));
    cases[0] = (bench_case){"op_forward",       "ns", 4, 1, CHAIN_OPS, chain_fluxion_forward,
                            chain_peer_forward, c};
    cases[1] =
        (bench_case){"op_forward_backward", "ns", 4, 1, CHAIN_OPS, chain_fluxion, chain_peer, c};
    return fx_error(cx) == FX_OK && bench_near("chain: y", fx_item(c->y), c->peer_y, 0) &&
           bench_near("chain: dy/dw", dw, c->peer_dw, 1e-12);
}
