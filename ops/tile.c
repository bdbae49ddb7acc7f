/* SPDX-License-Identifier: MIT */
/* Triangles and diagonals of matrices; flip, roll, repeat, tile, which are made of other ops. flip
 * and diagonal are views. */
#include <string.h>

#include "families.h"

/* ---- triangles ---- */

typedef struct triangle_attrs {
    int64_t diagonal;
} triangle_attrs;

static const fx_attr triangle_schema[] = {
    {"diagonal", FX_ATTR_I64, offsetof(triangle_attrs, diagonal)}, {0}};

static int64_t triangle_diagonal(const void *attrs) {
    return ((const triangle_attrs *)attrs)->diagonal;
}

static fx_status triangle_infer(fx_call *call) {
    const fx_view *x = &call->x[0];
    if (x->rank < 2)
        return fx_call_fail(call, FX_ERR_SHAPE, "a tensor of rank %d has no matrix", x->rank);
    return fx_result(call, 0, x->dtype, fx_view_shape(x));
}

/* Row by row: the elements before column `cut` are kept. */
static fx_status tril_forward(fx_call *call) {
    const fx_view *x = &call->x[0], *y = &call->y[0];
    const int64_t rows = x->dims[x->rank - 2], columns = x->dims[x->rank - 1];
    const size_t item = fx_dtype_size(x->dtype);
    int64_t first = triangle_diagonal(call->attrs);
    first = first > columns ? columns : first;
    for (int64_t i = 0; i * columns < x->numel; i++) {
        int64_t cut = i % rows + first + 1;
        cut = cut < 0 ? 0 : cut > columns ? columns : cut;
        const size_t head = (size_t)cut * item, tail = (size_t)(columns - cut) * item;
        unsigned char *to = (unsigned char *)y->data + (size_t)(i * columns) * item;
        memcpy(to, (const unsigned char *)x->data + (size_t)(i * columns) * item, head);
        memset(to + head, 0, tail);
    }
    return FX_OK;
}

static void tril_vjp(fx_vjp *v) { v->dx[0] = fx_tril(v->g[0], triangle_diagonal(v->attrs)); }

/* ---- diagonals ---- */

typedef struct diagonal_attrs {
    int64_t offset, axis, other;
    fx_shape shape; /* of the whole: for diag_embed */
} diagonal_attrs;

static const fx_attr diagonal_schema[] = {{"offset", FX_ATTR_I64, offsetof(diagonal_attrs, offset)},
                                          {"axis", FX_ATTR_I64, offsetof(diagonal_attrs, axis)},
                                          {"other", FX_ATTR_I64, offsetof(diagonal_attrs, other)},
                                          {0}};
static const fx_attr diag_embed_schema[] = {
    {"offset", FX_ATTR_I64, offsetof(diagonal_attrs, offset)},
    {"axis", FX_ATTR_I64, offsetof(diagonal_attrs, axis)},
    {"other", FX_ATTR_I64, offsetof(diagonal_attrs, other)},
    {"shape", FX_ATTR_SHAPE, offsetof(diagonal_attrs, shape)},
    {0}};

static int64_t diagonal_length(int64_t offset, int64_t rows, int64_t columns) {
    const int64_t down = offset < 0 ? (offset < -rows ? 0 : rows + offset) : rows;
    const int64_t right = offset > 0 ? (offset > columns ? 0 : columns - offset) : columns;
    return down < right ? down : right;
}

/* The diagonal of a whole: its shape, strides and offset. */
static fx_status diagonal_place(fx_call *call, const fx_view *whole, fx_shape *part,
                                int64_t *strides, int64_t *offset) {
    const diagonal_attrs *a = call->attrs;
    int32_t axis, other;
    *offset = 0;
    fx_status status = fx__axis(call, a->axis, whole->rank, &axis);
    if (status == FX_OK) status = fx__axis(call, a->other, whole->rank, &other);
    if (status != FX_OK) return status;
    if (axis == other)
        return fx_call_fail(call, FX_ERR_SHAPE, "axis %lld is named twice", (long long)a->other);
    *part = fx_shape0();
    for (int32_t d = 0; d < whole->rank; d++) {
        if (d == axis || d == other) continue;
        strides[part->rank] = whole->strides[d];
        part->dims[part->rank++] = whole->dims[d];
    }
    const int64_t n = diagonal_length(a->offset, whole->dims[axis], whole->dims[other]);
    strides[part->rank] = whole->strides[axis] + whole->strides[other];
    part->dims[part->rank++] = n;
    if (n > 0)
        *offset =
            a->offset >= 0 ? a->offset * whole->strides[other] : -a->offset * whole->strides[axis];
    return FX_OK;
}

