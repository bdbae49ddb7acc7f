/* SPDX-License-Identifier: MIT */
/* Every line of the golden table is called here and compared with what NumPy or PyTorch gave:
 * shape, dtype, values, gradients, and refusals. docs/differences.md says where Fluxion differs on
 * purpose; those lines must differ. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden_calls.h"
#include "support.h"

#define GOLDEN_CLOSE 1e-12 /* relative */
#define GOLDEN_F32   1e-6

enum {
    GOLDEN_CALLS = 5000,
    GOLDEN_OPS = 512,
    GOLDEN_KEYS = 128,
    GOLDEN_NAME = 40,
    GOLDEN_TOLD = 40,
    GOLDEN_TEXT = 256
};

/* Ops that users see and the table has not, and why. */
static const struct {
    const char *op, *why;
} golden_without[] = {
    {"dropout", "random numbers are each library's own"},
    {"uniform", "random"},
    {"normal", "random"},
    {"integers", "random"},
    {"permutation", "random"},
    {"bernoulli", "random"},
    {"sample_uniform", "random"},
    {"sample_normal", "random"},
};

/* What rules are made of: no function of the public headers. */
static const char *const golden_inner[] = {
    "pow_term",
    "conic_term",
    "mish_gate",
    "normal_cdf",
    "normal_pdf",
    "gelu_gate",
    "slope",
    "bce_term",
    "cross_entropy_term",
    "softmax_center",
    "extremum_share",
    "recurrence",
    "logsumexp_weights",
    "exp_difference",
    "norm_ratio",
    "norm_power",
    "argtopk",
    "argkth",
    "scatter_won",
    "cofactors",
    "accumulate",
    "sum_to",
    "unslice",
    "unwindows",
    "attention_mask",
};

typedef struct golden_run_state {
    fx_context *cx;
    fx_graph *graph;
    int calls, wrong, ops, keys_found, gradients, refusals, differences;
    char told[GOLDEN_TEXT];
    char names[GOLDEN_OPS][GOLDEN_NAME];
    char keys[GOLDEN_KEYS][GOLDEN_NAME]; /* of the deliberate differences */
} golden_run_state;

static fx_tensor golden_input(fx_graph *graph, const golden_operand *operand) {
    if (operand->none) return FX_NONE;
    if (!operand->value) return fx_num(operand->number);
    const golden_value *value = operand->value;
    float f32[GOLDEN_ELEMENTS];
    int64_t i64[GOLDEN_ELEMENTS];
    bool flags[GOLDEN_ELEMENTS];
    for (int64_t i = 0; i < value->n; i++) {
        f32[i] = (float)value->v[i];
        if (value->dtype == FX_I64) i64[i] = (int64_t)value->v[i];
        flags[i] = value->v[i] != 0;
    }
    switch (value->dtype) {
    case FX_F32:
        return fx_input_f32(graph, value->shape, f32);
    case FX_F64:
        return fx_input_f64(graph, value->shape, value->v);
    case FX_I64:
        return fx_input_i64(graph, value->shape, i64);
    default:
        return fx_input_bool(graph, value->shape, flags);
    }
}

