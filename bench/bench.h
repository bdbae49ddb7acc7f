/* SPDX-License-Identifier: MIT */
/* What is measured: pairs of programs that do the same. */
#ifndef FLUXION_BENCH_BENCH_H
#define FLUXION_BENCH_BENCH_H

#include "fluxion/fluxion.h"
#include "peer.h"

typedef struct bench_case {
    const char *name, *unit;
    double runs;          /* of a program between two looks at the clock */
    double unit_ns, work; /* the figure is time / unit_ns / work of a run */
    void (*fluxion)(void *user);
    void (*peer)(void *user);
    void *user;
} bench_case;

enum { BENCH_CHAIN_CASES = 2, BENCH_STEP_CASES = 2 };

/* Each makes its cases in the context, after a check that both programs compute the same. False
 * after an error of the context, or what they differ in was printed. */
bool bench_chain(fx_context *cx, const peer_loops *peer, bench_case *cases);
bool bench_step(fx_context *cx, const peer_loops *peer, bench_case *cases);

/* Whether a and b differ by at most tolerance times the larger of 1 and |b|; prints, if not. */
bool bench_near(const char *what, double a, double b, double tolerance);

#endif
