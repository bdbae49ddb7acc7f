/* SPDX-License-Identifier: MIT */
/* A function that is a node of the graph. */
#ifndef FLUXION_AUTOGRAD_FUNCTION_H
#define FLUXION_AUTOGRAD_FUNCTION_H

#include "graph.h"

/* A flag of ops that live in a graph's arena; the node's attrs are its fx__function. */
enum { FX__OP_FUNCTION = 1 << 30 };

typedef struct fx__function {
    fx_op op;
    fx_function *f;
    void *user;
    size_t bytes;
    int n;
    uint64_t seed, draw; /* the draws it began with */
    bool inference;
    bool recomputes;
} fx__function;

/* fx__function_run
 * Calls f: what it finds in the graph cannot be cut under it, and functions inside functions end
 * before the stack does. */
fx_tensor fx__function_run(fx_graph *g, fx_function *f, void *user, const fx_tensor *xs);

#endif
