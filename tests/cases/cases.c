/* SPDX-License-Identifier: MIT */
/* What the laws of ops have in common: the list of all rows, operands in every layout, references,
 * one run of a row. */
#include "cases.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fluxion/random.h"
#include "kernel_data.h"

static const case_family *const case_families[] = {
    &case_arithmetic,    &case_smooth,        &case_pieces,      &case_linear,
    &case_reductions,    &case_shapes,        &case_joins,       &case_slices,
    &case_losses,        &case_trigonometric, &case_exponential, &case_special,
    &case_pairs,         &case_compare,       &case_activations, &case_softmax,
    &case_class_losses,  &case_more_losses,   &case_extrema,     &case_scans,
    &case_statistics,    &case_sorts,         &case_index,       &case_pads,
    &case_tiles,         &case_create,        &case_solve,       &case_factor,
    &case_einsum,        &case_windows,       &case_pooling,     &case_convolution,
    &case_normalization, &case_attention,     &case_draws,
};

const char *const case_layouts[CASE_LAYOUTS] = {"dense", "columns first", "with gaps", "reversed",
                                                "repeated"};

const case_row *case_at(int i) {
    for (int f = 0; f < CASE_COUNT(case_families); i -= case_families[f++]->n_rows)
        if (i < case_families[f]->n_rows) return &case_families[f]->rows[i];
    return NULL;
}

const case_point *case_point_at(int i) {
    for (int f = 0; f < CASE_COUNT(case_families); i -= case_families[f++]->n_points)
        if (i < case_families[f]->n_points) return &case_families[f]->points[i];
    return NULL;
}

const case_error *case_error_at(int i) {
    for (int f = 0; f < CASE_COUNT(case_families); i -= case_families[f++]->n_errors)
        if (i < case_families[f]->n_errors) return &case_families[f]->errors[i];
    return NULL;
}

static bool case_text_same(const char *a, const char *b) {
    return strcmp(a ? a : "", b ? b : "") == 0;
}

const case_row *case_find(const char *op, const char *what) {
    const case_row *row;
    for (int i = 0; (row = case_at(i)); i++)
        if (case_text_same(row->op, op) && case_text_same(row->what, what)) return row;
    return NULL;
}

const char *case_title(const case_row *row) {
    static char title[128];
    snprintf(title, sizeof title, row->what ? "%s (%s)" : "%s", row->op, row->what);
    return title;
}

/* ---- attributes ---- */

static const case_attr *case_attr_named(const case_row *row, const char *name) {
    static const case_attr nothing = {0};
    for (int i = 0; i < CASE_ATTRS && row->attrs[i].name; i++)
        if (strcmp(row->attrs[i].name, name) == 0) return &row->attrs[i];
    return &nothing;
}

static void case_put_attr(const fx_attr *attr, const case_attr *from, char *out) {
    const int64_t whole = (int64_t)from->value;
    const bool flag = from->value != 0;
    switch (attr->type) {
    case FX_ATTR_I64:
        memcpy(out + attr->offset, &whole, sizeof whole);
        break;
    case FX_ATTR_F64:
        memcpy(out + attr->offset, &from->value, sizeof from->value);
        break;
    case FX_ATTR_BOOL:
        memcpy(out + attr->offset, &flag, sizeof flag);
        break;
    case FX_ATTR_SHAPE:
        memcpy(out + attr->offset, &from->shape, sizeof from->shape);
        break;
    }
}

fx_tensor case_apply(void *user, const fx_tensor *xs) {
    const case_row *row = user;
    const fx_op *op = fx_ops_find(row->op);
    int64_t attrs[64] = {0};
    if (!op) return FX_NONE;
    for (const fx_attr *attr = op->attrs; attr && attr->name; attr++)
        case_put_attr(attr, case_attr_named(row, attr->name), (char *)attrs);
    return fx_apply(op, op->attrs ? attrs : NULL, row->n, xs);
}

/* ---- operands ---- */

int64_t case_numel(fx_shape shape) {
    int64_t n = 1;
    for (int i = 0; i < shape.rank; i++) n *= shape.dims[i];
    return n;
}

int case_dtype(const case_row *row, int i, int dtype) {
    return row->whole >> i & 1 ? FX_I64 : row->mask >> i & 1 ? FX_BOOL : dtype;
}

bool case_varies(const case_row *row, int i) { return case_dtype(row, i, FX_F64) == FX_F64; }

int case_vary(const case_row *row, const fx_tensor *xs, fx_tensor *vary, int *of) {
    int m = 0;
    for (int i = 0; i < row->n; i++) {
        if (!case_varies(row, i)) continue;
        if (of) of[m] = i;
        vary[m++] = xs[i];
    }
    return m;
}

