/* SPDX-License-Identifier: MIT */
/* bench [--json]
 * The cost of a recorded op and of a training step beside C loops written by hand for the same
 * work. All programs take turns, round by round, so that what disturbs the machine disturbs all; a
 * turn is shorter than a time slice, and a figure is the median of its rounds. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BENCH_ROUNDS = 301, BENCH_CASES = BENCH_CHAIN_CASES + BENCH_STEP_CASES };

bool bench_near(const char *what, double a, double b, double tolerance) {
    if (fabs(a - b) <= tolerance * fmax(1, fabs(b))) return true;
    fprintf(stderr, "%s: Fluxion has %.9g, the peer %.9g\n", what, a, b);
    return false;
}

static const peer_loops *bench_peer(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &peer_avx2;
#endif
    return &peer_baseline;
}

static double bench_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double bench_time(const bench_case *c, void (*program)(void *user)) {
    const double start = bench_clock();
    for (int i = 0; i < c->runs; i++) program(c->user);
    return (bench_clock() - start) / (c->runs * c->work * c->unit_ns);
}

static int bench_compare(const void *a, const void *b) {
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static double bench_median(double *times) {
    qsort(times, BENCH_ROUNDS, sizeof *times, bench_compare);
    return times[BENCH_ROUNDS / 2];
}

static void bench_print(const bench_case *c, const char *peer, double fluxion, double loops,
                        bool json) {
    const double ratio = fluxion / loops;
    if (json)
        printf("{\"case\": \"%s\", \"unit\": \"%s\", \"fluxion\": %.3f, \"peer\": %.3f, "
               "\"peer_name\": \"%s\", \"ratio\": %.2f}\n",
               c->name, c->unit, fluxion, loops, peer, ratio);
    else
        printf("%-20s %9.3f %s %9.3f %s %8.2f\n", c->name, fluxion, c->unit, loops, c->unit, ratio);
}

static void bench_run(const bench_case *cases, const char *peer, bool json) {
    static double fluxion[BENCH_CASES][BENCH_ROUNDS], peers[BENCH_CASES][BENCH_ROUNDS];
    for (int round = 0; round < BENCH_ROUNDS; round++)
        for (int i = 0; i < BENCH_CASES; i++) {
            fluxion[i][round] = bench_time(&cases[i], cases[i].fluxion);
            peers[i][round] = bench_time(&cases[i], cases[i].peer);
        }
    if (!json)
        printf("Medians of %d rounds; the peer: %s\n%-20s %12s %12s %8s\n", BENCH_ROUNDS, peer,
               "case", "Fluxion", "peer", "ratio");
    for (int i = 0; i < BENCH_CASES; i++)
        bench_print(&cases[i], peer, bench_median(fluxion[i]), bench_median(peers[i]), json);
}

int main(int argc, char **argv) {
    const bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 1 && !json) {
        fprintf(stderr, "bench: no option '%s'; --json prints one object per case\n", argv[1]);
        return 2;
    }
    bench_case cases[BENCH_CASES];
    const peer_loops *peer = bench_peer();
    fx_context *cx = fx_context_new(NULL);
    const bool ready =
        bench_chain(cx, peer, cases) && bench_step(cx, peer, cases + BENCH_CHAIN_CASES);
    if (ready) bench_run(cases, peer->name, json);
    if (fx_error(cx)) fprintf(stderr, "bench: %s\n", fx_error_text(cx));
    return fx_context_free(cx) || !ready;
}