static fx_status diagonal_infer(fx_call *call) {
    fx_shape part;
    int64_t strides[FX_MAX_RANK], offset;
    const fx_status status = diagonal_place(call, &call->x[0], &part, strides, &offset);
    return status == FX_OK ? fx_result_view(call, 0, part, strides, offset) : status;
}

static fx_status diag_embed_infer(fx_call *call) {
    fx_shape part;
    int64_t strides[FX_MAX_RANK], offset;
    fx_status status =
        fx_result(call, 0, call->x[0].dtype, ((const diagonal_attrs *)call->attrs)->shape);
    if (status == FX_OK) status = diagonal_place(call, &call->y[0], &part, strides, &offset);
    if (status != FX_OK || fx_shape_equal(part, fx_view_shape(&call->x[0]))) return status;
    return fx_call_fail(call, FX_ERR_SHAPE, "x is not of the shape of that diagonal");
}

static fx_status diag_embed_forward(fx_call *call) {
    const fx_view *y = &call->y[0];
    fx_shape part;
    int64_t strides[FX_MAX_RANK], offset;
    const fx_status status = diagonal_place(call, y, &part, strides, &offset);
    if (status != FX_OK) return status;
    memset(y->data, 0, (size_t)y->numel * fx_dtype_size(y->dtype));
    fx__place(&call->x[0], y, offset, strides);
    return FX_OK;
}

enum {
    TILE_TRIL,
    TILE_DIAGONAL,
    TILE_DIAG_EMBED,
    TILE_TRIU,
    TILE_FLIP,
    TILE_ROLL,
    TILE_REPEAT,
    TILE_TILE
};

static void diagonal_vjp(fx_vjp *v) {
    diagonal_attrs attrs = *(const diagonal_attrs *)v->attrs;
    attrs.shape = fx_tensor_shape(v->x[0]);
    v->dx[0] = fx_apply(&fx__tiles[TILE_DIAG_EMBED], &attrs, 1, v->g);
}

static void diag_embed_vjp(fx_vjp *v) {
    const diagonal_attrs *a = v->attrs;
    v->dx[0] = fx_diagonal(v->g[0], a->offset, (int)a->axis, (int)a->other);
}

#define TILE_OP(op_name, text)                                                                     \
    .version = FX_OP_VERSION, .name = (op_name), .operands = "x", .min = 1, .max = 1,              \
    .dtypes = FX_ANY_DTYPE, .formula = (text)

const fx_op fx__tiles[] = {
    [TILE_TRIL] = {TILE_OP("tril", "y[.., i, j] = x[.., i, j] if j - i <= k, else 0;  dx = tril G"),
                   .attrs = triangle_schema, .attrs_size = sizeof(triangle_attrs),
                   .infer = triangle_infer, .forward = tril_forward, .vjp = tril_vjp},
    [TILE_DIAGONAL] = {TILE_OP("diagonal", "y[.., i] = x[.., i, i + k];  dx = 0 but for "
                                           "dx[.., i, i + k] = G[.., i]"),
                       .flags = FX_OP_VIEW, .attrs = diagonal_schema,
                       .attrs_size = sizeof(diagonal_attrs), .infer = diagonal_infer,
                       .vjp = diagonal_vjp},
    [TILE_DIAG_EMBED] = {TILE_OP("diag_embed", "y = 0 but for y[.., i, i + k] = x[.., i];  "
                                               "dx[.., i] = G[.., i, i + k]"),
                         .flags = FX_OP_STRIDED, .attrs = diag_embed_schema,
                         .attrs_size = sizeof(diagonal_attrs), .infer = diag_embed_infer,
                         .forward = diag_embed_forward, .vjp = diag_embed_vjp},
    [TILE_TRIU] = {TILE_OP("triu",
                           "y[.., i, j] = x[.., i, j] if j - i >= k, else 0;  dx = triu G")},
    [TILE_FLIP] = {TILE_OP("flip", "y = x with axes turned round;  dx = G with them turned round")},
    [TILE_ROLL] = {TILE_OP("roll", "y[i] = x[(i - shift) mod n];  dx[i] = G[(i + shift) mod n]")},
    [TILE_REPEAT] = {TILE_OP(
        "repeat", "y = x behind itself along each axis;  dx = G summed over the copies")},
    [TILE_TILE] = {TILE_OP("tile",
                           "y = x behind itself along each axis;  dx = G summed over the copies")},
    {0},
};

