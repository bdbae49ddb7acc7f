/* SPDX-License-Identifier: MIT */
/* The reader of reference.txt and the meter. Of the points f32 takes those that it can hold. */
#include "measure.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEASURE_POINTS = 640, MEASURE_LINE = 512, MEASURE_PARTS = 1 + PRECISION_OPERANDS };

const char *const precision_words[PRECISION_QUANTITIES] = {"value f64", "value f32", "gradient f64",
                                                           "gradient f32"};

typedef struct measure_number {
    double high, low, size;
} measure_number;

/* The points of one op: operands, then the value and the derivatives. */
typedef struct measure_points {
    int n, operands;
    double x[PRECISION_OPERANDS][MEASURE_POINTS];
    measure_number exact[MEASURE_PARTS][MEASURE_POINTS];
} measure_points;

/* The exponent of a unit in the last place. */
static int measure_unit(double x, int digits, int lowest) {
    int e = lowest;
    if (x != 0) frexp(x, &e);
    return (e > lowest ? e : lowest) - digits;
}

double precision_error(fx_dtype dtype, double y, double high, double low, double size) {
    const bool single = dtype == FX_F32;
    const double most = single ? (double)FLT_MAX : DBL_MAX;
    const int unit = measure_unit(fmax(fabs(high), size), single ? FLT_MANT_DIG : DBL_MANT_DIG,
                                  single ? FLT_MIN_EXP : DBL_MIN_EXP);
    const int own = measure_unit(high, DBL_MANT_DIG, DBL_MIN_EXP);
    if (isnan(y) || isnan(high)) return INFINITY;
    if (isinf(y)) return fabs(high) > most && (y < 0) == (high < 0) ? 0 : INFINITY;
    return fabs(ldexp(y - high, -unit) - ldexp(low, own - unit));
}

/* ------------------------------------------------------------------------------ reading */

/* "0x1.8p+0+.125:2.5e+00", where low and size may be missing. */
static measure_number measure_parse(char **text) {
    measure_number number = {strtod(*text, text), 0, 0};
    if (**text == '+' || **text == '-') number.low = strtod(*text, text);
    if (**text == ':') number.size = strtod(*text + 1, text);
    return number;
}

static void measure_parse_point(measure_points *points, char *text) {
    const int at = points->n++;
    if (at >= MEASURE_POINTS) return;
    for (int i = 0; i < points->operands; i++) points->x[i][at] = strtod(text, &text);
    for (int i = 0; i <= points->operands; i++) points->exact[i][at] = measure_parse(&text);
}

/* "op 2 pow": the name may have spaces. */
static bool measure_parse_head(const char *text, precision_row *row, measure_points *points) {
    *row = (precision_row){0};
    points->n = 0;
    if (sscanf(text, "op %d %23[^\n]", &row->operands, row->name) != 2) return false;
    points->operands = row->operands;
    return row->operands >= 1 && row->operands <= PRECISION_OPERANDS;
}

/* ---------------------------------------------------------------------------- measuring */

static bool measure_holds(const measure_points *points, int at, fx_dtype dtype) {
    for (int i = 0; i < points->operands; i++) {
        const volatile float single = (float)points->x[i][at];
        if (dtype == FX_F32 && (double)single != points->x[i][at]) return false;
    }
    return true;
}

/* The points that dtype can hold, as tensors; of tells which they are. */
static int measure_inputs(fx_graph *graph, const measure_points *points, fx_dtype dtype, int *of,
                          fx_tensor *xs) {
    double values[MEASURE_POINTS];
    int n = 0;
    for (int i = 0; i < points->n; i++)
        if (measure_holds(points, i, dtype)) of[n++] = i;
    for (int k = 0; k < points->operands; k++) {
        for (int i = 0; i < n; i++) values[i] = points->x[k][of[i]];
        xs[k] = fx_cast(fx_input_f64(graph, fx_shape1(n), values), dtype);
    }
    return n;
}

