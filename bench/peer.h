/* SPDX-License-Identifier: MIT */
/* The loops that Fluxion is measured against. */
#ifndef FLUXION_BENCH_PEER_H
#define FLUXION_BENCH_PEER_H

enum { PEER_ROWS = 32, PEER_INPUTS = 13, PEER_HIDDEN = 10, PEER_LANES = 8, PEER_VECTORS = 2 };

/* Eight neighbours; the compiler makes of them what the instruction set has. */
typedef float peer_vector __attribute__((vector_size(32)));

/* 13-10-1 with the weights of the hidden layer as [in][out], padded with zeros: whole vectors of
 * hidden units. */
typedef struct peer_net {
    peer_vector w1[PEER_INPUTS][PEER_VECTORS], b1[PEER_VECTORS], w2[PEER_VECTORS];
    float b2;
} peer_net;

typedef struct peer_loops {
    const char *name;

    /* y = x; y = y w, y = y + w, ... of ops steps; values has room for ops + 1. Gives back y. */
    double (*chain_forward)(int ops, double x, double w, double *values);
    /* dy/dw from those values. */
    double (*chain_backward)(int ops, double w, const double *values);

    /* The mean squared error of a batch; a step of gradient descent, and the error before it. */
    float (*net_forward)(const peer_net *net, const float *x, const float *target);
    float (*net_step)(peer_net *net, const float *x, const float *target, float lr);
} peer_loops;

/* One per instruction set, as the kernels: baseline everywhere, avx2 on x86-64. */
extern const peer_loops peer_baseline, peer_avx2;

#endif