fx_tensor fx_tril(fx_tensor x, int64_t diagonal) {
    const triangle_attrs attrs = {diagonal};
    return fx_apply(&fx__tiles[TILE_TRIL], &attrs, 1, &x);
}

fx_tensor fx_diagonal(fx_tensor x, int64_t offset, int axis, int other) {
    const diagonal_attrs attrs = {offset, axis, other, {0, {0}}};
    return fx_apply(&fx__tiles[TILE_DIAGONAL], &attrs, 1, &x);
}

/* The square's shape; axes that are not there are left to the op, which names them. */
fx_tensor fx_diag_embed(fx_tensor x, int64_t offset, int axis, int other) {
    const fx_shape from = fx_tensor_shape(x);
    diagonal_attrs attrs = {offset, axis, other, {from.rank + 1, {0}}};
    const fx_op *op = &fx__tiles[TILE_DIAG_EMBED];
    if (from.rank < 1 || from.rank == FX_MAX_RANK)
        return fx_refuse(op, 1, &x, FX_ERR_SHAPE, "x has rank %d; 1 to %d are possible", from.rank,
                         FX_MAX_RANK - 1);
    const int64_t n = from.dims[from.rank - 1];
    const int first = axis < 0 ? axis + attrs.shape.rank : axis;
    const int second = other < 0 ? other + attrs.shape.rank : other;
    if (offset > INT64_MAX - n || offset < n - INT64_MAX)
        return fx_refuse(op, 1, &x, FX_ERR_SHAPE, "offset %lld is too large to count",
                         (long long)offset);
    for (int32_t d = 0, k = 0; d < attrs.shape.rank; d++)
        attrs.shape.dims[d] = d == first || d == second ? n + (offset < 0 ? -offset : offset)
                              : k < from.rank           ? from.dims[k++]
                                                        : 1;
    return fx_apply(op, &attrs, 1, &x);
}

/* ---- compositions ---- */

/* What a transposition makes of the lower triangle. */
static fx_tensor triangle_upper(fx_tensor x, int64_t diagonal) {
    const int64_t turned = diagonal == INT64_MIN ? INT64_MAX : -diagonal;
    return fx_transpose(fx_tril(fx_transpose(x, -2, -1), turned), -2, -1);
}

fx_tensor fx_triu(fx_tensor x, int64_t diagonal) {
    const fx_op *op = &fx__tiles[TILE_TRIU];
    const int32_t rank = fx_tensor_shape(x).rank;
    if (rank == 0 || rank == 1)
        return fx_refuse(op, 1, &x, FX_ERR_SHAPE, "a tensor of rank %d has no matrix", rank);
    const fx_composition c = fx_compose(op, 1, &x);
    return fx_composed(c, triangle_upper(x, diagonal));
}

fx_tensor fx_flip(fx_tensor x, fx_axes axes) {
    const fx_op *op = &fx__tiles[TILE_FLIP];
    uint32_t turned;
    if (!fx__axes_of(op, x, &axes, &turned)) return fx__refusal(op, x);
    const fx_composition c = fx_compose(op, 1, &x);
    for (int32_t d = 0; turned >> d; d++)
        if (turned >> d & 1u) x = fx_slice(x, d, -1, FX_ALL, -1);
    return fx_composed(c, x);
}

