/* SPDX-License-Identifier: MIT */
/* Every request for memory that an op and its rule make fails in its turn, once and from then on:
 * the status is FX_ERR_MEMORY, nothing leaks, and afterwards the bits are the undisturbed ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases/cases.h"
#include "support.h"

/* A context of its own for each row, so that a leak has a name. */
typedef struct sweep_balance {
    int64_t blocks;
    size_t bytes;
} sweep_balance;

static void *sweep_alloc(void *user, size_t bytes, size_t align) {
    sweep_balance *held = user;
    (void)align; /* 64 at most */
    void *block = aligned_alloc(64, (bytes + 63) / 64 * 64);
    held->blocks += block != NULL;
    held->bytes += block ? bytes : 0;
    return block;
}

static void sweep_free(void *user, void *block, size_t bytes) {
    sweep_balance *held = user;
    held->blocks--;
    held->bytes -= bytes;
    free(block);
}

/* A step, from nothing: graph, operands, op, gradients. */
static fx_status sweep_step(fx_context *cx, const case_row *row, int dtype, case_result *out) {
    fx_graph *g = fx_graph_new(cx);
    fx_tensor xs[CASE_OPERANDS];
    if (!g) return fx_error(cx);
    case_inputs(g, row, dtype, xs);
    const fx_status status = case_run(g, row, xs, FX_NONE, out);
    fx_graph_free(g);
    return status;
}

/* Fails request n, and checks what follows; false if the step makes fewer requests. */
static bool sweep_fail(fx_context *cx, const case_row *row, int dtype, int64_t n, bool forever,
                       const case_result *calm) {
    static case_result result;
    fx_fail_request(cx, n, forever);
    const fx_status status = sweep_step(cx, row, dtype, &result);
    fx_fail_request(cx, 0, false);
    CHECK_THAT(status == FX_OK || status == FX_ERR_MEMORY, "%s: memory: request %d gives %s: %s",
               case_title(row), (int)n, fx_status_name(status), fx_error_text(cx));
    CHECK_THAT(status == FX_OK || strstr(fx_error_text(cx), "memory") != NULL,
               "%s: memory: request %d says %s", case_title(row), (int)n, fx_error_text(cx));
    CHECK_THAT(status != FX_OK || case_same(row, calm, &result),
               "%s: memory: request %d fails unnoticed, with other bits", case_title(row), (int)n);
    fx_clear(cx);
    CHECK_THAT(sweep_step(cx, row, dtype, &result) == FX_OK && case_same(row, calm, &result),
               "%s: memory: after request %d failed the step gives other bits", case_title(row),
               (int)n);
    return status != FX_OK;
}

/* How many requests the row's step makes. */
static int64_t sweep_row(const case_row *row, int dtype) {
    static case_result calm;
    sweep_balance held = {0, 0};
    fx_context_options options = fx_context_defaults();
    options.allocator = (fx_allocator){sweep_alloc, sweep_free, &held};
    fx_context *cx = fx_context_new(&options);
    CHECK(cx && sweep_step(cx, row, dtype, &calm) == FX_OK);
    int64_t n[2];
    for (int forever = 0; forever < 2; forever++)
        for (n[forever] = 0; sweep_fail(cx, row, dtype, n[forever] + 1, forever, &calm);)
            n[forever]++;
    fx_fail_request(cx, 0, false);
    CHECK(sweep_step(cx, row, dtype, &calm) == FX_OK);
    const int64_t made = fx_fail_request(cx, 0, false);
    CHECK_THAT(n[0] == made && n[1] == made, "%s: memory: %d requests are made, %d and %d failed",
               case_title(row), (int)made, (int)n[0], (int)n[1]);
    fx_context_free(cx);
    CHECK_THAT(held.blocks == 0 && held.bytes == 0, "%s: memory: %d blocks, %d bytes leaked",
               case_title(row), (int)held.blocks, (int)held.bytes);
    return made;
}

FX_TEST(op_sweep, every_failing_request_is_survived) {
    int64_t requests = 0;
    int rows = 0;
    for (int i = 0; case_at(i); i++, rows++) {
        const int64_t made = sweep_row(case_at(i), i % 2 ? FX_F32 : FX_F64);
        CHECK_THAT(made > 4, "%s: memory: %d requests are too few", case_title(case_at(i)),
                   (int)made);
        requests += made;
    }
    printf("# %lld requests of %d rows of ops failed, once and from then on\n", (long long)requests,
           rows);
}
