/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "context.h"
#include "support.h"

FX_TEST(memory, blocks_are_aligned_counted_and_given_back) {
    fx_context *cx = test_context();
    const fx_memory_stats before = fx_context_memory(cx);
    char *a = fx__alloc(cx, 1), *b = fx__alloc_zero(cx, 1000);
    CHECK(a && b && (uintptr_t)a % 64 == 0 && (uintptr_t)b % 64 == 0);
    for (int i = 0; i < 1000; i++) CHECK(b[i] == 0);
    CHECK(fx_context_memory(cx).bytes == before.bytes + 1001);
    CHECK(fx_context_memory(cx).allocations == before.allocations + 2);
    fx__free(cx, a, 1);
    fx__free(cx, b, 1000);
    CHECK(fx_context_memory(cx).bytes == before.bytes);
    CHECK(fx_context_memory(cx).peak >= before.bytes + 1001);
}

FX_TEST(memory, nothing_is_no_block_and_no_error) {
    fx_context *cx = test_context();
    fx_fail_request(cx, 0, false);
    CHECK(!fx__alloc(cx, 0) && !fx__alloc_zero(cx, 0));
    fx__free(cx, NULL, 8);
    fx__free(cx, NULL, 0);
    CHECK(fx_error(cx) == FX_OK && fx_fail_request(cx, 0, false) == 0);
}

FX_TEST(memory, the_c_library_is_the_default_allocator) {
    fx_context *cx = fx_context_new(NULL);
    CHECK(cx);
    void *block = fx__alloc(cx, 65);
    CHECK(block && (uintptr_t)block % 64 == 0);
    fx__free(cx, block, 65);
    CHECK(!fx__alloc(cx, PTRDIFF_MAX));
    CHECK(fx_context_free(cx) == FX_ERR_MEMORY);
}

/* An error of memory says what was wanted and what is held; sizes come from a counted context so
 * that they are known. */
static void expect_out_of_memory(fx_context *cx, const char *requested, const char *cap) {
    char expected[128];
    const size_t held = fx_context_memory(cx).bytes;
    CHECK(held >= 1024 && held < 1024 * 1024);
    snprintf(expected, sizeof expected, "out of memory: %s requested, %zu.%zu KiB held%s%s",
             requested, held / 1024, held % 1024 * 10 / 1024, cap ? ", cap " : "", cap ? cap : "");
    CHECK(fx_error(cx) == FX_ERR_MEMORY);
    CHECK_TEXT(fx_error_text(cx), expected);
    fx_clear(cx);
}

FX_TEST(memory, too_much_is_refused) {
    fx_context *cx = test_context();
    CHECK(!fx__alloc(cx, PTRDIFF_MAX));
    expect_out_of_memory(cx, "7.9 EiB", NULL);
    CHECK(!fx__alloc(cx, SIZE_MAX));
    expect_out_of_memory(cx, "15.9 EiB", NULL);
}

FX_TEST(memory, the_cap_holds) {
    fx_context_options options = fx_context_defaults();
    options.memory_cap = 1024 * 1024;
    fx_context *cx = test_context_with(&options);
    const size_t room = options.memory_cap - fx_context_memory(cx).bytes;
    CHECK(!fx__alloc(cx, room + 1));
    CHECK(fx_error(cx) == FX_ERR_MEMORY);
    fx_clear(cx);
    CHECK(!fx__alloc(cx, 3 * 512 * 1024));
    expect_out_of_memory(cx, "1.5 MiB", "1.0 MiB");
    void *all = fx__alloc(cx, room);
    CHECK(all && fx_context_memory(cx).bytes == options.memory_cap);
    CHECK(!fx__alloc(cx, 1));
    CHECK_TEXT(fx_error_text(cx), "out of memory: 1 B requested, 1.0 MiB held, cap 1.0 MiB");
    fx__free(cx, all, room);
    fx_clear(cx);
    all = fx__alloc(cx, room);
    CHECK(all);
    fx__free(cx, all, room);
}

FX_TEST(memory, grow_keeps_what_was_there) {
    fx_context *cx = test_context();
    int32_t *items = NULL;
    int64_t capacity = 0;
    for (int32_t i = 0; i < 1000; i++) {
        CHECK(fx__grow(cx, &items, &capacity, i + 1, sizeof *items));
        CHECK(capacity > i);
        items[i] = i;
    }
    for (int32_t i = 0; i < 1000; i++) CHECK(items[i] == i);
    const fx_memory_stats before = fx_context_memory(cx);
    CHECK(fx__grow(cx, &items, &capacity, capacity, sizeof *items));
    CHECK(fx__grow(cx, &items, &capacity, -1, sizeof *items));
    CHECK(fx_context_memory(cx).allocations == before.allocations);
    fx__free(cx, items, (size_t)capacity * sizeof *items);
}

FX_TEST(memory, grow_that_fails_changes_nothing) {
    fx_context *cx = test_context();
    int32_t *items = NULL;
    int64_t capacity = 0;
    CHECK(fx__grow(cx, &items, &capacity, 3, sizeof *items));
    int32_t *const before = items;
    const int64_t had = capacity;
    fx_fail_request(cx, 1, false);
    CHECK(!fx__grow(cx, &items, &capacity, had + 1, sizeof *items));
    CHECK(fx_error(cx) == FX_ERR_MEMORY && items == before && capacity == had);
    fx_clear(cx);
    CHECK(!fx__grow(cx, &items, &capacity, INT64_MAX, sizeof *items));
    expect_out_of_memory(cx, "7.9 EiB", NULL);
    CHECK(items == before && capacity == had);
    fx__free(cx, items, (size_t)capacity * sizeof *items);
}

/* --- requests that fail --- */

/* Makes three requests; how many were granted. */
static int three_requests(fx_context *cx) {
    int granted = 0;
    for (int i = 0; i < 3; i++) {
        void *block = fx__alloc(cx, 1536);
        if (block)
            granted++;
        else
            expect_out_of_memory(cx, "1.5 KiB", NULL);
        fx__free(cx, block, 1536);
    }
    return granted;
}

FX_TEST(memory, fails_the_request_that_was_named) {
    fx_context *cx = test_context();
    for (int n = 1; n <= 5; n++) {
        fx_fail_request(cx, n, false);
        CHECK(three_requests(cx) == (n <= 3 ? 2 : 3));
        CHECK(fx_fail_request(cx, n, true) == 3);
        CHECK(three_requests(cx) == (n <= 3 ? n - 1 : 3));
        CHECK(fx_fail_request(cx, 0, false) == 3);
        CHECK(three_requests(cx) == 3);
    }
    fx_fail_request(cx, -1, true);
    CHECK(three_requests(cx) == 3);
}

FX_TEST(memory, a_request_without_an_allocation_counts) {
    fx_context *cx = test_context();
    fx_fail_request(cx, 2, false);
    CHECK(fx__request(cx, 10) && fx_error(cx) == FX_OK);
    CHECK(!fx__request(cx, 10));
    expect_out_of_memory(cx, "10 B", NULL);
    CHECK(fx__request(cx, 10));
    CHECK(fx_fail_request(cx, 0, false) == 3);
}
