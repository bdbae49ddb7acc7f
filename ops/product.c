/* SPDX-License-Identifier: MIT */
/* Products over axes and along one. Nothing is divided by an element: what the derivative of a
 * product needs is the product of what stands before times that of what stands behind, so zeros
 * need no care, at any order. */
#include "families.h"

enum { PRODUCT_PROD, PRODUCT_CUMPROD };

static void prod_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                      double *spare) {
    (void)call, (void)spare;
    *y = 1;
    for (int64_t i = 0; i < n; i++) *y *= x[0][i];
}

static fx_status prod_infer(fx_call *call) { return fx__over_infer(call, call->x[0].dtype, 0); }

static fx_status prod_forward(fx_call *call) { return fx__over_forward(call, prod_line); }

/* The axes as one, the last: a permutation of dimensions, then a reshape. */
typedef struct product_fold {
    fx_axes forth, back;
    fx_shape moved, folded;
} product_fold;

static product_fold product_fold_of(fx_shape x, const fx_axes *axes) {
    product_fold f = {.forth = {0, {0}}, .back = {x.rank, {0}}, .moved = {0, {0}}};
    uint32_t set = 0;
    int64_t n = 1;
    for (int32_t i = 0; i < axes->rank; i++)
        set |= 1u << (axes->dims[i] < 0 ? axes->dims[i] + x.rank : axes->dims[i]);
    for (int goes = 0; goes < 2; goes++)
        for (int32_t i = 0; i < x.rank; i++) {
            if ((int)(set >> i & 1u) != goes) continue;
            f.back.dims[i] = f.forth.rank;
            f.forth.dims[f.forth.rank++] = i;
            f.moved.dims[f.moved.rank++] = x.dims[i];
            if (goes) n *= x.dims[i];
        }
    f.folded = fx__reduced(x, set, false);
    f.folded.dims[f.folded.rank++] = n;
    return f;
}

/* For each element along the last axis the product of all before and all behind. */
static fx_tensor product_others(fx_tensor x) {
    const fx_tensor ones = fx__edge(x, -1, true);
    const fx_tensor before[] = {ones, fx_slice(fx_cumprod(x, -1, false), -1, 0, -1, 1)};
    const fx_tensor behind[] = {fx_slice(fx_cumprod(x, -1, true), -1, 1, FX_ALL, 1), ones};
    return fx_mul(fx_concat(2, before, -1), fx_concat(2, behind, -1));
}

static void prod_vjp(fx_vjp *v) {
    const fx__over *over = v->attrs;
    const fx_shape shape = fx_tensor_shape(v->x[0]);
    const fx_tensor g = fx__spread(v->g[0], shape, over);
    v->dx[0] = fx_broadcast_to(g, shape);
    if (over->axes.rank == 0 || fx_tensor_numel(v->x[0]) == 0) return;
    const product_fold f = product_fold_of(shape, &over->axes);
    const fx_tensor folded = fx_reshape(fx_permute(v->x[0], f.forth), f.folded);
    const fx_tensor others = fx_reshape(product_others(folded), f.moved);
    v->dx[0] = fx_mul(g, fx_permute(others, f.back));
}

/* ---- along an axis ---- */

static void cumprod_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                         double *spare) {
    double product = 1;
    (void)call, (void)spare;
    for (int64_t i = 0; i < n; i++) y[i] = product *= x[0][i];
}

static fx_status cumprod_forward(fx_call *call) { return fx__scan_forward(call, cumprod_line); }

/* dx_k = l_k y_(k-1), where l_k = G_k + x_(k+1) l_(k+1). */
static void cumprod_vjp(fx_vjp *v) {
    const int axis = (int)((const fx__scan *)v->attrs)->axis;
    const fx_tensor l = fx__recurrence(v->x[0], v->g[0], axis, true);
    const fx_tensor later = fx_slice(l, axis, 1, FX_ALL, 1);
    const fx_tensor both[] = {fx_slice(l, axis, 0, 1, 1),
                              fx_mul(later, fx_slice(v->y[0], axis, 0, -1, 1))};
    v->dx[0] = fx_concat(2, both, axis);
}

const fx_op fx__products[] = {
    [PRODUCT_PROD] =
        {
            .version = FX_OP_VERSION,
            .name = "prod",
            .operands = "x",
            .min = 1,
            .max = 1,
            .flags = FX_OP_STRIDED,
            .attrs = fx__over_schema,
            .attrs_size = sizeof(fx__over),
            .infer = prod_infer,
            .forward = prod_forward,
            .vjp = prod_vjp,
            .formula = "y = the product over axes;  dx = G times the product of the others",
        },
    [PRODUCT_CUMPROD] =
        {
            .version = FX_OP_VERSION,
            .name = "cumprod",
            .operands = "x",
            .min = 1,
            .max = 1,
            .flags = FX_OP_STRIDED,
            .attrs = fx__scan_schema,
            .attrs_size = sizeof(fx__scan),
            .infer = fx__scan_infer,
            .forward = cumprod_forward,
            .vjp = cumprod_vjp,
            .formula = "y_k = x_0 .. x_k along axis;  dx_k = l_k y_(k-1), l_k = G_k + x_(k+1) "
                       "l_(k+1)",
        },
    {0},
};

fx_tensor fx_prod_axes(fx_tensor x, fx_axes axes, bool keep) {
    const fx__over over = {axes, keep};
    return fx_apply(&fx__products[PRODUCT_PROD], &over, 1, &x);
}

fx_tensor fx_prod(fx_tensor x) { return fx_prod_axes(x, fx__all_axes(x), false); }

fx_tensor fx_cumprod(fx_tensor x, int axis, bool reverse) {
    const fx__scan attrs = {axis};
    if (reverse)
        return fx_flip(fx_cumprod(fx_flip(x, fx_axes1(axis)), axis, false), fx_axes1(axis));
    return fx_apply(&fx__products[PRODUCT_CUMPROD], &attrs, 1, &x);
}