static void golden_read(fx_tensor t, int64_t n, double *out) {
    int64_t i64[GOLDEN_ELEMENTS];
    bool flags[GOLDEN_ELEMENTS];
    switch (fx_tensor_dtype(t)) {
    case FX_I64:
        fx_read_i64(t, n, i64);
        break;
    case FX_BOOL:
        fx_read_bool(t, n, flags);
        break;
    default:
        fx_read_f64(t, n, out);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        out[i] = fx_tensor_dtype(t) == FX_I64 ? (double)i64[i] : (double)flags[i];
}

/* The largest finite magnitude, at least scale. */
static double golden_largest(const golden_value *value, double scale) {
    for (int64_t i = 0; i < value->n; i++)
        if (isfinite(value->v[i])) scale = fmax(scale, fabs(value->v[i]));
    return scale;
}

/* To what magnitude errors are relative, besides the value's own. */
static double golden_scale(const golden_line *line, const golden_value *result) {
    double scale = 0;
    if (!golden_sums(line->op)) return 0;
    for (int i = 0; i < line->operands; i++)
        if (line->operand[i].value) scale = golden_largest(line->operand[i].value, scale);
    return golden_largest(result, scale);
}

static bool golden_same(double found, double known, double error, bool signs) {
    if (isnan(known) || isnan(found)) return isnan(known) && isnan(found);
    if (isinf(known) || isinf(found)) return known == found;
    if (known == 0 && found == 0) return !signs || !signbit(known) == !signbit(found);
    return fabs(found - known) <= error + 2 * DBL_TRUE_MIN;
}

/* Whether t is what the line says; if not, `told` says why. */
static bool golden_compare(golden_run_state *run, const golden_line *line, int at, fx_tensor t) {
    const golden_value *known = &line->result[at];
    const fx_shape shape = fx_tensor_shape(t);
    double found[GOLDEN_ELEMENTS];
    if (!fx_tensor_valid(t)) {
        snprintf(run->told, sizeof run->told, "%s", fx_error_text(run->cx));
        return false;
    }
    if (!fx_shape_equal(shape, known->shape) || fx_tensor_dtype(t) != known->dtype) {
        snprintf(run->told, sizeof run->told, "result %d is %s of rank %d [%lld, ..]", at,
                 fx_dtype_name(fx_tensor_dtype(t)), shape.rank, (long long)shape.dims[0]);
        return false;
    }
    const double close = known->dtype == FX_F32 ? GOLDEN_F32 : GOLDEN_CLOSE;
    const double scale = golden_scale(line, known);
    golden_read(t, known->n, found);
    for (int64_t i = 0; i < known->n; i++) {
        const double error = close * fmax(scale, fabs(known->v[i]));
        if (golden_same(found[i], known->v[i], error, !line->grad && !golden_sums(line->op)))
            continue;
        snprintf(run->told, sizeof run->told, "result %d, element %lld is %.17g, not %.17g", at,
                 (long long)i, found[i], known->v[i]);
        return false;
    }
    return true;
}

/* The cotangent of result k, a pattern that calls.py has too. */
static fx_tensor golden_seed(fx_graph *graph, fx_tensor y, int k) {
    double v[GOLDEN_ELEMENTS] = {0};
    for (int64_t i = 0; i < fx_tensor_numel(y) && i < GOLDEN_ELEMENTS; i++)
        v[i] = (double)((i * 7 + 3 * k) % 11 - 5) / 4 + 0.125;
    return fx_input_f64(graph, fx_tensor_shape(y), v);
}

/* Instead of the results, the gradients by all operands. */
static void golden_differentiate(golden_call *c) {
    fx_tensor total = fx_num(0), dx[GOLDEN_LIST];
    for (int k = 0; k < c->results; k++)
        if (c->slopes >> k & 1 && fx_tensor_dtype(c->y[k]) == FX_F64)
            total = fx_add(fx_sum(fx_mul(c->y[k], golden_seed(c->graph, c->y[k], k))), total);
    for (int i = 0; i < c->n; i++)
        if (fx_tensor_dtype(c->x[i]) == FX_F64 && fx_tensor_graph(c->x[i]))
            dx[i] = fx_derivative(total, c->x[i]);
        else
            dx[i] = FX_NONE;
    c->results = c->n;
    memcpy(c->y, dx, sizeof *dx * (size_t)c->n);
}

static bool golden_judge(golden_run_state *run, const golden_line *line) {
    golden_call call = {.graph = run->graph,
                        .attrs = line->attrs,
                        .attr = line->attr,
                        .n = line->operands,
                        .results = 1,
                        .slopes = ~0u};
    for (int i = 0; i < line->operands; i++)
        call.x[i] = golden_input(run->graph, &line->operand[i]);
    CHECK_THAT(golden_run(line->op, &call), "line %d: no op %s", line->number, line->op);
    if (line->grad) golden_differentiate(&call);
    if (line->refused) {
        snprintf(run->told, sizeof run->told, "it was not refused");
        return fx_error(run->cx) != FX_OK && !fx_tensor_valid(call.y[0]);
    }
    if (call.results != line->results) {
        snprintf(run->told, sizeof run->told, "%d results", call.results);
        return false;
    }
    for (int i = 0; i < line->results; i++)
        if (line->wanted[i] && !golden_compare(run, line, i, call.y[i])) return false;
    return true;
}

/* Adds a name to a list of n names, once. */
static void golden_note(char (*list)[GOLDEN_NAME], int *n, int most, const char *name) {
    for (int i = 0; i < *n; i++)
        if (strcmp(list[i], name) == 0) return;
    CHECK(*n < most && strlen(name) < GOLDEN_NAME);
    strcpy(list[(*n)++], name);
}

static bool golden_has(char (*list)[GOLDEN_NAME], int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0) return true;
    return false;
}

