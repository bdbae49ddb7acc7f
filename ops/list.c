/* SPDX-License-Identifier: MIT */
/* The built-in ops, family by family, and those of the engine. */
#include <string.h>

#include "families.h"

static const fx_op *const list_families[] = {
    fx__arithmetic,
    fx__powers,
    fx__extremes,
    fx__activations,
    fx__dropouts,
    fx__matmuls,
    fx__linears,
    fx__reductions,
    fx__shapes,
    fx__slices,
    fx__joins,
    fx__casts,
    fx__losses,
    fx__trigonometric,
    fx__exponentials,
    fx__specials,
    fx__roundings,
    fx__pairs,
    fx__roots,
    fx__comparisons,
    fx__selects,
    fx__smooth_activations,
    fx__piecewise,
    fx__softmaxes,
    fx__class_losses,
    fx__probability_losses,
    fx__regression_losses,
    fx__extrema,
    fx__products,
    fx__scans,
    fx__logsums,
    fx__statistics,
    fx__sorts,
    fx__quantifiers,
    fx__indexings,
    fx__pads,
    fx__tiles,
    fx__creations,
    fx__cholesky_ops,
    fx__qr_ops,
    fx__eigen_ops,
    fx__svd_ops,
    fx__solves,
    fx__determinants,
    fx__einsums,
    fx__windows_ops,
    fx__poolings,
    fx__convolutions,
    fx__normalizations,
    fx__attentions,
    fx__draws,
};

enum { LIST_FAMILIES = (int)(sizeof list_families / sizeof *list_families) };

const fx_op *fx_ops_at(int i) {
    if (i < 0) return NULL;
    for (int f = 0; f < LIST_FAMILIES; f++)
        for (const fx_op *op = list_families[f]; op->name; op++)
            if (i-- == 0) return op;
    return fx_engine_op(i);
}

int fx_ops_count(void) {
    int n = 0;
    while (fx_ops_at(n)) n++;
    return n;
}

const fx_op *fx_ops_find(const char *name) {
    for (int i = 0; name && fx_ops_at(i); i++)
        if (strcmp(fx_ops_at(i)->name, name) == 0) return fx_ops_at(i);
    return NULL;
}