fx_tensor fx_roll(fx_tensor x, int axis, int64_t shift) {
    const fx_op *op = &fx__tiles[TILE_ROLL];
    const fx_shape shape = fx_tensor_shape(x);
    int32_t at;
    if (!fx__axis_of(op, x, axis, shape.rank, &at)) return fx__refusal(op, x);
    const fx_composition c = fx_compose(op, 1, &x);
    const int64_t size = shape.dims[at], left = size ? shift % size : 0;
    const int64_t cut = size - (left < 0 ? left + size : left);
    const fx_tensor parts[] = {fx_narrow(x, at, cut, size - cut), fx_narrow(x, at, 0, cut)};
    return fx_composed(c, fx_concat(2, parts, at));
}

/* n copies behind one another along an axis: as three axes, the middle one repeated. */
static fx_tensor tile_axis(fx_tensor x, int axis, int64_t n) {
    fx_shape shape = fx_tensor_shape(x);
    int64_t outer = 1, inner = 1;
    for (int32_t d = 0; d < axis; d++) outer *= shape.dims[d];
    for (int32_t d = axis; d < shape.rank; d++) inner *= shape.dims[d];
    shape.dims[axis] *= n;
    const fx_tensor line = fx_reshape(x, fx_shape3(outer, 1, inner));
    return fx_reshape(fx_broadcast_to(line, fx_shape3(outer, n, inner)), shape);
}

/* x with as many axes as times has; false after an error. */
static bool tile_check(const fx_op *op, fx_tensor x, fx_shape shape, fx_shape times) {
    for (int32_t d = 0; d < times.rank; d++) {
        const int64_t n = times.dims[d], size = shape.dims[d];
        if (n >= 0 && (size == 0 || n <= INT64_MAX / size)) continue;
        fx_refuse(op, 1, &x, FX_ERR_SHAPE,
                  n < 0 ? "%lld copies along axis %d of size %lld; copies are counted from 0"
                        : "%lld copies along axis %d of size %lld are too large to count",
                  (long long)n, d, (long long)size);
        return false;
    }
    return true;
}

/* The shorter of shape and numbers of copies is filled up with ones in front. */
static fx_shape tile_lead(fx_shape shape, int32_t rank) {
    fx_shape full = {rank > shape.rank ? rank : shape.rank, {0}};
    const int32_t lead = full.rank - shape.rank;
    for (int32_t d = 0; d < full.rank; d++) full.dims[d] = d < lead ? 1 : shape.dims[d - lead];
    return full;
}

static fx_tensor tile_all(const fx_op *op, fx_tensor x, fx_shape times) {
    if (fx_tensor_shape(x).rank < 0 || times.rank < 0 || times.rank > FX_MAX_RANK)
        return fx_refuse(op, 1, &x, FX_ERR_SHAPE, "%d numbers of copies; at most %d are possible",
                         times.rank, FX_MAX_RANK);
    const fx_shape shape = tile_lead(fx_tensor_shape(x), times.rank);
    times = tile_lead(times, shape.rank);
    if (!tile_check(op, x, shape, times)) return fx__refusal(op, x);
    const fx_composition c = fx_compose(op, 1, &x);
    fx_tensor y = fx_reshape(x, shape);
    for (int32_t d = shape.rank; d-- > 0 && fx_tensor_valid(y);)
        if (times.dims[d] != 1) y = tile_axis(y, d, times.dims[d]);
    return fx_composed(c, y);
}

fx_tensor fx_repeat(fx_tensor x, fx_shape times) {
    const fx_op *op = &fx__tiles[TILE_REPEAT];
    const int32_t rank = fx_tensor_shape(x).rank;
    if (times.rank >= rank) return tile_all(op, x, times);
    return fx_refuse(op, 1, &x, FX_ERR_SHAPE,
                     "%d numbers of copies for %d axes; fx_tile leaves the first axes alone",
                     times.rank, rank);
}

fx_tensor fx_tile(fx_tensor x, fx_shape times) { return tile_all(&fx__tiles[TILE_TILE], x, times); }
