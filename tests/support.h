/* SPDX-License-Identifier: MIT */
/* One way to write a test, two runners: Criterion, and a plain main for sanitizers, valgrind and
 * allocation sweeps (FX_PLAIN_RUNNER).
 *
 *     FX_TEST(matmul, rejects_different_inner_sizes) {
 *         fx_context *cx = test_context();
 *         ...
 *         CHECK(a == b);
 *         CHECK_TEXT(fx_error_text(cx), "matmul: ...");
 *     }
 *
 * test_context gives a context whose memory is counted; the wrapper frees what the body left and
 * fails the test if a byte is still held. A failed CHECK ends the test. */
#ifndef FLUXION_TESTS_SUPPORT_H
#define FLUXION_TESTS_SUPPORT_H

#include "fluxion/context.h"

#ifdef FX_PLAIN_RUNNER
#define FX_TEST(suite, name)                                                                       \
    static void suite##_##name(void);                                                              \
    __attribute__((constructor)) static void suite##_##name##_register(void) {                     \
        static test_case self = {#suite "/" #name, suite##_##name, NULL};                          \
        test_register(&self);                                                                      \
    }                                                                                              \
    static void suite##_##name(void)
#else
#include <criterion/criterion.h>
#define FX_TEST(suite, name)                                                                       \
    static void suite##_##name(void);                                                              \
    Test(suite, name) { test_run(suite##_##name); }                                                \
    static void suite##_##name(void)
#endif

typedef struct test_case {
    const char *name;
    void (*body)(void);
    struct test_case *next;
} test_case;

void test_register(test_case *test); /* into a list in the order of the names */
void test_run(void (*body)(void));   /* the wrapper: the body, then what it left is freed */

/* For plain_main.c: the list, and one test of it; what did not pass is printed with its reason. */
typedef enum test_outcome { TEST_PASSED, TEST_FAILED, TEST_SKIPPED } test_outcome;
test_case *test_list(void);
test_outcome test_judge(const test_case *test);

/* A fresh context with counted memory, default options otherwise; options may be NULL. */
fx_context *test_context(void);
fx_context *test_context_with(const fx_context_options *options);

/* The path of a file of the test's own, empty at first, where the system keeps temporary files. It
 * is removed when the test ends, whatever its end. */
const char *test_file(void);

/* Ends the test as failed, with a message. */
#if defined(__GNUC__)
__attribute__((noreturn, format(printf, 3, 4)))
#endif
void test_fail(const char *file, int line, const char *format, ...);

/* Ends the test, at its beginning, as skipped: counted apart, never as passed. For what a machine
 * lacks, seen by trying that very thing, so that the test runs wherever it can. */
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void test_skip(const char *reason);

/* Whether long double is wider than double when it runs: valgrind computes it in double. */
bool test_long_double_is_wide(void);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) test_fail(__FILE__, __LINE__, "%s", #condition);                         \
    } while (0)

/* Like CHECK, with a printf message of what was seen. */
#define CHECK_THAT(condition, ...)                                                                 \
    do {                                                                                           \
        if (!(condition)) test_fail(__FILE__, __LINE__, __VA_ARGS__);                              \
    } while (0)

void test_check_text(const char *file, int line, const char *actual, const char *expected);
#define CHECK_TEXT(actual, expected) test_check_text(__FILE__, __LINE__, actual, expected)

/* |a - b| <= tolerance * max(1, |b|), or both NaN, or equal. */
void test_check_near(const char *file, int line, double actual, double expected, double tolerance);
#define CHECK_NEAR(actual, expected, tolerance)                                                    \
    test_check_near(__FILE__, __LINE__, actual, expected, tolerance)

#endif
