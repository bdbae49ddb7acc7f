/* SPDX-License-Identifier: MIT */
/* The ground under every test. Each context of test_context has an allocator of its own that
 * counts: a block carries its size in front of it, so that a wrong size given to free is seen, and
 * a context that was freed is known by its block. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUPPORT_HEAD = 64 };

/* One context and what it holds. */
typedef struct support_ledger {
    fx_context *cx; /* NULL once freed */
    size_t bytes, blocks;
    bool wrong; /* a block came back with another size */
    struct support_ledger *next;
} support_ledger;

static support_ledger *ledgers;
static pthread_mutex_t ledgers_lock =
    PTHREAD_MUTEX_INITIALIZER; /* tests make contexts in threads */

static void *support_alloc(void *user, size_t bytes, size_t align) {
    support_ledger *ledger = user;
    if (!bytes || bytes > PTRDIFF_MAX - 2 * SUPPORT_HEAD || align > SUPPORT_HEAD) return NULL;
    const size_t whole = SUPPORT_HEAD + (bytes + SUPPORT_HEAD - 1) / SUPPORT_HEAD * SUPPORT_HEAD;
    char *block = aligned_alloc(SUPPORT_HEAD, whole);
    if (!block) return NULL;
    memcpy(block, &bytes, sizeof bytes);
    memset(block + SUPPORT_HEAD, 0xa5, whole - SUPPORT_HEAD);
    ledger->bytes += bytes;
    ledger->blocks++;
    return block + SUPPORT_HEAD;
}

static void support_free(void *user, void *block, size_t bytes) {
    support_ledger *ledger = user;
    size_t asked;
    char *whole = (char *)block - SUPPORT_HEAD;
    memcpy(&asked, whole, sizeof asked);
    ledger->wrong = ledger->wrong || asked != bytes;
    ledger->bytes -= asked;
    ledger->blocks--;
    if (block == (void *)ledger->cx) ledger->cx = NULL;
    free(whole);
}

fx_context *test_context_with(const fx_context_options *options) {
    fx_context_options counted = options ? *options : fx_context_defaults();
    support_ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger) test_fail(__FILE__, __LINE__, "no memory for the test itself");
    counted.allocator = (fx_allocator){support_alloc, support_free, ledger};
    ledger->cx = fx_context_new(&counted);
    pthread_mutex_lock(&ledgers_lock);
    ledger->next = ledgers;
    ledgers = ledger;
    pthread_mutex_unlock(&ledgers_lock);
    return ledger->cx;
}

fx_context *test_context(void) { return test_context_with(NULL); }

static char support_path[256];

const char *test_file(void) {
    const char *folder = getenv("TMPDIR");
    if (support_path[0]) return support_path;
    snprintf(support_path, sizeof support_path, "%s/fluxion-XXXXXX",
             folder && *folder ? folder : "/tmp");
    const int fd = mkstemp(support_path);
    if (fd < 0) test_fail(__FILE__, __LINE__, "no temporary file %s", support_path);
    close(fd);
    return support_path;
}

/* Frees what the test left; what is wrong then goes to problem, which is "" if nothing is. */
static void support_settle(char *problem, size_t size) {
    problem[0] = '\0';
    if (support_path[0]) unlink(support_path);
    support_path[0] = '\0';
    while (ledgers) {
        support_ledger *ledger = ledgers;
        ledgers = ledger->next;
        if (ledger->cx) fx_context_free(ledger->cx);
        if (ledger->blocks)
            snprintf(problem, size, "%zu bytes in %zu blocks still held by a freed context",
                     ledger->bytes, ledger->blocks);
        if (ledger->wrong)
            snprintf(problem, size, "a block was freed with a size that it was not made with");
        free(ledger);
    }
}

void test_run(void (*body)(void)) {
    char problem[128];
    body();
    support_settle(problem, sizeof problem);
    if (problem[0]) test_fail(__FILE__, __LINE__, "%s", problem);
}

#ifdef FX_PLAIN_RUNNER

static test_case *tests;
static jmp_buf runner;
static pthread_t runner_thread;
static const char *running;

void test_register(test_case *test) {
    test_case **place = &tests;
    while (*place && strcmp((*place)->name, test->name) < 0) place = &(*place)->next;
    test->next = *place;
    *place = test;
}

test_case *test_list(void) { return tests; }

test_outcome test_judge(const test_case *test) {
    char problem[128];
    running = test->name;
    runner_thread = pthread_self();
    switch (setjmp(runner)) {
    case TEST_PASSED:
        test_run(test->body);
        return TEST_PASSED;
    case TEST_FAILED:
        support_settle(problem, sizeof problem);
        return TEST_FAILED;
    default:
        support_settle(problem, sizeof problem);
        return TEST_SKIPPED;
    }
}

void test_skip(const char *reason) {
    printf("SKIP %s: %s\n", running, reason);
    longjmp(runner, TEST_SKIPPED);
}

void test_fail(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("FAIL %s: %s:%d: ", running, file, line);
    vprintf(format, arguments);
    putchar('\n');
    fflush(stdout);
    va_end(arguments);
    if (!pthread_equal(runner_thread, pthread_self())) exit(1); /* no jump leads out of a thread */
    longjmp(runner, TEST_FAILED);
}

#else

void test_fail(const char *file, int line, const char *format, ...) {
    char message[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    cr_assert_fail("%s:%d: %s", file, line, message);
    abort(); /* not reached: an assertion leaves the test */
}

void test_skip(const char *reason) {
    cr_skip_test("%s", reason);
    abort();
}

#endif

bool test_long_double_is_wide(void) {
    volatile long double one = 1, next = one + DBL_EPSILON / 4;
    return next > one;
}

void test_check_text(const char *file, int line, const char *actual, const char *expected) {
    if (!actual || !expected || strcmp(actual, expected) != 0)
        test_fail(file, line, "text is\n    %s\nnot\n    %s", actual ? actual : "(null)",
                  expected ? expected : "(null)");
}

void test_check_near(const char *file, int line, double actual, double expected, double tolerance) {
    if (actual == expected || (isnan(actual) && isnan(expected))) return;
    if (fabs(actual - expected) <= tolerance * fmax(1, fabs(expected))) return;
    test_fail(file, line, "%.17g is not near %.17g (tolerance %g)", actual, expected, tolerance);
}