static void measure_compare(const precision_op *op, const measure_points *points, int part,
                            fx_dtype dtype, int n, const int *of, const double *y,
                            precision_row *row) {
    const int quantity = (part > 0 ? PRECISION_GRADIENT_F64 : PRECISION_VALUE_F64) +
                         (dtype == FX_F32 ? PRECISION_VALUE_F32 : PRECISION_VALUE_F64);
    for (int i = 0; i < n; i++) {
        const measure_number exact = points->exact[part][of[i]];
        double x[PRECISION_OPERANDS] = {0};
        for (int k = 0; k < points->operands; k++) x[k] = points->x[k][of[i]];
        const bool product = part > 0 || !op->libm; /* C's function is none */
        const double size = fmax(exact.size, product ? precision_least(op, dtype, x) : 0);
        const double ulps = precision_error(dtype, y[i], exact.high, exact.low, size);
        if (!(ulps > row->ulps[quantity])) continue;
        row->ulps[quantity] = ulps;
        memcpy(row->at[quantity], x, sizeof x);
    }
}

static void measure_dtype(fx_graph *graph, const precision_op *op, const measure_points *points,
                          fx_dtype dtype, precision_row *row) {
    fx_tensor xs[PRECISION_OPERANDS], parts[MEASURE_PARTS];
    double y[MEASURE_POINTS];
    int of[MEASURE_POINTS];
    const int n = measure_inputs(graph, points, dtype, of, xs);
    parts[0] = precision_apply(op, xs);
    fx_grad(parts[0], fx_ones_like(parts[0]), points->operands, xs, parts + 1);
    for (int i = 0; i <= points->operands; i++)
        if (fx_read_f64(parts[i], n, y) == FX_OK)
            measure_compare(op, points, i, dtype, n, of, y, row);
    fx_graph_reset(graph);
}

static void measure_op(fx_graph *graph, const measure_points *points, precision_row *row) {
    const precision_op *op = precision_op_find(row->name);
    if (!op || points->n > MEASURE_POINTS) {
        fx_fail(fx_graph_context(graph), FX_ERR_ARGUMENT, "%s: %s", row->name,
                op ? "too many points" : "no such op");
        return;
    }
    measure_dtype(graph, op, points, FX_F64, row);
    measure_dtype(graph, op, points, FX_F32, row);
}

int precision_measure(fx_context *cx, precision_row *rows) {
    static measure_points points;
    FILE *file = fopen("tests/precision/reference.txt", "r");
    fx_graph *graph = fx_graph_new(cx);
    char line[MEASURE_LINE];
    int n = 0;
    if (!file) return -1;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "op ", 3) != 0) {
            measure_parse_point(&points, line);
            continue;
        }
        if (n > 0) measure_op(graph, &points, &rows[n - 1]);
        if (n == PRECISION_ROWS || !measure_parse_head(line, &rows[n++], &points)) break;
    }
    if (n > 0) measure_op(graph, &points, &rows[n - 1]);
    fclose(file);
    fx_graph_free(graph);
    return n;
}

/* ------------------------------------------------------------------------------ pytorch */

static double measure_parse_ulps(char **text) {
    while (**text == ' ') (*text)++;
    if (**text != '-') return strtod(*text, text);
    (*text)++;
    return NAN;
}

/* "2.15.0", then a line for each op: "value f64, f32, gradient f64, f32, name". */
int precision_pytorch(precision_row *rows, char version[PRECISION_NAME]) {
    FILE *file = fopen("tests/precision/pytorch.txt", "r");
    char line[MEASURE_LINE], *text;
    int n = 0;
    if (!file) return -1;
    if (!fgets(line, sizeof line, file) || sscanf(line, "%23s", version) != 1) line[0] = 0;
    while (n < PRECISION_ROWS && fgets(line, sizeof line, file)) {
        rows[n] = (precision_row){0};
        text = line;
        for (int i = 0; i < PRECISION_QUANTITIES; i++) rows[n].ulps[i] = measure_parse_ulps(&text);
        n += sscanf(text, " %23[^\n]", rows[n].name) == 1;
    }
    fclose(file);
    return n;
}

const precision_row *precision_find(const precision_row *rows, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (strcmp(rows[i].name, name) == 0) return &rows[i];
    return NULL;
}