bool case_refuses_nothing(const char *op) {
    const case_error *error;
    for (int i = 0; (error = case_error_at(i)); i++)
        if (strcmp(error->row.op, op) == 0 && case_numel(error->row.x[0]) == 0) return true;
    return false;
}

/* x as that dtype has it. */
static double case_round(int dtype, double x) {
    if (dtype == FX_I64) return floor(x);
    if (dtype == FX_BOOL) return x > 0;
    return dtype == FX_F32 ? (double)(float)x : x;
}

void case_values(const case_row *row, int i, int dtype, double *out) {
    const fx_stream stream = {(uint64_t)i, (uint64_t)row->n, fx_purpose(row->op)};
    const bool usual = row->low[i] == 0 && row->high[i] == 0;
    const double low = usual ? -2 : row->low[i], high = usual ? 2 : row->high[i];
    for (int64_t e = 0; e < case_numel(row->x[i]); e++) {
        const double u = fx_uniform(stream, (uint64_t)e);
        const bool minus = (row->either >> i & 1) && fx_random_bits(stream, (uint64_t)e + 1000) & 1;
        const double x = (minus ? -1 : 1) * (low + (high - low) * u);
        out[e] = case_round(case_dtype(row, i, dtype), row->values[i] ? row->values[i][e] : x);
    }
}

void case_seed(int64_t n, uint64_t which, int dtype, double *out) {
    const fx_stream stream = {which, 0, fx_purpose("seed")};
    for (int64_t e = 0; e < n; e++) {
        const double u = fx_uniform(stream, (uint64_t)e);
        out[e] = case_round(dtype, u < 0.5 ? -0.5 - u : u);
    }
}

/* Strides of a layout and the place of element 0. */
static int64_t case_strides(fx_shape shape, int layout, int64_t *strides) {
    const int64_t step = layout == CASE_GAPS ? 2 : 1;
    int64_t next = step, first = 0;
    for (int k = 0; k < shape.rank; k++) {
        const int d = layout == CASE_COLUMNS ? k : shape.rank - 1 - k;
        strides[d] = layout == CASE_REVERSED ? -next : next;
        if (layout == CASE_REVERSED) first += next * (shape.dims[d] > 0 ? shape.dims[d] - 1 : 0);
        next *= shape.dims[d];
    }
    for (int d = 0; layout == CASE_REPEATED && d < shape.rank; d++)
        if (shape.dims[d] > 1) {
            strides[d] = 0;
            break;
        }
    return first;
}

/* The place of a row-major element under strides. */
static int64_t case_place(fx_shape shape, const int64_t *strides, int64_t element) {
    int64_t place = 0;
    for (int d = shape.rank - 1; d >= 0; d--) {
        place += element % shape.dims[d] * strides[d];
        element /= shape.dims[d];
    }
    return place;
}

void case_repeat(fx_shape shape, double *values) {
    int64_t dense[FX_MAX_RANK], repeated[FX_MAX_RANK];
    case_strides(shape, CASE_DENSE, dense);
    case_strides(shape, CASE_REPEATED, repeated);
    for (int64_t e = 0; e < case_numel(shape); e++)
        values[e] = values[case_place(shape, repeated, e)];
}

void case_put(int dtype, void *room, int64_t e, double value) {
    switch (dtype) {
    case FX_I64:
        ((int64_t *)room)[e] = isnan(value) ? INT64_MIN : (int64_t)value;
        break;
    case FX_BOOL:
        ((bool *)room)[e] = value != 0;
        break;
    default:
        data_set(dtype, room, e, value);
    }
}

static fx_tensor case_input_dense(fx_graph *g, int dtype, fx_shape shape, const void *room) {
    switch (dtype) {
    case FX_F32:
        return fx_input_f32(g, shape, room);
    case FX_I64:
        return fx_input_i64(g, shape, room);
    case FX_BOOL:
        return fx_input_bool(g, shape, room);
    default:
        return fx_input_f64(g, shape, room);
    }
}

fx_tensor case_input(fx_graph *g, int dtype, fx_shape shape, const double *values, int layout,
                     double *room) {
    double own[CASE_ROOM];
    int64_t strides[FX_MAX_RANK] = {0};
    if (!room) room = own;
    for (int64_t e = 0; e < CASE_ROOM; e++) case_put(dtype, room, e, NAN);
    const int64_t first = case_strides(shape, layout, strides);
    for (int64_t e = 0; e < case_numel(shape); e++)
        case_put(dtype, room, first + case_place(shape, strides, e), values[e]);
    if (layout == CASE_DENSE) return case_input_dense(g, dtype, shape, room);
    const char *at = (const char *)room + first * (int64_t)fx_dtype_size((fx_dtype)dtype);
    return fx_input_view(g, (fx_dtype)dtype, shape, strides, at);
}

