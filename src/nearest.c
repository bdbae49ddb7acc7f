/* SPDX-License-Identifier: MIT */
/* The word that was probably meant.
 *
 * Method: edit distance with swaps of neighbours (Damerau, CACM 7, 1964), of which only the
 * diagonals that a distance of at most NEAREST_LIMIT can reach are computed: time is linear in the
 * word and no memory is needed, however long a word is. */
#include <string.h>

#include "fluxion/text.h"

enum { NEAREST_LIMIT = 2, NEAREST_DIAGONALS = 2 * NEAREST_LIMIT + 1, NEAREST_FAR = 9 };

static int nearest_least(int a, int b) { return a < b ? a : b; }

static char nearest_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool nearest_same(char a, char b) { return nearest_lower(a) == nearest_lower(b); }

/* The distance of a's first i bytes and b's first j, from the rows of i-1 and i-2 bytes. Diagonal
 * k of row i belongs to j = i + k - NEAREST_LIMIT. */
static int nearest_cell(const char *a, size_t i, const char *b, size_t j, int k,
                        int rows[3][NEAREST_DIAGONALS]) {
    if (!i || !j) return (int)(i + j);
    const int *current = rows[0], *previous = rows[1], *before = rows[2];
    int distance = previous[k] + !nearest_same(a[i - 1], b[j - 1]);
    if (k > 0) distance = nearest_least(distance, current[k - 1] + 1);
    if (k + 1 < NEAREST_DIAGONALS) distance = nearest_least(distance, previous[k + 1] + 1);
    const bool swapped =
        i > 1 && j > 1 && nearest_same(a[i - 1], b[j - 2]) && nearest_same(a[i - 2], b[j - 1]);
    return swapped ? nearest_least(distance, before[k] + 1) : distance;
}

/* The distance of two words if it is at most NEAREST_LIMIT, else something larger. */
static int nearest_distance(const char *a, size_t m, const char *b, size_t n) {
    if (m > n + NEAREST_LIMIT || n > m + NEAREST_LIMIT) return NEAREST_FAR;
    int rows[3][NEAREST_DIAGONALS] = {{0}};
    for (size_t i = 0; i <= m; i++) {
        memmove(rows[1], rows[0], 2 * sizeof rows[0]);
        for (int k = 0; k < NEAREST_DIAGONALS; k++) {
            const bool left = i + (size_t)k < NEAREST_LIMIT;
            const size_t j = left ? 0 : i + (size_t)k - NEAREST_LIMIT;
            rows[0][k] = left || j > n ? NEAREST_FAR : nearest_cell(a, i, b, j, k, rows);
        }
    }
    return rows[0][n + NEAREST_LIMIT - m];
}

const char *fx_nearest(const char *word, int n, const char *const *choices) {
    const char *nearest = NULL;
    int least = NEAREST_LIMIT + 1;
    if (!word || !choices) return NULL;
    const size_t length = strlen(word);
    for (int i = 0; i < n; i++) {
        if (!choices[i]) continue;
        const size_t other = strlen(choices[i]), longer = length > other ? length : other;
        const int distance = nearest_distance(word, length, choices[i], other);
        if (distance >= least || 2 * (size_t)distance > longer) continue;
        nearest = choices[i];
        least = distance;
    }
    return nearest;
}