static void golden_count(golden_run_state *run, const golden_line *line) {
    run->calls++;
    run->gradients += line->grad;
    run->refusals += line->refused;
    run->differences += line->differs != NULL;
    golden_note(run->names, &run->ops, GOLDEN_OPS, line->op);
    if (line->differs) golden_note(run->keys, &run->keys_found, GOLDEN_KEYS, line->differs);
}

/* The text of docs/differences.md, freed with cx. */
static char *golden_differences(fx_context *cx) {
    enum { MOST = 1 << 16 };
    char *text = fx_new(cx, MOST, NULL);
    FILE *file = fopen("docs/differences.md", "rb");
    CHECK(text && file);
    const size_t n = fread(text, 1, MOST - 1, file);
    fclose(file);
    CHECK(n > 0 && n < MOST - 1);
    return text;
}

/* Each name of a difference has a row in docs/differences.md, and each such row a call. */
static void golden_check_docs(golden_run_state *run) {
    char *docs = golden_differences(run->cx), row[GOLDEN_NAME + 8];
    for (int i = 0; i < run->keys_found; i++) {
        snprintf(row, sizeof row, "\n| `%s` |", run->keys[i]);
        CHECK_THAT(strstr(docs, row), "docs/differences.md lacks `%s`", run->keys[i]);
    }
    for (char *p = docs; (p = strstr(p, "\n| `"));) {
        char *end = strchr(p += 4, '`');
        CHECK(end);
        *end = 0;
        CHECK_THAT(golden_has(run->keys, run->keys_found, p), "no call differs by `%s`", p);
        *end = '`';
    }
}

static void golden_line_run(golden_run_state *run, const golden_line *line) {
    golden_count(run, line);
    const bool same = golden_judge(run, line);
    fx_clear(run->cx);
    fx_graph_reset(run->graph);
    if (same == !line->differs) return;
    if (run->wrong++ < GOLDEN_TOLD)
        fprintf(stderr, "tests/golden/calls.txt:%d: %s%s: %s\n", line->number, line->op,
                line->grad ? ":grad" : "", same ? "is said to differ, and does not" : run->told);
}

static bool golden_is_inner(const char *name) {
    const size_t n = strlen(name);
    if (n > 5 && strcmp(name + n - 5, "_grad") == 0) return true;
    for (size_t i = 0; i < sizeof golden_inner / sizeof *golden_inner; i++)
        if (strcmp(golden_inner[i], name) == 0) return true;
    for (size_t i = 0; i < sizeof golden_without / sizeof *golden_without; i++)
        if (strcmp(golden_without[i].op, name) == 0) return golden_without[i].why != NULL;
    return false;
}

FX_TEST(golden, calls_of_numpy_and_pytorch) {
    fx_context *cx = test_context();
    golden_run_state *run = fx_new(cx, sizeof *run, NULL);
    golden_line *line = fx_new(cx, sizeof *line, NULL);
    CHECK(run && line);
    run->cx = cx;
    run->graph = fx_graph_new(cx);
    golden_table *table = golden_open(cx, "tests/golden/calls.txt");
    while (golden_next(table, line)) golden_line_run(run, line);
    printf("# golden table: %d calls of %d ops, %d of them gradients, %d refusals, "
           "%d deliberate differences\n",
           run->calls, run->ops, run->gradients, run->refusals, run->differences);
    CHECK_THAT(run->wrong == 0, "%d of %d calls are wrong", run->wrong, run->calls);
    CHECK_THAT(run->calls >= GOLDEN_CALLS, "%d calls", run->calls);
    golden_check_docs(run);
    for (int i = 0; i < fx_ops_count(); i++) {
        const char *name = fx_ops_at(i)->name;
        CHECK_THAT(golden_has(run->names, run->ops, name) || golden_is_inner(name), "no call of %s",
                   name);
    }
    fx_context_free(cx);
}
