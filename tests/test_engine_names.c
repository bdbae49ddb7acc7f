/* SPDX-License-Identifier: MIT */
/* Names and scopes over errors, resets and rewinds. */
#include <stdlib.h>
#include <string.h>

#include "fluxion/observe.h"
#include "fluxion/ops.h"
#include "support.h"

/* The words in front of an error made here: the open scopes. */
static void check_scope(fx_graph *g, const char *expected) {
    fx_context *cx = fx_graph_context(g);
    const fx_status stood = fx_error(cx);
    if (stood != FX_OK) fx_clear(cx);
    fx_tensor unset;
    memset(&unset, 0, sizeof unset);
    fx_add(fx_f64(g, 1), unset);
    char text[256] = "";
    if (expected[0]) strcat(strcpy(text, expected), ": ");
    CHECK_TEXT(fx_error_text(cx), strcat(text, "add: operand b is unset"));
    fx_clear(cx);
    if (stood != FX_OK) fx_fail(cx, stood, "as before");
}

FX_TEST(names, scopes_close_while_an_error_stands) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_scope_begin(g, "outer");
    fx_scope_begin(g, "inner");
    fx_fail(cx, FX_ERR_DATA, "something");
    fx_scope_begin(g, "never"); /* inert, and so is its end */
    fx_scope_begin(g, "never");
    fx_scope_end(g);
    fx_scope_end(g);
    check_scope(g, "outer.inner");
    fx_scope_end(g);
    check_scope(g, "outer");
    fx_clear(cx);
    fx_scope_begin(g, "second");
    check_scope(g, "outer.second");
    fx_scope_end(g);
    fx_scope_end(g);
    check_scope(g, "");
    fx_scope_end(g);
    CHECK_TEXT(fx_error_text(cx), "fx_scope_end: no scope is open");
}

FX_TEST(names, a_scope_begun_in_vain_ends_after_the_error_is_cleared) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_scope_begin(g, "outer");
    fx_fail(cx, FX_ERR_DATA, "something");
    fx_scope_begin(g, "in vain");
    const fx_mark mark = fx_graph_mark(g);
    fx_clear(cx);
    fx_scope_end(g);
    check_scope(g, "outer");
    CHECK(fx_graph_rewind(g, mark, 0, NULL) == FX_OK); /* to where one was in vain */
    fx_scope_end(g);
    check_scope(g, "outer");
    fx_fail_request(cx, 1, false);
    fx_scope_begin(g, "no memory");
    fx_fail_request(cx, 0, false);
    CHECK(fx_error(cx) == FX_ERR_MEMORY);
    fx_clear(cx);
    fx_scope_end(g);
    check_scope(g, "outer");
    fx_scope_end(g);
    CHECK_TEXT(fx_error_text(cx), "");
    fx_scope_begin(g, "left open");
    CHECK(fx_graph_reset(g) == FX_OK);
    check_scope(g, "");
}

static bool is_called(fx_tensor t, const char *name) {
    static char dot[1 << 18];
    char label[256] = "label=\"";
    fx_graph_dot(t, NULL, dot, sizeof dot);
    return strstr(dot, strcat(label, name)) != NULL;
}

/* A long name does not fit into what was left of the arena at the mark. */
FX_TEST(names, given_after_a_mark_to_what_is_older_stay) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    char longest[20001];
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const fx_tensor x = fx_f64(g, 1), y = fx_name(fx_f64(g, 2), "before"), z = fx_f64(g, 3);
    const fx_mark mark = fx_graph_mark(g);
    for (int i = 0; i < 3; i++) {
        fx_name(z, longest);
        fx_name(fx_name(x, "first"), "latest");
        fx_tensor gone = fx_name(fx_mul(x, y), "gone"), kept = fx_name(fx_mul(gone, z), "kept");
        CHECK(fx_graph_rewind(g, mark, 1, &kept) == FX_OK);
        CHECK(is_called(x, "latest") && is_called(y, "before") && is_called(kept, "kept"));
        CHECK(is_called(z, "nnnn"));
        CHECK(fx_graph_stats_of(g).nodes == 4);
        CHECK(fx_graph_rewind(g, mark, 0, NULL) == FX_OK);
        CHECK(is_called(x, "latest") && is_called(y, "before"));
        fx_mul(fx_add(x, y), z); /* over the memory where the names were */
        CHECK(is_called(x, "latest") && is_called(y, "before"));
    }
}

FX_TEST(names, given_again_and_again_do_not_pile_up) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor x = fx_f64(g, 1);
    const fx_mark mark = fx_graph_mark(g);
    const int64_t bytes = (fx_name(x, "x"), fx_graph_stats_of(g).bytes);
    for (int i = 0; i < 2000; i++) {
        fx_name(x, i % 2 ? "odd" : "even");
        CHECK(fx_graph_rewind(g, mark, 0, NULL) == FX_OK);
    }
    CHECK(fx_graph_stats_of(g).bytes == bytes && is_called(x, "odd"));
}

FX_TEST(names, survive_a_rewind_that_fails) {
    fx_context *cx = test_context();
    for (int64_t n = 1, done = 0; !done; n++) {
        fx_graph *g = fx_graph_new(cx);
        const fx_tensor x = fx_f64(g, 1);
        const fx_mark mark = fx_graph_mark(g);
        fx_tensor y = fx_mul(fx_name(x, "x now"), fx_num(2));
        fx_fail_request(cx, n, true);
        done = fx_graph_rewind(g, mark, 0, NULL) == FX_OK;
        fx_fail_request(cx, 0, false);
        CHECK(done || fx_error(cx) == FX_ERR_MEMORY);
        fx_clear(cx);
        CHECK(is_called(x, "x now") && fx_tensor_valid(y) == !done);
        fx_graph_free(g);
    }
}

/* An allocator that has nothing left after so many blocks. */
static void *scarce_alloc(void *user, size_t bytes, size_t align) {
    int *left = user;
    return *left > 0 ? (--*left, aligned_alloc(align, (bytes + align - 1) / align * align)) : NULL;
}

static void scarce_free(void *user, void *block, size_t bytes) {
    (void)user;
    (void)bytes;
    free(block);
}

/* Not only are requests checked beforehand: the memory itself is there before anything is cut. */
FX_TEST(names, are_not_lost_where_memory_ends) {
    static char longest[40001];
    memset(longest, 'n', sizeof longest - 1);
    for (int more = 0, done = 0; !done; more++) {
        int left = 1000;
        fx_context_options o = fx_context_defaults();
        o.allocator = (fx_allocator){scarce_alloc, scarce_free, &left};
        fx_context *cx = fx_context_new(&o);
        fx_graph *g = fx_graph_new(cx);
        const fx_tensor x = fx_f64(g, 1), y = fx_f64(g, 2);
        fx_tensor kept = fx_input_f64(g, fx_shape1(1), &(double){3});
        const fx_mark mark = fx_graph_mark(g);
        for (int i = 0; i < 1000; i++) fx_input_f64(g, fx_shape1(1), &(double){4}); /* layouts */
        kept = fx_name(fx_mul(fx_name(kept, "first"), fx_name(y, longest)), "kept");
        fx_name(x, longest);
        left = more;
        done = fx_graph_rewind(g, mark, 1, &kept) == FX_OK;
        CHECK(done || fx_error(cx) == FX_ERR_MEMORY);
        left = 1000;
        fx_clear(cx);
        CHECK(is_called(x, "nnnn") && is_called(y, "nnnn") && is_called(kept, "kept"));
        fx_context_free(cx);
    }
}
