/* SPDX-License-Identifier: MIT */
/* What is carried along an axis: prefix sums, and the linear recurrence of first order, which is
 * what the rules of products and logarithms of prefix sums come to. Its matrix has ones on the
 * diagonal and -a below; the cotangent solves the transposed system, which is the same op the other
 * way round, so derivatives of any order cost as much as the scan. */
#include <math.h>

#include "families.h"

const fx_attr fx__scan_schema[] = {{"axis", FX_ATTR_I64, offsetof(fx__scan, axis)}, {0}};

fx_status fx__scan_infer(fx_call *call) {
    int32_t axis;
    fx_status status =
        fx__axis(call, ((const fx__scan *)call->attrs)->axis, call->x[0].rank, &axis);
    if (status == FX_OK) status = fx__lines_scratch(call, 1u << axis, 0);
    if (status != FX_OK) return status;
    return fx_result(call, 0, call->x[0].dtype, fx_view_shape(&call->x[0]));
}

fx_status fx__scan_forward(fx_call *call, fx__line *f) {
    int32_t axis;
    const fx_status status =
        fx__axis(call, ((const fx__scan *)call->attrs)->axis, call->x[0].rank, &axis);
    return status == FX_OK ? fx__lines(call, 1u << axis, f) : status;
}

/* ---- cumsum ---- */

/* What a sum loses in rounding is carried beside it (Neumaier 1974), so that the error does not
 * grow with the place: |error| <= 2 u |y| + 2 n^2 u^2 sum |x|. */
static void cumsum_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                        double *spare) {
    double sum = 0, lost = 0;
    (void)call, (void)spare;
    for (int64_t i = 0; i < n; i++) {
        const double term = x[0][i], next = sum + term;
        lost += fabs(sum) >= fabs(term) ? (sum - next) + term : (term - next) + sum;
        sum = next;
        y[i] = isfinite(sum) ? sum + lost : sum;
    }
}

static fx_status cumsum_forward(fx_call *call) { return fx__scan_forward(call, cumsum_line); }

static void cumsum_vjp(fx_vjp *v) {
    v->dx[0] = fx_cumsum(v->g[0], (int)((const fx__scan *)v->attrs)->axis, true);
}

/* ---- recurrence ---- */

typedef struct recurrence_attrs {
    fx__scan scan;
    bool transposed;
} recurrence_attrs;

static const fx_attr recurrence_schema[] = {
    {"axis", FX_ATTR_I64, offsetof(recurrence_attrs, scan.axis)},
    {"transposed", FX_ATTR_BOOL, offsetof(recurrence_attrs, transposed)},
    {0}};

static fx_status recurrence_infer(fx_call *call) {
    if (!fx_shape_equal(fx_view_shape(&call->x[0]), fx_view_shape(&call->x[1])))
        return fx_call_fail(call, FX_ERR_SHAPE, "shapes must be equal, nothing is broadcast");
    return fx__scan_infer(call);
}

static void recurrence_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                            double *spare) {
    const double *a = x[0], *b = x[1];
    (void)spare;
    if (!((const recurrence_attrs *)call->attrs)->transposed)
        for (int64_t k = 0; k < n; k++) y[k] = k ? a[k] * y[k - 1] + b[k] : b[k];
    else
        for (int64_t k = n; k-- > 0;) y[k] = k < n - 1 ? a[k + 1] * y[k + 1] + b[k] : b[k];
}

static fx_status recurrence_forward(fx_call *call) {
    return fx__scan_forward(call, recurrence_line);
}

fx_tensor fx__edge(fx_tensor x, int axis, bool one) {
    fx_shape shape = fx_tensor_shape(x);
    if (shape.rank < 1) return x; /* invalid: an error stands */
    shape.dims[axis < 0 ? axis + shape.rank : axis] = 1;
    return fx_full(fx_tensor_graph(x), fx_tensor_dtype(x), shape, one);
}

/* da_k = later_k earlier_(k-1), 0 at the first. */
static void recurrence_vjp(fx_vjp *v) {
    const recurrence_attrs *attrs = v->attrs;
    const int axis = (int)attrs->scan.axis;
    const fx_tensor y = v->y[0];
    v->dx[1] = fx__recurrence(v->x[0], v->g[0], axis, !attrs->transposed);
    if (!v->wants[0]) return;
    v->dx[0] = v->x[0]; /* empty, unless */
    if (fx_tensor_numel(y) == 0) return;
    const fx_tensor later = fx_slice(attrs->transposed ? y : v->dx[1], axis, 1, FX_ALL, 1);
    const fx_tensor earlier = fx_slice(attrs->transposed ? v->dx[1] : y, axis, 0, -1, 1);
    const fx_tensor both[] = {fx__edge(y, axis, false), fx_mul(later, earlier)};
    v->dx[0] = fx_concat(2, both, axis);
}

enum { SCAN_CUMSUM, SCAN_RECURRENCE };

const fx_op fx__scans[] = {
    [SCAN_CUMSUM] =
        {
            .version = FX_OP_VERSION,
            .name = "cumsum",
            .operands = "x",
            .min = 1,
            .max = 1,
            .flags = FX_OP_STRIDED,
            .attrs = fx__scan_schema,
            .attrs_size = sizeof(fx__scan),
            .infer = fx__scan_infer,
            .forward = cumsum_forward,
            .vjp = cumsum_vjp,
            .formula = "y_k = x_0 + .. + x_k along axis;  dx_k = G_k + .. + G_n",
        },
    [SCAN_RECURRENCE] =
        {
            .version = FX_OP_VERSION,
            .name = "recurrence",
            .operands = "a, b",
            .min = 2,
            .max = 2,
            .flags = FX_OP_STRIDED,
            .attrs = recurrence_schema,
            .attrs_size = sizeof(recurrence_attrs),
            .infer = recurrence_infer,
            .forward = recurrence_forward,
            .vjp = recurrence_vjp,
            .formula = "y_k = a_k y_(k-1) + b_k (transposed: a_(k+1) y_(k+1) + b_k);  db = l, the "
                       "other of G, da_k = l_k y_(k-1) (transposed: l_(k-1) y_k)",
        },
    {0},
};

fx_tensor fx__recurrence(fx_tensor a, fx_tensor b, int axis, bool transposed) {
    const recurrence_attrs attrs = {{axis}, transposed};
    const fx_tensor operands[] = {a, b};
    return fx_apply(&fx__scans[SCAN_RECURRENCE], &attrs, 2, operands);
}

fx_tensor fx_cumsum(fx_tensor x, int axis, bool reverse) {
    const fx__scan attrs = {axis};
    if (reverse) return fx_flip(fx_cumsum(fx_flip(x, fx_axes1(axis)), axis, false), fx_axes1(axis));
    return fx_apply(&fx__scans[SCAN_CUMSUM], &attrs, 1, &x);
}
