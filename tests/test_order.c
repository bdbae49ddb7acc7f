/* SPDX-License-Identifier: MIT */
/* The sort of numbers: in order, a permutation, and never more than n log n comparisons. */
#include "order.h"

#include "kernel_data.h"
#include "support.h"

enum { ORDER_MOST = 1500 };

/* Keys, and how often they were compared. */
typedef struct order_keys {
    int64_t key[ORDER_MOST];
    int64_t *compared;
} order_keys;

static bool order_before(const void *user, int64_t a, int64_t b) {
    const order_keys *keys = user;
    ++*keys->compared;
    return keys->key[a] < keys->key[b];
}

static void order_check(const order_keys *keys, int64_t n) {
    int64_t numbers[ORDER_MOST], log = 1;
    bool seen[ORDER_MOST] = {false};
    while ((int64_t)1 << log <= n) log++;
    for (int64_t i = 0; i < n; i++) numbers[i] = i;
    *keys->compared = 0;
    fx__order(numbers, n, order_before, keys);
    CHECK(*keys->compared <= 2 * n * log);
    for (int64_t i = 0; i < n; i++) {
        CHECK(numbers[i] >= 0 && numbers[i] < n && !seen[numbers[i]]);
        seen[numbers[i]] = true;
        CHECK(i == 0 || keys->key[numbers[i - 1]] <= keys->key[numbers[i]]);
    }
}

FX_TEST(order, sorts_whatever_the_order_before) {
    int64_t compared = 0;
    uint64_t state = 1;
    order_keys keys = {{0}, &compared};
    static const int64_t sizes[] = {0, 1, 2, 3, 7, 8, 100, ORDER_MOST};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const int64_t n = sizes[s];
        order_check(&keys, n); /* all are equal, or left from the size before */
        for (int64_t i = 0; i < n; i++) keys.key[i] = i;
        order_check(&keys, n);
        for (int64_t i = 0; i < n; i++) keys.key[i] = -i;
        order_check(&keys, n);
        for (int64_t i = 0; i < n; i++) keys.key[i] = (int64_t)(data_next(&state) % 50);
        order_check(&keys, n);
    }
}
