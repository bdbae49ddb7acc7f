/* SPDX-License-Identifier: MIT */
/* What a good programmer writes by hand for exactly this chain and this network: no tape, no
 * shapes, everything fused, sizes known to the compiler. Compiled per instruction set. */
#include "peer.h"

#include <stdint.h>
#include <string.h>

static double peer_chain_forward(int ops, double x, double w, double *values) {
    values[0] = x;
    for (int i = 0; i < ops; i += 2) {
        values[i + 1] = values[i] * w;
        values[i + 2] = values[i + 1] + w;
    }
    return values[ops];
}

static double peer_chain_backward(int ops, double w, const double *values) {
    double g = 1, dw = 0;
    for (int i = ops - 2; i >= 0; i -= 2) {
        dw += g;
        dw += g * values[i];
        g *= w;
    }
    return dw;
}

typedef int32_t peer_mask __attribute__((vector_size(32)));

#define PEER_INLINE static inline __attribute__((always_inline))

/* y += a x over the hidden units. */
PEER_INLINE void peer_add(peer_vector *y, float a, const peer_vector *x) {
    for (int v = 0; v < PEER_VECTORS; v++) y[v] += a * x[v];
}

/* The hidden layer of one row; gives back its output. */
PEER_INLINE float peer_row(const peer_net *net, const float *x, peer_vector *h) {
    for (int v = 0; v < PEER_VECTORS; v++) h[v] = net->b1[v];
    for (int i = 0; i < PEER_INPUTS; i++) peer_add(h, x[i], net->w1[i]);
    for (int v = 0; v < PEER_VECTORS; v++) h[v] = (peer_vector)((peer_mask)h[v] & (h[v] > 0));
    const peer_vector p = h[0] * net->w2[0] + h[1] * net->w2[1];
    return net->b2 + (((p[0] + p[4]) + (p[1] + p[5])) + ((p[2] + p[6]) + (p[3] + p[7])));
}

static float peer_net_forward(const peer_net *net, const float *x, const float *target) {
    float loss = 0;
    for (int r = 0; r < PEER_ROWS; r++) {
        peer_vector h[PEER_VECTORS];
        const float e = peer_row(net, x + r * PEER_INPUTS, h) - target[r];
        loss += e * e;
    }
    return loss / PEER_ROWS;
}

/* The gradient's part from one row: g is the cotangent of its output. */
PEER_INLINE void peer_row_backward(const peer_net *net, const float *x, const peer_vector *h,
                                   float g, peer_net *d) {
    peer_vector gh[PEER_VECTORS];
    for (int v = 0; v < PEER_VECTORS; v++)
        gh[v] = (peer_vector)((peer_mask)(g * net->w2[v]) & (h[v] > 0));
    d->b2 += g;
    peer_add(d->w2, g, h);
    peer_add(d->b1, 1, gh);
    for (int i = 0; i < PEER_INPUTS; i++) peer_add(d->w1[i], x[i], gh);
}

static float peer_net_step(peer_net *net, const float *x, const float *target, float lr) {
    peer_net d;
    float loss = 0;
    memset(&d, 0, sizeof d);
    for (int r = 0; r < PEER_ROWS; r++, x += PEER_INPUTS) {
        peer_vector h[PEER_VECTORS];
        const float e = peer_row(net, x, h) - target[r];
        loss += e * e;
        peer_row_backward(net, x, h, e * (2.0f / PEER_ROWS), &d);
    }
    for (int i = 0; i < PEER_INPUTS; i++) peer_add(net->w1[i], -lr, d.w1[i]);
    peer_add(net->b1, -lr, d.b1);
    peer_add(net->w2, -lr, d.w2);
    net->b2 -= lr * d.b2;
    return loss / PEER_ROWS;
}

#define PEER_NAME(isa)    peer_##isa
#define PEER_NAME_OF(isa) PEER_NAME(isa)
#define PEER_TEXT(isa)    "hand-written C loop, " #isa
#define PEER_TEXT_OF(isa) PEER_TEXT(isa)

const peer_loops PEER_NAME_OF(BENCH_ISA) = {
    PEER_TEXT_OF(BENCH_ISA), peer_chain_forward, peer_chain_backward,
    peer_net_forward,        peer_net_step,
};
