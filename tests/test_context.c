/* SPDX-License-Identifier: MIT */
#include "context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernels/kernels.h"
#include "support.h"

/* --- errors --- */

FX_TEST(context, starts_without_an_error) {
    fx_context *cx = test_context();
    CHECK(fx_error(cx) == FX_OK);
    CHECK_TEXT(fx_error_text(cx), "");
}

FX_TEST(context, keeps_the_first_error) {
    fx_context *cx = test_context();
    CHECK(fx_fail(cx, FX_ERR_SHAPE, "first %d", 1) == FX_ERR_SHAPE);
    CHECK(fx_fail(cx, FX_ERR_DATA, "second %d", 2) == FX_ERR_DATA);
    CHECK(fx_error(cx) == FX_ERR_SHAPE);
    CHECK_TEXT(fx_error_text(cx), "first 1");
}

FX_TEST(context, clear_makes_room_for_the_next_error) {
    fx_context *cx = test_context();
    fx_fail(cx, FX_ERR_SHAPE, "first");
    fx_clear(cx);
    CHECK(fx_error(cx) == FX_OK);
    CHECK_TEXT(fx_error_text(cx), "");
    fx_fail(cx, FX_ERR_DATA, "second");
    CHECK(fx_error(cx) == FX_ERR_DATA);
    CHECK_TEXT(fx_error_text(cx), "second");
}

FX_TEST(context, free_returns_the_status_that_stood) {
    CHECK(fx_context_free(test_context()) == FX_OK);
    fx_context *cx = test_context();
    fx_fail(cx, FX_ERR_IO, "gone");
    CHECK(fx_context_free(cx) == FX_ERR_IO);
}

FX_TEST(context, a_failure_is_never_ok) {
    fx_context *cx = test_context();
    CHECK(fx_fail(cx, FX_OK, "odd") == FX_ERR_ARGUMENT);
    CHECK(fx_error(cx) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "odd");
    CHECK(fx_fail(NULL, FX_OK, "odd") == FX_ERR_ARGUMENT);
}

static fx_status fail_unchecked(fx_context *cx, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const fx_status status = fx__vfail(cx, FX_ERR_DATA, format, arguments);
    va_end(arguments);
    return status;
}

FX_TEST(context, fail_without_a_format) {
    fx_context *cx = test_context();
    CHECK(fail_unchecked(cx, NULL) == FX_ERR_DATA);
    CHECK(fx_error(cx) == FX_ERR_DATA);
    CHECK_TEXT(fx_error_text(cx), "");
}

FX_TEST(context, null_is_safe_everywhere) {
    CHECK(fx_error(NULL) == FX_ERR_MEMORY);
    CHECK_TEXT(fx_error_text(NULL),
               "out of memory: there is no context (fx_context_new returned NULL)");
    CHECK(fx_context_free(NULL) == FX_ERR_MEMORY);
    CHECK(fx_fail(NULL, FX_ERR_IO, "nobody listens") == FX_ERR_IO);
    CHECK(fx_fail_request(NULL, 1, true) == 0);
    CHECK(fx_context_memory(NULL).bytes == 0);
    fx_clear(NULL);
}

FX_TEST(context, an_error_is_one_line) {
    fx_context *cx = test_context();
    fx_fail(cx, FX_ERR_DATA, "cell \"%s\"", "a\nb\r\x1b[1m\x7f\xc3\xa4");
    CHECK_TEXT(fx_error_text(cx), "cell \"a b  [1m \xc3\xa4\"");
    fx_clear(cx);
    fx_fail(cx, FX_ERR_DATA, "\xc2\x9b[31m\xc2\x85\xc2\xa0\xc3\x9b\xc2"); /* U+009B, U+0085 */
    CHECK_TEXT(fx_error_text(cx), "  [31m  \xc2\xa0\xc3\x9b\xc2");
}

static void fail_with_length(fx_context *cx, int length, const char *end) {
    char word[FX__ERROR_BYTES];
    memset(word, '_', sizeof word);
    fx_clear(cx);
    fx_fail(cx, FX_ERR_DATA, "%.*s%s", length, word, end);
}

FX_TEST(context, long_errors_end_in_dots) {
    fx_context *cx = test_context();
    const size_t most = FX__ERROR_BYTES - 4; /* without dots and terminator */
    fail_with_length(cx, (int)most, "");
    CHECK(strlen(fx_error_text(cx)) == most);
    fail_with_length(cx, (int)most, "_");
    CHECK(strlen(fx_error_text(cx)) == most + 3);
    CHECK_TEXT(fx_error_text(cx) + most - 1, "_...");
    fail_with_length(cx, (int)most - 4, " 12345");
    CHECK_TEXT(fx_error_text(cx) + most - 5, "_ ...");
    fail_with_length(cx, (int)most - 1, "\xc3\xa4");
    CHECK_TEXT(fx_error_text(cx) + most - 2, "_...");
    fx_clear(cx);
    fx_fail(cx, FX_ERR_DATA, "%s%d", fx_error_text(cx), 5);
    CHECK_TEXT(fx_error_text(cx), "5");
}

/* --- making and freeing --- */

/* An allocator that gives a number of blocks, then none. */
typedef struct meter {
    int left, held;
} meter;

static void *meter_alloc(void *user, size_t bytes, size_t align) {
    meter *m = user;
    if (m->left-- <= 0) return NULL;
    m->held++;
    return aligned_alloc(align, (bytes + align - 1) / align * align);
}

static void meter_free(void *user, void *block, size_t bytes) {
    meter *m = user;
    (void)bytes;
    m->held--;
    free(block);
}