void case_inputs(fx_graph *g, const case_row *row, int dtype, fx_tensor *xs) {
    double values[CASE_ELEMENTS];
    for (int i = 0; i < row->n; i++) {
        case_values(row, i, dtype, values);
        xs[i] = case_input(g, case_dtype(row, i, dtype), row->x[i], values, CASE_DENSE, NULL);
    }
}

/* ---- references ---- */

int64_t case_broadcast(fx_shape x, fx_shape y, int64_t element) {
    int64_t strides[FX_MAX_RANK] = {0}, next = 1;
    for (int d = x.rank - 1; d >= 0; d--) {
        strides[d + y.rank - x.rank] = x.dims[d] == 1 ? 0 : next;
        next *= x.dims[d];
    }
    return case_place(y, strides, element);
}

void case_reference(const case_row *row, const case_number x[][CASE_ELEMENTS], case_number *y) {
    const case_number *operands[CASE_OPERANDS];
    for (int i = 0; i < CASE_OPERANDS; i++) operands[i] = x[i];
    if (row->of) row->of(row, operands, y);
    for (int64_t e = 0; row->at && e < case_numel(row->y); e++) {
        case_number z[CASE_OPERANDS] = {0};
        for (int i = 0; i < row->n; i++) z[i] = x[i][case_broadcast(row->x[i], row->y, e)];
        y[e] = row->at(row, z);
    }
}

/* ---- one run ---- */

static fx_status case_read_i64(fx_tensor t, int64_t n, double *out) {
    int64_t whole[CASE_LONG];
    const fx_status status = n > CASE_LONG ? FX_ERR_SHAPE : fx_read_i64(t, n, whole);
    for (int64_t e = 0; e < n && status == FX_OK; e++) out[e] = (double)whole[e];
    return status;
}

static fx_status case_read_bool(fx_tensor t, int64_t n, double *out) {
    bool flags[CASE_LONG];
    const fx_status status = n > CASE_LONG ? FX_ERR_SHAPE : fx_read_bool(t, n, flags);
    for (int64_t e = 0; e < n && status == FX_OK; e++) out[e] = flags[e];
    return status;
}

fx_status case_read(fx_tensor t, int64_t n, double *out) {
    switch (fx_tensor_dtype(t)) {
    case FX_I64:
        return case_read_i64(t, n, out);
    case FX_BOOL:
        return case_read_bool(t, n, out);
    default:
        return fx_read_f64(t, n, out);
    }
}

static fx_status case_gradients(fx_graph *g, const case_row *row, const fx_tensor *xs, fx_tensor y,
                                fx_tensor seed, case_result *out) {
    fx_tensor vary[CASE_OPERANDS], grads[CASE_OPERANDS];
    double values[CASE_ELEMENTS];
    int of[CASE_OPERANDS];
    const int dtype = (int)fx_tensor_dtype(y), m = case_vary(row, xs, vary, of);
    case_seed(case_numel(row->y), 0, dtype, values);
    if (fx_is_none(seed)) seed = case_input(g, dtype, row->y, values, CASE_DENSE, NULL);
    const fx_status status = fx_grad(y, seed, m, vary, grads);
    for (int k = 0; k < m && status == FX_OK; k++)
        fx_read_f64(grads[k], case_numel(row->x[of[k]]), out->dx[of[k]]);
    return fx_error(fx_graph_context(g));
}

fx_status case_run(fx_graph *g, const case_row *row, const fx_tensor *xs, fx_tensor seed,
                   case_result *out) {
    memset(out, 0, sizeof *out);
    const fx_tensor y = row->f((void *)(uintptr_t)row, xs);
    out->shape = fx_tensor_shape(y);
    if (!fx_tensor_valid(y)) return fx_error(fx_graph_context(g));
    if (case_read(y, case_numel(row->y), out->y) != FX_OK || row->flat)
        return fx_error(fx_graph_context(g));
    return case_gradients(g, row, xs, y, seed, out);
}

bool case_same(const case_row *row, const case_result *a, const case_result *b) {
    bool same = fx_shape_equal(a->shape, b->shape);
    for (int64_t e = 0; e < case_numel(row->y); e++) same = same && data_same(a->y[e], b->y[e]);
    for (int i = 0; i < row->n; i++)
        for (int64_t e = 0; e < case_numel(row->x[i]); e++)
            same = same && data_same(a->dx[i][e], b->dx[i][e]);
    return same;
}
