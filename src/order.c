/* SPDX-License-Identifier: MIT */
/* Heapsort (Williams, CACM 7, 1964): names come from files, and no choice of names makes it slower
 * than n log n. */
#include "order.h"

static void order_sink(int64_t *heap, int64_t n, int64_t i,
                       bool (*before)(const void *, int64_t, int64_t), const void *user) {
    for (int64_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && before(user, heap[child], heap[child + 1])) child++;
        if (!before(user, heap[i], heap[child])) return;
        const int64_t moved = heap[i];
        heap[i] = heap[child];
        heap[child] = moved;
    }
}

void fx__order(int64_t *numbers, int64_t n, bool (*before)(const void *user, int64_t a, int64_t b),
               const void *user) {
    for (int64_t i = n / 2; i-- > 0;) order_sink(numbers, n, i, before, user);
    while (n-- > 1) {
        const int64_t most = numbers[0];
        numbers[0] = numbers[n];
        numbers[n] = most;
        order_sink(numbers, n, 0, before, user);
    }
}
