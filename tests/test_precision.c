/* SPDX-License-Identifier: MIT */
/* The elementwise ops against values and derivatives in more digits, and beside PyTorch's errors at
 * the same points (tests/precision, docs/precision.md). */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "precision/measure.h"
#include "support.h"

static precision_row precision_rows[PRECISION_ROWS], precision_peers[PRECISION_ROWS];

static int precision_measured(void) {
    fx_context *cx = test_context();
    const int n = precision_measure(cx, precision_rows);
    CHECK_THAT(n > 0, "tests/precision/reference.txt cannot be read");
    CHECK_TEXT(fx_error_text(cx), "");
    return n;
}

FX_TEST(precision, errors_are_counted_in_units_of_the_last_place) {
    const double e = DBL_EPSILON, f = (double)FLT_EPSILON;
    CHECK(precision_error(FX_F64, 1, 1, 0, 0) == 0);
    CHECK(precision_error(FX_F64, 1 + e, 1, 0, 0) == 1);
    CHECK(precision_error(FX_F64, 1 + e, 1, 0.25, 0) == 0.75);
    CHECK(precision_error(FX_F64, 1 + e, 1, 0, 5) == 0.25);
    CHECK(precision_error(FX_F32, 1 + 2 * f, 1, 0, 0) == 2);
    CHECK(precision_error(FX_F32, 0, ldexp(1, -149), 0, 0) == 1);
    CHECK(precision_error(FX_F64, 0, ldexp(-1, -1074), 0, 0) == 1);
    CHECK(precision_error(FX_F64, ldexp(1, -1074), 0, 0, 0) == 1);
    CHECK(precision_error(FX_F32, (double)INFINITY, 1e39, 0, 0) == 0);
    CHECK(precision_error(FX_F32, (double)INFINITY, -1e39, 0, 0) == (double)INFINITY);
    CHECK(precision_error(FX_F64, (double)INFINITY, 1e39, 0, 0) == (double)INFINITY);
    CHECK(precision_error(FX_F64, (double)NAN, 1, 0, 0) == (double)INFINITY);
}

FX_TEST(precision, every_op_is_measured) {
    const int n = precision_measured();
    const precision_op *op;
    for (int i = 0; (op = precision_op_at(i)); i++)
        CHECK_THAT(precision_find(precision_rows, n, op->name), "%s has no points", op->name);
    CHECK(!precision_op_at(n) && !precision_op_at(-1));
}

static bool precision_is_measured(const char *name) {
    const precision_op *op;
    for (int i = 0; (op = precision_op_at(i)); i++)
        if (strcspn(op->name, "(") == strlen(name) && !strncmp(op->name, name, strlen(name)))
            return true;
    return false;
}

/* Their numbers are judged where they show: in the gradients of others. */
static bool precision_is_for_rules(const char *name) {
    static const char *const words[] = {"_grad",      "_term",          "_gate",      "slope",
                                        "norm_power", "exp_difference", "norm_ratio", "accumulate"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(name, words[i])) return true;
    return false;
}

FX_TEST(precision, every_elementwise_kernel_is_measured_or_serves_rules) {
    for (int i = 0; i < fx_ops_count(); i++) {
        const fx_op *op = fx_ops_at(i);
        if (!op->map && !op->kernel && !op->row[0] && !op->row[1]) continue;
        CHECK_THAT(precision_is_measured(op->name) != precision_is_for_rules(op->name),
                   "%s has no points in tests/precision/reference.txt", op->name);
    }
}

FX_TEST(precision, values_and_gradients_keep_their_limits) {
    const int n = precision_measured();
    for (int i = 0; i < n; i++) {
        const precision_row *row = &precision_rows[i];
        for (int k = 0; k < PRECISION_QUANTITIES; k++) {
            const double limit =
                precision_limit(precision_op_find(row->name), (precision_quantity)k);
            CHECK_THAT(row->ulps[k] <= limit, "%s: %s: %g ulp at (%a, %a, %a), not %g at most",
                       row->name, precision_words[k], row->ulps[k], row->at[k][0], row->at[k][1],
                       row->at[k][2], limit);
        }
    }
}

FX_TEST(precision, no_error_is_over_pytorchs_by_more_than_one_ulp) {
    char version[PRECISION_NAME];
    const int n = precision_measured(), n_peers = precision_pytorch(precision_peers, version);
    CHECK_THAT(n_peers == n, "pytorch.txt has %d ops, not %d", n_peers, n);
    CHECK_THAT(strchr(version, '.'), "no version: \"%s\"", version);
    for (int i = 0; i < n; i++) {
        const precision_row *own = &precision_rows[i];
        const precision_row *peer = precision_find(precision_peers, n_peers, own->name);
        CHECK_THAT(peer, "pytorch.txt has no %s", own->name);
        for (int k = 0; k < PRECISION_QUANTITIES; k++)
            CHECK_THAT(!(own->ulps[k] > peer->ulps[k] + 1), "%s: %s: %g ulp, PyTorch's %g",
                       own->name, precision_words[k], own->ulps[k], peer->ulps[k]);
    }
}

static bool precision_has_row(const char *page, const char *name) {
    char head[PRECISION_NAME + 4];
    snprintf(head, sizeof head, "\n| %s", name);
    for (const char *at = page; (at = strstr(at, head)); at++)
        if (strchr(" :", at[strlen(head)])) return true;
    return false;
}

FX_TEST(precision, the_page_has_a_row_for_each_op) {
    static char page[1 << 16];
    const precision_op *op;
    FILE *file = fopen("docs/precision.md", "r");
    CHECK_THAT(file, "docs/precision.md cannot be read");
    page[fread(page, 1, sizeof page - 1, file)] = 0;
    fclose(file);
    CHECK(strstr(page, "<!-- end -->"));
    *strstr(page, "<!-- end -->") = 0; /* the table of all numbers has rows too */
    for (int i = 0; (op = precision_op_at(i)); i++)
        CHECK_THAT(precision_has_row(page, op->name), "docs/precision.md has no row for %s",
                   op->name);
}

/* What all_f32 once printed: it takes hours. */
FX_TEST(precision, all_numbers_of_f32_keep_the_limit) {
    FILE *file = fopen("tests/precision/all_f32.txt", "r");
    char line[128], name[PRECISION_NAME];
    double ulps;
    int n = 0;
    CHECK_THAT(file, "tests/precision/all_f32.txt cannot be read");
    while (fgets(line, sizeof line, file) && sscanf(line, "%23s %*u %lf", name, &ulps) == 2) {
        const precision_op *op = precision_op_find(name);
        CHECK_THAT(op && ulps <= precision_limit(op, PRECISION_VALUE_F32), "%s", line);
        n++;
    }
    CHECK(feof(file) && n > 0);
    fclose(file);
}
