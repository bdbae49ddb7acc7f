/* SPDX-License-Identifier: MIT */
/* Derivatives of PyTorch, met: of the functions of tests/golden/derivatives.py. The file holds
 * their operands, values, products with derivatives and whole matrices. */
#include <math.h>
#include <string.h>

#include "cases/cases.h"
#include "fluxion/archive.h"
#include "golden_functions.h"
#include "support.h"

/* Relative to the largest magnitude. */
#define CLOSE 1e-10

enum { OPERANDS = 4, MOST = 4096, KEY = 64 };

static fx_array golden_find(const fx_archive *file, const char *name, const char *key, int i) {
    char full[KEY];
    CHECK(strlen(name) + strlen(key) + 3 < KEY);
    strcat(strcat(strcpy(full, name), "."), key);
    if (i >= 0) strncat(full, &"0123"[i], 1);
    return fx_archive_find(file, full);
}

static fx_tensor golden_leaf(fx_graph *g, fx_array a) {
    switch (a.dtype) {
    case FX_I64:
        return fx_input_i64(g, a.shape, a.data);
    case FX_BOOL:
        return fx_input_bool(g, a.shape, a.data);
    default:
        return fx_input_f64(g, a.shape, a.data);
    }
}

/* low + span s, s being the next part of the squashed theta; or what the file holds. */
static bool golden_operand(const fx_archive *file, const char *name, int i, fx_tensor s,
                           int64_t *at, fx_tensor *x) {
    fx_graph *g = fx_tensor_graph(s);
    const fx_array low = golden_find(file, name, "low", i);
    const fx_array span = golden_find(file, name, "span", i);
    const fx_array given = golden_find(file, name, "operand", i);
    if (!low.name && !given.name) return false;
    if (!low.name) return *x = golden_leaf(g, given), true;
    const int64_t n = (int64_t)(low.bytes / sizeof(double));
    const fx_tensor part = fx_reshape(fx_narrow(s, 0, *at, n), low.shape);
    *x = fx_add(golden_leaf(g, low), fx_mul(golden_leaf(g, span), part));
    *at += n;
    return true;
}

static fx_tensor golden_run(const fx_archive *file, int k, fx_tensor theta) {
    fx_tensor xs[OPERANDS];
    int64_t at = 0;
    const char *name = golden_functions[k].name;
    const fx_tensor rolled = fx_mul(fx_roll(theta, 0, 1), fx_num(0.3));
    const fx_tensor s = fx_sigmoid(fx_add(theta, rolled));
    for (int i = 0; i < OPERANDS && golden_operand(file, name, i, s, &at, &xs[i]); i++) {}
    CHECK_THAT(at == fx_tensor_numel(theta), "%s takes only part of theta", name);
    return golden_functions[k].f(xs);
}

/* The tensor has the file's shape and, nearly, its values. */
static void golden_check(const fx_archive *file, const char *name, const char *key, fx_tensor t) {
    static double found[MOST];
    const fx_array a = golden_find(file, name, key, -1);
    const int64_t n = (int64_t)(a.bytes / sizeof(double));
    const double *known = a.data;
    CHECK_THAT(a.name && a.dtype == FX_F64 && n <= MOST, "%s.%s is not in the file", name, key);
    CHECK_THAT(fx_tensor_valid(t), "%s.%s: %s", name, key, fx_error_text(fx_archive_context(file)));
    CHECK_THAT(fx_shape_equal(fx_tensor_shape(t), a.shape), "%s.%s has another shape", name, key);
    CHECK(fx_read_f64(t, n, found) == FX_OK);
    double largest = 0;
    for (int64_t e = 0; e < n; e++) largest = fmax(largest, fabs(known[e]));
    for (int64_t e = 0; e < n; e++)
        CHECK_THAT(fabs(found[e] - known[e]) <= CLOSE * largest,
                   "%s.%s, element %d: %.17g, not %.17g (the largest is %g)", name, key, (int)e,
                   found[e], known[e], largest);
}

/* The first elements of what all functions share. */
static fx_tensor golden_shared(fx_graph *g, const fx_archive *file, const char *key,
                               fx_shape shape) {
    const fx_array a = fx_archive_find(file, key);
    CHECK(a.name && (int64_t)(a.bytes / sizeof(double)) >= case_numel(shape));
    return fx_input_f64(g, shape, a.data);
}

static void golden_derivatives(fx_graph *g, const fx_archive *file, int k) {
    const char *name = golden_functions[k].name;
    const fx_array start = golden_find(file, name, "theta", -1);
    CHECK_THAT(start.name, "%s is not in the file", name);
    const fx_tensor theta = golden_leaf(g, start), y = golden_run(file, k, theta);
    golden_check(file, name, "y", y);
    const fx_tensor v = golden_shared(g, file, "direction", start.shape);
    const fx_tensor u = golden_shared(g, file, "weights", fx_tensor_shape(y));
    const fx_tensor weighed = fx_sum(fx_mul(y, u));
    fx_tensor back;
    fx_grad(y, u, 1, &theta, &back);
    golden_check(file, name, "vjp", back);
    golden_check(file, name, "jvp", fx_jvp(y, 1, &theta, &v));
    golden_check(file, name, "hvp", fx_hvp(weighed, theta, v));
    golden_check(file, name, "jacobian", fx_jacobian(y, theta));
    golden_check(file, name, "hessian", fx_hessian(weighed, theta));
}

FX_TEST(golden_derivatives, are_those_of_pytorch) {
    fx_context *cx = test_context();
    const fx_archive *file = fx_archive_load(cx, "tests/golden/derivatives.safetensors");
    CHECK_TEXT(fx_error_text(cx), "");
    fx_graph *g = fx_graph_new(cx);
    for (int k = 0; k < golden_functions_count; k++) {
        golden_derivatives(g, file, k);
        fx_graph_reset(g);
    }
}

FX_TEST(golden_derivatives, every_function_of_the_file_is_built) {
    fx_context *cx = test_context();
    const fx_archive *file = fx_archive_load(cx, "tests/golden/derivatives.safetensors");
    CHECK_TEXT(fx_error_text(cx), "");
    int stored = 0;
    for (int64_t i = 0; i < fx_archive_count(file); i++)
        stored += strstr(fx_archive_at(file, i).name, ".theta") != NULL;
    CHECK_THAT(stored == golden_functions_count, "%d functions are stored, %d are built", stored,
               golden_functions_count);
}
