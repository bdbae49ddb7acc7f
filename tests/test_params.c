/* SPDX-License-Identifier: MIT */
/* How parameters lie in memory. */
#include <stdio.h>

#include "fluxion/params.h"
#include "support.h"

static size_t params_bytes(int entries, int64_t first) {
    fx_context *cx = test_context();
    fx_params *params = fx_params_new(cx, FX_F64, 0);
    for (int i = 0; i < entries; i++) {
        char name[32];
        snprintf(name, sizeof name, "p%d", i);
        fx_param(params, name, fx_shape1(i == 0 ? first : 2), fx_constant(1));
    }
    CHECK_TEXT(fx_error_text(cx), "");
    return fx_context_memory(cx).bytes;
}

FX_TEST(params, memory_grows_with_the_values_not_with_the_entries) {
    CHECK(params_bytes(4000, 2) < 4000 * 1024);
    CHECK(params_bytes(4000, 2) > params_bytes(1000, 2));
}

FX_TEST(params, a_large_entry_does_not_make_the_next_block_large) {
    enum { LARGE = 1 << 20 };
    CHECK(params_bytes(2, LARGE) < 2 * LARGE * sizeof(double));
}