FX_TEST(context, is_made_whole_or_not_at_all) {
    bool made = false;
    for (int left = 0; !made; left++) {
        meter m = {left, 0};
        fx_context_options options = fx_context_defaults();
        options.allocator = (fx_allocator){meter_alloc, meter_free, &m};
        fx_context *cx = fx_context_new(&options);
        made = cx != NULL;
        CHECK(made == (fx_error(cx) == FX_OK));
        fx_context_free(cx);
        CHECK(m.held == 0);
        CHECK(left < 10);
    }
}

FX_TEST(context, refuses_options_it_cannot_read) {
    fx_context_options options = {0};
    CHECK(!fx_context_new(&options));
    options = fx_context_defaults();
    options.allocator.alloc = meter_alloc;
    CHECK(!fx_context_new(&options));
    options = fx_context_defaults();
    options.memory_cap = 100;
    CHECK(!fx_context_new(&options));
}

FX_TEST(context, keeps_seed_and_sink) {
    fx_context_options options = fx_context_defaults();
    options.seed = 42;
    options.sink_user = &options;
    fx_context *cx = test_context_with(&options);
    CHECK(cx->seed == 42 && cx->sink && cx->sink_user == &options);
}

FX_TEST(context, lines_go_to_standard_error_by_default) {
    int ends[2];
    char seen[64];
    fx_context *cx = test_context();
    const int saved = dup(STDERR_FILENO);
    CHECK(saved >= 0 && pipe(ends) == 0);
    dup2(ends[1], STDERR_FILENO);
    cx->sink(cx->sink_user, "a line");
    dup2(saved, STDERR_FILENO);
    const ssize_t n = read(ends[0], seen, sizeof seen - 1);
    close(saved);
    close(ends[0]);
    close(ends[1]);
    CHECK(n > 0);
    seen[n] = '\0';
    CHECK_TEXT(seen, "a line\n");
}

/* Owned objects that leave their letter in a text when they are destroyed. */
typedef struct letter {
    fx__owned owned;
    char *text;
    char letter;
} letter;

static void letter_destroy(fx_context *cx, fx__owned *self) {
    letter *l = (letter *)(void *)self;
    const size_t n = strlen(l->text);
    fx__disown(cx, self); /* harmless */
    l->text[n] = l->letter;
    l->text[n + 1] = '\0';
    fx__free(cx, l, sizeof *l);
}

static letter *letter_new(fx_context *cx, char *text, char c) {
    letter *l = fx__alloc(cx, sizeof *l);
    CHECK(l);
    fx__own(cx, &l->owned, letter_destroy);
    l->text = text;
    l->letter = c;
    return l;
}

FX_TEST(context, destroys_the_newest_first) {
    char text[16] = "";
    fx_context *cx = test_context();
    for (char c = 'a'; c <= 'e'; c++) letter_new(cx, text, c);
    fx_context_free(cx);
    CHECK_TEXT(text, "edcba");
}

FX_TEST(context, disowns_from_every_place) {
    for (int gone = 0; gone < 3; gone++) {
        char text[16] = "";
        fx_context *cx = test_context();
        letter *letters[3];
        for (int i = 0; i < 3; i++) letters[i] = letter_new(cx, text, (char)('a' + i));
        fx__disown(cx, &letters[gone]->owned);
        fx__disown(cx, &letters[gone]->owned);
        letter_destroy(cx, &letters[gone]->owned);
        fx_context_free(cx);
        CHECK_TEXT(text, gone == 0 ? "acb" : gone == 1 ? "bca" : "cba");
    }
}

/* --- the environment --- */

static fx_context *context_with(const char *name, const char *value) {
    setenv(name, value, 1);
    fx_context *cx = test_context();
    unsetenv(name);
    CHECK(cx && cx->kernels);
    return cx;
}

FX_TEST(context, reads_fluxion_trace) {
    static const struct {
        const char *value;
        bool trace;
    } rows[] = {{"1", true}, {"yes", true}, {"00", true}, {"0", false}, {"", false}};
    CHECK(!test_context()->trace);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fx_context *cx = context_with("FLUXION_TRACE", rows[i].value);
        CHECK(cx->trace == rows[i].trace && fx_error(cx) == FX_OK);
    }
}

FX_TEST(context, reads_fluxion_check) {
    CHECK(!test_context()->check_nan);
    fx_context *cx = context_with("FLUXION_CHECK", "nan");
    CHECK(cx->check_nan && fx_error(cx) == FX_OK);
    cx = context_with("FLUXION_CHECK", "");
    CHECK(!cx->check_nan && fx_error(cx) == FX_OK);
    cx = context_with("FLUXION_CHECK", "inf");
    CHECK(!cx->check_nan && fx_error(cx) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "FLUXION_CHECK=inf: no such check; nan can be chosen here");
}

FX_TEST(context, reads_fluxion_isa) {
    char expected[256];
    fx_context *cx = context_with("FLUXION_ISA", "baseline");
    CHECK(fx_error(cx) == FX_OK && cx->kernels == fx__kernels_choose("baseline"));
    cx = context_with("FLUXION_ISA", "");
    CHECK(fx_error(cx) == FX_OK && cx->kernels == fx__kernels_choose(NULL));
    cx = context_with("FLUXION_ISA", "foo");
    snprintf(expected, sizeof expected,
             "FLUXION_ISA=foo: no such instruction set on this machine; %s can be chosen here",
             fx__kernels_list());
    CHECK(fx_error(cx) == FX_ERR_ARGUMENT && cx->kernels == fx__kernels_choose(NULL));
    CHECK_TEXT(fx_error_text(cx), expected);
}

FX_TEST(context, reads_the_environment_once) {
    fx_context *cx = test_context();
    setenv("FLUXION_TRACE", "1", 1);
    fx_clear(cx);
    unsetenv("FLUXION_TRACE");
    CHECK(!cx->trace);
}
