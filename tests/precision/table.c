/* SPDX-License-Identifier: MIT */
/* Measures, and prints docs/precision.md anew, with the tables between its marks:
 *     precision docs/precision.md > page && mv page docs/precision.md
 * Without a page: the points of the largest errors. Runs at the project's root. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "measure.h"

enum { TABLE_LINE = 4096 };

static precision_row table_rows[PRECISION_ROWS], table_peers[PRECISION_ROWS];
static char table_version[PRECISION_NAME];
static int table_n, table_n_peers;

static void table_number(double ulps) {
    if (isnan(ulps))
        printf(" - |");
    else if (isinf(ulps))
        printf(" inf |");
    else if (ulps >= 100)
        printf(" %.1e |", ulps);
    else
        printf(ulps == 0 ? " 0 |" : " %.2f |", ulps);
}

static void table_errors(void) {
    printf("| op | value f64 | f32 | gradient f64 | f32 | PyTorch %s: value f64 | f32 | "
           "gradient f64 | f32 |\n|---|---|---|---|---|---|---|---|---|\n",
           table_version);
    for (int i = 0; i < table_n; i++) {
        const precision_row *row = &table_rows[i];
        const precision_row *peer = precision_find(table_peers, table_n_peers, row->name);
        const precision_op *op = precision_op_find(row->name);
        printf("| %s%s%s |", row->name, op && op->note ? ": " : "", op && op->note ? op->note : "");
        for (int k = 0; k < PRECISION_QUANTITIES; k++) table_number(row->ulps[k]);
        for (int k = 0; k < PRECISION_QUANTITIES; k++) table_number(peer ? peer->ulps[k] : NAN);
        puts("");
    }
}

/* all_f32.txt is what all_f32 printed. */
static void table_all_f32(void) {
    FILE *file = fopen("tests/precision/all_f32.txt", "r");
    char line[TABLE_LINE], name[PRECISION_NAME];
    unsigned long long every;
    double ulps, at;
    puts("| op | numbers | most | at |\n|---|---|---|---|");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%23s %llu %lf %la", name, &every, &ulps, &at) != 4) continue;
        printf("| %s |", name);
        printf(every == 1 ? " all |" : " 1 in %llu |", every);
        printf(" %.2f | %.9g |\n", ulps, at);
    }
    if (file) fclose(file);
}

/* What stands between a mark and the next is made anew. */
static bool table_page(const char *path) {
    FILE *file = fopen(path, "r");
    char line[TABLE_LINE];
    bool inside = false;
    if (!file) return false;
    while (fgets(line, sizeof line, file)) {
        if (strcmp(line, "<!-- end -->\n") == 0) inside = false;
        if (!inside) fputs(line, stdout);
        if (strcmp(line, "<!-- errors, by tests/precision/table.c -->\n") == 0) {
            table_errors();
            inside = true;
        } else if (strcmp(line, "<!-- all f32, by tests/precision/table.c -->\n") == 0) {
            table_all_f32();
            inside = true;
        }
    }
    fclose(file);
    return true;
}

static void table_where(void) {
    for (int i = 0; i < table_n; i++)
        for (int k = 0; k < PRECISION_QUANTITIES; k++) {
            const precision_row *row = &table_rows[i];
            printf("%-18s %-12s %8.3g at", row->name, precision_words[k], row->ulps[k]);
            for (int j = 0; j < row->operands; j++) printf(" %a", row->at[k][j]);
            puts("");
        }
}

int main(int argc, char **argv) {
    fx_context *cx = fx_context_new(NULL);
    bool done = true;
    table_n = precision_measure(cx, table_rows);
    table_n_peers = precision_pytorch(table_peers, table_version);
    if (fx_error(cx) || table_n < 0) {
        fprintf(stderr, "precision: %s\n", fx_error(cx) ? fx_error_text(cx) : "no reference.txt");
        done = false;
    } else if (argc > 1) {
        done = table_page(argv[1]);
    } else {
        table_where();
    }
    return fx_context_free(cx) != FX_OK || !done;
}
