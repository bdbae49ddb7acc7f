/* SPDX-License-Identifier: MIT */
/* Memory that a context owns: when it goes, in which order, and what if there is none. */
#include <string.h>

#include "support.h"

/* What a test's objects tell when they are released. */
typedef struct release_log {
    int count, order[8];
} release_log;

typedef struct told_object {
    release_log *log;
    int number;
    void *other; /* released along with this one */
} told_object;

static void tell(void *object) {
    told_object *told = object;
    told->log->order[told->log->count++] = told->number;
    fx_delete(told->other);
}

static told_object *told_new(fx_context *cx, release_log *log, int number, void *other) {
    told_object *told = fx_new(cx, sizeof *told, tell);
    CHECK(told);
    *told = (told_object){log, number, other};
    return told;
}

FX_TEST(owned, memory_is_zeroed_and_aligned) {
    fx_context *cx = test_context();
    for (size_t bytes = 1; bytes < 300; bytes++) {
        const unsigned char *object = fx_new(cx, bytes, NULL);
        CHECK(object && (uintptr_t)object % 64 == 0);
        for (size_t i = 0; i < bytes; i++) CHECK(object[i] == 0);
    }
}

FX_TEST(owned, deletion_gives_the_bytes_back) {
    fx_context *cx = test_context();
    release_log log = {0};
    const size_t before = fx_context_memory(cx).bytes;
    told_object *a = told_new(cx, &log, 1, NULL), *b = told_new(cx, &log, 2, NULL);
    CHECK(log.count == 0);
    fx_delete(a);
    CHECK(log.count == 1 && log.order[0] == 1);
    fx_delete(b);
    CHECK(log.count == 2 && log.order[1] == 2);
    fx_delete(fx_new(cx, 1, NULL));
    fx_delete(NULL);
    CHECK(fx_context_memory(cx).bytes == before);
}

FX_TEST(owned, a_context_releases_the_newest_first) {
    release_log log = {0};
    fx_context *cx = test_context();
    told_object *object[5];
    for (int i = 0; i < 5; i++) object[i] = told_new(cx, &log, i, NULL);
    fx_delete(object[2]);
    CHECK(fx_context_free(cx) == FX_OK);
    static const int expected[] = {2, 4, 3, 1, 0};
    CHECK(log.count == 5 && memcmp(log.order, expected, sizeof expected) == 0);
}

FX_TEST(owned, a_release_may_delete_another_object) {
    static const int expected[] = {3, 1, 2, 0};
    release_log log = {0};
    fx_context *cx = test_context();
    told_new(cx, &log, 0, NULL);
    told_object *held = told_new(cx, &log, 1, NULL);
    told_new(cx, &log, 2, NULL);
    told_new(cx, &log, 3, held);
    CHECK(fx_context_free(cx) == FX_OK); /* 1 goes with 3, before its turn and once */
    CHECK(log.count == 4 && memcmp(log.order, expected, sizeof expected) == 0);
    log.count = 0;
    cx = test_context();
    const size_t before = fx_context_memory(cx).bytes;
    told_object *first = told_new(cx, &log, 1, NULL);
    told_object *second = told_new(cx, &log, 2, first);
    fx_delete(told_new(cx, &log, 3, second));
    CHECK(log.count == 3 && log.order[0] == 3 && log.order[2] == 1);
    CHECK(fx_context_memory(cx).bytes == before);
}

/* While the context goes, a release makes an object: it is released too. */
static fx_context *late_context;
static release_log late_log;

static void release_late(void *object) {
    (void)object;
    told_new(late_context, &late_log, 7, NULL);
}

FX_TEST(owned, what_a_release_makes_is_released_too) {
    late_context = test_context();
    late_log.count = 0;
    CHECK(fx_new(late_context, 8, release_late));
    CHECK(fx_context_free(late_context) == FX_OK);
    CHECK(late_log.count == 1 && late_log.order[0] == 7);
}

FX_TEST(owned, nothing_cannot_be_owned) {
    fx_context *cx = test_context();
    CHECK(!fx_new(cx, 0, NULL) && fx_error(cx) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "fx_new: 0 bytes asked for");
    CHECK(!fx_new(cx, 8, NULL)); /* an error stands */
    CHECK(!fx_new(NULL, 8, NULL));
    fx_clear(cx);
    CHECK(fx_new(cx, 8, NULL));
}

FX_TEST(owned, what_is_too_large_or_fails_is_a_lack_of_memory) {
    static const size_t large[] = {SIZE_MAX, SIZE_MAX - 63, (size_t)PTRDIFF_MAX,
                                   (size_t)PTRDIFF_MAX - 64, (size_t)PTRDIFF_MAX - 200};
    release_log log = {0};
    fx_context_options options = fx_context_defaults();
    options.memory_cap = 1 << 20; /* so that the sanitizers' allocators do not stop the test */
    fx_context *cx = test_context_with(&options);
    const size_t before = fx_context_memory(cx).bytes;
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        CHECK(!fx_new(cx, large[i], tell) && fx_error(cx) == FX_ERR_MEMORY);
        fx_clear(cx);
    }
    for (int64_t n = 1; n <= 2; n++) {
        fx_fail_request(cx, n, false);
        told_object *first = n == 1 ? NULL : told_new(cx, &log, 1, NULL);
        CHECK(!fx_new(cx, 8, tell) && fx_error(cx) == FX_ERR_MEMORY);
        CHECK(fx_fail_request(cx, 0, false) == n && log.count == 0);
        fx_clear(cx);
        fx_delete(first);
        CHECK(fx_context_memory(cx).bytes == before);
        log.count = 0;
    }
}
